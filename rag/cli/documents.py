"""``vouch documents``, ``delete`` and ``show``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli import options
from rag.cli.boundary import OK, guarded
from rag.cli.session import open_collection, parse_conditions, read_settings
from rag.cli.terminal import output, page, write_json, write_note, write_table
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.collection import Collection
    from rag.types import Metadata

METADATA_CHARACTERS = 60


@guarded
def documents(
    context: typer.Context,
    where: options.Conditions = None,
    folder: options.Folders = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", help="At most so many.", min=1)] = None,
    offset: Annotated[int, typer.Option("--offset", help="After leaving out so many.", min=0)] = 0,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """List the documents of a collection, with what is known of each: date, author, whatever it was given."""
    from rag.wire import document_to_wire

    settings = read_settings(context, home=home, collection=collection)
    with open_collection(settings) as opened:
        found = opened.documents(parse_conditions(where, folder))
    records = found[offset:] if limit is None else found[offset : offset + limit]
    if as_json:
        listed = [document_to_wire(record).model_dump(mode="json") for record in records]
        write_json(json.dumps({"documents": listed, "total": len(found)}, ensure_ascii=False, indent=2))
        return OK
    rows = [
        (
            record.source,
            record.title,
            f"{record.chunks:,}",
            size(record.size_bytes),
            record.added_at[:10],
            write_metadata(record.metadata),
        )
        for record in records
    ]
    if rows:
        write_table(("source", "title", ">chunks", ">size", "added", "metadata"), rows, wide=1)
        if len(rows) < len(found):
            write_note(
                f"{offset + 1:,} to {offset + len(rows):,} of {len(found):,}; --limit and --offset turn the page."
            )
    elif found or where or folder:
        write_note("No document is like that." if not found else f"There are only {len(found):,}.", style="")
    else:
        write_note(f"The collection '{settings.collection}' holds no documents. Add some: vouch ingest PATH", style="")
    return OK


def write_metadata(metadata: Metadata) -> str:
    """Return a document's metadata on one line, no longer than a line is read: ``date=2023-05-31, team=rings``."""
    text = ", ".join(f"{key}={value}" for key, value in sorted(metadata.items()))
    return text if len(text) <= METADATA_CHARACTERS else f"{text[: METADATA_CHARACTERS - 3]}..."


def size(size_bytes: int) -> str:
    """Return a file's size for a person: ``512 B``, ``4.2 kB``, ``1.3 MB``."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1000:.1f} kB" if size_bytes < 1_000_000 else f"{size_bytes / 1_000_000:.1f} MB"


@guarded
def delete(
    context: typer.Context,
    names: Annotated[
        list[str], typer.Argument(help="Documents, by source or id.", metavar="DOCUMENT...", show_default=False)
    ],
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Delete documents from a collection; the files themselves stay.

    From then on nothing cites them, and stored answers lose what they quoted from them.
    """
    from rag.types import DocumentRecord
    from rag.wire import document_to_wire

    settings = read_settings(context, home=home, collection=collection)
    with open_collection(settings) as opened:
        deleted = opened.delete_named(names)
    if as_json:
        listed = [
            document_to_wire(each).model_dump(mode="json") if isinstance(each, DocumentRecord) else asdict(each)
            for each in deleted
        ]
        write_json(json.dumps({"deleted": listed}, ensure_ascii=False, indent=2))
    for record in deleted:
        write_note(f"Deleted {record.source}.", style="")
    return OK


@guarded
def show(
    context: typer.Context,
    document: Annotated[
        str, typer.Argument(help="A document by source or id, or an answer's id.", metavar="DOCUMENT|ANSWER")
    ],
    span: Annotated[
        str | None,
        typer.Argument(help="Characters START:END of the document; or the number of the answer's citation."),
    ] = None,
    lines: Annotated[
        str | None, typer.Option("--lines", "-l", help="Lines FIRST-LAST, or one line.", metavar="LINES")
    ] = None,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Show a document, or a place in it: what a citation points at, in its context.

    For example: vouch show notes.md --lines 9-12; vouch show notes.md 812:1004; vouch show ans_1f2e 2
    """
    settings = read_settings(context, home=home, collection=collection)
    with open_collection(settings) as opened:
        show_place(opened, document, span, lines, as_json=as_json)
    return OK


def show_place(collection: Collection, document: str, span: str | None, lines: str | None, *, as_json: bool) -> None:
    """Show a place; see `show`."""
    from rag.cli.passages import excerpt_of_lines, excerpt_of_span, excerpt_text
    from rag.types import has_lines

    if document.startswith("ans_"):
        document, start, end = cited_place(collection, document, span or "1")
        span = f"{start}:{end}"
    record = collection.document(document)
    text = collection.text(record.document_id)
    if span is not None:
        start, end = parse_range(span, ":", "span", len(text))
        excerpt = excerpt_of_span(text, start, end)
    else:
        first, last = parse_range(lines, "-", "lines") if lines else (1, text.count("\n") + 1)
        excerpt = excerpt_of_lines(text, first, last)
    if as_json:
        shown = text.split("\n")[excerpt.first_line - 1 : excerpt.last_line]
        place: dict[str, object] = {"document_id": record.document_id, "source": record.source}
        place["revision"] = record.revision
        place |= {"lines": [excerpt.first_line, excerpt.last_line], "text": "\n".join(shown)}
        if span is not None:
            place |= {"start": start, "end": end, "quote": text[start:end]}
        write_json(json.dumps(place, ensure_ascii=False, indent=2))
    else:
        page(excerpt_text(excerpt, "", output(), numbered=has_lines(record.source)))


def cited_place(collection: Collection, answer_id: str, number: str) -> tuple[str, int, int]:
    """Return the document and the span that a stored answer's citation points at.

    Raises:
        AnswerNotFound: There is no such answer.
        UsageError: It has no such citation, or the document has changed since.
    """
    answer = collection.archive.answer(answer_id)
    for citation in answer.citations:
        if str(citation.number) == number.strip("[]"):
            if citation.state == "removed":
                raise UsageError(
                    f"{citation.source} has been removed or replaced since {answer_id} was given.",
                    remedy="Ask again, or look at the document itself.",
                    field="span",
                )
            return citation.document_id, citation.start, citation.end
    raise UsageError(
        f"The answer {answer_id} has no citation [{number}].",
        remedy=f"`vouch answers {answer_id}` shows them.",
        field="span",
    )


def parse_range(text: str, separator: str, name: str, limit: int | None = None) -> tuple[int, int]:
    """Return the two numbers of a range; one number alone is both.

    Raises:
        UsageError: It is not a range, or goes beyond `limit`.
    """
    first, _, last = text.partition(separator)
    if first.strip().isdecimal() and (last or first).strip().isdecimal():
        low, high = int(first), int(last or first)
        if low <= high and (limit is None or high <= limit):
            return low, high
    ends = "" if limit is None else f" within 0{separator}{limit}"
    raise UsageError(
        f"'{text}' is not a range of {'characters' if name == 'span' else 'lines'}.",
        remedy=f"Write FIRST{separator}LAST{ends}.",
        field=name,
    )
