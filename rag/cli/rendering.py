"""An answer for a person: sentences with their markers, then the sources; nothing unsupported looks supported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from rag.cli.terminal import GLUE, Flow, is_watched, notes, output, write, write_indented, write_note, write_warning
from rag.sanitize import clean_line, clean_text
from rag.types.places import Placed, write_place

if TYPE_CHECKING:
    from rag.wire import WireAnswer, WireCitation, WirePassage, WireSentence

QUOTE_CHARACTERS = 240
PASSAGE_CHARACTERS = 320
NEAREST_SHOWN = 3

MARKS = {
    "partial": ("partly supported", "yellow"),
    "unsupported": ("unsupported", "bold yellow"),
    "uncited": ("no source", "bold yellow"),
    "not_checked": ("not checked", "dim"),
}
"""What stands after a sentence that is not fully supported; words first, so that it is seen without colour."""


class AnswerWriter:
    """Writes an answer to stdout while it is being released.

    Attributes:
        console: stdout.
        flow: Wraps the text as it comes.
    """

    def __init__(self) -> None:
        """Begin a new answer."""
        self.console = output()
        self.flow = Flow(self.console)

    def write_sentence(self, sentence: WireSentence, lead: str) -> None:
        """Write the white space before a sentence, the sentence with its markers, and what is wrong with it."""
        text = Text(lead)
        text.append_text(sentence_text(sentence))
        self.flow.add(text)

    def write_rest(self, answer: WireAnswer) -> None:
        """Write what follows the sentences: sources and notes; or, of an abstention, the nearest evidence."""
        self.flow.end()
        if answer.abstained:
            write_abstention(self.console, answer)
        else:
            write_notes(self.console, answer)
            write_sources(self.console, answer.citations)
        told = conflict_lines(answer)
        for warning in answer.warnings:
            if warning not in told:
                write_warning(warning)


def write_answer(answer: WireAnswer) -> None:
    """Write a whole answer to stdout."""
    writer = AnswerWriter()
    position = 0
    for sentence in answer.sentences:
        writer.write_sentence(sentence, answer.text[position : sentence.start])
        position = sentence.end
    writer.write_rest(answer)


def sentence_text(sentence: WireSentence) -> Text:
    """Return a sentence with its markers, and how its numbers were computed; no marker parts from its last word."""
    mark, style = MARKS.get(sentence.verdict, ("", ""))
    text = Text(clean_text(sentence.text))
    if sentence.citations:
        text.append(GLUE + "".join(f"[{number}]" for number in sentence.citations), style="cyan")
    if mark:
        problem = f": {clean_line(sentence.problem)}" if sentence.problem else ""
        text.append(f" [{mark}{problem}]", style=style)
    if sentence.computed:
        text.append(f" [computed: {'; '.join(clean_line(item) for item in sentence.computed)}]", style="dim")
    return text


def write_notes(console: Console, answer: WireAnswer) -> None:
    """Write what a reader of the answer must know: parts not answered, sources that disagree, an answer cut off."""
    before = {each.told for each in answer.disagreements if each.only_before}
    lines = [(line, "dim" if line in before else "yellow") for line in conflict_lines(answer)]
    if answer.missing:
        lines.append((f"The documents do not say: {'; '.join(answer.missing)}.", "yellow"))
    if answer.status == "incomplete":
        lines.append(("The answer was cut off.", "yellow"))
    if answer.status == "source_removed":
        lines.append(("A document it rests on is no longer in the collection.", "yellow"))
    if lines:
        write(console)
    for line, style in lines:
        write(console, Text(clean_line(line), style=style))


def conflict_lines(answer: WireAnswer) -> list[str]:
    """Return a line for each group of citations that disagree: what is told of it, else the warning that does."""
    if answer.disagreements:
        return [each.told for each in answer.disagreements]
    lines = []
    for group in answer.conflicts:
        marks = [f"[{number}]" for number in group]
        plain = f"The sources {' and '.join(marks)} disagree."
        lines.append(next((text for text in answer.warnings if all(mark in text for mark in marks)), plain))
    return lines


def write_sources(console: Console, citations: Sequence[WireCitation]) -> None:
    """Write the list of sources: number and title, place, and the quote."""
    if not citations:
        return
    write(console)
    write(console, Text("Sources", style="bold"))
    before = ""
    for citation in citations:
        write_source(console, citation, titled=citation.document_id != before)
        before = citation.document_id


def write_source(console: Console, citation: WireCitation, *, titled: bool = True) -> None:
    """Write one source; its title is left out below another of the same document."""
    number = f"[{citation.number}] "
    margin = len(number)
    removed = "  (removed or replaced since)" if citation.state == "removed" else ""
    where = Text.assemble((place(citation), "dim"), (removed, "yellow"))
    if titled:
        write_indented(console, Text(clean_line(citation.title)), margin, head=number)
        write_indented(console, where, margin)
    else:
        write_indented(console, where, margin, head=number)
    if citation.quote:
        write_indented(console, Text(f"“{shorten(citation.quote, QUOTE_CHARACTERS)}”", style="italic"), margin)
    else:
        write_indented(console, Text("(its words were erased)", style="dim"), margin)


def write_abstention(console: Console, answer: WireAnswer) -> None:
    """Write that the documents do not say, why, and the nearest evidence."""
    write(console, Text("The documents do not say.", style="bold"))
    if answer.reason:
        write(console, Text(clean_line(answer.reason)))
    untold = [part for part in answer.missing if part not in (answer.reason or "")]
    if untold:
        write(console, Text(f"Not found: {'; '.join(clean_line(part) for part in untold)}"))
    if answer.passages:
        write(console)
        write(console, Text("Nearest evidence:", style="bold"))
        write_passages(console, answer.passages[:NEAREST_SHOWN], QUOTE_CHARACTERS)


def write_passages(console: Console, passages: Sequence[WirePassage], characters: int = PASSAGE_CHARACTERS) -> None:
    """Write passages, each with its place and the beginning of its text."""
    for passage in passages:
        number = f"{passage.number}. "
        write_indented(console, Text(clean_line(passage.title)), len(number), head=number)
        write_indented(console, Text(place(passage), style="dim"), len(number))
        text = passage.text.removeprefix(f"{passage.heading[-1]}\n") if passage.heading else passage.text
        write_indented(console, Text(shorten(text, characters)), len(number))


def write_footer(answer: WireAnswer) -> None:
    """Write, on stderr and for a person only, how long it took, who wrote it, and what it can be asked for by."""
    if not is_watched(notes()):
        return
    parts = [f"{answer.timings_ms.get('total', 0.0) / 1000:.1f} s", answer.model]
    usage = answer.usage
    if usage.llm_calls:
        parts.append(f"{usage.input_tokens:,} + {usage.output_tokens:,} tokens")
    if usage.cost_usd:
        parts.append(f"${usage.cost_usd:.4f}")
    write_note("")
    write_note(" · ".join([*parts, answer.id]))


def place(where: Placed) -> str:
    """Return where something stands, for a person: ``notes.md, lines 9-12, Methods > Data``, ``talk.pptx, slide 2``."""
    return ", ".join(filter(None, (clean_line(where.source), clean_line(write_place(where)))))


def shorten(text: str, characters: int) -> str:
    """Return text on one line, cut at a word so that it has at most `characters`; a cut is shown as ``...``."""
    line = clean_line(text)
    if len(line) <= characters:
        return line
    cut = line[: characters - 4]
    return (cut.rpartition(" ")[0] or cut) + " ..."
