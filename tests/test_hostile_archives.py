"""Exported collections written by somebody else, with all checksums right: nothing of them is believed unseen."""

from __future__ import annotations

import hashlib
import json
import resource
import sqlite3
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rag.collection import Collection, export_collection, import_collection, list_collections
from rag.config import Settings
from rag.durable import seal
from rag.errors import ArchiveError
from rag.store.fidelity import reading_problem
from rag.store.records import DOCUMENT_COLUMNS
from rag.store.shapes import unpacked_bytes
from rag.types import ReadingText, Run, Runs
from tests.fakes.embedder import HashEmbedder

MOONS = "# Moons\n\nSaturn has **274** known moons. Titan is the largest moon of Saturn."
Change = Callable[[sqlite3.Connection], None]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / ".vouch", risk=1.0)
    (tmp_path / "moons.md").write_text(MOONS, encoding="utf-8")
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([tmp_path / "moons.md"])
        collection.set_metadata("moons.md", {"year": 2024})
    export_collection(settings, "default", tmp_path / "honest.vouch")
    return settings


def forge(settings: Settings, change: Change) -> Path:
    """Write an exported collection with another database, and checksums that are right."""
    folder = settings.home.parent / "forged"
    with zipfile.ZipFile(settings.home.parent / "honest.vouch") as honest:
        honest.extractall(folder)
    with closing(sqlite3.connect(folder / "store.db", isolation_level=None)) as connection:
        change(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    manifest = json.loads((folder / "manifest.json").read_text())
    for member in manifest["members"]:
        data = (folder / member["name"]).read_bytes()
        member |= {"size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    file = settings.home.parent / "forged.vouch"
    with zipfile.ZipFile(file, "w") as forged:
        forged.writestr("manifest.json", json.dumps(manifest))
        for member in manifest["members"]:
            forged.write(folder / member["name"], member["name"])
    return file


def record(**values: object) -> Change:
    """Change columns of the document's record."""

    def change(connection: sqlite3.Connection) -> None:
        names = DOCUMENT_COLUMNS.split(", ")
        found = connection.execute(f"SELECT {DOCUMENT_COLUMNS} FROM documents").fetchone()
        row = tuple((dict(zip(names, found, strict=True)) | values).values())
        marks = ", ".join("?" * (len(row) + 1))
        connection.execute(f"UPDATE documents SET ({DOCUMENT_COLUMNS}, checksum) = ({marks})", (*row, seal(row)))

    return change


def texts(**values: bytes) -> Change:
    """Change the document's texts, runs or locators."""

    def change(connection: sqlite3.Connection) -> None:
        names = ("canonical", "reading", "runs", "locators")
        *key, canonical, reading, runs, locators = connection.execute(
            "SELECT document_id, revision, canonical, reading, runs, locators FROM texts"
        ).fetchone()
        found = dict(zip(names, (canonical, reading, runs, locators), strict=True)) | values
        connection.execute(
            "UPDATE texts SET canonical = ?, reading = ?, runs = ?, locators = ?, checksum = ?",
            (*found.values(), seal(tuple(key), *found.values())),
        )

    return change


def rewritten(name: str, old: str, new: str) -> Change:
    """Change words of one of the document's texts."""

    def change(connection: sqlite3.Connection) -> None:
        (found,) = connection.execute(f"SELECT {name} FROM texts").fetchone()
        text = zlib.decompress(found).decode()
        assert old in text
        texts(**{name: zlib.compress(text.replace(old, new).encode())})(connection)

    return change


def put_in(connection: sqlite3.Connection) -> None:
    """Make all of the reading text something that a reader would have put in."""
    texts(reading=zlib.compress(b"Rhea"), runs=numbers(0, 0, -4))(connection)


def embedded(text: str) -> Change:
    """Change what every chunk was embedded as."""

    def change(connection: sqlite3.Connection) -> None:
        query = 'SELECT chunk_id, document_id, start, "end", heading, vector FROM chunks'
        for *fields, vector in connection.execute(query).fetchall():
            values = (text, seal((*fields, text), vector), fields[0])
            connection.execute("UPDATE chunks SET embedded = ?, checksum = ? WHERE chunk_id = ?", values)

    return change


def heading(text: str) -> Change:
    """Change the heading path of every chunk."""

    def change(connection: sqlite3.Connection) -> None:
        query = 'SELECT chunk_id, document_id, start, "end", heading, embedded, vector FROM chunks'
        for chunk_id, document_id, start, end, _, embedded, vector in connection.execute(query).fetchall():
            checksum = seal((chunk_id, document_id, start, end, text, embedded), vector)
            values = (text, checksum, chunk_id)
            connection.execute("UPDATE chunks SET heading = ?, checksum = ? WHERE chunk_id = ?", values)

    return change


def note(key: str, value: bytes) -> Change:
    """Change what is noted under a key, or under one that begins so."""

    def change(connection: sqlite3.Connection) -> None:
        (found,) = connection.execute("SELECT key FROM meta WHERE substr(key, 1, ?) = ?", (len(key), key)).fetchone()
        connection.execute(
            "UPDATE meta SET value = ?, checksum = ? WHERE key = ?", (value, seal((found,), value), found)
        )

    return change


def packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value).encode())


