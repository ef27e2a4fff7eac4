"""The temporary folders of indexes hold words of documents: none outlives its process, however that ends."""

from __future__ import annotations

import fcntl
import gc
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rag.index.lexical import LexicalIndex


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made: an empty folder."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


class Watched(Mapping[str, bytes]):
    """Files of an index; `locked` notes, when each is taken to be copied, whether the folder was locked by then."""

    def __init__(self, files: Mapping[str, bytes], temporary: Path) -> None:
        self.files, self.temporary = files, temporary
        self.locked: list[bool] = []

    def __getitem__(self, name: str) -> bytes:
        folders = sorted(self.temporary.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
        descriptor = os.open(folders[-1] / "claim.lock", os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.locked.append(False)
        except BlockingIOError:
            self.locked.append(True)
        finally:
            os.close(descriptor)
        return self.files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def test_a_folder_is_locked_before_words_are_copied_into_it(temporary: Path) -> None:
    index = LexicalIndex.of([(1, "otters swim")], on_disk=True)
    files = index.files()
    assert files
    watched = Watched(files, temporary)
    copy = LexicalIndex.from_files(watched)
    assert [hit.chunk_id for hit in copy.search("otter", 5, None)] == [1]
    assert watched.locked == [True] * len(files)


def test_a_folder_whose_process_was_killed_before_it_was_locked_is_swept(temporary: Path) -> None:
    left = temporary / "vouch-index-left"
    left.mkdir()
    (left / "words").write_text("otters swim")
    recent = temporary / "vouch-index-recent"
    recent.mkdir()
    os.utime(left, (1_000_000_000, 1_000_000_000))
    index = LexicalIndex.of([(1, "otters swim")], on_disk=True)
    assert len(index) == 1
    assert not left.exists()
    assert recent.exists(), "its process may be about to lock it"


def test_an_index_that_cannot_be_opened_leaves_no_folder(temporary: Path) -> None:
    with pytest.raises(ValueError, match=r"."):
        LexicalIndex.from_files({"meta.json": b"no index"})
    gc.collect()
    assert list(temporary.iterdir()) == []
