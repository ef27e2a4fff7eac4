"""Killed, full, damaged, raced: a clear error and the old state intact. Planted faults show that the tests can see."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rag import durable
from rag.errors import CollectionDamaged, CollectionError, CollectionLocked, StorageFull, VouchError
from rag.store import Store
from rag.store import checks as checks_module
from rag.store import reading as reading_module
from rag.store import schema as schema_module
from rag.store import store as store_module
from tests.fakes.disks import may_mount, small_disk
from tests.fakes.dying import OLD, OPERATIONS, add_one, die, hold_lock
from tests.fakes.store import DIMENSION, Held, assert_holds, everything, make_store, put, vector_of

ROOT = Path(__file__).parents[1]


def proof(name: str, tried: int, failed: int, **counts: int) -> None:
    """Print the line that the README's figures are collected from."""
    print(f"\nPROOF id={name} tried={tried} failed={failed}", *(f"{key}={value}" for key, value in counts.items()))  # noqa: T201


# D1: killed at any point


def killed_wrongly(folder: Path, operation: str, acknowledged: bool) -> str | None:
    """Say what is wrong with a store after its writer was killed; None where it is whole and nothing is lost."""
    after = OPERATIONS[operation][1]
    allowed = [after] if acknowledged else [OLD, after]
    try:
        with Store.open(folder) as store:
            held = {record.source: store.text(record.document_id) for record in store.documents()}
            if held not in allowed:
                return f"holds {sorted(held)}, acknowledged: {acknowledged}"
            assert_holds(store, held)
            with store.writer(timeout_s=0.0) as writer:
                put(writer, "later.md", "life goes on")
            assert_holds(store, held | {"later.md": "life goes on"})
    except (VouchError, AssertionError) as error:
        return str(error)
    return None


def sweep_statements(tmp_path: Path, operation: str, step: int = 1, *, stop: bool = False) -> tuple[int, list[str]]:
    """Kill an operation at every `step`-th statement until it runs to its end, or at the first violation if `stop`.

    Returns:
        How many points were tried, and the violations.
    """
    make_store(tmp_path / "template", OLD).close()
    problems: list[str] = []
    tried, point = 0, 1
    while True:
        folder, said = tmp_path / f"{point}" / "default", tmp_path / f"{point}.said"
        shutil.copytree(tmp_path / "template", folder)
        died = die(folder, operation, point, said)
        tried += 1
        problem = killed_wrongly(folder, operation, acknowledged=said.read_text() != "")
        if problem:
            problems.append(f"{operation} killed at statement {point}: {problem}")
        shutil.rmtree(folder.parent)
        if not died:
            assert said.read_text() == "done\n"
            return tried, problems
        if problem and stop:
            return tried, problems
        point += step


@pytest.mark.parametrize("operation", ["add", "replace", "delete"])
def test_killed_at_some_statements_nothing_is_half_and_nothing_acknowledged_is_lost(
    tmp_path: Path, operation: str
) -> None:
    tried, problems = sweep_statements(tmp_path, operation, step=6)
    proof(f"D1-{operation}", tried, len(problems))
    assert problems == []


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("operation", ["add", "replace", "delete"])
def test_killed_at_every_statement_nothing_is_half_and_nothing_acknowledged_is_lost(
    tmp_path: Path, operation: str
) -> None:
    tried, problems = sweep_statements(tmp_path, operation)
    proof(f"D1-{operation}-all", tried, len(problems))
    assert problems == []
    assert tried > 20


@pytest.mark.parametrize("operation", ["replace_in_two_steps", "acknowledge_too_early"])
def test_the_sweep_catches_a_planted_fault(tmp_path: Path, operation: str) -> None:
    _, problems = sweep_statements(tmp_path, operation, step=6, stop=True)
    assert problems


