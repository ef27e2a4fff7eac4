"""Does evidence support a claim? One verifier asked for all metrics of one answer, each question once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.citations import VERBATIM
from rag.fragments import held_to_no, of_another, said_of_another, state_answer
from rag.protocols import Verifier
from rag.sentences import segment
from rag.terms import is_no_claim
from rag.types import Judgement, Verdict

PIECES_TOGETHER = 10
"""Pieces of evidence that are read as one text; more of them are looked at one by one only."""

QUESTION_END = " ?？.:"


class Entailment:
    """A verifier that remembers, for the metrics of one answer ask the same more than once."""

    def __init__(self, verifier: Verifier, question: str = "") -> None:
        """Take the verifier, and the question that completes a fragment (``24 hours.``)."""
        self.verifier = verifier
        self.question = question
        self.known: dict[tuple[str, tuple[str, ...]], Judgement] = {}

    def holds(self, claim: str, evidence: Sequence[str]) -> bool | None:
        """Return whether one piece of evidence supports a claim by itself; None where the verifier cannot say.

        No evidence supports nothing.
        """
        pieces = tuple(piece for piece in evidence if piece.strip())
        if not pieces:
            return False
        key = (claim, pieces)
        if key not in self.known:
            self.known[key] = self.judge(claim, pieces)
        verdict = self.known[key].verdict
        return None if verdict is Verdict.NOT_CHECKED else verdict is Verdict.SUPPORTED

    def judge(self, claim: str, pieces: Sequence[str]) -> Judgement:
        """Return the judgement on a claim, read as an answer to the question where it is one."""
        judgement = self.judge_stated(claim, pieces)
        threshold = self.verifier.identity.threshold
        return held_to_no(claim, self.question, judgement, lambda said: self.verifier.verify(said, pieces), threshold)

    def judge_stated(self, claim: str, pieces: Sequence[str]) -> Judgement:
        """Return the judgement on a claim; one on a fragment that does not stand there as it is, with its question."""
        judgement = self.verifier.verify(claim, pieces)
        stated = state_answer(claim, self.question)
        if stated.text == claim or (stated.offset is not None and judgement.score == VERBATIM):
            return judgement
        judgement = self.verifier.verify(stated.text, pieces)
        supported = judgement.verdict is Verdict.SUPPORTED and stated.offset is not None
        if supported and said_of_another(claim, self.question, pieces):
            return of_another(claim, judgement, self.verifier.identity.threshold)
        return judgement

    def holds_together(self, claim: str, evidence: Sequence[str]) -> bool | None:
        """Return whether pieces of evidence support a claim, one by itself or all of them read as one text."""
        pieces = list(dict.fromkeys(piece for piece in evidence if piece.strip()))
        alone = self.holds(claim, pieces)
        if alone or not len(pieces) > 1:
            return alone
        joined = self.holds(claim, ["\n\n".join(pieces[:PIECES_TOGETHER])])
        return alone if joined is None else joined

    def follows(self, claim: str, text: str) -> bool | None:
        """Return whether a text states a claim, read as an answer to the question.

        The question completes the text, but states nothing: a claim that it carries by itself, the wrong premise of
        a question among them, follows from the text only where the text carries it by itself as well.
        """
        alone = self.holds(claim, [text])
        if alone or not self.question:
            return alone
        if self.holds(claim, [self.question]):
            return alone
        completed = self.holds(claim, [f"{self.question.rstrip(QUESTION_END)}: {text}"])
        return alone if completed is None else completed


def claims_in(text: str) -> tuple[str, ...]:
    """Return the sentences of a text that claim something, each once, in order."""
    sentences = (text[start:end] for start, end in segment(text))
    return tuple(unique_texts(sentence for sentence in sentences if not is_no_claim(sentence)).values())


def unique_texts(texts: Iterable[str]) -> dict[str, str]:
    """Return texts by what they say, the first of each: case, spacing and punctuation aside."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(normal_form(text), text)
    return found


def normal_form(text: str) -> str:
    """Return a text as letters and digits in small letters, all else single spaces.

    >>> normal_form("It has  274 Moons!") == normal_form("it has 274 moons")
    True
    """
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())
