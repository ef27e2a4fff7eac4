"""What is told where a deletion is done, and the stored answers cannot be rid of what went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rag.errors import AnswersNotErased, CollectionError


@contextmanager
def erasing() -> Iterator[None]:
    """Tell that the deletion is done where cleaning the stored answers, which the block does, fails.

    Raises:
        AnswersNotErased: It has failed; what is wrong with the answers' file is its cause.
    """
    try:
        yield
    except CollectionError as error:
        raise AnswersNotErased(
            "What was deleted is gone; the stored answers could not be cleaned, and may hold its words. "
            f"{error.message}",
            remedy=f"{error.remedy} Deleting it once more erases what is left.".lstrip(),
        ) from error
