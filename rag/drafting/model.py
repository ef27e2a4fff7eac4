"""The drafter that asks a language model, and takes nothing of its reply on trust but the words."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import secrets
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from rag.drafting.cutting import SentenceCutter, slices
from rag.drafting.markers import without_bare_markers
from rag.llm import Completed, LanguageModel, Message
from rag.prompts import DROP, REFUSAL, answer_messages, repair_messages
from rag.sanitize import clean_text
from rag.terms import analyse, is_no_claim
from rag.types import DraftEnd, DraftSentence, Passage, Repair, Usage

REPLY_MAX_CHARACTERS = 200_000
"""What is read of one reply."""

REPAIR_MAX_CHARACTERS = 4_000
"""What is read of a reply that should be one sentence."""

NONCE_BYTES = 8

_REFUSAL = re.compile(r"\W*" + REFUSAL.replace("_", r"[ _-]?") + r"\W*", re.IGNORECASE)
_REFUSAL_FIRST = re.compile(rf"\W*{REFUSAL}\b")
_REFUSAL_WITHIN = re.compile(rf"[\s(\[]{{0,9}}\b{REFUSAL}\b[)\]]{{0,9}}")
_DROP = re.compile(rf"\W*{DROP}\W*|\W*{DROP}\s*[:.;,(–—-].*", re.DOTALL)
_LABEL = re.compile(
    r"(?:(?:corrected|revised|repaired|replacement|new)\s+)?(?:sentence|version|replacement)\s*:\s*", re.I
)
_QUOTED = re.compile(r"([\"“„«'])(?P<within>[^\"“”„«»]+)[\"”“»']")
_SURROGATE = re.compile("[\ud800-\udfff]")


class ModelDrafter:
    """Drafts with a language model. See `rag.protocols.Drafter`."""

    def __init__(self, model: LanguageModel) -> None:
        """Take the model; closing it is its owner's business."""
        self._model = model

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    async def draft(self, question: str, passages: Sequence[Passage]) -> AsyncGenerator[DraftSentence | DraftEnd]:
        """Yield sentences in order, each once it is whole, then one `DraftEnd`.

        A reply whose first sentence is the refusal is ``refused``, whatever follows. One that broke off is
        ``incomplete``; a last sentence that was cut in two is left out. No passages are refused without a call.

        Raises:
            ModelError: The model did not answer.
        """
        prompt_sha256 = hash_prompt(question, passages)
        if not passages:
            yield DraftEnd("refused", prompt_sha256=prompt_sha256)
            return
        cutter = SentenceCutter(max(passage.number for passage in passages))
        end = Completed("length", Usage(llm_calls=1), "The reply was longer than is read.")
        read = 0
        sentences = Sentences()
        async with contextlib.aclosing(self._model.stream(messages(question, passages))) as reply:
            async for piece in reply:
                if isinstance(piece, Completed):
                    end = piece
                    break
                for part in slices(encodable(piece[: REPLY_MAX_CHARACTERS - read])):
                    for sentence in sentences.kept(cutter.feed(part)):
                        yield sentence
                    await asyncio.sleep(0)  # a reply may come in one piece, and others are waiting
                read += len(piece)
                if sentences.refused or read > REPLY_MAX_CHARACTERS:
                    break
        for sentence in sentences.kept(cutter.finish(complete=end.finish == "stop")):
            yield sentence
        yield sentences.ended(end, prompt_sha256)

    async def repair(self, question: str, sentence: DraftSentence, problem: str, passages: Sequence[Passage]) -> Repair:
        """Ask for one sentence in the place of one that failed; see `rag.protocols.Drafter`.

        Raises:
            ModelError: The model did not answer.
        """
        cutter = SentenceCutter(max((passage.number for passage in passages), default=0))
        asked = repair_messages(question, sentence.text, problem, passages, secrets.token_hex(NONCE_BYTES))
        end = Completed("length", Usage(llm_calls=1))
        reply = ""
        async with contextlib.aclosing(self._model.stream(as_messages(asked))) as stream:
            async for piece in stream:
                if isinstance(piece, Completed):
                    end = piece
                    break
                reply += encodable(piece[: REPAIR_MAX_CHARACTERS + 1 - len(reply)])
                if len(reply) > REPAIR_MAX_CHARACTERS:
                    break
        drafted = [*cutter.feed(reply), *cutter.finish(complete=end.finish == "stop")]
        return Repair(choose_replacement(Sentences().kept(drafted), sentence.text), end.usage)

    async def aclose(self) -> None:
        """Close the connections to the model's server."""
        await self._model.aclose()


class Sentences:
    """What becomes of the sentences of one reply."""

    def __init__(self) -> None:
        self.refused = False
        self._any = False

    def kept(self, sentences: Sequence[DraftSentence]) -> list[DraftSentence]:
        """Return the sentences that are an answer; none from a refusal on."""
        kept: list[DraftSentence] = []
        for sentence in sentences:
            refuses = _REFUSAL.fullmatch(sentence.text) or _REFUSAL_FIRST.match(sentence.text)
            if refuses and not self._any:
                self.refused = True
            text = without_bare_markers(_REFUSAL_WITHIN.sub("", sentence.text)).strip()
            if self.refused or refuses or not re.search(r"\w", text):
                continue
            self._any = True
            kept.append(DraftSentence(text, sentence.markers, sentence.lead))
        return kept

    def ended(self, end: Completed, prompt_sha256: str) -> DraftEnd:
        """Return how the draft ended."""
        if self.refused:
            return DraftEnd("refused", end.usage, prompt_sha256=prompt_sha256)
        if end.finish == "stop":
            return DraftEnd("complete", end.usage, prompt_sha256=prompt_sha256)
        return DraftEnd("incomplete", end.usage, (encodable(end.detail or "The reply broke off."),), prompt_sha256)


def encodable(text: str) -> str:
    """Return text with replacement characters for halves of surrogate pairs, which nothing can store or send."""
    return _SURROGATE.sub("\ufffd", text)


def messages(question: str, passages: Sequence[Passage]) -> list[Message]:
    """Return what the model is told, with a fence of this call's own and without characters that only hide."""
    return as_messages(answer_messages(question, passages, secrets.token_hex(NONCE_BYTES)))


def as_messages(told: Sequence[tuple[str, str]]) -> list[Message]:
    """Return roles and contents as the model takes them, without characters that only hide."""
    return [Message("system" if role == "system" else "user", clean_text(content)) for role, content in told]


def choose_replacement(sentences: Sequence[DraftSentence], failed: str) -> DraftSentence | None:
    """Return, of a reply that should be one sentence, the one nearest in its words to the sentence that failed.

    None where the model has nothing to put there, or only repeats it.
    """
    if any(_DROP.fullmatch(sentence.text) for sentence in sentences[:1]):
        return None
    candidates = [replace(sentence, text=undressed(sentence.text)) for sentence in sentences]
    claims = [sentence for sentence in candidates if not is_no_claim(sentence.text) and sentence.text != failed]
    keys = analyse(failed).keys
    return max(claims, key=lambda sentence: len(keys & analyse(sentence.text).keys), default=None)


def undressed(text: str) -> str:
    """Return a sentence without a label before it and without quotation marks round all of it."""
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    quoted = _QUOTED.fullmatch(text)
    return quoted["within"].strip() if quoted else text


def hash_prompt(question: str, passages: Sequence[Passage]) -> str:
    """Return the hash of what the model is told, but for the random fence: the same prompt has the same hash."""
    told = json.dumps(answer_messages(question, passages, nonce="0" * 2 * NONCE_BYTES), ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
