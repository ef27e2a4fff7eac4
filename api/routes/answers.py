"""Stored answers and conversations."""

from __future__ import annotations

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query

from api.dependencies import CollectionDep, CollectionsDep
from api.problems import PROBLEM_RESPONSES
from api.schemas import (
    AnswerPage,
    AnswerSummary,
    Conversation,
    ConversationBody,
    ConversationPage,
    ConversationSummary,
)
from rag import wire

router = APIRouter(prefix="/v1", tags=["answers"], responses=PROBLEM_RESPONSES)

Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000_000)]


@router.get("/answers")
async def list_answers(collection: CollectionDep, limit: Limit = 50, offset: Offset = 0) -> AnswerPage:
    """List the answers given, newest first."""
    found = await anyio.to_thread.run_sync(lambda: collection.archive.answers(limit=limit, offset=offset))
    return AnswerPage(answers=[AnswerSummary.model_validate(each) for each in found])


@router.get("/answers/{answer_id}")
async def show_answer(answer_id: str, collection: CollectionDep) -> wire.WireAnswer:
    """Return an answer as it was given; citations of documents gone or replaced since are marked `removed`."""
    return await anyio.to_thread.run_sync(lambda: collection.archive.answer(answer_id))


@router.post("/conversations", status_code=201)
async def start_conversation(collections: CollectionsDep, body: ConversationBody | None = None) -> Conversation:
    """Begin a conversation; name it in `POST /v1/ask` to ask follow-up questions."""
    collection = await collections.get(body.collection if body else None)
    conversation_id = await anyio.to_thread.run_sync(lambda: collection.archive.start_conversation())
    return Conversation(id=conversation_id, collection=collection.name)


@router.get("/conversations")
async def list_conversations(collection: CollectionDep, limit: Limit = 50, offset: Offset = 0) -> ConversationPage:
    """List the conversations, newest first."""
    found = await anyio.to_thread.run_sync(lambda: collection.archive.conversations(limit=limit, offset=offset))
    return ConversationPage(conversations=[ConversationSummary.model_validate(each) for each in found])


@router.get("/conversations/{conversation_id}")
async def show_conversation(conversation_id: str, collection: CollectionDep) -> Conversation:
    """Return a conversation with its answers, oldest first."""
    answers = await anyio.to_thread.run_sync(lambda: collection.archive.conversation(conversation_id))
    return Conversation(id=conversation_id, collection=collection.name, answers=answers)