def killed_while_made(tmp_path: Path, step: int) -> tuple[int, int]:
    """Kill the making of a collection at every `step`-th statement; return points tried, and how often it was there."""
    point, tried, whole, died = 1, 0, 0, True
    while died:
        folder, said = tmp_path / f"{point}" / "default", tmp_path / f"{point}.said"
        died = die(folder, "create", point, said)
        tried += 1
        if (folder / "store.db").exists():
            whole += 1
        else:
            assert said.read_text() == ""
            make_store(folder).close()
        with Store.open(folder) as store:
            assert_holds(store, {})
        point += step
    return tried, whole


def test_killed_while_it_is_made_a_collection_is_there_or_not(tmp_path: Path) -> None:
    tried, whole = killed_while_made(tmp_path, step=6)
    proof("D1-create", tried, 0, whole=whole)
    assert 0 < whole < tried


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_killed_at_any_statement_while_it_is_made_a_collection_is_there_or_not(tmp_path: Path) -> None:
    tried, whole = killed_while_made(tmp_path, step=1)
    proof("D1-create-all", tried, 0, whole=whole)
    assert 0 < whole < tried


KILLING_CALLS = "write,pwrite64,fsync,fdatasync,rename,link,unlink,ftruncate"


def strace_works() -> bool:
    """Tell whether processes may be traced here."""
    with tempfile.TemporaryDirectory() as folder, suppress(OSError):
        command = ["strace", "-f", "-o", f"{folder}/log", "-e", "inject=fsync:error=EIO:when=1", "true"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


def traced(folder: Path, operation: str, injection: str) -> tuple[int, bool]:
    """Perform an operation with a fault injected into its system calls; return its status and whether it said done."""
    calls = ["-f", "-qq", "-o", os.devnull, "-P", str(folder), "-P", str(folder / "store.db")]
    calls += ["-P", str(folder / "store.db-wal"), "-P", str(folder / "store.db-shm")]
    command = ["strace", *calls, "-e", f"inject={injection}", sys.executable, "-m", "tests.fakes.dying"]
    done = subprocess.run([*command, str(folder), operation, "0"], cwd=ROOT, capture_output=True, check=False)
    return done.returncode, done.stdout == b"done\n"


CALL_SWEEPS = ["add", "replace", "delete"] if strace_works() else []
"""Without ptrace the sweep over statements alone stands for the promise."""


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("operation", CALL_SWEEPS)
def test_killed_at_every_system_call_nothing_is_half_and_nothing_acknowledged_is_lost(
    tmp_path: Path, operation: str
) -> None:
    make_store(tmp_path / "template", OLD).close()
    problems, point, status = [], 0, -1
    while status != 0:
        point += 1
        folder = tmp_path / f"{point}" / "default"
        shutil.copytree(tmp_path / "template", folder)
        status, acknowledged = traced(folder, operation, f"{KILLING_CALLS}:signal=SIGKILL:when={point}")
        problem = killed_wrongly(folder, operation, acknowledged)
        if problem:
            problems.append(f"{operation} killed at call {point}: {problem}")
        shutil.rmtree(folder.parent)
    proof(f"D1-calls-{operation}", point, len(problems))
    assert problems == []
    assert point > 10


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"] if CALL_SWEEPS else [])
def test_every_system_call_that_fails_leaves_the_old_state_or_the_new(tmp_path: Path, error: str) -> None:
    make_store(tmp_path / "template", OLD).close()
    problems, point, undisturbed = [], 0, 0
    # A failure while the log is emptied, after the acknowledgement, need not be an error.
    while undisturbed < 4:
        point += 1
        folder = tmp_path / f"{point}" / "default"
        shutil.copytree(tmp_path / "template", folder)
        calls = "write,pwrite64,fsync,fdatasync,ftruncate"
        status, acknowledged = traced(folder, "replace", f"{calls}:error={error}:when={point}+")
        undisturbed = undisturbed + 1 if status == 0 else 0
        problem = killed_wrongly(folder, "replace", acknowledged)
        if problem:
            problems.append(f"{error} from call {point} on: {problem}")
        shutil.rmtree(folder.parent)
    proof(f"D5-{error}", point, len(problems))
    assert problems == []


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_killed_at_random_under_load_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    folder, chance = tmp_path / "default", random.Random(7)
    make_store(folder).close()
    processes = multiprocessing.get_context("forkserver")
    acknowledged, lost = 0, 0
    for restart in range(100):
        said = tmp_path / f"{restart}.said"
        writer = processes.Process(target=keep_adding, args=(folder, restart, said), daemon=True)
        writer.start()
        while not said.exists():
            assert writer.is_alive(), "the writer fell"
            time.sleep(0.005)
        time.sleep(chance.random() * 0.1)
        writer.kill()
        writer.join()
        with Store.open(folder) as store:
            sources = store.revisions()
            done = said.read_text().split()
            acknowledged += len(done)
            lost += sum(source not in sources for source in done)
            assert [finding for finding in store.check(full=restart % 10 == 0) if not finding.ok] == []
    proof("D2", 100, lost, acknowledged=acknowledged)
    assert lost == 0
    assert acknowledged > 100


def keep_adding(folder: Path, restart: int, said: Path) -> None:
    """Add documents until killed, and say of each that it is there."""
    with Store.open(folder) as store, store.writer() as writer:
        descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number in range(10_000):
            source = f"{restart}-{number}.md"
            put(writer, source, f"the text of {source} " * (number % 30))
            os.write(descriptor, f"{source}\n".encode())


# D4: damaged bytes

MANY = {f"{name}.md": f"*{name}* has {count} moons; " * count for count, name in enumerate(["a", "b", "c", "d"], 3)}


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[Held]]:
    """A closed store's file, with everything it knows; it has seen replacing and deleting, too."""
    folder = tmp_path_factory.mktemp("pristine") / "default"
    with make_store(folder, MANY) as store:
        with store.writer() as writer:
            writer.delete(put(writer, "gone.md", "Pluto has 5 moons"))
            put(writer, "a.md", MANY["a.md"] + "and more")
        known = list(everything(store))
    return (folder / "store.db").read_bytes(), known


