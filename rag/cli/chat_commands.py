"""The commands of the chat: ``/help`` and the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rich.text import Text

from rag.cli.passages import excerpt_of_span, excerpt_text
from rag.cli.rendering import place
from rag.cli.terminal import output, page, write, write_note
from rag.errors import UsageError
from rag.sanitize import clean_line
from rag.types import has_lines

if TYPE_CHECKING:
    from rag.cli.chat import Chat
    from rag.wire import WireCitation, WirePassage

CONVERSATIONS_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the chat: what it takes, what it does for whom, and how."""

    argument: str
    help: str
    run: Callable[[Chat, str], Awaitable[None]]


async def run_command(chat: Chat, line: str) -> None:
    """Run a line that begins with ``/``.

    Raises:
        VouchError: There is no such command, or it cannot be done.
    """
    name, _, argument = line[1:].partition(" ")
    command = COMMANDS.get(name.lower())
    if command is None:
        near = get_close_matches(name.lower(), COMMANDS, n=1, cutoff=0.5)
        remedy = f"Did you mean /{near[0]}?" if near else "/help lists the commands."
        raise UsageError(f"There is no command /{name}.", remedy=remedy, field="command")
    await command.run(chat, argument.strip())


async def show_help(chat: Chat, argument: str) -> None:
    """List the commands and keys."""
    for name, command in COMMANDS.items():
        usage = f"/{name} {command.argument}".rstrip()
        write(output(), Text.assemble((f"{usage:<18}", "cyan"), command.help))
    write(output())
    write(
        output(), Text("Enter asks, Esc Enter begins a new line, Ctrl-C stops an answer, Ctrl-D leaves.", style="dim")
    )


async def show_sources(chat: Chat, argument: str) -> None:
    """List the sources of the last answer."""
    chat.write_sources()


async def open_source(chat: Chat, argument: str) -> None:
    """Show a source of the last answer in its context.

    Raises:
        UsageError: There is no such source, or it is no longer there as it was.
    """
    source = find_source(chat, argument.strip("[]") or "1")
    record = chat.collection.document(source.document_id)
    if record.revision != source.revision:
        raise UsageError(f"{source.source} has changed since the answer.", remedy="Ask again.", field="source")
    text = chat.collection.text(source.document_id)
    excerpt = excerpt_of_span(text, source.start, source.end)
    title = f"{clean_line(source.title)}\n{place(source)}"
    page(excerpt_text(excerpt, title, output(), numbered=has_lines(source.source)))


def find_source(chat: Chat, number: str) -> WireCitation | WirePassage:
    """Return a source of the last answer by its number; of an abstention, its nearest evidence.

    Raises:
        UsageError: There is none.
    """
    found: dict[str, WireCitation | WirePassage] = {}
    if chat.answer is not None:
        for source in chat.answer.citations or chat.answer.passages:
            found[str(source.number)] = source
    if number not in found:
        known = f"There are {', '.join(found)}." if found else "Ask something first."
        raise UsageError(f"There is no source '{number}' in the last answer.", remedy=known, field="source")
    return found[number]


async def show_conversations(chat: Chat, argument: str) -> None:
    """List the conversations, the latest first."""
    found = chat.collection.archive.conversations(limit=CONVERSATIONS_SHOWN)
    for each in found:
        here = "*" if each.conversation_id == chat.conversation_id else " "
        head = f"{here} {each.conversation_id}  {each.started_at[:16].replace('T', ' ')}  "
        write(output(), Text.assemble((head, "cyan"), clean_line(each.question), (f"  ({each.turns})", "dim")))
    if not found:
        write(output(), "There is no conversation yet.")


async def resume_conversation(chat: Chat, argument: str) -> None:
    """Go on with another conversation.

    Raises:
        UsageError: None is named.
        AnswerNotFound: There is no such conversation.
    """
    if not argument:
        raise UsageError("Which conversation?", remedy="/conversations lists them; /resume ID.", field="resume")
    chat.resume(argument)


async def begin_conversation(chat: Chat, argument: str) -> None:
    """Begin a new conversation."""
    chat.begin_anew()
    write_note("A new conversation begins with the next question.")


async def set_strict(chat: Chat, argument: str) -> None:
    """Turn strictness on or off, or say what it is.

    Raises:
        UsageError: It is neither on nor off.
    """
    if argument.lower() not in ("on", "off", ""):
        raise UsageError(f"'{argument}' is neither on nor off.", remedy="/strict on, or /strict off.", field="strict")
    if argument:
        chat.strict = argument.lower() == "on"
    does = "are withheld" if chat.strict else "are shown and marked"
    write(output(), f"strict {'on' if chat.strict else 'off'}: sentences that the documents do not support {does}")


async def set_model(chat: Chat, argument: str) -> None:
    """Let another model write, or say which one does.

    Raises:
        ConfigError: The model cannot be used.
    """
    if argument:
        await chat.collection.use_model(argument)
    write(output(), f"model {clean_line(chat.collection.settings.model)}")


async def leave(chat: Chat, argument: str) -> None:
    """Leave the chat."""
    chat.ended = True


COMMANDS: dict[str, Command] = {
    "help": Command("", "list the commands", show_help),
    "sources": Command("", "sources of the last answer", show_sources),
    "open": Command("N", "show source N in its context", open_source),
    "conversations": Command("", "list the conversations", show_conversations),
    "resume": Command("ID", "go on with a conversation", resume_conversation),
    "new": Command("", "begin a new conversation", begin_conversation),
    "strict": Command("on|off", "withhold what the documents do not support", set_strict),
    "model": Command("NAME", "let another model write", set_model),
    "quit": Command("", "leave", leave),
}
