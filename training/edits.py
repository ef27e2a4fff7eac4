"""A true sentence -> the same said otherwise, or a false one with the false part marked.

Every edit is a function (text, draw) -> `Edited` or None where it does not apply. What keeps the truth (`KEEPING`) and
what breaks it (`BREAKING`) look alike on purpose: both replace words, drop parts and put wrappers around, so that
nothing but the evidence tells them apart.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.types import Span
from training.wordnet import WordNet, base_forms, inflect


@dataclass(frozen=True, slots=True)
class Edited:
    """A sentence after an edit, with its false parts; `wrong` is empty where the sentence is still true."""

    text: str
    wrong: tuple[Span, ...] = ()

    def replaced(self, start: int, end: int, new: str, *, false: bool) -> Edited:
        """Return it with a stretch replaced, its false parts moved along."""
        shift = len(new) - (end - start)
        kept = [
            Span(span.start + shift, span.end + shift) if span.start >= end else span
            for span in self.wrong
            if span.start >= end or span.end <= start
        ]
        text = self.text[:start] + new + self.text[end:]
        if false:
            if new:
                kept.append(Span(start, start + len(new)))
            elif following := re.compile(r"\S+").search(text, start):
                kept.append(Span(*following.span()))
        return Edited(text, tuple(sorted(kept)))


@dataclass(slots=True)
class Sources:
    """What edits draw from.

    Attributes:
        draw: The random numbers.
        wordnet: Related words.
        names: Names of the same document, then of all.
        other_names: Names of other documents.
        numbers: Numbers of the same document, as written.
        clauses: Ends of sentences of other documents, for insertions.
    """

    draw: random.Random
    wordnet: WordNet
    names: Sequence[str]
    other_names: Sequence[str]
    numbers: Sequence[str]
    clauses: Sequence[str]


Edit = Callable[[Edited, Sources], Edited | None]

NUMBER = re.compile(r"(?<![\w.,-])[$£€]?\d[\d,]*(?:\.\d+)?(?![\w-])%?")
NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve twenty thirty fifty hundred".split()
NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
MONTHS = "January February March April May June July August September October November December".split()
MONTH = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b")
NAME = re.compile(r"(?<=[\w,;:] )(?:[A-Z][\w'’-]+(?: (?:of|the|de|von|and) (?=[A-Z]))? ?)+(?<! )")
AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|had|will|would|can|could|should|must|may|might|does|did|do)\b")
NEGATION = re.compile(r"\b(?:not|never|no longer)\s|n['’]t\b")
HEDGES = {
    "may": "will", "might": "will", "can": "must", "some": "all", "many": "all", "most": "all", "often": "always",
    "usually": "always", "sometimes": "always", "about": "exactly", "approximately": "exactly", "likely": "certainly",
    "could": "did", "several": "two", "few": "many", "partly": "entirely", "nearly": "more than", "almost": "more than",
    "at least": "at most", "up to": "at least", "typically": "never", "generally": "never", "more": "less",
    "before": "after", "after": "before", "all": "no", "every": "no", "first": "last", "only": "also",
    "should": "need not",
}  # fmt: skip
HEDGE = re.compile(rf"\b(?:{'|'.join(HEDGES)})\b")
WORD = re.compile(r"\b[a-z]{4,}\b")
WRAPPERS = (
    "According to the passage, {}", "Based on the provided passages, {}", "The document states that {}",
    "As mentioned in the text, {}", "The text says that {}", "In short, {}", "Additionally, {}", "However, {}",
    "Yes, {}", "It is worth noting that {}", "Furthermore, {}", "Overall, {}", "To summarize, {}", "- {}",
)  # fmt: skip
FREQUENT = frozenset(
    """
    have been were with from that this they their there which would could about other more than when what some into
    also such only over after before between through during under while where these those being made make many most
    said time year years first last used using well known called each both very will does
    """.split()
)


def pick(matches: Sequence[re.Match[str]], sources: Sources) -> re.Match[str] | None:
    """Return one of the matches, or None."""
    return sources.draw.choice(matches) if matches else None


def change_number(edited: Edited, sources: Sources) -> Edited | None:
    """Replace a number by another of the document, or by one near it."""
    match = pick(list(NUMBER.finditer(edited.text)), sources)
    if match is None:
        return None
    old = match.group()
    others = [number for number in sources.numbers if number != old and number[0].isdigit() == old[0].isdigit()]
    same_length = [number for number in others if len(number) == len(old)]
    digits = [place for place, character in enumerate(old) if character.isdigit()]
    if same_length and sources.draw.random() < 0.5:
        new = sources.draw.choice(same_length)
    else:
        place = sources.draw.choice(digits)
        changed = str((int(old[place]) + sources.draw.randint(1, 8)) % 9 + 1)
        new = old[:place] + changed + old[place + 1 :]
    return None if new == old else edited.replaced(*match.span(), new, false=True)


def change_number_word(edited: Edited, sources: Sources) -> Edited | None:
    """Replace a number word by another."""
    match = pick(list(NUMBER_WORD.finditer(edited.text)), sources)
    if match is None:
        return None
    new = sources.draw.choice([word for word in NUMBER_WORDS if word != match.group().lower()])
    return edited.replaced(*match.span(), new, false=True)


def change_month(edited: Edited, sources: Sources) -> Edited | None:
    """Replace a month by another."""
    match = pick(list(MONTH.finditer(edited.text)), sources)
    if match is None:
        return None
    new = sources.draw.choice([month for month in MONTHS if month != match.group()])
    return edited.replaced(*match.span(), new, false=True)


def change_name(edited: Edited, sources: Sources) -> Edited | None:
    """Replace a name by another of the document, or of another document."""
    match = pick(list(NAME.finditer(edited.text)), sources)
    if match is None:
        return None
    pool = [name for name in sources.names if name not in match.group() and match.group() not in name]
    if not pool or sources.draw.random() < 0.3:
        pool = list(sources.other_names)
    new = sources.draw.choice(pool)
    return None if new in edited.text else edited.replaced(*match.span(), new, false=True)


def swap_names(edited: Edited, sources: Sources) -> Edited | None:
    """Let two names of the sentence change places."""
    matches = list(NAME.finditer(edited.text))
    if len(matches) < 2:
        return None
    first, second = sorted(sources.draw.sample(matches, 2), key=lambda match: match.start())
    if first.group() in second.group() or second.group() in first.group():
        return None
    later = edited.replaced(*second.span(), first.group(), false=True)
    return later.replaced(*first.span(), second.group(), false=True)


def negate(edited: Edited, sources: Sources) -> Edited | None:
    """Put a negation in, or take one out."""
    negation = pick(list(NEGATION.finditer(edited.text)), sources)
    if negation is not None:
        return edited.replaced(*negation.span(), "", false=True)
    match = pick(list(AUXILIARY.finditer(edited.text)), sources)
    if match is None:
        return None
    new = sources.draw.choice(("not", "never", "no longer"))
    return edited.replaced(match.end(), match.end(), f" {new}", false=True)


def change_scope(edited: Edited, sources: Sources) -> Edited | None:
    """Make a hedged statement a plain one, or turn its scope round."""
    match = pick(list(HEDGE.finditer(edited.text)), sources)
    return None if match is None else edited.replaced(*match.span(), HEDGES[match.group()], false=True)


def related(edited: Edited, sources: Sources, relation: str, parts: Sequence[str]) -> Edited | None:
    """Replace a word by a related one; false unless the relation is synonymy."""
    matches = [match for match in WORD.finditer(edited.text) if match.group() not in FREQUENT]
    sources.draw.shuffle(matches)
    for match in matches[:6]:
        for base, ending in base_forms(match.group()):
            for part in parts:
                if base not in sources.wordnet.senses[part]:
                    continue
                words = getattr(sources.wordnet, relation)(base, part)
                if words:
                    new = inflect(sources.draw.choice(words), ending)
                    return edited.replaced(*match.span(), new, false=relation != "synonyms")
    return None


def oppose(edited: Edited, sources: Sources) -> Edited | None:
    """Replace a word by its opposite."""
    return related(edited, sources, "antonyms", ("adj", "verb", "adv", "noun"))


def change_noun(edited: Edited, sources: Sources) -> Edited | None:
    """Replace a noun by a sibling: another kind of the same thing."""
    return related(edited, sources, "siblings", ("noun",))


def change_verb(edited: Edited, sources: Sources) -> Edited | None:
    """Replace a verb by a sibling."""
    return related(edited, sources, "siblings", ("verb",))


def add_clause(edited: Edited, sources: Sources) -> Edited | None:
    """Append a statement that nothing bears out."""
    clause = sources.draw.choice(sources.clauses)
    text = edited.text.rstrip(" .!?")
    joint = sources.draw.choice((", ", " and ", ", which means ", " because ", ", including "))
    return Edited(
        text + joint + clause + ".",
        (*edited.wrong, Span(len(text) + len(joint.rstrip()) + 0, len(text + joint + clause))),
    )


def use_synonym(edited: Edited, sources: Sources) -> Edited | None:
    """Replace a word by a synonym."""
    return related(edited, sources, "synonyms", ("noun", "verb", "adj", "adv"))


def drop_aside(edited: Edited, sources: Sources) -> Edited | None:
    """Leave out what stands in parentheses or between commas."""
    matches = list(re.finditer(r"\s*\([^()]{3,80}\)|, (?:which|who|where)\b[^,.;]{8,90},", edited.text))
    match = pick(matches, sources)
    return None if match is None else edited.replaced(*match.span(), "", false=False)


def drop_ending(edited: Edited, sources: Sources) -> Edited | None:
    """Leave out a last clause."""
    matches = list(re.finditer(r"(?:, (?:which|who|where|while|although|and)\b|;)[^,;]{10,120}[.!?]?$", edited.text))
    match = pick([match for match in matches if match.start() > 40], sources)
    return None if match is None else edited.replaced(*match.span(), ".", false=False)


def move_opening(edited: Edited, sources: Sources) -> Edited | None:
    """Move an opening of time or place to the end: ``In 1999, X`` -> ``X in 1999``."""
    match = re.match(r"((?:In|On|At|During|After|Before|By|Since) [^,]{3,50}), (\w)", edited.text)
    if match is None or edited.wrong:
        return None
    rest = edited.text[match.start(2) :].rstrip(" .")
    opening = match.group(1)
    return Edited(f"{rest[0].upper()}{rest[1:]} {opening[0].lower()}{opening[1:]}.")


def wrap(edited: Edited, sources: Sources) -> Edited | None:
    """Put an introduction before it that claims nothing."""
    before, _, _ = sources.draw.choice(WRAPPERS).partition("{}")
    if (
        edited.text[:1].isupper()
        and not re.match(r"[A-Z][\w'’-]+ [A-Z]|I\b|[A-Z]{2}", edited.text)
        and before[-2:] != "- "
    ):
        edited = Edited(edited.text[0].lower() + edited.text[1:], edited.wrong)
    return edited.replaced(0, 0, before, false=False)


def write_number(edited: Edited, sources: Sources) -> Edited | None:
    """Write a number in another form: ``1,000`` as ``1000``, ``two`` as ``2``."""
    match = re.search(r"\b\d{1,3}(?:,\d{3})+\b", edited.text)
    if match is not None:
        return edited.replaced(*match.span(), match.group().replace(",", ""), false=False)
    match = re.search(r"\b(?:two|three|four|five|six|seven|eight|nine|ten)\b", edited.text)
    if match is None:
        return None
    return edited.replaced(*match.span(), str(NUMBER_WORDS.index(match.group()) + 2), false=False)


def lower(edited: Edited, sources: Sources) -> Edited | None:
    """Write it without capitals."""
    return Edited(edited.text.lower(), edited.wrong)


KEEPING: tuple[tuple[Edit, float], ...] = (
    (use_synonym, 4), (drop_aside, 3), (drop_ending, 3), (move_opening, 3), (wrap, 3), (write_number, 2), (lower, 0.4),
)  # fmt: skip
BREAKING: tuple[tuple[Edit, float], ...] = (
    (change_number, 3), (change_number_word, 1), (change_month, 1), (change_name, 4), (swap_names, 2), (negate, 2),
    (change_scope, 2), (oppose, 2), (change_noun, 4), (change_verb, 3), (add_clause, 3),
)  # fmt: skip


def apply_one(edited: Edited, edits: Sequence[tuple[Edit, float]], sources: Sources) -> Edited | None:
    """Apply one of the edits that applies, drawn by weight; None where none does."""
    left = list(edits)
    while left:
        chosen = sources.draw.choices(left, weights=[weight for _, weight in left])[0]
        result = chosen[0](edited, sources)
        if result is not None and result.text != edited.text:
            return result
        left.remove(chosen)
    return None


def say_otherwise(text: str, sources: Sources, wrong: tuple[Span, ...] = ()) -> Edited:
    """Return a sentence said otherwise by up to three edits that keep its truth."""
    edited = Edited(text, wrong)
    for _ in range(sources.draw.choice((0, 1, 1, 2, 2, 3))):
        edited = apply_one(edited, KEEPING, sources) or edited
    return edited


def falsify(text: str, sources: Sources) -> Edited | None:
    """Return a sentence made false by one or two edits, and said otherwise like the true ones."""
    edited = apply_one(Edited(text), BREAKING, sources)
    if edited is not None and sources.draw.random() < 0.2:
        edited = apply_one(edited, BREAKING, sources) or edited
    if edited is None:
        return None
    for _ in range(sources.draw.choice((0, 1, 1, 2))):
        after = apply_one(edited, KEEPING, sources)
        edited = after if after is not None and after.wrong else edited
    return edited if edited.wrong else None
