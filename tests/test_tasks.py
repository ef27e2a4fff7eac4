"""Work beside the event loop: what a person waits for goes before what runs in the background."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

from rag.collection import Collection
from rag.config import Settings
from rag.ingesting.ingest import GIVE_WAY_S
from rag.tasks import QUIET_S, RightOfWay, foreground, run_in_thread
from tests.fakes.embedder import HashEmbedder


def given_way_s(right: RightOfWay, at_most_s: float) -> float:
    """Return how long somebody has waited for those who have the right of way."""
    began = time.monotonic()
    right.give_way(at_most_s)
    return time.monotonic() - began


def test_the_background_waits_for_those_under_way_and_not_longer_than_it_says() -> None:
    right = RightOfWay()
    assert given_way_s(right, 10.0) < 5.0
    with right.taken(), right.taken():
        assert given_way_s(right, 0.2) >= 0.2
    ended, taken = threading.Event(), threading.Event()

    def answer() -> None:
        with right.taken():
            taken.set()
            time.sleep(0.1)
            ended.set()

    answering = threading.Thread(target=answer)
    answering.start()
    taken.wait(10)
    right.give_way(30.0)
    assert ended.is_set()
    answering.join()


def test_between_two_steps_of_an_answer_nobody_gets_in() -> None:
    right = RightOfWay()
    with right.taken():
        pass
    assert right.is_taken()
    time.sleep(2 * QUIET_S)
    assert not right.is_taken()


def test_what_runs_beside_the_event_loop_has_the_right_of_way_until_it_ends_or_fails() -> None:
    def fail() -> None:
        raise KeyError

    async def run() -> bool:
        taken = await run_in_thread(foreground.is_taken)
        await asyncio.gather(run_in_thread(fail), return_exceptions=True)
        return taken

    assert asyncio.run(run())
    time.sleep(2 * QUIET_S)
    assert not foreground.is_taken()


def test_one_who_only_waits_for_a_reply_keeps_nobody_back() -> None:
    def wait_for_reply() -> bool:
        with foreground.lent():
            time.sleep(2 * QUIET_S)
            return foreground.is_taken()

    def answer() -> tuple[bool, bool]:
        return wait_for_reply(), foreground.is_taken()

    assert asyncio.run(run_in_thread(answer)) == (False, True)
    time.sleep(2 * QUIET_S)
    assert not wait_for_reply(), "whoever has not got it lends nothing"
    assert not foreground.is_taken()
    with foreground.taken():
        waiting = threading.Thread(target=wait_for_reply)
        waiting.start()
        waiting.join()
        assert foreground.is_taken(), "another thread's is not given away"


def test_an_ingest_gives_way_to_those_who_ask_and_still_gets_on(tmp_path: Path) -> None:
    files = []
    for number in range(2):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"The moon number {number} of Saturn is small.")
        files.append((path, path.name))
    settings = Settings(home=tmp_path / ".vouch")
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        began = time.monotonic()
        with foreground.taken():
            report = collection.add(files)
        assert len(report.added) == 2
        assert 2 * GIVE_WAY_S <= time.monotonic() - began < 30 * GIVE_WAY_S  # to read them, and to embed them
