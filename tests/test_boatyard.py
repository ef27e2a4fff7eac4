"""Follow-ups and tables, asked of a real collection with the built-in model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from rag import Answer, Answered, Collection
from tests.fakes.boatyard import HELD_OUT, LOOKED_AT, Exchange, write_documents
from tests.fakes.tables import QUESTIONS, write_tables

FOLLOW_UPS_LEAST = 31
"""Of the 35 follow-ups, so many are answered."""

ROWS_LEAST = 14
"""Of the 15 questions that a row answers, so many are."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    folder = tmp_path_factory.mktemp("boatyard")
    write_documents(folder / "docs")
    write_tables(folder / "docs")
    with Collection.open(folder / "home", create=True) as collection:
        collection.ingest([folder / "docs"])
        yield collection


async def ask(collection: Collection, question: str, conversation_id: str | None = None) -> Answer:
    async with collection.ask(question, conversation_id=conversation_id) as events:
        answers = [event.answer async for event in events if isinstance(event, Answered)]
    return answers[-1]


async def talk(collection: Collection, conversation: Sequence[Exchange]) -> Iterator[tuple[Exchange, Answer]]:
    begun = collection.archive.start_conversation()
    return iter([(exchange, await ask(collection, exchange.question, begun)) for exchange in conversation])


def test_follow_ups_are_answered_and_what_stands_alone_is_left_alone(filled: Collection) -> None:
    async def hold() -> list[tuple[Exchange, Answer]]:
        spoken = [list(await talk(filled, conversation)) for conversation in (*LOOKED_AT, *HELD_OUT)]
        await filled.disconnect()
        return [each for conversation in spoken for each in conversation[1:]]

    follow_ups = asyncio.run(hold())
    wrong = [
        f"{exchange.question} ({answer.standalone_question}): {answer.text or answer.reason}"
        for exchange, answer in follow_ups
        if exchange.answer not in answer.text
    ]
    assert len(follow_ups) == 35
    assert len(follow_ups) - len(wrong) >= FOLLOW_UPS_LEAST, "\n".join(wrong)
    alone = [answer for exchange, answer in follow_ups if exchange.alone]
    assert len(alone) == 2
    assert all(answer.standalone_question == answer.question for answer in alone)


def test_a_question_that_a_row_answers_is_answered_with_that_row(filled: Collection) -> None:
    async def hold() -> list[Answer]:
        answers = [await ask(filled, question) for question, _, _ in QUESTIONS]
        await filled.disconnect()
        return answers

    wrong = [
        f"{question}: {answer.text or answer.reason}"
        for (question, wanted, unwanted), answer in zip(QUESTIONS, asyncio.run(hold()), strict=True)
        if not all(text in answer.text for text in wanted) or any(text in answer.text for text in unwanted)
    ]
    assert len(QUESTIONS) - len(wrong) >= ROWS_LEAST, "\n".join(wrong)
