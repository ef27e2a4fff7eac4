"""``python -m tests.fakes.command_line``: the real command line, with an embedder that loads at once.

Several commands, parted by ``+++``, run one after the other; the exit code is that of the last.
``SCRIPT`` in the environment puts a scripted drafter in: sentences parted by ``|``, ``PAUSE_S`` seconds after each.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress

import rag.collection.workers
from rag.cli import main
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder


def run() -> None:
    rag.collection.workers.load_embedder = lambda settings: HashEmbedder()
    script = os.environ.get("SCRIPT")
    if script:
        pause_s = float(os.environ.get("PAUSE_S", "0"))
        steps = [step for text in script.split("|") for step in (text, lambda: asyncio.sleep(pause_s))]
        rag.collection.workers.make_drafter = lambda settings, embedder: ScriptedDrafter(*steps)
    commands: list[list[str]] = [[]]
    for word in sys.argv[1:]:
        if word == "+++":
            commands.append([])
        else:
            commands[-1].append(word)
    for command in commands[:-1]:
        with suppress(SystemExit):
            main(command)
    main(commands[-1])


if __name__ == "__main__":
    run()
