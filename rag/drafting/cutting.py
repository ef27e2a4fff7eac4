"""Whole sentences out of a reply that comes in pieces, the same whatever the pieces."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.drafting.markers import without_bare_markers
from rag.drafting.markup import Line, has_open_markup, read_line
from rag.drafting.references import heads_sources, is_reference, lists_sources, may_list_sources, read_definition
from rag.sanitize import clean_line
from rag.sentences import segment
from rag.types import DraftSentence, Span

THINKING = ("<think>", "</think>")
"""Some local models think aloud before they answer."""

SLICE_CHARACTERS = 1000
"""Characters of a piece that are looked at together, so that the time for a long one grows with its length only."""

LINE_MAX_CHARACTERS = 4000
"""No paragraph is longer; a line that is gets broken, so that looking at it again and again stays cheap."""

_WRAPPED = re.compile(r"[^\n.!?:;。！？]{40}")
"""What stands before a soft line break, in mid-sentence: the model has wrapped its lines. A small letter follows."""

_MARKED_END = re.compile(r"[.!?]\s+[^\W\d_a-zß-öø-ÿ]")
_LETTER = re.compile(r"\w")
_WORD = re.compile(r"\w\S*\s|[\u3040-\u30ff\u3400-\u9fff]{2}")
_CLOSERS = r"[\"'”’»)\]】*_]*"
_ENDED = re.compile(
    rf"[.!?…]{_CLOSERS}\s+$|[^\W\d]{_CLOSERS}[.!?…]{_CLOSERS}$|[。！？]{_CLOSERS}\s*$"
    r"|[.!?…]\s*[\[【(][^\[\]【】()]*[\]】)]\s*$|[\]】][.!?…]\s*$|\n\s*$"
)
"""The end of a text that is surely no sentence cut in two: after ``3.`` there may have come a ``5``."""


@dataclass(frozen=True, slots=True)
class Held:
    """A sentence that more may still belong to: markers, or what its footnotes say.

    Attributes:
        sentence: As far as it is known.
        notes: Numbers of its footnotes, of which only the end of the reply may tell which passages they name.
    """

    sentence: DraftSentence
    notes: tuple[int, ...] = ()

    def naming(self, markers: tuple[int, ...], notes: tuple[int, ...] = ()) -> Held:
        """Return it with further markers and footnotes."""
        named = tuple(sorted({*self.sentence.markers, *markers}))
        return Held(replace(self.sentence, markers=named), (*self.notes, *notes))


class SentenceCutter:
    """Takes a reply piece by piece and gives its sentences once they are whole.

    A sentence is whole when a word of the next one is there, so that a marker after its full stop is still its own;
    until then it is held back. A sentence's `lead` is what stands before it: nothing, a space, a line break, a blank
    line, and then ``- `` or ``1. `` for an item of a list (the sign is no part of the claim).

    A footnote, ``[^1]``, names whatever passage its definition does, which comes last. So a sentence with one is held
    back till then, and all after it, unless the notes do not run 1, 2, 3: then they are passages' numbers. Those
    without a definition are, too. Definitions, and a list of sources below the answer, are no sentences.
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
        self._held: Held | None = None
        self._ready: list[Held] = []
        self._in_sources = False  # below the heading of a list of sources
        self._notes: list[int] = []  # in order of appearance
        self._definitions: dict[int, tuple[int, ...]] = {}
        self._notes_known = False  # whether no definition can come that matters

    def feed(self, piece: str) -> list[DraftSentence]:
        """Take the next piece; return the sentences that are whole by now, in order."""
        return [sentence for part in slices(piece) for sentence in self._feed(part)]

    def _feed(self, part: str) -> list[DraftSentence]:
        """Take a piece that is not long."""
        self._raw = (self._raw + part).replace("\r\n", "\n")
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
        self._notes_known = True
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
        if self._thinking:
            self._raw = self._raw[1 - len(THINKING[1]) :]  # the end of it may begin with these
        return not self._thinking

    def _next_line(self) -> str | None:
        """Take off the next line that has surely ended, without its break; None while there is none."""
        at = self._raw.find("\n", 0, LINE_MAX_CHARACTERS)
        while 0 <= at < len(self._raw) - 1:  # the character after it tells whether the break is a soft one
            line, rest = self._raw[:at], self._raw[at + 1 :]
            if not ("a" <= rest[0] <= "z" and _WRAPPED.fullmatch(line[-40:])):
                self._raw = rest
                return line
            self._raw = f"{line} {rest}"
            at = self._raw.find("\n", at, LINE_MAX_CHARACTERS)
        if len(self._raw) > LINE_MAX_CHARACTERS:
            cut = self._raw.rfind(" ", 0, LINE_MAX_CHARACTERS) + 1 or LINE_MAX_CHARACTERS
            line, self._raw = self._raw[:cut], self._raw[cut:]
            return line
        return None

    def _end_line(self, raw: str) -> None:
        """Cut up what is left of a line, and hold its last sentence: markers may follow on the next line."""
        line = read_line("" if self._is_below_answer(raw) else raw, self._passages)
        spans = self._spans(line)
        for index, (start, end) in enumerate(spans):
            following = spans[index + 1].start if index + 1 < len(spans) else len(line.text)
            self._cut(line, start, end, following)
        if (line.markers or line.notes) and not line.text and self._held is not None:
            self._note(numbers := named_within(line.notes, -1, len(line.text)))
            self._held = self._held.naming(named_within(line.markers, -1, len(line.text)), numbers)
        elif self._begun:
            self._breaks = 1 if line.text and not line.apart else self._breaks + 1 + line.apart
        self._cut_to = self._seen = 0

    def _is_below_answer(self, raw: str) -> bool:
        """Tell whether a line belongs to what stands below an answer, and keep what it defines."""
        defined = read_definition(raw, self._passages)
        if defined is not None:
            self._definitions[defined[0]] = defined[1]
        if not raw.strip() or self._cut_to:
            return False
        listed = heads_sources(raw) or lists_sources(raw)
        self._in_sources = listed or (self._in_sources and is_reference(raw))
        return self._in_sources or defined is not None

    def _begin_line(self, raw: str) -> None:
        """Cut the sentences off a line under way that nothing can change any more."""
        if self._in_sources or may_list_sources(raw):
            return  # only its end tells whether it is an answer's
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
        named = sorted([*line.markers, *line.notes])
        ends = [at for at, _ in named if at > self._cut_to and _MARKED_END.match(line.text, at - 1)]
        ends = list(dict.fromkeys(ends))
        starts = [self._cut_to, *ends]
        return [
            Span(start + low, end + low)
            for low, high in zip(starts, [*ends, len(line.text)], strict=True)
            for start, end in segment(line.text[low:high], whole_rows=False)
        ]

    def _cut(self, line: Line, start: int, end: int, following: int) -> None:
        """Cut one sentence off, with the markers up to the beginning of the next."""
        after = self._cut_to or -1
        numbers, notes = named_within(line.markers, after, following), named_within(line.notes, after, following)
        self._note(notes)
        text = without_bare_markers(clean_line(line.text[start:end])).strip()
        gap = " " if line.text[max(start - 1, 0) : start].isspace() else ""
        lead = gap if self._cut_to and self._begun else self._line_lead(line)
        self._cut_to = following
        if _LETTER.search(text):
            self._begun = True
            self._release_held()
            self._held = Held(DraftSentence(text, tuple(sorted(set(numbers))), lead), notes)
        elif (numbers or notes) and self._held is not None:
            self._held = self._held.naming(numbers, notes)

    def _line_lead(self, line: Line) -> str:
        """Return what stands before the first sentence of a line."""
        apart = self._breaks > 1 or line.apart
        return ("\n\n" if apart and self._breaks else "\n" if self._breaks else "") + line.item

    def _release_held(self) -> None:
        if self._held is not None:
            self._ready.append(self._held)
            self._held = None

    def _note(self, notes: tuple[int, ...]) -> None:
        """Take note of footnotes in order of appearance."""
        self._notes += [note for note in dict.fromkeys(notes) if note not in self._notes]
        self._notes_known |= self._notes != list(range(1, len(self._notes) + 1))

    def _taken(self) -> list[DraftSentence]:
        """Take what is ready, up to the first sentence whose footnotes are not known yet."""
        waiting = next((at for at, held in enumerate(self._ready) if held.notes and not self._notes_known), None)
        ready, self._ready = self._ready[:waiting], [] if waiting is None else self._ready[waiting:]
        return [held.naming(tuple(self._passages_of(held.notes))).sentence for held in ready]

    def _passages_of(self, notes: tuple[int, ...]) -> Iterator[int]:
        """Yield the passages that footnotes name: as defined, else those of their numbers."""
        for note in notes:
            yield from self._definitions.get(note, (note,) if 1 <= note <= self._passages else ())


def named_within(markers: Sequence[tuple[int, tuple[int, ...]]], after: int, until: int) -> tuple[int, ...]:
    """Return the numbers of the markers that stand after one position and not after another."""
    return tuple(number for at, numbers in markers if after < at <= until for number in numbers)


def slices(text: str) -> Iterator[str]:
    """Yield a text in order, `SLICE_CHARACTERS` at a time; nothing of an empty one."""
    for begin in range(0, len(text), SLICE_CHARACTERS):
        yield text[begin : begin + SLICE_CHARACTERS]
