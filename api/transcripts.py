"""An answer to be pasted elsewhere: its sentences with the numbers of their sources, and the list of those."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from rag import Verdict, sanitize, wire, write_place

Format = Literal["text", "markdown"]

FLAGS = {
    Verdict.PARTIAL: "partly supported",
    Verdict.UNSUPPORTED: "unsupported",
    Verdict.UNCITED: "no source given",
    Verdict.NOT_CHECKED: "not checked",
}
"""What stands behind a sentence that no source bears out whole; the mark on the page does not travel with it."""
CHANGED = "source changed since"
"""The same for one that was supported by what its source said before it was replaced or deleted."""
QUOTE_CHARACTERS = 300


def write_transcript(answer: wire.WireAnswer, written: Format, base: str) -> str:
    """Return an answer as plain text, or as Markdown in which the numbers lead to the sources.

    Nothing that a document or a model wrote becomes markup; see `rag.sanitize.escape_markdown`.

    Args:
        answer: The answer, its citations with their addresses.
        written: How it is written.
        base: The address of the server, before the addresses of the citations.
    """
    markdown = written == "markdown"
    escape = sanitize.escape_markdown if markdown else sanitize.clean_text
    links = {one.number: f"{base}{one.url}" for one in answer.citations if one.url}
    question = escape(sanitize.clean_line(answer.question))
    parts = [f"**{question}**" if markdown else question]
    if answer.abstained:
        parts.append(f"Not in your documents. {escape(answer.reason or '')}".strip())
    else:
        parts.append(write_sentences(answer, escape, links if markdown else {}))
    parts += write_notes(answer, escape)
    if answer.citations:
        sources = [write_source(one, escape, links.get(one.number, ""), markdown=markdown) for one in answer.citations]
        parts.append("\n".join(["**Sources**\n" if markdown else "Sources", *sources]))
    return "\n\n".join(part for part in parts if part) + "\n"


def write_sentences(answer: wire.WireAnswer, escape: Callable[[str], str], links: dict[int, str]) -> str:
    """Return the sentences, each with its numbers and, where it is not supported, with a word that says so."""
    written, position = "", 0
    removed = {citation.number for citation in answer.citations if citation.state == "removed"}
    for sentence in answer.sentences:
        lead = sanitize.clean_text(answer.text[position : sentence.start])
        position = sentence.end
        is_changed = sentence.verdict in (Verdict.SUPPORTED, Verdict.PARTIAL) and not removed.isdisjoint(
            sentence.citations
        )
        flag = CHANGED if is_changed else FLAGS.get(sentence.verdict)
        marks = "".join(write_number(number, links) for number in sentence.citations)
        written += lead + " ".join(filter(None, (escape(sentence.text), marks, f"({flag})" if flag else "")))
    return written


def write_number(number: int, links: dict[int, str]) -> str:
    """Return the number of a citation: ``[1]``, with a link where it leads anywhere."""
    return f"[\\[{number}\\]](<{links[number]}>)" if number in links else f"[{number}]"


def write_notes(answer: wire.WireAnswer, escape: Callable[[str], str]) -> Iterator[str]:
    """Yield what a reader must know besides, a paragraph each."""
    yield from (f"The documents say otherwise: {escape(premise)}" for premise in answer.false_premises)
    if not answer.abstained:
        yield from (f"Not in the documents: {escape(part)}" for part in answer.missing)
    told = {one.told for one in answer.disagreements}
    for index, group in enumerate(answer.conflicts):
        numbers = ", ".join(f"[{number}]" for number in group)
        words = answer.disagreements[index].told if index < len(answer.disagreements) else ""
        yield f"Sources disagree ({numbers}): {escape(words)}" if words else f"Sources disagree: {numbers}"
    if answer.status == "incomplete":
        yield "The answer was cut off."
    if answer.status == "source_removed":
        yield "A document that this answer cites was deleted or replaced."
    # What each disagreement says is a warning too.
    yield from (f"Note: {escape(warning)}" for warning in answer.warnings if warning not in told)


def write_source(citation: wire.WireCitation, escape: Callable[[str], str], link: str, *, markdown: bool) -> str:
    """Return a line of the list of sources: number, title, file, place, quote, and where it is seen."""
    title = sanitize.clean_line(citation.title)
    named = [] if title == sanitize.clean_line(citation.source) else [sanitize.clean_line(citation.source)]
    place = ", ".join(filter(None, [*named, sanitize.clean_line(write_place(citation))]))
    place = f" ({escape(place) if markdown else place})" if place else ""
    words = sanitize.clean_line(citation.quote)
    if len(words) > QUOTE_CHARACTERS:
        words = words[:QUOTE_CHARACTERS].rsplit(" ", 1)[0] + " …"
    quote = f": “{escape(words)}”" if words else ""
    gone = " (replaced or deleted since)" if citation.state == "removed" else ""
    if markdown:
        name = f"[{escape(title)}](<{link}>)" if link else escape(title)
        return f"- \\[{citation.number}\\] {name}{place}{gone}{quote}"
    return f"[{citation.number}] {title}{place}{gone}{quote}" + (f"\n    {link}" if link else "")
