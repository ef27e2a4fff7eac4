"""Reading within limits: a crash, a hang or a bomb is the error of one document, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from rag.errors import SourceCrashed, SourceError, SourceNotText, SourceTimeout, SourceTooLarge
from rag.parsing import Limits, Parsers, in_order
from rag.parsing.frames import FrameError, FrameTooLong, Message, pack, pack_document, receive, unpack_document
from rag.parsing.parsers import SMALL_BYTES, is_small_text
from rag.parsing.refusals import ended
from rag.reading import read
from rag.types import Document, Locator, ReadingText, Run, Runs
from tests.fakes.bad_files import panicking_workbook

ROOT = Path(__file__).parents[1]
MODULE = "tests.fakes.reading_child"


class PatientLimits(Limits):
    """Waits by the clock for as long as a busy machine may take to compute."""

    @property
    def clock_s(self) -> float:
        """Seconds by the clock that one file may take."""
        return 60 * self.processor_s


LIMITS = PatientLimits(processor_s=1.0, memory_max_bytes=256 << 20, file_max_characters=1_000_000)
PARENT_GROWTH_MAX_BYTES = 50_000_000

Script = Callable[[str], Path]


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    with Parsers(LIMITS, count=1, module=MODULE) as parsers:
        yield parsers
        processes = [process.process_id for process in parsers._all]
    assert not any(is_running(process) for process in processes)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Make a file that says what its reader shall do."""

    def make(words: str) -> Path:
        path = tmp_path / f"{words.replace(' ', '-')}.scripted"
        path.write_text(words)
        return path

    return make


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def memory_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def eventually(holds: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    until = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


# Messages


def test_a_document_is_the_same_on_the_other_side_of_the_pipe(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("---\ndate: 2023-05-01\n---\n# Größe 🪐\r\n\r\nSaturn has *274* moons.\n", encoding="utf-8")
    document = read(path, source="a/page.md", max_bytes=10_000, max_characters=10_000)
    assert document.metadata
    assert document.locators
    assert unpack_document(sent(pack_document(document))) == document


def test_half_a_character_passes_the_pipe_for_the_store_to_refuse() -> None:
    odd = Document(
        "a", "t", "sha256:0", "a\ud800b", ReadingText("a\ud800b", Runs([Run(0, 0, 3)])), (Locator(0, "page", ("1",)),)
    )
    assert unpack_document(sent(pack_document(odd))) == odd


def sent(message: Message, max_bytes: int = 1_000_000) -> Message:
    packed = pack(message)
    position = 0

    def read_next(count: int) -> bytes:
        nonlocal position
        position += count
        return packed[position - count : position]

    return receive(read_next, max_bytes)


@pytest.mark.parametrize(
    "packed",
    [
        b"GET / HTTP/1.1\r\n\r\n and more of it",
        pack(Message({"a": 1}, (b"long",))).replace(b"[4]", b"[9]"),
        pack(Message({"a": 1}, (b"long",))).replace(b"[4]", b"[x]"),
        pack(Message({"a": "b" * 2000})),
    ],
)
def test_what_is_no_message_or_too_long_is_refused(packed: bytes) -> None:
    left = [packed]

    def read_next(count: int) -> bytes:
        found, left[0] = left[0][:count], left[0][count:]
        return found

    with pytest.raises(FrameError):
        receive(read_next, 1000)


# One bad document


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        ("segfault", SourceCrashed, "SIGSEGV"),
        ("abort", SourceCrashed, "SIGABRT"),
        ("killed", SourceCrashed, "SIGKILL"),
        ("leave", SourceCrashed, "exit status 3"),
        ("fail", SourceCrashed, "KeyError"),
        ("recurse", SourceCrashed, "RecursionError"),
        ("lie", SourceCrashed, "did not answer as it should"),
        ("allocate", SourceTooLarge, "more than 256 MB of memory"),
        ("spin", SourceTimeout, "within 1 seconds of computing"),
    ],
)
def test_what_ends_the_reader_is_the_error_of_one_document_and_the_next_is_read(
    words: str, kind: type[SourceError], said: str, script: Script, parsers: Parsers
) -> None:
    with pytest.raises(kind, match=said) as caught:
        parsers.read(script(words), f"folder/{words}")
    assert f"folder/{words}" in caught.value.message
    assert caught.value.remedy
    assert "secret" not in str(caught.value)
    assert parsers.read(script("hold 1"), "next").text == "held 1 ms"


def test_a_reader_that_a_signal_without_a_name_ends_is_the_error_of_its_document() -> None:
    assert "ended with signal 35" in ended("a.pdf", -35).message


def test_a_reader_that_waits_for_ever_is_killed(script: Script) -> None:
    with Parsers(Limits(processor_s=0.5), count=1, module=MODULE) as parsers:
        parsers.read(script("hold 1"), "first")
        with pytest.raises(SourceTimeout, match="within 2 seconds by the clock"):
            parsers.read(script("sleep"), "sleep")
        assert parsers.read(script("hold 1"), "next").text


