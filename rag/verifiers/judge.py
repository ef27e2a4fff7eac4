"""A claim against evidence by a language model, whose reply counts only in the exact form asked for.

What can be done against being talked round is done here, not left to the model:

- Claim and evidence are fenced as data, and the line that gives a verdict must carry a code that stands nowhere in
  them, so that a reply which only repeats them gives no verdict.
- The last verdict line counts, and whatever else the reply says does not. One that is not in the form asked for, a
  refusal, an error, a reply cut off or late: all that is "not checked", never a guess.
- "Supported" counts only with the sentences that bear the claim out, of those that were shown.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.errors import ModelError
from rag.llm import Completed, Message
from rag.prompts import judge_messages
from rag.sanitize import clean_line, clean_text
from rag.terms import is_no_claim, without_references
from rag.types import Evidence, Judgement, ProblemKind, Usage, Verdict, VerifierIdentity
from rag.verifiers.windows import Window, cut_windows

VERSION = "1"
THRESHOLD = 0.5
SCORES = {Verdict.SUPPORTED: 0.95, Verdict.PARTIAL: 0.4, Verdict.UNSUPPORTED: 0.05}
"""A judge gives one of three verdicts and no number; these stand for them on the scale of the other verifiers."""

PROMPT_CHARACTERS = 24_000
"""Evidence of one call, about 6,000 tokens; more is judged in several calls, of which the best counts."""

CLAIM_MAX_CHARACTERS = 4_000
REPLY_MAX_CHARACTERS = 20_000
REMEMBERED = 1024
"""Judgements kept, so that the same input has the same judgement and is paid for once."""

NONCE_CHARACTERS = 16
CODE_CHARACTERS = 8
"""Of a hash of what is judged, so that the same input is asked about in the same words, and nobody who writes a
document can know them. The two differ: a reply that repeats a fence has not repeated the code."""

VERDICT_LINE = (
    r"VERDICT {code}\s*: [(\[]?(supported|partial|unsupported)[)\]]?; "
    r"SENTENCES: (none|\(none\)|[\d.,&()\[\] and]+); PROBLEM: [(\[]?(\w+(?: \w+){{0,3}})[)\]]?\.?"
)
"""Read in any case: the code makes the line safe, and models copy the brackets of the prompt."""

DECORATION = " \t*_`>-"
"""What models like to put around a line."""

PROBLEMS = {
    ProblemKind.NUMBER: "a number is not that of the sources",
    ProblemKind.DATE: "a date is not that of the sources",
    ProblemKind.NAME: "a name is not that of the sources",
    ProblemKind.NEGATION: "negated in one, not in the other",
    ProblemKind.NOT_MENTIONED: "the sources do not mention it",
}
OTHER_PROBLEM = "the sources do not bear it out"


class Asked(Protocol):
    """A language model that is asked and waited for: see `rag.llm.BlockingModel`."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    def complete(self, messages: Sequence[Message]) -> tuple[str, Completed]:
        """Return the reply and how it ended."""
        ...

    def close(self) -> None:
        """Close what asking has opened."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A window of a piece of evidence, as one call shows it.

    Attributes:
        index: Of the piece among those handed in.
        window: Its sentences.
    """

    index: int
    window: Window


class Memory:
    """The latest judgements by what they depend on. Safe in several threads."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.judgements: OrderedDict[str, Judgement] = OrderedDict()

    def recall(self, key: str) -> Judgement | None:
        """Return a judgement given before."""
        with self.turn:
            if key in self.judgements:
                self.judgements.move_to_end(key)
            return self.judgements.get(key)

    def keep(self, key: str, judgement: Judgement) -> None:
        """Keep a judgement; one that could not be given is asked for anew next time."""
        if judgement.verdict is Verdict.NOT_CHECKED:
            return
        with self.turn:
            self.judgements[key] = judgement
            while len(self.judgements) > REMEMBERED:
                self.judgements.popitem(last=False)


class JudgeVerifier:
    """Judges by a language model. Safe in several threads; `verify` may be called with or without an event loop.

    Attributes:
        model: Is asked.
        memory: Judgements given before, shared with those made by `counting_anew`.
    """

    def __init__(self, model: Asked, memory: Memory | None = None) -> None:
        """Take the model, which belongs to the verifier from now on."""
        self.model = model
        self.memory = memory or Memory()
        self.turn = threading.Lock()
        self.spent = Usage()

    @property
    def identity(self) -> VerifierIdentity:
        """Tier, version, threshold and the model's name; what revision a server runs is not known."""
        return VerifierIdentity("llm", VERSION, THRESHOLD, self.model.name)

    @property
    def usage(self) -> Usage:
        """What judging has cost so far; a call that failed counts as one call of no tokens."""
        with self.turn:
            return self.spent

    def counting_anew(self) -> JudgeVerifier:
        """Return the same judge with a usage of its own that begins at nothing, for one answer."""
        return JudgeVerifier(self.model, self.memory)

    def close(self) -> None:
        """Close the connections to the model's server."""
        self.model.close()

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        """Judge one sentence by what the model says of it and the evidence.

        No evidence gives `Verdict.UNSUPPORTED` without a call. Whatever keeps the model from a verdict in the form
        asked for gives `Verdict.NOT_CHECKED`, no score, and a problem that says what it was.
        """
        if is_no_claim(claim):
            return Judgement(Verdict.NOT_A_CLAIM, None)
        stated = clean_line(without_references(claim))
        if not any(text.strip() for text in evidence):
            return Judgement(Verdict.UNSUPPORTED, 0.0, problem="there is no evidence to check it against")
        if len(stated) > CLAIM_MAX_CHARACTERS:
            return unjudged(f"it has more than {CLAIM_MAX_CHARACTERS} characters")
        key = digest([self.model.name, stated, *evidence])
        known = self.memory.recall(key)
        if known is not None:
            return known
        judgements: list[Judgement] = []
        for shown in share_out(evidence):
            judgements.append(self.ask(stated, evidence, shown))
            if judgements[-1].verdict is Verdict.SUPPORTED:
                break
        judgement = best_of(judgements)
        self.memory.keep(key, judgement)
        return judgement

    def ask(self, claim: str, evidence: Sequence[str], shown: Sequence[Shown]) -> Judgement:
        """Ask once, and read the reply."""
        numbered = number_sentences(shown)
        texts = [(number, [(place, text_at(evidence, item)) for place, item in rows]) for number, rows in numbered]
        marker = digest([claim, *(text for _, rows in texts for _, text in rows)])
        nonce, code = marker[:NONCE_CHARACTERS], marker[NONCE_CHARACTERS:][:CODE_CHARACTERS]
        told = judge_messages(claim, texts, nonce, code)
        messages = [Message("system" if role == "system" else "user", content) for role, content in told]
        try:
            reply, end = self.model.complete(messages)
        except ModelError as error:
            self.add(Usage(llm_calls=1))
            return unjudged(f"the judge did not answer: {clean_line(error.message)}")
        self.add(end.usage)
        if end.finish != "stop":
            return unjudged(f"the judge's reply is not whole: {clean_line(end.detail or end.finish)}")
        places = {f"{number}.{place}": item for number, rows in numbered for place, item in rows}
        return read_reply(reply[-REPLY_MAX_CHARACTERS:], code, places)

    def add(self, usage: Usage) -> None:
        """Count what a call has cost."""
        with self.turn:
            self.spent += usage


