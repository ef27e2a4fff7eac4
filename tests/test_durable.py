"""Files are there whole or not at all, private, and errors of the disk are ours."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import durable
from rag.durable import files
from rag.errors import CollectionDamaged, CollectionError, CollectionLocked, StorageFull


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_whole_and_private(tmp_path: Path) -> None:
    durable.write_atomically(tmp_path / "cache", b"new")
    assert (tmp_path / "cache").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o600
    durable.write_atomically(tmp_path / "cache", memoryview(b"newer"))
    assert (tmp_path / "cache").read_bytes() == b"newer"
    assert names(tmp_path) == ["cache"]


def test_what_a_user_exports_has_the_mode_that_the_umask_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        durable.write_atomically(tmp_path / "page", b"new", mode=durable.SHARED_MODE)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "page").stat().st_mode) == 0o640


def test_on_a_disk_without_links_a_name_that_cannot_be_taken_is_left_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: object, target: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    (tmp_path / "unfinished").write_bytes(b"whole")
    monkeypatch.setattr(os, "link", fail)
    with monkeypatch.context() as full:
        full.setattr(os, "replace", fail)
        with pytest.raises(PermissionError):
            files.publish(tmp_path / "unfinished", tmp_path / "store.db")
    assert names(tmp_path) == ["unfinished"]
    files.publish(tmp_path / "unfinished", tmp_path / "store.db")
    assert (tmp_path / "store.db").read_bytes() == b"whole"


@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
@pytest.mark.parametrize(("number", "expected"), [(errno.ENOSPC, StorageFull), (errno.EIO, CollectionError)])
def test_an_error_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, expected: type[CollectionError]
) -> None:
    durable.write_atomically(tmp_path / "cache", b"old")

    def fail(*arguments: object, **options: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(files.os, call, fail)
        with pytest.raises(expected, match="cache"):
            durable.write_atomically(tmp_path / "cache", b"new")
    assert (tmp_path / "cache").read_bytes() == b"old"
    assert names(tmp_path) == ["cache"]


def test_the_bytes_are_synced_before_the_rename_and_the_folder_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    sync, rename = os.fsync, os.replace

    def fsync(descriptor: int) -> None:
        calls.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def replace(source: Path, target: Path) -> None:
        calls.append("rename")
        rename(source, target)

    monkeypatch.setattr(files.os, "fsync", fsync)
    monkeypatch.setattr(files.os, "replace", replace)
    durable.write_atomically(tmp_path / "cache", b"bytes")
    assert calls == ["file", "rename", "folder"]


def test_folders_are_made_private_with_those_above_them(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "collections" / "default"
    durable.make_folder(folder)
    durable.make_folder(folder)
    for place in (folder, folder.parent, folder.parent.parent):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_our_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CollectionError, match="file"):
        durable.make_folder(tmp_path / "file" / "folder")


def test_leftovers_go_once_nobody_can_be_writing_them(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    old, young, other = (tmp_path / "index" / f".{name}.unfinished" for name in ("old", "young", "other"))
    for path in (old, young):
        path.write_bytes(b"half")
    other = tmp_path / "kept"
    other.write_bytes(b"whole")
    os.utime(old, (0, 0))
    durable.remove_unfinished(tmp_path)
    assert not old.exists()
    assert young.exists()
    assert other.exists()


def test_a_database_appears_whole_and_never_replaces_one(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    durable.make_database(
        path, "CREATE TABLE one (x);", lambda connection: connection.execute("INSERT INTO one VALUES (1)")
    )
    durable.make_database(path, "CREATE TABLE two (x);")
    with closing(durable.connect(path, synchronous="FULL")) as connection:
        assert connection.execute("SELECT x FROM one").fetchall() == [(1,)]
        settings = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    assert names(tmp_path) == ["some.db"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_that_cannot_be_filled_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CollectionDamaged, match=r"some\.db"):
        durable.make_database(tmp_path / "some.db", "CREATE TABLE one (x); CREATE TABLE one (x);")
    assert names(tmp_path) == []


def error_of(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, StorageFull),
        (sqlite3.SQLITE_IOERR_SHMSIZE, StorageFull),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, CollectionLocked),
        (sqlite3.SQLITE_LOCKED, CollectionLocked),
        (sqlite3.SQLITE_CORRUPT_INDEX, CollectionDamaged),
        (sqlite3.SQLITE_NOTADB, CollectionDamaged),
        (sqlite3.SQLITE_IOERR_FSYNC, CollectionError),
        (sqlite3.SQLITE_CANTOPEN, CollectionError),
    ],
)
def test_errors_of_sqlite_are_ours_at_the_border(code: int, expected: type[CollectionError]) -> None:
    with pytest.raises(CollectionError, match="The thing") as caught, durable.storage_errors("The thing"):
        raise error_of(code)
    assert type(caught.value) is expected
    assert caught.value.remedy


def test_a_transaction_is_whole_or_nothing(tmp_path: Path) -> None:
    durable.make_database(tmp_path / "some.db", "CREATE TABLE one (x UNIQUE);")
    with closing(durable.connect(tmp_path / "some.db", synchronous="FULL")) as connection:
        with pytest.raises(sqlite3.IntegrityError), durable.transaction(connection, "IMMEDIATE"):
            connection.executemany("INSERT INTO one VALUES (?)", [(1,), (1,)])
        with durable.transaction(connection, "IMMEDIATE"), durable.transaction(connection, "IMMEDIATE"):
            connection.execute("INSERT INTO one VALUES (2)")
        assert connection.execute("SELECT x FROM one").fetchall() == [(2,)]


def test_a_pool_gives_each_thread_its_own_connection_and_none_when_closed(tmp_path: Path) -> None:
    durable.make_database(tmp_path / "some.db", "CREATE TABLE one (x);")
    pool = durable.ConnectionPool(tmp_path / "some.db", synchronous="FULL", query_only=True)
    barrier = threading.Barrier(4)
    seen: set[int] = set()

    def borrow() -> None:
        with pool.borrowed() as connection:
            seen.add(id(connection))
            barrier.wait(timeout=10)
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                connection.execute("INSERT INTO one VALUES (1)")

    threads = [threading.Thread(target=borrow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    pool.close()
    with pytest.raises(CollectionError, match="closed"), pool.borrowed():
        pass


FIELDS = st.lists(st.none() | st.integers() | st.text(), max_size=4)


@given(FIELDS, st.binary(max_size=40), st.binary(max_size=40), st.integers(min_value=0))
def test_a_checksum_tells_every_flipped_bit_and_every_moved_border(
    fields: list[str | int | None], first: bytes, second: bytes, place: int
) -> None:
    checksum = durable.seal(fields, first, second)
    assert durable.intact(checksum, fields, first, second)
    assert not durable.intact(checksum, [*fields, 0], first, second)
    if first:
        flipped = bytearray(first)
        flipped[place % len(first)] ^= 1 << place % 8
        assert not durable.intact(checksum, fields, bytes(flipped), second)
        assert not durable.intact(checksum, fields, first[:-1], first[-1:] + second)
    assert not durable.intact(checksum, fields, None, second)
