"""The prompt of the chat: line editing, history, completion, toolbar."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.styles import Style

from rag.cli.chat_commands import COMMANDS
from rag.cli.terminal import write_note
from rag.history import TYPED_FILE
from rag.sanitize import clean_line

if TYPE_CHECKING:
    from rag.cli.chat import Chat

STYLE = Style.from_dict({"prompt": "bold ansicyan", "bottom-toolbar": "noreverse #888888"})


class CommandCompleter(Completer):
    """Completes ``/commands`` at the beginning of a line."""

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield the commands that begin with what is typed."""
        typed = document.text_before_cursor
        if typed.startswith("/") and " " not in typed:
            for name, command in COMMANDS.items():
                if name.startswith(typed[1:].lower()):
                    yield Completion(f"/{name}", start_position=-len(typed), display_meta=command.help)


async def read_prompts(chat: Chat) -> AsyncIterator[str]:
    """Yield what the user types, until Ctrl-D; Ctrl-C drops the line, and on an empty one says how to leave."""
    session: PromptSession[str] = PromptSession(
        history=open_history(chat.collection.settings.home),
        multiline=True,
        key_bindings=make_bindings(),
        completer=CommandCompleter(),
        complete_while_typing=True,
        prompt_continuation=lambda width, number, wrapped: " " * width,
        bottom_toolbar=lambda: toolbar(chat),
        style=STYLE,
        reserve_space_for_menu=4,
    )
    while True:
        try:
            yield await session.prompt_async(FormattedText([("class:prompt", "› ")]))
        except EOFError:
            return
        except KeyboardInterrupt:
            if not session.default_buffer.text:
                write_note("Ctrl-D or /quit leaves.")


def make_bindings() -> KeyBindings:
    """Return the keys: Enter asks, Esc Enter begins a new line."""
    bindings = KeyBindings()

    @bindings.add("enter")
    def ask(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @bindings.add("escape", "enter")
    def begin_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


def toolbar(chat: Chat) -> FormattedText:
    """Return the line at the bottom: what is asked, who writes, and which conversation it is."""
    parts = [chat.collection.name, chat.collection.settings.model, *(["strict"] if chat.strict else [])]
    parts.append(chat.conversation_id or "new conversation")
    return FormattedText([("", clean_line(" · ".join(parts)))])


def open_history(home: Path) -> History:
    """Return the history of what was typed, in a file that only its owner can read; in memory if that cannot be."""
    path = home / TYPED_FILE
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))
