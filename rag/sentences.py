"""Sentences of reading text and of model output.

`sentencex` knows abbreviations, decimals and scripts; here stands what it does not know: that a line break ends a
sentence unless the paragraph is hard-wrapped, that a quotation may hold several sentences, and that a footnote
number may stand right after the full stop.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from rag.types import Span

WRAP_WIDTHS = range(40, 121)
"""A paragraph whose longest line is outside is not hard-wrapped."""

BREAK_WIDTHS = range(24, 161)
"""A paragraph whose longest line is outside is not broken by the page at all."""

CELL = " | "
"""Between the cells of a table's row, as readers write them; a row is a sentence by itself."""

RECORD = re.compile(r"[^:;\n]{1,60}: [^;\n]*; [^:;\n]{1,60}: ")
"""A row whose cells are named, as readers write it: ``Name: Klein; Room: 112``; no page has broken it."""

CELL_END = re.compile(r" \| |; (?=[^:;\n]{1,60}: )")
CELL_CHARACTERS_MOST = 200
"""Length up to which a cell is one piece, whatever full stops it has; a longer one holds sentences of its own."""

WINDOW_CHARACTERS = 2000
"""Most that `sentencex` is given at once: its time grows with the square of what it is given."""

LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
BULLET = re.compile(r"\s*(?:[-*+•‣◦▪·–—#>|]|\(?\d{1,3}[.)]|\(?[A-Za-z][.)])\s")
ORDINAL = re.compile(r"\(?(?:\d{1,3}|[A-Za-z])[.)]|[-*+•‣◦▪·–—]")
FULL_STOP = re.compile(r"[.!?:;…][\"”’»)\]]*\s*$")
INNER_STOP = re.compile(r"[^\W\d_]{3}[.!?][\"”’)\]]*\s+[\"“‘(\[]?[^\W_a-z]")
"""A sentence ends and another begins within a line, as in running text only."""
UNFINISHED = re.compile(
    r"\b(?:an?|the|this|these|those|every|each|my|our|your|his|her|its|their|and|or|but|nor|of|on|in|at|to|for|from|by"
    r"|with|without|between|until|since|about|after|before|during|under|over|into|than|per|as|if|when|because|while"
    r"|that|which|who|whose|is|are|was|were|be|has|have|had|will|shall|must|may|can|not|Dr|Mrs?|Ms|Mx|Prof)\s*$"
)
"""A word after which no sentence and no title ends."""
LABEL = re.compile(r"\s*[^:.;,\n]{1,30}:\s")
FIRST_WORD = re.compile(r"\S+")
QUOTES = re.compile(r"[\"“”„‟«»]")
FOOTNOTE = re.compile(
    r"(?:[^\W\d_]{3}|[)\]”\"’%])[.!?][\"”’)\]]*(\d{1,3}(?:[,–-]\d{1,3})*)(?=\s+[\"“‘(\[]?[^\W\d_a-z])"
)
BRACKET_END = re.compile(r"[.!?][\"”’]*[)\]]+\s+(?=[\"“‘]?[^\W\d_a-z])")
COURTESY = re.compile(r"\b(?:Dr|Mrs?|Ms|Mx|Prof)\.$")
SENTENCE_END = re.compile(r"[.!?].")
NUMBERED = re.compile(r"\b(?:vol|approx|ca|chap|ch|sec|pp|p|fig|eq|nos?|art|ver|pt|nr|para|app)\.\s*$", re.IGNORECASE)
ORDINAL_END = re.compile(r"(?<![\w.,])(?P<before>(?:I\s+)?[^\W\d_]+)?\s*\b\d{1,2}\.\s*$")
MONTH = re.compile(
    r"(?:Januar[iy]?|januari?|janúar|Jänner|Februar[iy]?|februari?|febrúar|Feber|März|March|maart|marts|mars"
    r"|April|april|apríl|Mai|mai|maj|maí|mei|Juni|juni|júní|June|Juli|juli|júlí|July|August|augustus|augusti?|ágúst"
    r"|[Ss]eptember|[Oo][kc]tober|október|[Nn]ovember|nóvember|[Dd]e[zcs]ember|desember)\b"
    r"|(?i:Jan|Jän|Feb|M[äa]r|Mrz|Apr|Jun|Jul|Aug|Sept?|O[kc]t|Nov|De[zc])\b(?=\.|\s+\d)",
)
"""Names of months as Germanic languages write them, whole; short ones before a full stop or a number only."""
GERMAN_BEFORE_ORDINAL = frozenset(
    [
        "der",
        "die",
        "das",
        "dem",
        "den",
        "des",
        "am",
        "im",
        "zum",
        "zur",
        "vom",
        "beim",
        "ab",
        "bis",
        "seit",
        "ihr",
        "sein",
        "unser",
    ]
)
SURE_END = re.compile(r"[。！？｡][\"”’»)\]」』）】]*|[^\W\d_]{7}[.!?][\"”’)\]]*\s+(?=[\"“‘(\[]?[^\W\d_a-zß-öø-ÿ])")
"""Where a sentence ends whatever stands before or after: no abbreviation is that long."""
BETWEEN_WORDS = re.compile(r"[\w,;]\s+(?=\w)")
SURROGATE = re.compile("[\ud800-\udfff]")
OPENERS = frozenset("“„‟«‘([{「『（《【")
STRAIGHT = frozenset("\"'")


