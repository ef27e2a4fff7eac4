"""What a question is about: the things in it, rather than what it asks of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.followups.phrases import POSSESSIVE, TIME, Word, names_of, pieces_of

MEASURED = re.compile(
    r"\bhow (?:long|large|big|old|far|often|tall|high|deep|fast|soon|wide|heavy|expensive|late|early|likely)\b",
    re.IGNORECASE,
)
SUPPORT = re.compile(r"\b(?:do|does|did|will|would|can|could|may|might|must|should|shall)(?:n['’]t)?\b", re.IGNORECASE)
"""What makes the verb stand apart, behind the subject: ``does the lease end``."""
BEING = re.compile(r"\b(?:is|are|was|were|been|be|has|have|had)(?:n['’]t)?\b", re.IGNORECASE)
ASKS_FOR_PART = re.compile(
    r"^\W*(?:and |but |so )?(?:what|who|when|where|how (?:much|large|big|long|high|many))(?:['’]s| is| are| was| were)"
    r" (?:the |our |its )?(?P<part>[^?]*?) (?:of|in|for) (?=\S)",
    re.IGNORECASE,
)
"""``What is the rent of the Turku store``: asks for a part of what stands behind it."""
ASKS_WHO = re.compile(r"\W*(?:(?:and|but|so) )?(?:who|what) $", re.IGNORECASE)
EMPTY_VERBS = frozenset("come go get give have keep let make mean say see seem take tell use be become do".split())  # noqa: SIM905
PRONOUNS = frozenset("it they he she we you i this that these those there".split())  # noqa: SIM905
BRACKETS = re.compile(r"^(?P<asked>.*?) \((?P<topic>[^()]+)\)$", re.DOTALL)
JOINT = re.compile(r" of (?:the |our |its |an? )?")
PARTICIPLE = re.compile(r"[^\W\d_]{3,}(?:ed|en)")
PHRASE_WORDS_MOST = 7


def subjects_of(question: str) -> tuple[str, ...]:
    """Return what a question is about, in order: the phrases with a name in them, else all; perhaps none.

    What an earlier rewriting put behind it in brackets is what it is about.

    >>> subjects_of("When does the lease of the Malmö yard end?"), subjects_of("Who approves parental leave?")
    (('lease of the Malmö yard',), ('parental leave',))
    >>> subjects_of("What is the monthly rent of the Turku store?")
    ('Turku store',)
    """
    bracketed = BRACKETS.match(question.strip())
    if bracketed:
        return tuple(bracketed["topic"].split(", "))
    part = ASKS_FOR_PART.match(question)
    whole = " " * part.end() + question[part.end() :] if part and not names_of(part["part"]) else question
    phrases = list(noun_phrases(whole)) or list(noun_phrases(question))
    named = [phrase for phrase in phrases if names_of(f"; {phrase}") and not TIME.match(phrase)]
    return tuple(dict.fromkeys(named or phrases))


def noun_phrases(question: str) -> Iterator[str]:
    """Yield the runs of content words without the question's verbs, those joined by ``of`` together."""
    blanked = MEASURED.sub(lambda match: " " * len(match.group()), question)
    joined: list[tuple[int, int]] = []
    for run in without_verbs(blanked, list(content_runs(blanked))):
        start, end = run[0].start, run[-1].end
        if joined and JOINT.fullmatch(question, joined[-1][1], start):
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    for start, end in joined:
        phrase = POSSESSIVE.sub("", question[start:end])
        if len(phrase.split()) <= PHRASE_WORDS_MOST and not TIME.match(phrase):
            yield phrase


def content_runs(question: str) -> Iterator[list[Word]]:
    """Yield the words with content that stand together."""
    for words in pieces_of(question):
        run: list[Word] = []
        for word in words:
            if word.kind:
                run.append(word)
            elif run:
                yield run
                run = []
        if run:
            yield run


def without_verbs(question: str, runs: Sequence[list[Word]]) -> list[list[Word]]:
    """Return the runs without the verb of the question, as far as its place tells which word that is."""
    support = SUPPORT.search(question)
    kept = [run[:-1] if len(run) > 1 and run[-1].text.endswith("ly") else run for run in runs]
    if support is not None:
        kept = without_infinitive(question, kept, support.end())
    elif BEING.search(question) is None:
        opens = ASKS_WHO.match(question[: kept[0][0].start]) if kept else None
        if opens and kept[0][0].kind == "word":
            kept[0] = kept[0][1:]
    else:
        kept = [run[:-1] if len(run) > 1 and PARTICIPLE.fullmatch(run[-1].text) else run for run in kept]
    return [run for run in kept if run]


def without_infinitive(question: str, runs: list[list[Word]], after: int) -> list[list[Word]]:
    """Return the runs without the verb that stands behind the subject of a question with ``do`` or the like."""
    at = next((index for index, run in enumerate(runs) if run[0].start >= after), None)
    if at is None:
        return runs
    between = question[after : runs[at][0].start].lower().split()
    if PRONOUNS.intersection(between):
        if between[-1] in PRONOUNS and runs[at][0].kind == "word":
            runs[at] = runs[at][1:]
        return runs
    last = at
    while last + 1 < len(runs) and JOINT.fullmatch(question, runs[last][-1].end, runs[last + 1][0].start):
        last += 1
    run = runs[last]
    following = question[run[-1].end :].split()[:1]
    if following and following[0].strip("?.,").lower() in EMPTY_VERBS:
        return runs
    verbs = [index for index, word in enumerate(run) if word.kind == "word" and (index or last > at)]
    named = any(word.kind == "name" for word in run)
    if verbs and (verbs[-1] == len(run) - 1 or named):
        runs[last : last + 1] = [run[: verbs[-1]], run[verbs[-1] + 1 :]]
    return [run for run in runs if run]
