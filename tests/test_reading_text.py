"""The map of a reading text: each character has its place, and what a table repeats costs little."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.parsing.frames import pack_document, unpack_document
from rag.reading import read
from rag.reading.mapping import ReadingTextBuilder
from rag.types import ReadingText, Run, Runs, Span

CANONICAL = "abcdefghijklmnopqrst" * 4
STEPS = st.lists(st.tuples(st.sampled_from(["", "-", "a", "name: "]), st.integers(0, 3), st.integers(0, 4)), max_size=8)


def built(steps: list[tuple[str, int, int]]) -> tuple[ReadingText, list[int]]:
    """Return a reading text in which words are put in and stretches kept, and the place of each of its characters."""
    builder = ReadingTextBuilder(CANONICAL)
    places: list[int] = []
    position = 0
    for words, skipped, kept in steps:
        position += skipped
        at = builder.last if words == "-" else position  # it may stand for what was kept before it
        builder.put(words, at)
        places += [at] * len(words)
        builder.keep(position, position + kept)
        places += range(position, position + kept)
        position += kept
    return builder.build(), places


@given(steps=STEPS)
def test_each_character_has_its_place(steps: list[tuple[str, int, int]]) -> None:
    reading, places = built(steps)
    places = places[: len(reading.text)]
    assert [reading.position(index) for index in range(len(reading.text))] == places
    expected = [next((i for i, at in enumerate(places) if at >= position), len(places)) for position in range(80)]
    assert [reading.index_from(position) for position in range(80)] == expected


@given(steps=STEPS, data=st.data())
def test_each_character_of_a_part_has_the_place_it_has_in_the_whole(
    steps: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    reading, places = built(steps)
    start = data.draw(st.integers(0, len(reading.text)))
    end = data.draw(st.integers(start, len(reading.text)))
    part = reading.cut(start, end)
    assert part.text == reading.text[start:end]
    assert [part.position(index) for index in range(len(part.text))] == places[start:end]
    assert Runs.unpack(part.runs.pack()) == part.runs
    if part.text:
        assert part.locate(0, len(part.text)) == Span(places[start], places[end - 1] + 1)


def test_runs_are_equal_to_their_like_only() -> None:
    runs = Runs([Run(0, 3, 2), Run(2, 5, 4, step=0)])
    assert runs == Runs(list(runs))
    assert hash(runs) == hash(Runs(list(runs)))
    assert runs[1:] == Runs([Run(2, 5, 4, step=0)])
    assert runs != Runs([Run(0, 3, 2), Run(2, 5, 4)])
    with pytest.raises(IndexError):
        runs[2]
    with pytest.raises(ValueError, match="cut off"):
        Runs.unpack(runs.pack()[:-4])


def test_what_earlier_versions_stored_reads_as_it_did() -> None:
    packed = b"".join(number.to_bytes(4, "little") for number in (0, 7, 1, 1, 7, 1, 2, 8, 5))
    assert list(Runs.unpack(packed)) == [Run(0, 7, 1), Run(1, 7, 1), Run(2, 8, 5)]


def test_a_table_costs_a_few_runs_a_field_and_little_memory(tmp_path: Path) -> None:
    rows = 2000
    path = tmp_path / "table.csv"
    path.write_text(
        "customer number,street address,total\n" + "".join(f"{n},Harbour Road,{n}.5\n" for n in range(rows))
    )
    document = read(path, source="table.csv", max_bytes=10**6, max_characters=10**6)
    assert document.reading.text.endswith("customer number: 1999; street address: Harbour Road; total: 1999.5")
    assert len(document.reading.runs) <= 3 * 3 * rows
    message = pack_document(document)
    sent = sum(map(len, message.parts))
    tracemalloc.start()
    try:
        received = unpack_document(message)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert received == document
    assert held < 2 * sent + 400 * rows  # texts, runs and a locator a row