def segment(text: str, *, whole_rows: bool = True) -> list[Span]:
    """Return the sentences of a text, in order, without white space around them.

    Every character that is not white space lies in exactly one span. A line break ends a sentence, except inside
    a paragraph that is hard-wrapped. The row of a table is one sentence: ``Price incl. VAT: 9; No. of bags: 4``; only
    within its long cells others end. Time is linear in the length of the text.

    Args:
        text: Reading text or model output, of any length and script.
        whole_rows: False where the end of a line is still to come, so that it cannot be told for a row.

    Returns:
        Spans that are not empty and do not overlap; none for a text of white space.
    """
    return [sentence for block in _blocks(text) for sentence in _sentences(text, block, whole_rows)]


def _blocks(text: str) -> Iterator[Span]:
    """Yield the stretches that no sentence crosses: lines, or hard-wrapped lines joined."""
    paragraph: list[Span] = []
    previous_end = 0
    for match in LINE.finditer(text):
        if match.group().isspace():
            yield from _unwrapped(text, paragraph)
            paragraph = []
            continue
        gap = text[previous_end : match.start()]
        if paragraph and gap not in ("\n", "\r\n", "\r"):
            yield from _unwrapped(text, paragraph)
            paragraph = []
        paragraph.append(Span(*match.span()))
        previous_end = match.end()
    yield from _unwrapped(text, paragraph)


def _unwrapped(text: str, lines: list[Span]) -> Iterator[Span]:
    """Yield the lines of one paragraph, those joined that only the width of the page has broken."""
    if not lines:
        return
    width = max(len(text[start:end].strip()) for start, end in lines)
    if len(lines) == 1 or width not in BREAK_WIDTHS:
        yield from lines
        return
    pairs = list(itertools.pairwise(lines))
    wrapped = width in WRAP_WIDTHS
    prose = wrapped and len(lines) > 2 and all(_is_full(text, *pair, width) for pair in pairs)
    running = _is_running(text, lines, width)
    start, end = lines[0]
    for previous, line in pairs:
        rows = any(_is_row(text[each.start : each.end]) for each in (previous, line))
        broken = running and _breaks_off(text, Span(start, end), previous, line, width)
        if not rows and (prose or broken or (wrapped and _continues(text, previous, line, width))):
            end = line.end
        else:
            yield Span(start, end)
            start, end = line
    yield Span(start, end)


def _is_running(text: str, lines: list[Span], width: int) -> bool:
    """Tell whether a paragraph ends as a sentence does, and each line before is full, or ends so too."""
    if not FULL_STOP.search(text[lines[-1].start : lines[-1].end]):
        return False
    return all(
        FULL_STOP.search(text[line.start : line.end])
        or BULLET.match(text, following.start, following.end)
        or _is_full(text, line, following, width)
        for line, following in itertools.pairwise(lines)
    )


def _breaks_off(text: str, block: Span, line: Span, following: Span, width: int) -> bool:
    """Tell whether a full line of running text stops in mid-sentence, whatever the following one begins with.

    That it is running text, and no title or address, is told by its last word, by another sentence within it, or by
    a line joined before it.
    """
    shown = text[line.start : line.end]
    if FULL_STOP.search(shown) or LABEL.match(text, following.start, following.end):
        return False
    if not _is_full(text, line, following, width):
        return False
    return block.start < line.start or UNFINISHED.search(shown) is not None or INNER_STOP.search(shown) is not None


def _is_full(text: str, line: Span, following: Span, width: int) -> bool:
    """Tell whether the first word of the following line would not have fitted: the break is the page's."""
    if BULLET.match(text, following.start, following.end):
        return False
    word = FIRST_WORD.search(text, following.start, following.end)
    return word is not None and len(text[line.start : line.end].strip()) + 1 + len(word.group()) > width


def _continues(text: str, line: Span, following: Span, width: int) -> bool:
    """Tell whether a long line breaks off in mid-sentence and the following one goes on in lower case."""
    head = text[line.start : line.end].strip()
    tail = text[following.start : following.end].lstrip()
    return 2 * len(head) >= width and (head[-1].isalnum() or head[-1] == ",") and tail[0].islower()


def _is_row(line: str) -> bool:
    """Tell whether a line is the row of a table."""
    return CELL in line or RECORD.match(line) is not None


