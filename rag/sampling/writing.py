"""Questions written by a language model; only those are kept whose evidence stands word for word in a source."""

from __future__ import annotations

import json
import random
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rag.llm import LanguageModel, Message
from rag.prompts import question_messages
from rag.protocols import Verifier
from rag.sampling.phrases import Question
from rag.sampling.sources import Draft, Place, Sheet, stretch
from rag.sanitize import clean_line, clean_text
from rag.types import Passage, ReadingText, Verdict

PASSAGE_CHARACTERS = 2500
PASSAGE_CHARACTERS_LEAST = 200
QUESTIONS_PER_PASSAGE = 3
QUESTION_WORDS = range(4, 41)
REPLY_MAX_CHARACTERS = 50_000
NONCE_BYTES = 8
KIND = "written"

POINTS_AT_TEXT = re.compile(
    r"\b(?:the|this|that) (?:passage|text|excerpt|document|author|article|paragraph|sentence|section|above)\b"
    r"|\b(?:mentioned|described|stated|according to the) (?:above|here|text|passage)\b",
    re.IGNORECASE,
)
AUXILIARIES = "is|are|was|were|did|does|do|has|have|had"
PRONOUN_FIRST = re.compile(
    rf"\W*(?:(?:who|what|when|where|why|how) )?(?:{AUXILIARIES}) (?:it|he|she|they|this|these)\b", re.IGNORECASE
)
ARRAY = re.compile(r"\[.*\]", re.DOTALL)
OBJECT = re.compile(r"\{[^{}]*\}")
QUOTES = str.maketrans("“”„«»‘’", '"""""\'\'')


async def draft_by_model(
    model: LanguageModel,
    sheets: Sequence[Sheet],
    count: int,
    seed: int,
    verifier: Verifier,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Draft]:
    """Return at least `count` questions where the model gives as many that hold; passages are drawn by the seed.

    Args:
        model: Asked once for each passage.
        sheets: The documents.
        count: Questions wished for.
        seed: Draws the passages.
        verifier: Judges once more whether the passage states the quoted sentence.
        on_progress: Called after each passage with the questions kept so far and `count`.

    Raises:
        ModelError: The model did not answer.
    """
    stretches = [stretch for sheet in sheets for stretch in stretches_of(sheet)]
    random.Random(seed).shuffle(stretches)
    drafts: list[Draft] = []
    for sheet, first, last in stretches:
        if len(drafts) >= count:
            break
        passage = passage_of(sheet, first, last)
        told = question_messages(passage, QUESTIONS_PER_PASSAGE, secrets.token_hex(NONCE_BYTES))
        messages = [Message("system" if role == "system" else "user", clean_text(text)) for role, text in told]
        reply, _ = await model.complete(messages)
        drafts += list(read_reply(reply, sheet, first, last, verifier))[:QUESTIONS_PER_PASSAGE]
        on_progress(min(len(drafts), count), count)
    return drafts


def stretches_of(sheet: Sheet) -> Iterator[tuple[Sheet, int, int]]:
    """Yield runs of whole sentences of about `PASSAGE_CHARACTERS`: the sheet, the first and the last of them."""
    first = 0
    for index in range(len(sheet.sentences)):
        length = sheet.places[index].end - sheet.places[first].start
        if length >= PASSAGE_CHARACTERS or index == len(sheet.sentences) - 1:
            if length >= PASSAGE_CHARACTERS_LEAST:
                yield sheet, first, index
            first = index + 1


def passage_of(sheet: Sheet, first: int, last: int) -> Passage:
    """Return a run of sentences as a passage."""
    text = "\n".join(sheet.sentences[first : last + 1])
    start, end = sheet.places[first].start, sheet.places[last].end
    return Passage(1, "", sheet.source, sheet.title, "", start, end, text, ReadingText.plain(text), 0.0, (1, 1))


def read_reply(reply: str, sheet: Sheet, first: int, last: int, verifier: Verifier) -> Iterator[Draft]:
    """Yield the questions of a reply that hold; whatever else it says is passed over."""
    for item in read_items(reply[:REPLY_MAX_CHARACTERS]):
        question, sentence, answer = (clean_line(item[name]) for name in ("question", "sentence", "answer"))
        if not is_usable(question):
            continue
        place = find_quote(sentence, sheet, first, last)
        if place is None or verifier.verify(sentence, [place.text]).verdict is not Verdict.SUPPORTED:
            continue
        stands = normal(answer) in normal(place.text)
        yield Draft(Question(question, answer if stands else "", KIND), place)


def read_items(reply: str) -> list[dict[str, str]]:
    """Return the objects of a reply that have the three fields as text; none where there is no such thing."""
    found = ARRAY.search(reply)
    whole = parsed(found[0]) if found else []
    # Of an array that is cut off or broken, the objects that are whole are read.
    candidates = whole[0] if whole else [item for one in OBJECT.finditer(reply) for item in parsed(one[0])]
    names = ("question", "sentence", "answer")
    return [
        {name: item[name] for name in names}
        for item in candidates
        if isinstance(item, dict) and all(isinstance(item.get(name), str) for name in names)
    ]


def parsed(text: str) -> list[Any]:
    """Return what a text holds as JSON, in a list; an empty list where it is none."""
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        return []


def is_usable(question: str) -> bool:
    """Tell whether a question is one, and can be understood without the passage."""
    return (
        question.endswith(("?", "？"))
        and len(question.split()) in QUESTION_WORDS
        and not POINTS_AT_TEXT.search(question)
        and not PRONOUN_FIRST.match(question)
    )


def find_quote(quote: str, sheet: Sheet, first: int, last: int) -> Place | None:
    """Return the sentences in which a quote stands word for word; None where it does not, or is too short to say.

    White space and the form of quotation marks may differ, nothing else; the place is that of whole sentences.
    """
    wanted = normal(quote)
    if len(wanted.split()) < 3:
        return None
    pairs = [(index, index) for index in range(first, last + 1)] + [(index, index + 1) for index in range(first, last)]
    places = (stretch(sheet, *pair) for pair in pairs)
    return next((place for place in places if wanted in normal(place.text)), None)


def normal(text: str) -> str:
    """Return a text with single spaces and straight quotation marks."""
    return " ".join(clean_text(text).translate(QUOTES).split())
