"""The walk through drafted samples: one at a time, keep, edit or drop; what is decided is written at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.styles import Style
from rich.text import Text

from rag.cli.boundary import OK
from rag.cli.terminal import output, write, write_indented, write_note
from rag.sampling import DROPPED, EDITED, KEPT, TODO, read_rows, write_rows
from rag.sanitize import clean_line, clean_text

STYLE = Style.from_dict({"key": "bold ansicyan", "prompt": "bold ansicyan"})
INDENT = 2
UNANSWERABLE = "The documents should not answer this."

CHOICES = {"k": "keep", "e": "edit", "d": "drop", "s": "later", "b": "back", "q": "quit"}


def review_file(path: Path) -> int:
    """Walk through the samples of a file that are still to be reviewed; return the exit code.

    Each decision is written before the next sample is shown, so that one can leave at any time and go on later.

    Raises:
        SampleError: The file is no file of samples.
        CollectionError: A decision cannot be written.
    """
    rows = read_rows(path)
    walk = Walk(path, rows)
    walk.run()
    counts = {state: sum(row.get("review", TODO) == state for row in rows) for state in (KEPT, EDITED, DROPPED, TODO)}
    write_note(", ".join(f"{count} {'to do' if state == TODO else state}" for state, count in counts.items()) + ".")
    if not counts[TODO]:
        write_note(f"Evaluate with them: vouch evaluate {path}")
    return OK


class Walk:
    """A walk through the rows of a file.

    Attributes:
        path: The file, written anew after each decision.
        rows: Its rows, changed in place.
    """

    def __init__(self, path: Path, rows: list[dict[str, Any]]) -> None:
        """Take the rows of a file."""
        self.path = path
        self.rows = rows
        self.keys: PromptSession[str] = PromptSession(style=STYLE, key_bindings=make_bindings())
        self.lines: PromptSession[str] = PromptSession(style=STYLE)

    def run(self) -> None:
        """Show each sample that is to be reviewed, and do with it what is chosen, until the end or ``q``."""
        waiting = [index for index, row in enumerate(self.rows) if row.get("review", TODO) == TODO]
        at = 0
        while at < len(waiting):
            row = self.rows[waiting[at]]
            show_sample(row, at + 1, len(waiting))
            choice = self.choose()
            if choice == "q":
                return
            if choice == "b":
                at = max(at - 1, 0)
                continue
            self.decide(row, choice)
            at += 1

    def choose(self) -> str:
        """Return the key of a choice; Ctrl-C and Ctrl-D leave."""
        try:
            return self.keys.prompt(FormattedText(choices_shown()))
        except (EOFError, KeyboardInterrupt):
            return "q"

    def decide(self, row: dict[str, Any], choice: str) -> None:
        """Do with a sample what was chosen, and write the file.

        Raises:
            CollectionError: It cannot be written.
        """
        if choice == "s":
            return
        if choice == "e" and not self.edit(row):
            return
        row["review"] = {"k": KEPT, "e": EDITED, "d": DROPPED}[choice]
        write_rows(self.path, self.rows)

    def edit(self, row: dict[str, Any]) -> bool:
        """Let the question and the reference be changed; return whether they were, and not given up."""
        try:
            question = self.lines.prompt(FormattedText([("class:prompt", "question › ")]), default=row["question"])
            reference = row.get("reference", "")
            if row.get("answerable", True):
                reference = self.lines.prompt(FormattedText([("class:prompt", "answer › ")]), default=reference)
        except (EOFError, KeyboardInterrupt):
            return False
        if not question.strip():
            return False
        row["question"] = question.strip()
        row["reference"] = reference.strip()
        return True


def choices_shown() -> list[tuple[str, str]]:
    """Return the line of choices."""
    shown: list[tuple[str, str]] = []
    for key, word in CHOICES.items():
        before, _, after = word.partition(key)
        named = (
            [("", before), ("class:key", key), ("", after)] if key in word else [("class:key", key), ("", f" {word}")]
        )
        shown += [*named, ("", "  ")]
    return [*shown, ("class:prompt", "› ")]


def make_bindings() -> KeyBindings:
    """Return the keys: one press is a choice."""
    bindings = KeyBindings()

    for key in CHOICES:

        @bindings.add(key)
        def choose(event: KeyPressEvent, key: str = key) -> None:
            event.app.exit(result=key)

    @bindings.add("enter")
    @bindings.add(Keys.Any)
    def ignore(event: KeyPressEvent) -> None:
        """Do nothing: what is no choice is not typed either."""

    return bindings


def show_sample(row: Mapping[str, Any], number: int, total: int) -> None:
    """Write a sample: its question, and the places that answer it."""
    console = output()
    write(console)
    kind = clean_line(str(row.get("kind", ""))).replace("_", " ")
    write(console, Text(f"{number} of {total}  {kind}", style="dim"))
    write(console, Text(clean_line(row["question"]), style="bold"))
    if not row.get("answerable", True):
        changed = f" Made from the one for {clean_line(str(row['instead_of']))}." if row.get("instead_of") else ""
        write_indented(console, Text(UNANSWERABLE + changed, style="yellow"), INDENT)
        return
    gold = row.get("gold")
    places = [place for place in gold if isinstance(place, dict)] if isinstance(gold, list) else []
    for place in places:
        quote = clean_text(str(place.get("quote") or row.get("reference", "")))
        write_indented(console, Text(f"“{' '.join(quote.split())}”"), INDENT)
        write_indented(console, Text(clean_line(str(place.get("source", ""))), style="dim"), INDENT)
    if not places and row.get("reference"):
        write_indented(console, Text(clean_text(str(row["reference"]))), INDENT)
