"""Document -> chunks: stretches that are embedded and found as one, cut where the text itself pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple
from unicodedata import combining

from rag.sentences import segment
from rag.types import Chunk, Document, Span

CountTokens = Callable[[Sequence[str]], list[int]]

TARGET_CHARACTERS = 700
"""Most characters of a chunk; about 160 tokens of English. See `split`."""
FRAGMENT_CHARACTERS = 200
"""A section or a rest shorter than this is joined to its neighbour where both fit."""
HEADER_SHARE = 0.25
"""Most of the tokens that title and headings may take."""


WINDOW_PIECES = 8
"""Pieces in a window that is handed to the splitter."""


JOINED_MAX_CHARACTERS = 100
"""What is seen as one character has no more of them; a longer run is cut anywhere."""


class Section(NamedTuple):
    """A stretch of reading text under one path of headings."""

    start: int
    end: int
    heading: tuple[str, ...]


def split(
    document: Document, *, max_tokens: int, count_tokens: CountTokens, target_characters: int = TARGET_CHARACTERS
) -> list[Chunk]:
    """Split a document into chunks, in order, that do not overlap and hold every character but white space.

    Sections are cut at headings first; small ones are joined. Inside a section whole paragraphs, then whole
    sentences are packed up to the target; only a sentence longer than that is cut, at the best place
    `semantic_text_splitter` finds. Tokens are counted once; what has too many is split again.

    Args:
        document: What to split.
        max_tokens: Most tokens of `Chunk.embedded`, special ones included.
        count_tokens: Counts the tokens of texts, special ones included.
        target_characters: Most characters of a chunk's text.

    Returns:
        Chunks with ``document.reading.text[start:end] == text``, none empty; none for a text of white space.

    Raises:
        ValueError: Not even one character fits into `max_tokens` (a mistake of the caller).
    """
    text = document.reading.text
    chunks: list[Chunk] = []
    spans = [
        (span, section.heading)
        for section in join_small(text, find_sections(document), target_characters)
        for span in pack(text, section, target_characters)
    ]
    fitted: dict[str, str] = {}
    while spans:
        headers = [header(document.title, heading, text[start:end]) for (start, end), heading in spans]
        fitted |= fit_headers(set(headers) - fitted.keys(), max_tokens, count_tokens)
        made = [
            make_chunk(text, span, heading, fitted[above])
            for (span, heading), above in zip(spans, headers, strict=True)
        ]
        spans = []
        for chunk, count in zip(made, count_tokens([chunk.embedded for chunk in made]), strict=True):
            if count <= max_tokens:
                chunks.append(chunk)
            else:
                spans.extend((span, chunk.heading) for span in halve(text, chunk, max_tokens / count))
    return sorted(chunks, key=lambda chunk: chunk.start)


def make_chunk(text: str, span: Span, heading: tuple[str, ...], above: str) -> Chunk:
    """Return the chunk of a span of reading text."""
    words = text[span.start : span.end]
    return Chunk(span.start, span.end, words, heading, f"{above}\n{words}" if above else words)


def find_sections(document: Document) -> list[Section]:
    """Return the stretches between headings, in order; the whole text where there are none."""
    text = document.reading.text
    headings = [locator for locator in document.locators if locator.kind == "heading"]
    starts = [document.reading.index_from(locator.start) for locator in headings]
    bounds = [0, *starts, len(text)]
    paths = [(), *(locator.value for locator in headings)]
    return [
        Section(start, end, path)
        for (start, end), path in zip(pairwise(bounds), paths, strict=True)
        if text[start:end].strip()
    ]


def join_small(text: str, sections: list[Section], target: int) -> list[Section]:
    """Return the sections with fragments joined to the one after them (or before, at the end) where both fit."""
    joined: list[Section] = []
    for section in sections:
        before = joined[-1] if joined else None
        if before is None or section.end - before.start > target:
            joined.append(section)
        elif is_fragment(text, before):
            # A heading alone, or a line or two: the path below it says more.
            deeper = section.heading[: len(before.heading)] == before.heading
            joined[-1] = Section(before.start, section.end, section.heading if deeper else before.heading)
        elif is_fragment(text, section) and section is sections[-1]:
            joined[-1] = Section(before.start, section.end, before.heading)
        else:
            joined.append(section)
    return joined


def is_fragment(text: str, section: Section) -> bool:
    """Tell whether a section is too short to be found by itself."""
    return len(text[section.start : section.end].strip()) < FRAGMENT_CHARACTERS


def pack(text: str, section: Section, target: int) -> list[Span]:
    """Return spans of at most `target` characters: whole paragraphs, else lines, else sentences, else pieces of one."""
    spans: list[Span] = []
    for paragraph in split_paragraphs(text, section):
        if paragraph.end - paragraph.start <= target:
            add(spans, [paragraph], target)
            continue
        for line in split_lines(text, paragraph):
            whole = line[-1].end - line[0].start <= target
            add(spans, [Span(line[0].start, line[-1].end)] if whole else spread(text, line, target), target)
    return spans


def add(spans: list[Span], pieces: Sequence[Span], target: int) -> None:
    """Append pieces, the first joined to the last span where both fit."""
    for index, piece in enumerate(pieces):
        fits = spans and piece.end - spans[-1].start <= target
        if fits and index == 0:
            spans[-1] = Span(spans[-1].start, piece.end)
        else:
            spans.append(piece)


def split_paragraphs(text: str, section: Section) -> list[Span]:
    """Return the paragraphs of a section, stripped: stretches between blank lines."""
    spans: list[Span] = []
    start = section.start
    while start < section.end:
        end = text.find("\n\n", start, section.end)
        end = section.end if end < 0 else end
        if stripped := strip(text, start, end):
            spans.append(stripped)
        start = end + 2
    return spans


def split_lines(text: str, paragraph: Span) -> list[list[Span]]:
    """Return the sentences of a paragraph, in groups between which a line ends."""
    lines: list[list[Span]] = []
    for start, end in segment(text[paragraph.start : paragraph.end]):
        sentence = Span(paragraph.start + start, paragraph.start + end)
        if lines and "\n" not in text[lines[-1][-1].end : sentence.start]:
            lines[-1].append(sentence)
        else:
            lines.append([sentence])
    return lines


def strip(text: str, start: int, end: int) -> Span | None:
    """Return a span without white space around it; None if nothing is left."""
    piece = text[start:end]
    kept = piece.strip()
    first = start + len(piece) - len(piece.lstrip())
    return Span(first, first + len(kept)) if kept else None


def spread(text: str, sentences: Sequence[Span], target: int) -> list[Span]:
    """Return sentences as spans of at most `target` characters and about equal length, cutting what is longer."""
    length = sentences[-1].end - sentences[0].start
    aim = length / -(-length // target)
    spans: list[Span] = []
    for sentence in sentences:
        short = sentence.end - sentence.start <= target
        for piece in [sentence] if short else cut(text, sentence, target):
            joined = piece.end - spans[-1].start if spans else 0
            if spans and joined <= target and joined - (piece.end - piece.start) / 2 <= aim:
                spans[-1] = Span(spans[-1].start, piece.end)
            else:
                spans.append(piece)
    return spans


def cut(text: str, span: Span, size: int) -> Iterator[Span]:
    """Yield pieces of at most `size` characters of a stretch that has no sentences to cut at.

    The splitter's time grows faster than its text, so it is given a window at a time.
    """
    from semantic_text_splitter import TextSplitter

    splitter = TextSplitter(size, trim=True)
    start = span.start
    while start < span.end:
        end = window_end(text, start, min(start + WINDOW_PIECES * size, span.end), span.end)
        for offset, piece in splitter.chunk_indices(text[start:end]):
            if stripped := strip(text, start + offset, start + offset + len(piece)):
                yield stripped
        start = end


def window_end(text: str, start: int, end: int, limit: int) -> int:
    """Return where a window that should end at `end` ends: after white space, or not inside a character."""
    if end >= limit:
        return limit
    space = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
    if space > start:
        return space + 1
    furthest = min(limit, end + JOINED_MAX_CHARACTERS)
    for place in range(end, furthest):
        if not is_joined(text[place - 1], text[place]):
            return place
    return furthest if furthest == limit else end


def is_joined(before: str, after: str) -> bool:
    """Tell whether two characters are seen as one: accents, emoji joined or coloured."""
    return (
        before == "\u200d" or after in "\u200d\ufe0f" or combining(after) > 0 or "\U0001f3fb" <= after <= "\U0001f3ff"
    )


def halve(text: str, chunk: Chunk, share: float) -> list[Span]:
    """Return a chunk that has too many tokens in smaller pieces, of which `share` is the part that would fit.

    Raises:
        ValueError: It is one character already.
    """
    size = chunk.end - chunk.start
    if size == 1:
        raise ValueError(f"max_tokens is too small: {chunk.embedded!r} does not fit")
    smaller = min(max(int(size * share * 0.9), 1), size - 1)
    sentences = [Span(chunk.start + start, chunk.start + end) for start, end in segment(chunk.text)]
    return spread(text, sentences, smaller)


def fit_headers(headers: set[str], max_tokens: int, count_tokens: CountTokens) -> dict[str, str]:
    """Return each header, shortened until it leaves most of the tokens to the text."""
    limit = max(int(max_tokens * HEADER_SHARE), 1)
    fitted: dict[str, str] = {}
    pending = {words: words for words in headers}
    special = count_tokens([""])[0] if pending else 0
    while pending:
        counts = count_tokens(list(pending.values()))
        longer: dict[str, str] = {}
        for (words, shortened), count in zip(pending.items(), counts, strict=True):
            if count - special <= limit or not shortened:
                fitted[words] = shortened
            else:
                longer[words] = shorten_header(shortened, limit / (count - special))
        pending = longer
    return fitted


def header(title: str, heading: tuple[str, ...], text: str) -> str:
    """Return what stands above a chunk's text for the embedder: title and path of headings.

    What the text begins with anyway is not said twice.
    """
    first = text.partition("\n")[0]
    path = tuple(name for name in heading if name not in (title, first))
    return "\n".join(line for line in ("" if title == first else title, " > ".join(path)) if line)


def shorten_header(words: str, share: float) -> str:
    """Return both ends of a header: the document it is of, and the innermost heading."""
    size = min(int(len(words) * share * 0.9), len(words) - 3)
    if size < 8:
        return ""
    return f"{words[: size // 2].rstrip()} … {words[len(words) - size // 2 :].lstrip()}"