def _sentences(text: str, block: Span, whole_rows: bool) -> Iterator[Span]:
    """Yield the sentences of one block."""
    start = block.start
    line = text[block.start : block.end]
    cuts = _cuts(line)
    if cuts and whole_rows and _is_row(line):
        cuts = _within_long_cells(line, cuts)
    for cut in [*cuts, len(line)]:
        end = block.start + cut
        piece = text[start:end]
        if stripped := piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            yield Span(first, first + len(stripped))
        start = end


def _within_long_cells(row: str, cuts: list[int]) -> list[int]:
    """Return those cuts of a row that fall into a long cell, behind the name of its column."""
    gaps = [found.span() for found in CELL_END.finditer(row)]
    values = []
    for (_, start), (end, _) in itertools.pairwise([(0, 0), *gaps, (len(row), len(row))]):
        if end - start > CELL_CHARACTERS_MOST:
            named = row.find(": ", start, min(end, start + CELL_CHARACTERS_MOST))
            values.append(range(start if named < 0 else named + 2, end))
    return [cut for cut in cuts if any(cut in value for value in values)]


def _cuts(block: str) -> list[int]:
    """Return where sentences after the first begin, ascending, with the quotation marks that open them."""
    if block.isascii() and not SENTENCE_END.search(block):
        return []
    import sentencex

    cuts: set[int] = set()
    masked = _masked(block)
    for start, end, sure in _windows(masked):
        position = start
        for piece in sentencex.segment("en", masked[start:end]):
            position += len(piece)
            if position < end or (sure and position < len(block)):
                cuts.add(_before_openers(block, position))
    cuts.update(match.end() for match in BRACKET_END.finditer(block))
    kept: list[int] = []
    start = 0
    for cut in sorted(cuts):
        if start < cut and _ends_here(block, start, cut):
            kept.append(cut)
            start = cut
    return kept


def _windows(block: str) -> Iterator[tuple[int, int, bool]]:
    """Yield start and end of stretches that `sentencex` takes in good time, and whether a sentence surely ends there.

    One ends where a sentence surely does, else between two words, else (no person wrote it) anywhere.
    """
    start = 0
    while len(block) - start > WINDOW_CHARACTERS:
        reach = start + WINDOW_CHARACTERS
        ends = (found.end() for found in SURE_END.finditer(block, start, reach))
        end = max((end for end in ends if end < reach), default=start)  # at the very edge more may belong to it
        sure = end > start
        if not sure:
            end = max((found.end() for found in BETWEEN_WORDS.finditer(block, start, reach)), default=reach)
        yield start, end, sure
        start = end
    yield start, len(block), False


def _masked(block: str) -> str:
    """Return the block with spaces for line breaks, quotation marks and footnote numbers, at equal length.

    Half a surrogate pair, which `sentencex` cannot take, is a replacement character.

    `sentencex` takes all between two quotation marks as one sentence, however long; one that is never closed
    would hide every full stop after it.
    """
    plain = SURROGATE.sub("\ufffd", QUOTES.sub(" ", re.sub(r"\s", " ", block)))
    parts: list[str] = []
    position = 0
    for match in FOOTNOTE.finditer(block):
        start, end = match.span(1)
        parts += plain[position:start], " " * (end - start)
        position = end
    return "".join(parts) + plain[position:]


def _before_openers(block: str, cut: int) -> int:
    """Move a cut left over the brackets and quotation marks that open the sentence after it."""
    while cut > 0:
        mark = block[cut - 1]
        before = block[cut - 2 : cut - 1]
        if (
            mark in OPENERS
            or (mark in STRAIGHT and (not before or before.isspace()))
            or (mark.isspace() and before in OPENERS)
        ):
            cut -= 1
        else:
            break
    return cut


def _is_ordinal(block: str, start: int, cut: int) -> bool:
    """Tell whether the number before the cut is an ordinal, as in ``31. März`` or ``der 1. Vorsitzende``."""
    found = ORDINAL_END.search(block, max(start, cut - 40), cut)
    if found is None:
        return False
    before = (found["before"] or "").lower()
    return MONTH.match(block, cut) is not None or before in GERMAN_BEFORE_ORDINAL


def _ends_here(block: str, start: int, cut: int) -> bool:
    """Tell whether a sentence really ends before the cut."""
    if _is_ordinal(block, start, cut):
        return False
    before = block[max(start, cut - 200) : cut].rstrip()
    after = block[cut : cut + 8].lstrip()
    if not before or not after or ORDINAL.fullmatch(before):
        return False
    if COURTESY.search(before[-5:]):
        return False
    if block[cut - 1] == "." and after[0].isalpha() and after[0].isascii():
        return False  # torch.Tensor
    if before[-1] in '"”’»)]' and (after[0].islower() or after[0] in ",;:.!?"):
        return False
    if after[0] in ',;:.!?"”’»)]' and not before[-1].isspace() and not block[cut - 1].isspace():
        return False
    return not (after[0].isdigit() and NUMBERED.search(before[-12:]))
