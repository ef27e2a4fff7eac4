"""What may stand in a question, and what it is about: phrases, by the words they are made of."""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.sampling.lexicon import (
    ANAPHORIC_NOUNS,
    BE,
    DETERMINERS,
    FORMS,
    HAVE,
    MODALS,
    POSSESSIVES,
    PREPOSITIONS,
    REFERRING,
    Form,
)
from rag.sampling.statements import NOT_ASKED_WITH, NUMBER, WHEN, Statement, looks_plural

QUESTION_WORDS_MOST = 22
OBJECT_WORDS_MOST = 9
NOT_SPECIFIC = DETERMINERS | PREPOSITIONS | MODALS | set(BE) | {"did", "does", "have", "many", "much", "long"}
VAGUE = re.compile(rf"\b(?i:the (?:{'|'.join(sorted(ANAPHORIC_NOUNS))}))\b(?! of [A-Z]| [A-Z])")
"""A thing named as if it had been told before."""
NAME = r"[A-Z][a-zà-ÿ]+(?: (?:[A-Z]\.|de|van|von|[A-Z][a-zà-ÿ’'-]+)){0,2} [A-Z][a-zA-Zà-ÿ’'-]+"


class Question(NamedTuple):
    """A question that a sentence answers.

    Attributes:
        text: As a person would ask it.
        answer: What of the sentence answers it, verbatim.
        kind: ``definition``, ``time``, ``person``, ``number``, ``place``, ``reason`` or ``fact``.
        subject: What is asked about, where that is a name; what a near miss puts another one in for.
    """

    text: str
    answer: str
    kind: str
    subject: str = ""


def is_askable(question: Question) -> bool:
    """Tell whether a question can be understood alone, and does not hold its own answer."""
    words = question.text.removesuffix("?").split()
    asked = [word.strip(",").lower() for word in re.sub(r"^\w+ (?:how )?", "", " ".join(words)).split()]
    if "you" in asked:
        asked = [word for word in asked if word not in ("you", "your")]
    if NOT_ASKED_WITH.search(question.text.removesuffix("?")) or len(words) > QUESTION_WORDS_MOST:
        return False
    if set(asked) & (REFERRING - {"one", "ones", "other", "another", "following"}) or set(asked) & (
        POSSESSIVES - {"its", "their"}
    ):
        return False
    if set(asked) & {"'s", "’s", "--"} or VAGUE.search(question.text):
        return False
    named = any(word[0].isupper() or word[0].isdigit() for word in words[1:])
    # What happened once needs a name to be known by; what holds in general does not.
    once = bool(set(asked[:4]) & {"did", "was", "were", "had"} or words[1].lower() in ("did", "was", "were"))
    specific = named or (not once and sum(len(word) > 2 and word not in NOT_SPECIFIC for word in asked) >= 2)
    pointing = set(first_phrase(question.answer).lower().split()) & (REFERRING - {"its", "their", "it"})
    return (
        specific
        and bool(question.answer.strip())
        and not pointing
        and question.answer.lower() not in question.text.lower()
    )


def noun_of(phrase: str) -> str:
    """Return the noun that a phrase is about, lower case: the word before its first preposition or clause.

    >>> noun_of("the largest moon of Saturn"), noun_of("a French engineer who built bridges")
    ('moon', 'engineer')
    """
    words = phrase.lower().split()[1:]
    for index, word in enumerate(words):
        if index and (word in PREPOSITIONS or word in ("that", "which", "who", "to") or word.endswith("ed")):
            return words[index - 1].strip(",.")
    return words[-1].strip(",.") if words else ""


def form_of(s: Statement, tense: str) -> Form | None:
    """Return the verb's form of a tense; None where it has none, or the verb is an auxiliary."""
    return next((form for form in s.forms if form.tense == tense), None)


def asks_about(s: Statement) -> bool:
    """Tell whether the subject says by itself what is meant."""
    return s.named or (s.subject != "you" and s.subject.split()[0] not in DETERMINERS and s.subject[0].islower())


def date_of(s: Statement, text: str) -> tuple[str, str]:
    """Return a date within a text, or the one that opens the sentence, and what stands before it; empty for none."""
    found = WHEN.search(text)
    if found and not s.opening:
        return found[0], text[: found.start()]
    if s.opening and not found:
        return s.opening, first_phrase(text)
    return "", ""


def counted_noun(text: str) -> tuple[str, str, str] | None:
    """Return a number that begins a text, the noun counted, and what follows it up to a comma; None for none.

    >>> counted_noun("274 known moons in all")
    ('274', 'known moons', 'in all')
    """
    number = NUMBER.match(text)
    if number is None or not text[number.end() :].startswith(" "):
        return None
    noun: list[str] = []
    words = re.split(r"[,;]", text[number.end() :])[0].split()
    for word in words:
        if word in PREPOSITIONS or word in ("that", "which", "and", "or", "who", "to", "as") or len(noun) == 4:
            break
        noun.append(word)
    if (
        not noun
        or not looks_plural(noun[-1])
        or not is_clean(" ".join(noun))
        or noun[0] in ("percent", "times", "points")
    ):
        return None
    after = words[len(noun) :]
    if set(noun) & set(BE) or (after and after[0] not in PREPOSITIONS):
        return None
    return number[0], " ".join(noun), " ".join(after)


def first_phrase(text: str) -> str:
    """Return a text up to the first comma, colon or dash, or clause of its own."""
    return re.split(
        r"[;:]|,(?!\d)|\s[—–-]\s|—| (?:which|who|but|while|whereas|because|although|and (?:was|is|are|were|has|had)) ",
        text,
    )[0].strip()


def is_clean(text: str) -> bool:
    """Tell whether a stretch can stand in a question: no quotes, brackets, commas, or words that point elsewhere."""
    words = text.lower().split()
    return not NOT_ASKED_WITH.search(text) and "," not in text and not set(words) & (REFERRING - {"its", "their"})


def is_object(text: str) -> bool:
    """Tell whether a text can be a verb's object: a noun phrase of moderate length."""
    words = text.split()
    if not 1 <= len(words) <= OBJECT_WORDS_MOST or not is_clean(text) or not words[-1][-1].isalnum():
        return False
    first = words[0].lower()
    if has_finite_verb(text):
        return False
    if (
        first in PREPOSITIONS
        or first in ("to", "that", "and", "or", "not", "as", "well", "out", "up")
        or first.endswith("ly")
    ):
        return False
    return words[-1].lower() not in PREPOSITIONS | DETERMINERS | {"and", "or", "to", "first"}


def has_finite_verb(text: str) -> bool:
    """Tell whether a stretch may hold a verb of its own, so that it is more than a phrase."""
    words = text.split()
    return any(
        w in BE or w in HAVE or w in MODALS or w in ("since", "because", "if", "when", "after", "before") for w in words
    ) or any(
        any(form.tense == "past" for form in FORMS.get(word, ()))
        and word not in ("cut", "set")
        and words[index - 1] not in ("the", "a", "an", "newly")
        for index, word in enumerate(words[1:], 1)
    )


def looks_like_person(name: str) -> bool:
    """Tell whether a name may be a person's: two or three plain capitalised words."""
    return re.fullmatch(NAME, name) is not None and not re.search(r"\d", name)


def spaced(text: str) -> str:
    """Return a text with a space before it; empty for an empty one."""
    return f" {text}" if text else ""
