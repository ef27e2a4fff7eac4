"""``vouch chat``: the command; the conversation itself is `rag.cli.chat`."""

from __future__ import annotations

import sys

import typer

from rag.cli import options
from rag.cli.boundary import guarded
from rag.cli.session import (
    choose_conversation,
    load_embedder,
    open_collection,
    parse_conditions,
    read_settings,
    run_to_end,
)
from rag.errors import NothingIndexed


@guarded
def chat(
    context: typer.Context,
    model: options.Model = None,
    verifier: options.Verifier = None,
    where: options.Conditions = None,
    folder: options.Folders = None,
    strict: options.Strict = False,
    latest: options.Continue = False,
    resume: options.Resume = None,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """Ask and ask on: a conversation, in which one can also look at the sources.

    Without a terminal, each line of stdin is a question, and stands above its answer in what is printed.
    """
    from rag.cli.chat import Chat, read_lines
    from rag.cli.prompt import read_prompts

    settings = read_settings(context, home=home, collection=collection, model=model, verifier=verifier)
    with open_collection(settings) as opened:
        if not opened.documents():
            raise NothingIndexed(
                f"The collection '{opened.name}' holds no documents.",
                remedy=f"Add some: vouch ingest PATH --collection {opened.name}",
            )
        conditions = parse_conditions(where, folder)
        opened.documents(conditions)
        conversation_id = choose_conversation(opened, latest=latest, conversation_id=resume)
        opened.warm_up()
        load_embedder(opened)
        talk = Chat(opened, strict=strict or settings.strict, conversation_id=conversation_id, where=conditions)
        if sys.stdin.isatty() and sys.stdout.isatty():
            return run_to_end(opened, talk.run(read_prompts(talk), greet=True))
        return run_to_end(opened, talk.run(read_lines(), echo=True))