def served_wrongly(folder: Path, known: list[Held]) -> str | None:
    """Ask a damaged store everything; return the first answer that is not what was stored, None where all is well.

    Raises:
        VouchError: The damage was noticed.
    """
    with Store.open(folder) as store:
        for held, true in zip(everything(store), known, strict=True):
            if held != true:
                return true.question
    return None


def examine(folder: Path, damaged: bytes, known: list[Held]) -> str:
    """Return what becomes of damaged bytes: ``noticed``, ``harmless``, or what was served wrongly."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    (folder / "store.db").write_bytes(damaged)
    (folder / "store.db").chmod(0o600)
    try:
        return served_wrongly(folder, known) or "harmless"
    except VouchError:
        return "noticed"
    except Exception as error:  # noqa: BLE001  whatever else comes of damage is not our word for it
        return f"believed, until {error!r}"


def flip(data: bytes, place: int, bit: int) -> bytes:
    """Return the bytes with one bit turned."""
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def flip_anywhere(tmp_path: Path, pristine: tuple[bytes, list[Held]], flips: int) -> dict[str, int]:
    """Turn random bits of the file, one at a time, where something is written; return how often what came of it."""
    data, known = pristine
    written = [place for place in range(len(data)) if any(data[max(place - 2, 0) : place + 3])]
    chance = random.Random(4)
    outcomes: dict[str, int] = {}
    for _ in range(flips):
        place = chance.choice(written)
        outcome = examine(tmp_path / "default", flip(data, place, chance.randrange(8)), known)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return outcomes


def test_no_flipped_bit_is_ever_served(tmp_path: Path, pristine: tuple[bytes, list[Held]]) -> None:
    outcomes = flip_anywhere(tmp_path, pristine, 100)
    assert outcomes.keys() <= {"noticed", "harmless"}, outcomes
    assert outcomes["noticed"] > 80, "the flips hit nothing"


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_no_flipped_bit_of_many_is_ever_served(tmp_path: Path, pristine: tuple[bytes, list[Held]]) -> None:
    outcomes = flip_anywhere(tmp_path, pristine, 5000)
    wrong = sum(count for outcome, count in outcomes.items() if outcome not in ("noticed", "harmless"))
    proof("D4", 5000, wrong, noticed=outcomes["noticed"], harmless=outcomes["harmless"])
    assert wrong == 0, outcomes


def stored_bytes(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield what stands in the file where: vectors, texts, titles, metadata, places."""
    pieces = {"embedded": b"A\n", "title": b"Title of b.md", "metadata": b'{"words"', "source": b"b.md"}
    pieces |= {"vector": vector_of("A\na has 3 moons; a has 3 m").tobytes(), "canary": vector_of("canary").tobytes()}
    pieces |= {"state": b'{"generation"', "identity": b"passage: ", "revision": b"sha256:0000", "reader": b"fake/1"}
    for name, piece in pieces.items():
        start = data.find(piece)
        assert start > 0, f"{name} is not in the file"
        yield name, start, len(piece)


