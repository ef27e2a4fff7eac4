"""``vouch ask`` and ``vouch search``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from rag.cli import options
from rag.cli.boundary import ABSTAINED, OK, guarded
from rag.cli.session import (
    choose_conversation,
    load_embedder,
    open_collection,
    parse_conditions,
    read_question,
    read_settings,
    run_to_end,
    start_conversation,
)
from rag.cli.terminal import output, working, write, write_json

if TYPE_CHECKING:
    from rich.status import Status

    from rag.types import Answer, Event

    Events = AbstractAsyncContextManager[AsyncIterator[Event]]

SEARCHING = "Searching ..."


@guarded
def ask(
    context: typer.Context,
    question: Annotated[
        list[str] | None,
        typer.Argument(help="What you want to know; [bold]-[/] or none reads stdin.", show_default=False),
    ] = None,
    model: options.Model = None,
    verifier: options.Verifier = None,
    where: options.Conditions = None,
    folder: options.Folders = None,
    top_k: options.TopK = None,
    strict: options.Strict = False,
    latest: options.Continue = False,
    resume: options.Resume = None,
    as_json: options.AsJson = False,
    stream_json: Annotated[
        bool, typer.Option("--stream-json", help="Print each event as one line of JSON, as it comes.")
    ] = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Answer a question; every sentence is cited and checked.

    Ends with 0 if answered, and with 3 if the documents do not say.
    """
    from rag.cli.rendering import write_footer
    from rag.wire import answer_to_wire, dump

    settings = read_settings(context, home=home, collection=collection, model=model, verifier=verifier, top_k=top_k)
    text = read_question(question)
    conditions = parse_conditions(where, folder)
    with open_collection(settings) as opened:
        opened.prepare(text, conditions, top_k)
        conversation_id = choose_conversation(opened, latest=latest, conversation_id=resume)
        opened.warm_up()
        load_embedder(opened)
        events = opened.ask(
            text,
            where=conditions,
            top_k=top_k,
            strict=strict or None,
            conversation_id=conversation_id or start_conversation(opened),
        )
        answer = run_to_end(opened, stream_events(events) if stream_json else show_events(events, quiet=as_json))
    if as_json and not stream_json:
        write_json(dump(answer_to_wire(answer), indent=2))
    elif not stream_json:
        write_footer(answer_to_wire(answer))
    return ABSTAINED if answer.abstained else OK


async def show_events(events: Events, *, quiet: bool = False) -> Answer:
    """Show an answer while it is being released, and return it."""
    from rag.cli.rendering import AnswerWriter
    from rag.types import Answered, Released, Retrieved
    from rag.wire import answer_to_wire, released_to_wire

    writer = AnswerWriter()
    answer: Answer | None = None
    waiting = nullcontext(None) if quiet else working(SEARCHING)
    with waiting as status:
        async with events as stream:
            async for event in stream:
                match event:
                    case Retrieved(passages=passages):
                        tell(status, f"Reading {len(passages)} passages ...")
                    case Released(lead=lead) if not quiet:
                        stop(status)
                        writer.write_sentence(released_to_wire(event).sentence, lead)
                    case Answered(answer=answer):
                        stop(status)
    assert answer is not None, "asking ends with an answer or an error"
    if not quiet:
        writer.write_rest(answer_to_wire(answer))
    return answer


async def stream_events(events: Events) -> Answer:
    """Print the events as lines of JSON and return the answer; the boundary adds the error, if there is one."""
    from rag.types import Answered
    from rag.wire import dump, event_to_wire

    answer: Answer | None = None
    async with events as stream:
        async for event in stream:
            name, data = event_to_wire(event)
            write_json(f'{{"event": "{name}", "data": {dump(data)}}}')
            if isinstance(event, Answered):
                answer = event.answer
    assert answer is not None, "asking ends with an answer or an error"
    return answer


def tell(status: Status | None, text: str) -> None:
    """Change what the spinner says."""
    if status is not None:
        status.update(Text(text, style="dim"))


def stop(status: Status | None) -> None:
    """Take the spinner away, so that the answer can be written."""
    if status is not None:
        status.stop()


@guarded
def search(
    context: typer.Context,
    question: Annotated[
        list[str] | None,
        typer.Argument(help="What to look for; [bold]-[/] or none reads stdin.", show_default=False),
    ] = None,
    where: options.Conditions = None,
    folder: options.Folders = None,
    top_k: options.TopK = None,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Show the passages found for a question, best first, without answering it.

    Ends with 3 if nothing is found.
    """
    from rag.cli.rendering import write_passages
    from rag.wire import dump, passages_to_wire

    settings = read_settings(context, home=home, collection=collection, top_k=top_k)
    text = read_question(question)
    conditions = parse_conditions(where, folder)
    with open_collection(settings) as opened:
        opened.prepare(text, conditions, top_k)
        load_embedder(opened)
        retrieved = run_to_end(opened, opened.search(text, top_k=top_k, where=conditions))
    found = passages_to_wire(retrieved.standalone_question, retrieved.generation, retrieved.passages)
    if as_json:
        write_json(dump(found, indent=2))
    elif found.passages:
        write_passages(output(), found.passages)
    else:
        write(output(), "Nothing found.")
    return OK if found.passages else ABSTAINED
