"""A reading process that runs out of memory is told from one that crashes, and the remedy is right for both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import SourceCrashed, SourceTooLarge
from rag.parsing import Limits, Parsers
from tests.fakes.bad_files import bombs

LIMITS = Limits(processor_s=60.0, memory_max_bytes=384 << 20)


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    with Parsers(LIMITS, count=1, module="tests.fakes.reading_child") as parsers:
        yield parsers


@pytest.mark.parametrize("name", ["large stream.pdf", "nested stream.pdf"])
def test_a_pdf_whose_streams_fill_the_memory_is_too_large(name: str, parsers: Parsers, tmp_path: Path) -> None:
    path = tmp_path / "bomb.pdf"
    path.write_bytes(next(content for bomb, content in bombs() if bomb == name))
    with pytest.raises(SourceTooLarge, match="more than 384 MB of memory") as caught:
        parsers.read(path, name)
    assert "VOUCH_FILE_MEMORY_MB" in caught.value.remedy


def test_a_library_that_gives_up_for_want_of_memory_makes_a_file_too_large(parsers: Parsers, tmp_path: Path) -> None:
    path = tmp_path / "exhaust.scripted"
    path.write_text("exhaust")
    with pytest.raises(SourceTooLarge, match="more than 384 MB of memory"):
        parsers.read(path, "exhaust")


@pytest.mark.parametrize("words", ["abort", "segfault"])
def test_a_crash_with_memory_to_spare_is_none_for_want_of_it(words: str, parsers: Parsers, tmp_path: Path) -> None:
    path = tmp_path / "crash.scripted"
    path.write_text(words)
    with pytest.raises(SourceCrashed) as caught:
        parsers.read(path, words)
    assert "damaged" in caught.value.remedy


def test_memory_that_an_earlier_document_took_is_not_held_against_a_later_one(parsers: Parsers, tmp_path: Path) -> None:
    first, second = tmp_path / "grow.scripted", tmp_path / "abort.scripted"
    first.write_text("grow 320")
    second.write_text("abort")
    assert parsers.read(first, "first").text.startswith("grown")
    with pytest.raises(SourceCrashed):
        parsers.read(second, "second")