def test_every_flipped_bit_of_texts_vectors_and_records_is_noticed(
    tmp_path: Path, pristine: tuple[bytes, list[Held]]
) -> None:
    data, known = pristine
    chance, tried, missed = random.Random(5), 0, []
    for name, start, length in stored_bytes(data):
        for _ in range(6):
            tried += 1
            outcome = examine(
                tmp_path / "default", flip(data, start + chance.randrange(length), chance.randrange(8)), known
            )
            if outcome != "noticed":
                missed.append((name, outcome))
    proof("D4-aimed", tried, len(missed))
    assert missed == []


def test_the_flips_catch_a_planted_fault(
    tmp_path: Path, pristine: tuple[bytes, list[Held]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reading_module, schema_module):
        monkeypatch.setattr(module, "intact", lambda *row: True)
    data, known = pristine
    outcomes = {
        examine(tmp_path / "default", flip(data, start + length - 1, 0), known)
        for _, start, length in stored_bytes(data)
    }
    assert outcomes - {"noticed", "harmless"}, "without checksums nothing was served wrongly: the test cannot see"


def test_a_file_cut_short_is_noticed_at_every_page(tmp_path: Path, pristine: tuple[bytes, list[Held]]) -> None:
    data, known = pristine
    for size in range(0, len(data), 4096):
        assert examine(tmp_path / "default", data[:size], known) == "noticed", size


def test_a_damaged_document_is_named_the_others_are_served_and_a_new_copy_heals_it(tmp_path: Path) -> None:
    folder = tmp_path / "default"
    make_store(folder, OLD).close()
    path = folder / "store.db"
    data = path.read_bytes()
    path.write_bytes(flip(data, data.index(b"A\nJupiter") + 4, 3))
    with Store.open(folder) as store:
        other, damaged = store.revisions()["a.md"][0], store.revisions()["b.md"][0]
        with pytest.raises(CollectionDamaged, match=r"'b\.md'") as caught:
            store.document_chunks(damaged)
        assert "ingest its file again" in caught.value.remedy
        with pytest.raises(CollectionDamaged, match=r"'b\.md'"):
            list(store.rows())
        assert store.text(other) == OLD["a.md"]
        assert len(store.document_chunks(other)) > 1
        failed = {finding.check: finding.detail for finding in store.check(full=True) if not finding.ok}
        assert list(failed) == ["documents"]
        assert "'b.md'" in failed["documents"]
        with store.writer() as writer:
            writer.delete(damaged)
            put(writer, "b.md", OLD["b.md"])
        assert_holds(store, OLD)


def test_the_check_finds_what_no_checksum_can(tmp_path: Path) -> None:
    folder = tmp_path / "default"
    make_store(folder, OLD).close()
    for damage, check in [
        ("DELETE FROM chunks WHERE chunk_id = 1", "documents"),
        ("DELETE FROM texts", "documents"),
        ("DELETE FROM documents WHERE source = 'b.md'", "orphans"),
        ("INSERT INTO removals VALUES (9, 1, x'0100000000000000', x'00')", "removals"),
        ("UPDATE meta SET value = x'00' WHERE key = 'canary'", "embedder"),
    ]:
        copy = tmp_path / check / "default"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        connection = sqlite3.connect(copy / "store.db", isolation_level=None)
        connection.execute(damage)
        connection.close()
        with Store.open(copy) as store:
            failed = {finding.check for finding in store.check(full=True) if not finding.ok}
        assert check in failed, damage


def test_the_check_finds_a_vector_that_cannot_be_searched_and_a_chunk_outside_its_text(tmp_path: Path) -> None:
    folder = tmp_path / "default"
    make_store(folder, OLD).close()
    fields = (99, "", 5, 5000, json.dumps([]), "beyond")
    vector = b"\0" * 4 * DIMENSION
    with Store.open(folder) as store:
        document_id = store.revisions()["b.md"][0]
    row = (fields[0], document_id, *fields[2:])
    connection = sqlite3.connect(folder / "store.db", isolation_level=None)
    connection.execute("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, vector, durable.seal(row, vector)))
    connection.close()
    with Store.open(folder) as store:
        details = " ".join(finding.detail for finding in store.check(full=True) if not finding.ok)
    assert "outside its text" in details
    assert "not of unit length" in details
    assert checks_module.PROBLEMS_SHOWN > 1


# D5, D6: a disk that is full, or fails


@contextmanager
def connections(monkeypatch: pytest.MonkeyPatch, change: Callable[[sqlite3.Connection], object]) -> Iterator[None]:
    """Change what writers connect to; readers stay as they are."""
    connect = durable.connect

    def changed(path: Path, **options: object) -> object:
        connection = connect(path, **options)  # type: ignore[arg-type]
        return change(connection) or connection

    with monkeypatch.context() as patch:
        patch.setattr(store_module, "connect", changed)
        yield


def test_a_full_disk_is_named_the_old_state_is_served_and_space_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = "Saturn has 274 moons, and each of them has a name. " * 2000
    refused = 0
    with make_store(tmp_path / "default", OLD) as store:
        pages = (store.folder / "store.db").stat().st_size // 8192
        for room in range(0, 60, 20):
            limit = f"PRAGMA max_page_count = {pages + room}"
            with (
                connections(monkeypatch, lambda connection, limit=limit: connection.execute(limit) and None),
                store.writer() as writer,
            ):
                with pytest.raises(StorageFull, match="no space left"):
                    put(writer, "a.md", large)
                refused += 1
                with pytest.raises(CollectionError, match="takes no further changes"):
                    put(writer, "c.md", "small")
            assert_holds(store, OLD)
        assert store.write_failure is None
        with store.writer() as writer:
            put(writer, "a.md", large)
        assert_holds(store, OLD | {"a.md": large})
    proof("D5-pages", refused, 0)


class FailingConnection:
    """A connection on which the sync of a commit fails, as on a dying disk."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.commits = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.connection, name)

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> sqlite3.Cursor:
        if statement == "COMMIT":
            self.commits += 1
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return self.connection.execute(statement, parameters)


def test_a_failed_sync_stops_all_writing_without_another_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[FailingConnection] = []

    def fail(connection: sqlite3.Connection) -> FailingConnection:
        made.append(FailingConnection(connection))
        return made[-1]

    with make_store(tmp_path / "default", OLD) as store:
        with connections(monkeypatch, fail), store.writer() as writer:
            with pytest.raises(CollectionError, match="disk I/O error"):
                put(writer, "a.md", "new")
            with pytest.raises(CollectionError, match="takes no further changes"):
                put(writer, "a.md", "new")
        assert [connection.commits for connection in made] == [1]
        assert store.write_failure is not None
        with pytest.raises(CollectionError, match="takes no changes after an I/O error"), store.writer():
            pass
        assert_holds(store, OLD)
    with Store.open(tmp_path / "default") as again:
        assert again.write_failure is None
        assert_holds(again, OLD)


def test_a_database_locked_by_another_program_can_be_tried_again(tmp_path: Path) -> None:
    with make_store(tmp_path / "default", OLD) as store:
        other = sqlite3.connect(store.folder / "store.db", isolation_level=None)
        with store.writer() as writer:
            writer._connection.execute("PRAGMA busy_timeout = 10")
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(CollectionLocked, match="another process"):
                put(writer, "c.md", "later")
            other.execute("ROLLBACK")
            put(writer, "c.md", "later")
        other.close()
        assert_holds(store, OLD | {"c.md": "later"})


def fill(store: Store, held: dict[str, str]) -> None:
    """Put documents until there is no room, and note those that were acknowledged."""
    with store.writer() as writer:
        for number in range(10_000):
            text = f"{number} " + random.Random(number).randbytes(9000).hex()
            put(writer, f"{number}.md", text)
            held[f"{number}.md"] = text


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("size_kib", [400, 512, 700, 1024] if may_mount() else [])
def test_a_disk_that_fills_up_loses_nothing_and_serves_on(tmp_path: Path, size_kib: int) -> None:
    with small_disk(tmp_path / "disk", size_kib) as mounted:
        assert mounted
        held, folder = dict(OLD), tmp_path / "disk" / "default"
        with make_store(folder, OLD) as store:
            with pytest.raises(StorageFull):
                fill(store, held)
            assert_holds(store, held)
            with pytest.raises(StorageFull):
                durable.write_atomically(folder / "cache", b"x" * size_kib * 1024)
            assert not list(folder.glob("*cache*"))
            assert_holds(store, held)
            subprocess.run(["mount", "-o", f"remount,size={size_kib + 2000}k", str(tmp_path / "disk")], check=True)
            with store.writer() as writer:
                put(writer, "after.md", "there is room again")
            assert_holds(store, held | {"after.md": "there is room again"})
        proof(f"D5-disk-{size_kib}", len(held), 0)


# D7: two writers


def race(tmp_path: Path, races: int, locked: bool) -> list[int]:
    """Let two processes take the writer's lock at once, several times; return how many won each time."""
    winners = []
    for number in range(races):
        folder = tmp_path / f"{number}" / "default"
        make_store(folder).close()
        outcomes = race_once(folder, locked)
        won = [outcome.split()[1] for outcome in outcomes if outcome.startswith("won")]
        winners.append(len(won))
        if len(won) == 1:
            (lost,) = (outcome for outcome in outcomes if outcome.startswith("lost"))
            assert f"process {won[0]} (" in lost
        with Store.open(folder) as store, store.writer(timeout_s=0.0) as writer:
            put(writer, "later.md", "the lock died with its holder")
            assert len(store.documents()) == len(won) + 1
    return winners


def race_once(folder: Path, locked: bool) -> list[str]:
    """Start two writers, wait for what they say, kill them, and return it."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.fakes.dying"])
    said = [folder.with_name(f"{name}.said") for name in "ab"]
    racers = [processes.Process(target=hold_lock, args=(folder, path, locked), daemon=True) for path in said]
    for racer in racers:
        racer.start()
    try:
        while not all(path.exists() and path.read_text() for path in said):
            assert all(racer.is_alive() or racer.exitcode == 0 for racer in racers), "a racer fell"
            time.sleep(0.005)
        return [path.read_text() for path in said]
    finally:
        for racer in racers:
            racer.kill()
            racer.join()


def test_of_two_writers_one_wins_and_the_other_learns_who(tmp_path: Path) -> None:
    winners = race(tmp_path, 4, locked=True)
    proof("D7", len(winners), sum(count != 1 for count in winners))
    assert set(winners) == {1}


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_of_two_writers_one_wins_a_hundred_times(tmp_path: Path) -> None:
    winners = race(tmp_path, 100, locked=True)
    proof("D7-long", len(winners), sum(count != 1 for count in winners))
    assert set(winners) == {1}


def test_the_race_catches_a_planted_fault(tmp_path: Path) -> None:
    assert race(tmp_path, 1, locked=False) == [2]


def test_another_processs_commit_is_seen_by_the_next_call(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("forkserver")
    with make_store(tmp_path / "default", OLD) as store:
        before = store.generation()
        process = processes.Process(target=add_one, args=(store.folder, "c.md"), daemon=True)
        process.start()
        process.join()
        assert store.generation() == before + 1
        assert_holds(store, OLD | {"c.md": "the text of c.md"})
