"""Whole sentences out of a reply that comes in pieces, the same whatever the pieces."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from rag.drafting.markup import Line, has_open_markup, read_line, without_bare_markers
from rag.sanitize import clean_line
from rag.sentences import segment
from rag.types import DraftSentence, Span

THINKING = ("<think>", "</think>")
"""Some local models think aloud before they answer."""

LINE_MAX_CHARACTERS = 4000
"""No paragraph is longer; a line that is gets broken, so that looking at it again and again stays cheap."""

_SOFT_BREAK = re.compile(r"(?<=[^\n.!?:;。！？]{40})\n(?=[a-z])")
"""A line break in mid-sentence: the model has wrapped its lines."""

_MARKED_END = re.compile(r"[.!?]\s+[^\W\d_a-zß-öø-ÿ]")
_LETTER = re.compile(r"\w")
_WORD = re.compile(r"\w\S*\s|[\u3040-\u30ff\u3400-\u9fff]{2}")
_CLOSERS = r"[\"'”’»)\]】*_]*"
_ENDED = re.compile(
    rf"[.!?…]{_CLOSERS}\s+$|[^\W\d]{_CLOSERS}[.!?…]{_CLOSERS}$|[。！？]{_CLOSERS}\s*$"
    r"|[.!?…]\s*[\[【(][^\[\]【】()]*[\]】)]\s*$|[\]】][.!?…]\s*$|\n\s*$"
)
"""The end of a text that is surely no sentence cut in two: after ``3.`` there may have come a ``5``."""


class SentenceCutter:
    """Takes a reply piece by piece and gives its sentences once they are whole.

    A sentence is whole when a word of the next one is there, so that a marker after its full stop is still its own;
    until then it is held back. A sentence's `lead` is what stands before it: nothing, a space, a line break, a blank
    line, and then ``- `` or ``1. `` for an item of a list (the sign is no part of the claim).
    """

    def __init__(self, passages: int) -> None:
        """Take the number of passages, which tells a marker from an ordinary bracket."""
        self._passages = passages
        self._raw = ""  # from the beginning of the line under way
        self._thinking: bool | None = None  # None until the reply's first characters tell
        self._cut_to = 0  # in the plain text of that line
        self._seen = 0  # length of that line when it was last looked at
        self._begun = False  # whether there has been any text
        self._breaks = 0  # line breaks since the last text
        self._held: DraftSentence | None = None
        self._ready: list[DraftSentence] = []

    def feed(self, piece: str) -> list[DraftSentence]:
        """Take the next piece; return the sentences that are whole by now, in order."""
        self._raw += piece
        if self._past_thinking():
            while (raw := self._next_line()) is not None:
                self._end_line(raw)
            if len(self._raw) - self._seen > len(self._raw) // 10:
                self._seen = len(self._raw)
                self._begin_line(self._raw)
        return self._taken()

    def finish(self, *, complete: bool = True) -> list[DraftSentence]:
        """Return what is left at the end; if not `complete`, without a last sentence that the end has cut in two."""
        if self._thinking:
            self._raw = ""
        whole = complete or not self._raw.strip() or _ENDED.search(self._raw[-400:]) is not None
        self._end_line(self._raw)
        if whole:
            self._release_held()
        return self._taken()

    def _past_thinking(self) -> bool:
        """Drop what the model thinks aloud; tell whether its answer has begun."""
        if self._thinking is None:
            start = self._raw.lstrip()[: len(THINKING[0])]
            if THINKING[0].startswith(start) and start != THINKING[0]:
                return False
            self._thinking = start == THINKING[0]
        if self._thinking and THINKING[1] in self._raw:
            self._raw = self._raw.partition(THINKING[1])[2].lstrip()
            self._thinking = False
        return not self._thinking

    def _next_line(self) -> str | None:
        """Take off the next line that has surely ended, without its break; None while there is none."""
        if "\n" in self._raw:
            self._raw = _SOFT_BREAK.sub(" ", self._raw.replace("\r\n", "\n"))
            line, found, rest = self._raw.partition("\n")
            if found and rest:  # the character after it tells that the break is no soft one
                self._raw = rest
                return line
        if len(self._raw) > LINE_MAX_CHARACTERS:
            cut = self._raw.rfind(" ", 0, LINE_MAX_CHARACTERS) + 1 or LINE_MAX_CHARACTERS
            line, self._raw = self._raw[:cut], self._raw[cut:]
            return line
        return None

    def _end_line(self, raw: str) -> None:
        """Cut up what is left of a line, and hold its last sentence: markers may follow on the next line."""
        line = read_line(raw, self._passages)
        spans = self._spans(line)
        for index, (start, end) in enumerate(spans):
            following = spans[index + 1].start if index + 1 < len(spans) else len(line.text)
            self._cut(line, start, end, following)
        if line.markers and not line.text and self._held is not None:
            self._held = _with_markers(self._held, tuple(number for _, numbers in line.markers for number in numbers))
        elif self._begun:
            self._breaks = 1 if line.text and not line.apart else self._breaks + 1 + line.apart
        self._cut_to = self._seen = 0

    def _begin_line(self, raw: str) -> None:
        """Cut the sentences off a line under way that nothing can change any more."""
        line = read_line(raw, self._passages)
        spans = self._spans(line)
        for (start, end), (following, _) in itertools.pairwise(list(spans)):
            if not self._settled(line, following):
                break
            self._cut(line, start, end, following)
            del spans[0]
        if spans and _LETTER.search(line.text, *spans[0]) and self._settled(line, self._cut_to):
            self._release_held()

    def _settled(self, line: Line, position: int) -> bool:
        """Tell whether a word stands there, and nothing before its end that a later character may still change."""
        word = _WORD.search(line.text, position)
        return word is not None and not any(
            has_open_markup(line.text[self._cut_to : until]) for until in (position, word.end())
        )

    def _spans(self, line: Line) -> list[Span]:
        """Return the sentences of a line that have not been cut off yet.

        A marker between a full stop and a capital ends a sentence, whatever the abbreviation before the full stop.
        """
        ends = [at for at, _ in line.markers if at > self._cut_to and _MARKED_END.match(line.text, at - 1)]
        starts = [self._cut_to, *ends]
        return [
            Span(start + low, end + low)
            for low, high in zip(starts, [*ends, len(line.text)], strict=True)
            for start, end in segment(line.text[low:high])
        ]

    def _cut(self, line: Line, start: int, end: int, following: int) -> None:
        """Cut one sentence off, with the markers up to the beginning of the next."""
        numbers = tuple(
            number
            for at, named in line.markers
            if at <= following and (at > self._cut_to or self._cut_to == 0)
            for number in named
        )
        text = without_bare_markers(clean_line(line.text[start:end])).strip()
        gap = " " if line.text[max(start - 1, 0) : start].isspace() else ""
        lead = gap if self._cut_to and self._begun else self._line_lead(line)
        self._cut_to = following
        if _LETTER.search(text):
            self._begun = True
            self._release_held()
            self._held = DraftSentence(text, tuple(sorted(set(numbers))), lead)
        elif numbers and self._held is not None:
            self._held = _with_markers(self._held, numbers)

    def _line_lead(self, line: Line) -> str:
        """Return what stands before the first sentence of a line."""
        apart = self._breaks > 1 or line.apart
        return ("\n\n" if apart and self._breaks else "\n" if self._breaks else "") + line.item

    def _release_held(self) -> None:
        if self._held is not None:
            self._ready.append(self._held)
            self._held = None

    def _taken(self) -> list[DraftSentence]:
        ready, self._ready = self._ready, []
        return ready


def _with_markers(sentence: DraftSentence, numbers: tuple[int, ...]) -> DraftSentence:
    return replace(sentence, markers=tuple(sorted({*sentence.markers, *numbers})))
