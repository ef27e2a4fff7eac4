"""A plain English sentence taken apart: subject, verb, what follows, and when. Most sentences are not plain enough.

There is no parser here: a sentence whose shape is not one of a few sure ones is left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rag.sampling.lexicon import (
    ADVERBS,
    ANAPHORIC_NOUNS,
    BE,
    DETERMINERS,
    FORMS,
    HARMLESS_ADVERBS,
    HAVE,
    MODALS,
    MONTHS,
    OPENERS,
    PLURAL_VERBS,
    POSSESSIVES,
    PREPOSITIONS,
    REFERRING,
    SINGULAR_VERBS,
    Form,
)

WORDS_LEAST, WORDS_MOST = 5, 40
SUBJECT_WORDS_MOST = 8

YEAR = r"(?:1[0-9]|20)\d{2}"
DATE = (
    rf"(?:(?:{MONTHS}) \d{{1,2}} ?, {YEAR}|(?:{MONTHS}) \d{{1,2}}|\d{{1,2}} (?:{MONTHS}) {YEAR}"
    rf"|(?:{MONTHS}),? {YEAR}|{YEAR})"
)
WHEN = re.compile(rf"\b(?:on|in) (?:(?:early|late|mid|the spring of|the summer of) )?{DATE}(?=[,.; ]|$)(?! and \d)")
OPENING_DATE = re.compile(rf"(?:On|In) (?:(?:early|late|mid) )?{DATE}, (?=\S)")
OPENER = re.compile(rf"^(?:{OPENERS}), (?=\w)(.)")
CONTRACTION = re.compile(r"[’'](?:ve|re|m|ll|d|t)\b|\b(?:it|that|he|she|there|what|who)[’']s\b", re.IGNORECASE)
FOOTNOTES = re.compile(r"(?<=[.,;a-z)])(?:\[\d{1,3}\])+(?=\s|$)|(?<=[a-z)][.,])\d{1,3}(?=\s|$)")
WORD = re.compile(r"[^\W_](?:[\w.'’&+/%-]*[\w%+])?", re.UNICODE)
COUNT = (
    r"(?:(?:about|around|approximately|nearly|over|more than|at least|up to) )?"
    r"(?:\d+(?:,\d{3})*(?:\.\d+)?(?: (?:million|billion|thousand))?|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)"
)
NUMBER = re.compile(rf"{COUNT}(?![\w%°,.-])")
COUNTED = re.compile(rf"{COUNT} [a-z]")
NOT_ASKED_WITH = re.compile(r"[()\[\]{}\"“”„«»;:?!|<>*=@#\\]|\s[—–-]\s|—|\.\.\.|…|https?:|www\.")
"""What makes a stretch unfit to stand in a question."""


class Vocabulary:
    """How the words of the documents are written, so that a word at the head of a sentence can be told from a name.

    Attributes:
        lower: How often each word stands in lower case.
        upper: How often each stands with a capital within a sentence.
    """

    def __init__(self, sentences: Iterable[str]) -> None:
        """Count the words of sentences."""
        self.lower: Counter[str] = Counter()
        self.upper: Counter[str] = Counter()
        for sentence in sentences:
            for found in list(WORD.finditer(sentence)):
                word = found[0]
                if word[0].islower():
                    self.lower[word] += 1
                elif found.start() > 1 and word[0].isupper():
                    self.upper[word] += 1

    def is_name(self, word: str) -> bool:
        """Tell whether a capitalised word at the head of a sentence is a name."""
        if any(letter.isupper() or letter.isdigit() for letter in word[1:]):
            return True
        lower = self.lower[word.lower()] + self.lower[word.lower() + "s"] + self.lower[word.lower().removesuffix("s")]
        return self.upper[word] > 2 * lower and word.lower() not in DETERMINERS


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of which subject, verb and the rest are sure.

    Attributes:
        text: The sentence, white space made single spaces, footnote numbers taken out.
        subject: As it stands within a sentence: ``the rings of Saturn``.
        named: Whether the subject is a name, or holds one.
        name: Whether it is nothing but a name.
        adverb: What stands between subject and verb; empty where nothing does, or nothing that matters.
        verb: The finite verb.
        forms: What its form may be, for verbs other than auxiliaries.
        rest: What follows the verb, without the full stop.
        opening: The date that opens the sentence, as ``on May 22, 2025``; empty where none does.
    """

    text: str
    subject: str
    named: bool
    name: bool
    adverb: str
    verb: str
    forms: tuple[Form, ...]
    rest: str
    opening: str = ""

    @property
    def plural(self) -> bool:
        """Whether the subject is a plural, as far as its verb or its own form tells."""
        if self.verb in PLURAL_VERBS:
            return True
        if self.verb in SINGULAR_VERBS or any(form.tense == "present" for form in self.forms):
            return False
        return " and " in self.subject or (looks_plural(head_of(self.subject)) and not self.name)


def read_statement(sentence: str, vocabulary: Vocabulary) -> Statement | None:
    """Take a sentence apart; None where it is not plain enough."""
    text = " ".join(FOOTNOTES.sub("", sentence).split())
    text = OPENER.sub(lambda found: found[1].upper(), text)
    words = text.split()
    if not text.endswith(".") or text.endswith("..") or not WORDS_LEAST <= len(words) <= WORDS_MOST:
        return None
    opening = ""
    if found := OPENING_DATE.match(text):
        opening = found[0][0].lower() + found[0][1:-2]
        words = text[found.end() :].split()
    if not words[0][0].isupper() and not words[0][0].isdigit():
        return None
    place = find_verb(words)
    if place is None:
        return None
    start, verb = place
    subject = read_subject(words[:start], words[verb], vocabulary)
    if subject is None:
        return None
    adverbs = [word for word in words[start:verb] if word not in HARMLESS_ADVERBS]
    rest = " ".join(words[verb + 1 :]).removesuffix(".")
    named, name = names_in(words[:start], subject)
    form = words[verb]
    statement = Statement(text, subject, named, name, " ".join(adverbs), form, FORMS.get(form, ()), rest, opening)
    return statement if agrees(statement) else None