def test_a_text_longer_than_a_reply_may_be_is_not_taken(script: Script) -> None:
    limits = Limits(file_max_characters=1)
    before = memory_bytes()
    with Parsers(limits, count=1, module=MODULE) as parsers, pytest.raises(SourceTooLarge, match="longer than"):
        parsers.read(script("flood 200000000"), "flood")
    assert memory_bytes() - before < PARENT_GROWTH_MAX_BYTES


def test_an_error_of_the_readers_comes_through_as_it_is(tmp_path: Path, parsers: Parsers) -> None:
    path = tmp_path / "binary.txt"
    path.write_bytes(b"\0" * 100_000)
    with pytest.raises(SourceNotText, match="binary") as caught:
        parsers.read(path, "binary.txt")
    assert caught.value.code == "source_not_text"
    assert "UTF-16" in caught.value.remedy


def test_a_refused_document_costs_no_new_process(tmp_path: Path, script: Script, parsers: Parsers) -> None:
    (tmp_path / "binary.txt").write_bytes(b"\0" * 100_000)
    first = process_of(parsers.read(script("tell"), "tell"))
    with pytest.raises(SourceNotText):
        parsers.read(tmp_path / "binary.txt", "binary.txt")
    assert process_of(parsers.read(script("tell"), "tell")) == first


def process_of(document: Document) -> int:
    found = re.match(r"process (\d+);", document.text)
    assert found
    return int(found[1])


def test_whether_a_document_is_read_does_not_hang_on_those_before_it(script: Script, parsers: Parsers) -> None:
    parsers.read(script("hold 1"), "first")
    assert parsers.read(script("tire"), "second").text == "I was the first."


def test_a_process_that_has_grown_makes_room_for_another(script: Script, parsers: Parsers) -> None:
    first = process_of(parsers.read(script("tell"), "tell"))
    assert parsers.read(script("grow 100"), "grow").text == "grown to 104,857,600 bytes"
    assert process_of(parsers.read(script("tell"), "tell")) != first
    assert eventually(lambda: not is_running(first))


def test_the_memory_of_the_parent_does_not_grow_by_what_a_child_takes(script: Script, parsers: Parsers) -> None:
    parsers.read(script("hold 1"), "first")
    before = memory_bytes()
    for words in ("allocate", "grow 200", "recurse"):
        with suppress(SourceTooLarge, SourceCrashed):
            parsers.read(script(words), words)
    assert memory_bytes() - before < PARENT_GROWTH_MAX_BYTES


# What the process has


def test_a_reader_has_no_keys_no_foreign_files_and_no_other_network(
    script: Script, parsers: Parsers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-of-the-environment")
    with open(tmp_path / "canary-file", "w") as file:
        os.set_inheritable(file.fileno(), True)
        told = parsers.read(script("tell"), "tell").text
    assert "PATH" in told
    assert "canary" not in told
    (process,) = parsers._all
    assert process.given_up is not None
    assert process.given_up["memory"]
    assert process.given_up["writing"]
    if process.given_up["network"]:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            pytest.raises(SourceCrashed, match=r"OSError|Connection"),
        ):
            parsers.read(script(f"connect {server.getsockname()[1]}"), "connect")


def test_a_reader_cannot_write(
    script: Script, parsers: Parsers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    with pytest.raises(SourceCrashed, match="OSError"):
        parsers.read(script("write"), "write")
    assert [path.read_bytes() for path in folder.iterdir()] in ([], [b""])


def test_what_a_reader_prints_reaches_nobody(
    script: Script, parsers: Parsers, capfd: pytest.CaptureFixture[str]
) -> None:
    assert parsers.read(script("speak"), "speak").text == "spoken, and '' read"
    assert capfd.readouterr() == ("", "")


def test_a_module_beside_the_documents_is_not_run(
    script: Script, parsers: Parsers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "struct", "rag"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'harm')!r}, 'w').write('done')\nraise SystemExit\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", ".")
    assert parsers.read(script("hold 1"), "first").text
    assert not (tmp_path / "harm").exists()


PARENT = """
import sys, threading
from pathlib import Path
from rag.parsing import Limits, Parsers
parsers = Parsers(Limits(), count=2, module="tests.fakes.reading_child")
def read(name):
    parsers.read(Path(name), name)
parsers.read(Path(sys.argv[1]), "first")
for name in sys.argv[2:]:
    threading.Thread(target=read, args=(name,)).start()
import time
while len(parsers._all) < len(sys.argv) - 2 or not all(p.given_up for p in parsers._all):
    time.sleep(0.02)
time.sleep(0.3)
print(*[process.process_id for process in parsers._all], flush=True)
time.sleep(600)
"""


def test_no_reader_outlives_a_parent_that_is_killed(script: Script) -> None:
    command = [sys.executable, "-c", PARENT, *map(str, (script("hold 1"), script("spin"), script("sleep")))]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        processes = [int(word) for word in parent.stdout.readline().split()]
        assert len(processes) == 2
        assert all(map(is_running, processes))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert eventually(lambda: not any(map(is_running, processes)), 5.0)