def share_out(evidence: Sequence[str]) -> Iterator[list[Shown]]:
    """Yield the evidence in order, in shares of at most `PROMPT_CHARACTERS`; each of it is in at least one."""
    share: list[Shown] = []
    size = 0
    for index, text in enumerate(evidence):
        for window in cut_windows(text, PROMPT_CHARACTERS, lambda texts: [len(each) for each in texts]):
            length = window.span.end - window.span.start
            if share and size + length > PROMPT_CHARACTERS:
                yield share
                share, size = [], 0
            share.append(Shown(index, window))
            size += length
    if share:
        yield share


def number_sentences(shown: Sequence[Shown]) -> list[tuple[int, list[tuple[int, Evidence]]]]:
    """Return each window under a number from 1, and its sentences under numbers from 1 within it."""
    return [
        (number, [(place, Evidence(item.index, *span)) for place, span in enumerate(item.window.sentences, 1)])
        for number, item in enumerate(shown, 1)
    ]


def text_at(evidence: Sequence[str], item: Evidence) -> str:
    """Return the text of a stretch of evidence, without characters that only hide."""
    return clean_text(evidence[item.index][item.start : item.end])


def read_reply(reply: str, code: str, places: dict[str, Evidence]) -> Judgement:
    """Return the judgement that a reply's last verdict line gives.

    Args:
        reply: What the model said.
        code: What makes a line a verdict line.
        places: The sentences shown, by their numbers.
    """
    lines = [line.strip(DECORATION) for line in reply.splitlines()]
    verdicts = [line for line in lines if code in line]
    if not verdicts:
        return unjudged("the judge gave no verdict in the form asked for")
    found = re.fullmatch(VERDICT_LINE.format(code=re.escape(code)), verdicts[-1], re.IGNORECASE)
    if found is None:
        return unjudged("the judge's last verdict is not in the form asked for")
    verdict = Verdict(found[1].lower())
    problem = found[3].lower().replace(" ", "_")
    kind = ProblemKind(problem) if problem in set(ProblemKind) else None
    named = dict.fromkeys(places[number] for number in re.findall(r"\d+(?:\.\d+)*", found[2]) if number in places)
    if verdict is Verdict.UNSUPPORTED:
        return Judgement(verdict, SCORES[verdict], (), problem_of(kind), kind)
    if not named:
        return unjudged(f"the judge calls it {verdict} and names no sentence that it was shown")
    if verdict is Verdict.SUPPORTED:
        return Judgement(verdict, SCORES[verdict], tuple(named))
    return Judgement(verdict, SCORES[verdict], tuple(named), problem_of(kind), kind)


def problem_of(kind: ProblemKind | None) -> str:
    """Return a problem for a person."""
    return PROBLEMS[kind] if kind is not None else OTHER_PROBLEM


def best_of(judgements: Sequence[Judgement]) -> Judgement:
    """Return the best of the judgements by shares of the evidence, of which there is at least one.

    Where no share supports the claim, one that could not be judged might have: then it is not checked.
    """
    unknown = [judgement for judgement in judgements if judgement.verdict is Verdict.NOT_CHECKED]
    best = max(judgements, key=lambda judgement: judgement.score or 0.0)
    return unknown[0] if unknown and best.verdict is not Verdict.SUPPORTED else best


def unjudged(problem: str) -> Judgement:
    """Return that nothing could be judged, and why."""
    return Judgement(Verdict.NOT_CHECKED, None, problem=problem)


def digest(parts: Sequence[str]) -> str:
    """Return a hash of texts in this order."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
