"""A conversation in the terminal: what it remembers, and how a question is answered in it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.text import Text

from rag.cli.asking import show_events
from rag.cli.boundary import ERROR, OK, internal_error
from rag.cli.chat_commands import run_command
from rag.cli.rendering import write_footer, write_source
from rag.cli.session import start_conversation
from rag.cli.terminal import output, show_error, write, write_note
from rag.errors import VouchError
from rag.sanitize import clean_line, clean_text
from rag.wire import WireAnswer, answer_to_wire

if TYPE_CHECKING:
    from rag.collection import Collection

TURNS_SHOWN = 2
"""Turns shown again when a conversation is gone on with."""


class Chat:
    """A conversation with a collection.

    Attributes:
        collection: What is asked.
        where: Only documents that match are looked at; all if None.
        strict: Withhold what the documents do not support.
        conversation_id: The conversation; None until the first question of a new one.
        answer: The last answer, whose sources can be looked at.
        ended: Whether the user wants to leave.
        answered: Number of questions that got an answer, be it that the documents do not say.
        failed: Number of those that met an error.
    """

    def __init__(
        self,
        collection: Collection,
        *,
        strict: bool,
        conversation_id: str | None,
        where: Mapping[str, object] | None = None,
    ) -> None:
        """Take an open collection whose embedder is loaded."""
        self.collection = collection
        self.where = where
        self.strict = strict
        self.conversation_id = conversation_id
        self.answer: WireAnswer | None = None
        self.ended = False
        self.answered = 0
        self.failed = 0

    async def run(self, questions: AsyncIterator[str], *, greet: bool = False, echo: bool = False) -> int:
        """Answer what comes, until it ends or the user leaves; return the exit code: an error if all met one.

        Args:
            questions: Lines as typed: questions, and commands with a stroke before them.
            greet: Say first what this is.
            echo: Write each line above what is answered, where no prompt shows what was typed.
        """
        if greet:
            self.greet()
        if self.conversation_id is not None:
            self.resume(self.conversation_id)
        async for line in questions:
            text = line.strip()
            if echo and text:
                write_question(text)
            if text.startswith("/"):
                await self.guard_command(text)
            elif text:
                await self.ask_interruptibly(text)
            if self.ended:
                break
        return ERROR if self.failed and not self.answered else OK

    def greet(self) -> None:
        """Write what this is, and how to get on."""
        count = len(self.collection.documents())
        documents = f"{count:,} document{'' if count == 1 else 's'}"
        name = clean_line(self.collection.name)
        write(output(), Text.assemble(("Vouch", "bold"), f"  {name}, {documents}"))
        write(output(), Text("Ask a question; /help lists the commands, Ctrl-D leaves.", style="dim"))
        write(output())

    async def guard_command(self, text: str) -> None:
        """Run a /command; what it meets is shown, and the chat goes on."""
        try:
            await run_command(self, text)
        except VouchError as error:
            show_error(error)
        write(output())

    async def ask_interruptibly(self, question: str) -> None:
        """Answer a question; Ctrl-C stops the answer, not the chat."""
        task = asyncio.create_task(self.ask(question))
        try:
            with interrupt_cancels(task):
                await task
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            write(output())
            write_note("Stopped.", style="yellow")
        except VouchError as error:
            self.failed += 1
            show_error(error)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001  one bad answer must not end the conversation
            self.failed += 1
            show_error(internal_error(error))
        write(output())

    async def ask(self, question: str) -> None:
        """Answer a question within the conversation."""
        if self.conversation_id is None:
            self.conversation_id = start_conversation(self.collection)
        events = self.collection.ask(
            question, where=self.where, strict=self.strict, conversation_id=self.conversation_id
        )
        self.answer = answer_to_wire(await show_events(events))
        self.answered += 1
        write_footer(self.answer)

    def resume(self, conversation_id: str) -> None:
        """Go on with a conversation, and show how it ended.

        Raises:
            AnswerNotFound: There is none of this id.
        """
        turns = self.collection.archive.conversation(conversation_id)
        self.conversation_id = conversation_id
        self.answer = turns[-1] if turns else None
        count = f"{len(turns)} question{'' if len(turns) == 1 else 's'}"
        write_note(f"Going on with {conversation_id} ({count}).")
        for turn in turns[-TURNS_SHOWN:]:
            write_question(turn.question)
            write(output(), Text(clean_text(turn.text) if turn.text else "The documents do not say.", style="dim"))
        write(output())

    def begin_anew(self) -> None:
        """Leave the conversation; the next question begins another."""
        self.conversation_id = None
        self.answer = None

    def write_sources(self) -> None:
        """Write the sources of the last answer."""
        if self.answer is None or not (self.answer.citations or self.answer.passages):
            write(output(), "There is no answer with sources yet.")
            return
        from rag.cli.rendering import write_passages

        for citation in self.answer.citations:
            write_source(output(), citation)
        if not self.answer.citations:
            write_passages(output(), self.answer.passages)


def write_question(text: str) -> None:
    """Write what was asked, as the prompt would show it."""
    write(output(), Text(f"› {clean_line(text)}", style="bold"))


@contextmanager
def interrupt_cancels(task: asyncio.Task[None]) -> Iterator[None]:
    """Let Ctrl-C cancel a task while it runs."""
    loop = asyncio.get_running_loop()
    previous = signal.getsignal(signal.SIGINT)
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, previous)


async def read_lines() -> AsyncIterator[str]:
    """Yield the lines of stdin, where it is no terminal."""
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        yield line.decode("utf-8", "replace")