def numbers(*values: int) -> bytes:
    return zlib.compress(b"".join(value.to_bytes(4, "little", signed=True) for value in values))


def bomb(size_mib: int) -> bytes:
    squeezing = zlib.compressobj(9)
    return b"".join((*(squeezing.compress(b"a" * (1 << 20)) for _ in range(size_mib)), squeezing.flush()))


def test_what_is_forged_without_a_change_is_imported(settings: Settings) -> None:
    import_collection(settings, forge(settings, lambda connection: None), "copy")
    assert list_collections(settings.home) == ["copy", "default"]


def test_a_file_that_says_anything_of_itself_is_sound_and_comes_back_from_its_backup(settings: Settings) -> None:
    clip = settings.home.parent / "clip.md"
    clip.write_text("---\nsource: https://example.org/\ndate published: 2024-03-01\nfolder: web\n---\n\n" + MOONS)
    with Collection.open(settings=settings, embedder=HashEmbedder()) as collection:
        collection.ingest([clip])
        assert [finding for finding in collection.check(full=True) if not finding.ok] == []
    export_collection(settings, "default", settings.home.parent / "all.vouch")
    import_collection(settings, settings.home.parent / "all.vouch", "copy")
    with Collection.open(settings=settings, name="copy", embedder=HashEmbedder()) as collection:
        kept = {record.source: record.metadata for record in collection.documents()}
    assert kept["clip.md"]["date published"] == "2024-03-01"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (record(metadata='{"x": {"y": 1}}'), "metadata cannot be used"),
        (record(metadata="[1]"), "metadata are no keys and values"),
        (record(metadata='{"x": null}'), "metadata are no keys and values"),
        (record(metadata='{"x": NaN}'), "metadata cannot be used"),
        (record(metadata="{"), "not as Vouch stores it"),
        (record(metadata="[" * 100_000), "not as Vouch stores it"),
        (record(source="../../etc/passwd"), "source is no path"),
        (record(source=""), "source is no path"),
        (record(title=""), "has no title"),
        (record(revision="zero"), "revision is no hash"),
        (record(revision=f"sha256:{'0' * 64}"), "not that of its revision"),
        (record(size_bytes=-(10**18)), "below zero"),
        (record(generation=-5), "never was"),
        (record(generation=1_000), "never was"),
        (record(added_at="never"), "time it was added at"),
        (embedded("Rhea is the largest moon of all."), "embedded with other words"),
        (rewritten("reading", "Titan", "Rhea!"), "not what its text says"),
        (rewritten("canonical", "Titan", "Rhea!"), "not that of its revision"),
        (put_in, "words that its text has not: 'Rhea'"),
        (record(characters=70), "characters where 70 were committed"),
        (texts(canonical=zlib.compress(b"short")), "characters where"),
        (texts(canonical=zlib.compress(b"\xff")), "not as Vouch stores it"),
        (texts(canonical=b"no zlib"), "not as Vouch stores it"),
        (texts(locators=packed([[0, "page", ["1"]]])[:-6]), "not as Vouch stores it"),
        (texts(locators=packed([[10_000, "page", ["1"]]])), "no place in its text"),
        (texts(locators=packed([["0", "page", ["1"]]])), "no place in its text"),
        (texts(locators=packed([[0, "page", [1]]])), "no place in its text"),
        (texts(locators=packed({"page": 1})), "not as Vouch stores it"),
        (texts(runs=numbers(0, 1_000_000, 5)), "does not map into its text"),
        (texts(runs=numbers(0, 0, 1_000_000)), "does not map into its text"),
        (texts(runs=numbers(0, 0, -1_000_000)), "does not map into its text"),
        (texts(runs=numbers(0, 1_000_000, -5)), "does not map into its text"),
        (texts(runs=numbers(0, 0, 0)), "does not map into its text"),
        (texts(runs=numbers(0, -1, 5)), "does not map into its text"),
        (texts(runs=numbers(5, 5, 5)), "does not map into its text"),
        (texts(runs=numbers(0, 0, 5, 0, 0, 5)), "does not map into its text"),
        (texts(runs=numbers()), "does not map into its text"),
        (texts(runs=numbers(1, 2)), "not as Vouch stores it"),
        (heading('[{"x": 1}]'), "heading or a note"),
        (heading("{"), "not as Vouch stores it"),
        (note("metadata:", b'{"x": [1]}'), "heading or a note"),
        (note("metadata:", b"7"), "not as Vouch stores it"),
        (note("state", b'{"generations": 1}'), "holds what Vouch does not write"),
        (note("embedder", b"[]"), "holds what Vouch does not write"),
    ],
)
def test_what_vouch_would_not_write_is_not_imported(settings: Settings, change: Change, problem: str) -> None:
    with pytest.raises(ArchiveError, match=problem):
        import_collection(settings, forge(settings, change), "copy")
    assert list_collections(settings.home) == ["default"]
    assert [path.name for path in (settings.home / "collections").iterdir()] == ["default"]