def find_verb(words: list[str]) -> tuple[int, int] | None:
    """Return where the subject ends and where the first finite verb stands; None where there is no such place."""
    for index in range(1, min(len(words), SUBJECT_WORDS_MOST + 2)):
        word = words[index]
        if (
            word in BE
            or word in HAVE
            or word in MODALS
            or any(form.tense != "participle" for form in FORMS.get(word, ()))
        ):
            start = index
            while start > 1 and words[start - 1] in ADVERBS:
                start -= 1
            return (start, index) if start <= SUBJECT_WORDS_MOST else None
    return None


def read_subject(words: list[str], verb: str, vocabulary: Vocabulary) -> str | None:
    """Return a subject as it stands within a sentence; None where it may not be one, or points elsewhere."""
    subject = " ".join(words)
    if subject == "You":
        return "you"
    lowered = [word.lower() for word in words]
    if NOT_ASKED_WITH.search(subject) or CONTRACTION.search(subject) or "," in subject or not subject[-1].isalnum():
        return None
    if (
        lowered[0] in PREPOSITIONS | ADVERBS | POSSESSIVES
        or COUNTED.match(subject)
        or set(lowered) & (REFERRING - {"another"})
    ):
        return None
    if any(word in PREPOSITIONS - {"of", "for", "in"} or word in ("'s", "’s") for word in lowered[1:]):
        return None
    if "and" in lowered and not all(
        word[0].isupper() or word[0].isdigit() or word in ("and", "of") for word in words[1:]
    ):
        return None
    if lowered[0] in ("and", "but", "or", "so", "yet", "if", "while", "though", "although", "because", "no", "not"):
        return None
    if is_anaphoric(words):
        return None
    return with_first_word(words, verb, vocabulary)


def with_first_word(words: list[str], verb: str, vocabulary: Vocabulary) -> str | None:
    """Return a subject with its first word as it is written within a sentence; None where that is not known."""
    first, subject = words[0], " ".join(words)
    lowered = first[0].lower() + subject[1:]
    if first.lower() in DETERMINERS:
        return lowered
    if vocabulary.is_name(first) or first[0].isdigit():
        return subject
    known = vocabulary.lower[first.lower()]
    if len(words) > 1 and words[1][0].isupper() and not is_gerund(first):
        return None if known else subject
    if known:
        common = looks_plural(head_of(subject)) or is_gerund(first) or is_mass_noun(words)
        return lowered if common else None
    if len(words) > 1:
        return None
    # Never seen within a sentence: a plural is a common noun, and what goes without an article a name.
    plural = looks_plural(first)
    if plural:
        return lowered if verb in PLURAL_VERBS or verb in MODALS else None
    return None if is_mass_noun(words) or verb in PLURAL_VERBS else subject


def is_gerund(word: str) -> bool:
    """Tell whether a word is the -ing form of a verb that is known: ``Reaching``."""
    stem = word.lower().removesuffix("ing")
    bases = {form.base for forms in FORMS.values() for form in forms}
    return word.lower().endswith("ing") and bool({stem, stem + "e", stem[:-1]} & bases)


def is_mass_noun(words: list[str]) -> bool:
    """Tell whether a phrase of common words without article is likely to be about a kind of thing: ``coding``."""
    word = words[-1].lower()
    return (
        len(words) <= 2
        and len(word) > 5
        and word.endswith(("ing", "tion", "ity", "ism", "ment", "ness", "ance", "ence"))
    )


def is_anaphoric(words: list[str]) -> bool:
    """Tell whether a phrase is one like ``the company``: told before, and not told again."""
    if words[0].lower() not in ("the", "both", "some", "several", "each", "all", "many", "most"):
        return False
    named = any(word[0].isupper() for word in words[1:])
    if named:
        return words[-1] in ANAPHORIC_NOUNS and len(words) == 2
    return len(words) < 3 or head_of(" ".join(words)).lower() in ANAPHORIC_NOUNS


def names_in(words: list[str], subject: str) -> tuple[bool, bool]:
    """Return whether a phrase holds a name, and whether it is one."""
    capital = [word[0].isupper() or word[0].isdigit() for word in words]
    capital[0] = capital[0] and subject[0] == words[0][0] and words[0].lower() not in DETERMINERS
    inner = [
        is_capital or word in ("of", "the", "and", "for", "de", "von", "van")
        for is_capital, word in zip(capital, words, strict=True)
    ]
    return any(capital), capital[0] and all(inner) and capital[-1]


def head_of(phrase: str) -> str:
    """Return the word of a phrase that makes it singular or plural: the last one before ``of``, ``for`` or ``in``."""
    return re.split(r" (?:of|for|in) ", phrase)[0].split()[-1]


def looks_plural(word: str) -> bool:
    """Tell whether a noun looks like a plural."""
    return word.lower() in ("people", "children", "men", "women") or (
        word.endswith("s") and not word.endswith(("ss", "us", "is", "'s", "’s"))
    )


def agrees(statement: Statement) -> bool:
    """Tell whether subject and verb agree in number, which a wrong cut seldom does."""
    present = any(form.tense == "present" for form in statement.forms)
    head = head_of(statement.subject)
    several = " and " in statement.subject
    if statement.verb in SINGULAR_VERBS or present:
        return not several and (not looks_plural(head) or head[0].isupper())
    if statement.verb in PLURAL_VERBS:
        return several or looks_plural(head)
    return True