def test_closing_ends_what_is_being_read_in_other_threads(script: Script) -> None:
    parsers = Parsers(Limits(), count=2, module=MODULE)
    caught: list[SourceError] = []

    def read_slowly() -> None:
        try:
            parsers.read(script("sleep"), "sleep")
        except SourceError as error:
            caught.append(error)

    thread = threading.Thread(target=read_slowly)
    thread.start()
    assert eventually(lambda: any(process.given_up for process in list(parsers._all)), 30.0)
    parsers.close()
    thread.join(10.0)
    assert not thread.is_alive()
    assert ["reading was ended" in each.message for each in caught] == [True]
    assert not parsers._all


# Small texts


def test_only_a_small_plain_text_is_read_without_a_process(tmp_path: Path) -> None:
    cases = {
        "small.txt": (b"Saturn has 274 moons.", True),
        "README": (b"Saturn has 274 moons.", True),
        "large.txt": (b"a" * (SMALL_BYTES + 1), False),
        "small.pdf": (b"Saturn has 274 moons.", False),
        "a pdf by content.txt": (b"\n%PDF-1.7 ...", False),
        "a zip by content.md": (b"PK\x03\x04 ...", False),
        "a page by content.txt": (b"  <html><body>", False),
        "a page behind a mark.txt": (b"\xef\xbb\xbf \n<html><body>", False),
        "a page in utf-16.txt": ("\ufeff<html><body>".encode("utf-16-le"), False),
        "a binary by content.txt": (b"abc\0", False),
        "an old workbook by content.txt": (panicking_workbook(), False),
        "a text of zips.md": (b"It begins with PK, or with PK\x03\x04 where it is whole.", True),
    }
    for name, (content, _) in cases.items():
        (tmp_path / name).write_bytes(content)
    assert {name: is_small_text(tmp_path / name, name) for name in cases} == {
        name: small for name, (_, small) in cases.items()
    }
    assert not is_small_text(tmp_path / "README", "notebook.ipynb")
    os.mkfifo(tmp_path / "pipe.txt")
    began = time.monotonic()
    is_small_text(tmp_path / "pipe.txt", "pipe.txt")
    assert time.monotonic() - began < 5


def test_a_small_text_starts_no_process(tmp_path: Path, parsers: Parsers) -> None:
    (tmp_path / "small.txt").write_text("Saturn has 274 moons.")
    assert parsers.read(tmp_path / "small.txt", "small.txt").text == "Saturn has 274 moons."
    assert not parsers._all


def test_a_panic_of_a_library_is_the_error_of_one_document(tmp_path: Path) -> None:
    (tmp_path / "panic.txt").write_bytes(panicking_workbook())
    with Parsers(Limits(), count=1) as parsers, pytest.raises(SourceCrashed, match="its reader failed with Panic"):
        parsers.read(tmp_path / "panic.txt", "panic.txt")


def test_what_a_reader_of_small_texts_meets_is_the_error_of_one_document(
    tmp_path: Path, parsers: Parsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Panic(BaseException):
        pass

    def fail(path: Path, **options: object) -> Document:
        raise Panic("words of the document")

    monkeypatch.setattr("rag.parsing.parsers.read", fail)
    (tmp_path / "small.txt").write_text("Saturn has 274 moons.")
    with pytest.raises(SourceCrashed, match="its reader failed with Panic") as caught:
        parsers.read(tmp_path / "small.txt", "small.txt")
    assert "words" not in str(caught.value)


# Order


def test_results_come_in_order_whoever_is_done_first_and_few_wait_to_be_taken(script: Script) -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        time.sleep(0.02 if item % 3 == 0 else 0.0)
        return item

    results = in_order(work, range(30), threads=3, ahead=4)
    taken = []
    for result in results:
        assert len(begun) <= result + 4
        taken.append(result)
    assert taken == list(range(30))


def test_what_has_not_begun_is_not_begun_when_nobody_waits_for_it() -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        return item

    results = in_order(work, range(1000), threads=1, ahead=5)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert len(begun) <= 5


# What else goes wrong


def test_a_document_that_is_not_the_one_asked_for_is_not_taken(tmp_path: Path) -> None:
    class Forging(Parsers):
        def _ask(self, request: Message) -> Message:
            return pack_document(Document("other.pdf", "t", "sha256:0", "a", ReadingText.plain("a")))

    with Forging(Limits()) as parsers, pytest.raises(SourceCrashed, match="did not answer as it should"):
        parsers.read(tmp_path / "asked.pdf", "asked.pdf")


def test_what_is_asked_after_closing_starts_no_process(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*arguments: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("rag.parsing.parsers.ReadingProcess", start)
    parsers = Parsers(LIMITS, count=1, module=MODULE)
    parsers.close()
    with pytest.raises(SourceCrashed, match="reading was ended"):
        parsers.read(script("hold 1"), "late")
    assert not parsers._all


def test_a_frame_that_is_too_long_is_told_from_what_is_none() -> None:
    with pytest.raises(FrameTooLong):
        sent(Message({}, (b"a" * 2000,)), max_bytes=1000)
