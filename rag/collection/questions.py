"""A question as it comes in -> a request that can be answered, and what is found for one."""

from __future__ import annotations

from rag.composition import Parts, Request
from rag.config import Settings
from rag.errors import NothingIndexed, QuestionError, UsageError
from rag.store import Store, Where
from rag.types import Retrieved
from rag.weighing import find_passages


def prepare_request(
    question: str, settings: Settings, store: Store, *, where: Where | None, top_k: int | None
) -> Request:
    """Check a question and resolve its filter.

    Raises:
        QuestionError: It is empty or too long.
        UsageError: Fewer passages than one are asked for.
        FilterError: The filter cannot be understood.
        NothingIndexed: The collection is empty.
    """
    # A terminal or a JSON escape may hand in half a character, which nothing below can encode.
    question = question.encode("utf-8", "replace").decode().strip()
    limit = settings.question_max_characters
    if not question:
        raise QuestionError("The question is empty.", remedy="Ask something.", field="question")
    if len(question) > limit:
        raise QuestionError(
            f"The question has {len(question)} characters; the limit is {limit}.",
            remedy="Shorten it, or raise VOUCH_QUESTION_MAX_CHARACTERS.",
            field="question",
        )
    if top_k is not None and top_k < 1:
        raise UsageError(f"top_k is {top_k}; it should be 1 or more.", remedy="Leave it out.", field="top_k")
    if not store.documents(limit=1):
        raise NothingIndexed(
            f"The collection '{settings.collection}' holds no documents.",
            remedy=f"Add some: vouch ingest PATH --collection {settings.collection}",
        )
    allowed = store.matching(where) if where else None
    return Request(
        question,
        allowed=allowed,
        top_k=top_k or settings.top_k,
        risk=settings.risk,
        repair_max_calls=settings.repair_max_calls,
        repair_timeout_s=settings.repair_timeout_s,
    )


def find_for(request: Request, parts: Parts) -> Retrieved:
    """Return the passages found for a question that is asked as it is, without a conversation before it."""
    found = find_passages(request.question, request, parts)
    return Retrieved(request.question, parts.index.generation, found.passages)