@pytest.mark.parametrize("name", ["canonical", "reading", "runs", "locators"])
def test_what_grows_when_it_is_read_is_not_read(settings: Settings, name: str) -> None:
    file = forge(settings, texts(**{name: bomb(400)}))
    assert file.stat().st_size < 1_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ArchiveError, match="would grow beyond what a document may have"):
        import_collection(settings, file, "copy")
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert sys.platform != "linux" or grown_kib < 50_000


def test_a_text_that_is_longer_than_any_that_is_read_is_not_imported_however_well_it_is_kept(
    settings: Settings,
) -> None:
    def lengthen(connection: sqlite3.Connection) -> None:
        texts(canonical=zlib.compress(b"a" * 400_000, 0))(connection)
        record(characters=400_000)(connection)

    file = forge(settings, lengthen)
    small = settings.model_copy(update={"file_max_characters": 300_000})
    with pytest.raises(ArchiveError, match="more than 300,000 characters, which VOUCH_FILE_MAX_CHARACTERS allows"):
        import_collection(small, file, "copy")
    with pytest.raises(ArchiveError, match="its text is not that of its revision"):
        import_collection(settings, file, "copy")


def test_a_text_has_no_more_bytes_than_its_characters_can_take(settings: Settings) -> None:
    with pytest.raises(ArchiveError, match="its text would grow beyond what a document may have"):
        import_collection(settings, forge(settings, texts(canonical=bomb(1))), "copy")


def test_what_a_text_unpacks_to_is_counted_and_no_further_than_needed() -> None:
    assert unpacked_bytes(bomb(3), 64 << 20) == 3 << 20
    assert 5 << 20 < unpacked_bytes(bomb(64), 5 << 20) <= 6 << 20
    assert unpacked_bytes(zlib.compress(b""), 0) == 0


def test_a_reading_text_of_many_words_put_in_is_compared_at_once() -> None:
    canonical = " ".join(f"word{number}" for number in range(200_000))
    put_in = " ".join(f"word{number}x" for number in range(20_000))
    for text, problem in ((put_in, "words that its text has not"), (canonical, "")):
        reading = ReadingText(text, Runs([Run(0, 0, len(text), step=0)]))
        began = time.perf_counter()
        assert problem in reading_problem(reading, canonical)
        assert time.perf_counter() - began < 5
