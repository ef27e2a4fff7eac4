"""A stored answer rid of what was taken from a deleted document."""

from __future__ import annotations

from collections.abc import Collection

from rag.types import Verdict
from rag.wire import WireAnswer

REMOVED_SENTENCE = "[removed with its source]"
"""What stands in a stored answer for a sentence whose document was deleted."""


REMOVED_REASON = "The documents found do not mention all that was asked."
"""What stands for a reason to abstain that held words of earlier answers."""


def names_citation(warning: str, numbers: Collection[int]) -> bool:
    """Return whether a warning quotes one of these citations, as in ``24 hours [1] (a.txt)``."""
    return any(f"[{number}]" in warning for number in numbers)


def erase_document(answer: WireAnswer, document_id: str) -> WireAnswer:
    """Return a stored answer without anything taken from a document that it cites or was drafted from.

    Quotes, passages and the sentences resting on it go; so do uncited ones, which may have been taken from it as well.
    File, revision and span of each citation stay, so that one can still see what was cited.
    """
    gone = {citation.number for citation in answer.citations if citation.document_id == document_id}
    erased = answer.model_copy(deep=True)
    erased.passages = [passage for passage in erased.passages if passage.document_id != document_id]
    for citation in erased.citations:
        if citation.number in gone:
            citation.quote, citation.title, citation.heading, citation.state = "", citation.source, [], "removed"
            citation.locator = None  # it may name a sheet or a chapter
            citation.text_sha256 = ""  # a text that is guessed could be told by it
    text, position = "", 0
    for sentence in erased.sentences:
        text += answer.text[position : sentence.start]
        position = sentence.end
        uncited = not sentence.citations and sentence.verdict is not Verdict.NOT_A_CLAIM
        if uncited or gone.intersection(sentence.citations):
            sentence.text, sentence.problem, sentence.problem_kind = REMOVED_SENTENCE, None, None
            sentence.unsupported, sentence.computed = [], []
        sentence.start, sentence.end = len(text), len(text) + len(sentence.text)
        text += sentence.text
    erased.text = text + answer.text[position:]
    erased.conflicts = [group for group in erased.conflicts if not gone.intersection(group)]
    erased.disagreements = [each for each in erased.disagreements if not gone.intersection(each.citations)]
    erased.warnings = [warning for warning in erased.warnings if not names_citation(warning, gone)]
    forget_completion(erased)
    erased.status = "source_removed" if gone else erased.status
    return erased


def forget_completion(answer: WireAnswer) -> None:
    """Take out of an answer what its question was completed with: words of what was said before in the conversation."""
    answer.standalone_question = answer.question
    taken = [each for each in (*answer.missing, *answer.false_premises) if each not in answer.question]
    answer.missing = [each for each in answer.missing if each not in taken]
    answer.false_premises = [each for each in answer.false_premises if each not in taken]
    if answer.reason is not None and any(each in answer.reason for each in taken):
        answer.reason = REMOVED_REASON
