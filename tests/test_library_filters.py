"""Filters against an oracle that counts days; keys that nobody has; metadata set by hand."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.collection import Collection
from rag.config import Settings
from rag.errors import DocumentNotFound, FilterError, UsageError
from rag.store import select
from rag.types import DocumentRecord
from tests.fakes.embedder import HashEmbedder
from tests.fakes.store import make_store, put


def record(number: int, source: str, metadata: dict[str, str | int | float | bool]) -> DocumentRecord:
    return DocumentRecord(f"doc_{number}", source, source, "sha256:0", metadata, "text/1", 1, 1, 1, "2026-01-01", 1)


def sources(records: list[DocumentRecord], where: dict[str, object]) -> set[str]:
    return {each.source for each in select(records, where)}


years, months = st.integers(2019, 2022), st.integers(1, 12)
dates = st.one_of(
    years.map(lambda year: f"{year}"),
    st.tuples(years, months).map(lambda at: f"{at[0]}-{at[1]:02d}"),
    st.dates(date(2019, 1, 1), date(2022, 12, 31)).map(date.isoformat),
    st.dates(date(2019, 1, 1), date(2022, 12, 31)).map(lambda day: f"{day.isoformat()}T10:30:00Z"),
)


def days(text: str) -> set[date]:
    """The oracle's idea of a date: all its days."""
    parts = [int(part) for part in text[:10].split("-")]
    found = set()
    for month in parts[1:2] or range(1, 13):
        last = calendar.monthrange(parts[0], month)[1]
        found |= {date(parts[0], month, day) for day in parts[2:3] or range(1, last + 1)}
    return found


ORACLE = {
    "gte": lambda value, bound: min(value) >= min(bound),
    "gt": lambda value, bound: min(value) > max(bound),
    "lte": lambda value, bound: max(value) <= max(bound),
    "lt": lambda value, bound: max(value) < min(bound),
}


@settings(max_examples=400)
@given(values=st.lists(dates, min_size=1, max_size=6), comparison=st.sampled_from(sorted(ORACLE)), bound=dates)
def test_ranges_of_dates_hold_as_counting_days_does(values: list[str], comparison: str, bound: str) -> None:
    records = [record(number, f"{number}.md", {"date": value}) for number, value in enumerate(values)]
    expected = {each.source for each in records if ORACLE[comparison](days(str(each.metadata["date"])), days(bound))}
    assert sources(records, {"date": {comparison: bound}}) == expected
    if len(bound) == 4:
        assert sources(records, {"date": {comparison: int(bound)}}) == expected


@settings(max_examples=300)
@given(values=st.lists(dates, min_size=1, max_size=6), wanted=st.lists(dates, min_size=1, max_size=3))
def test_a_date_lets_through_what_lies_wholly_in_it(values: list[str], wanted: list[str]) -> None:
    records = [record(number, f"{number}.md", {"date": value}) for number, value in enumerate(values)]
    expected = {each.source for each in records if any(days(str(each.metadata["date"])) <= days(one) for one in wanted)}
    assert sources(records, {"date": wanted}) == expected


scalars = st.one_of(st.booleans(), st.integers(-3, 3), st.floats(-3, 3), st.sampled_from(["a", "b", "", "1", "-1"]))


def same_kind(value: object, other: object) -> bool:
    numbers = (int, float)
    if isinstance(value, bool) or isinstance(other, bool):
        return type(value) is type(other)
    return isinstance(value, numbers) == isinstance(other, numbers)


@settings(max_examples=400)
@given(
    values=st.lists(st.dictionaries(st.sampled_from(["x", "y"]), scalars), min_size=1, max_size=6),
    wanted=st.lists(scalars, min_size=1, max_size=3),
    low=st.integers(-3, 3),
    high=st.integers(-3, 3),
)
def test_values_and_ranges_hold_as_plain_comparison_does(
    values: list[dict[str, str | int | float | bool]], wanted: list[object], low: int, high: int
) -> None:
    records = [record(0, "anchor", {"x": "anchor", "y": "anchor"})]
    records += [record(number, f"{number}.md", value) for number, value in enumerate(values, 1)]
    equal = {
        each.source
        for each in records
        if "x" in each.metadata
        and any(same_kind(each.metadata["x"], one) and each.metadata["x"] == one for one in wanted)
    }
    assert sources(records, {"x": wanted}) == equal
    between = {
        each.source
        for each in records
        if type(each.metadata.get("y")) in (int, float) and low <= each.metadata["y"] < high  # type: ignore[operator]
    }
    assert sources(records, {"y": {"gte": low, "lt": high}}) == between
    assert sources(records, {"x": wanted, "y": {"gte": low, "lt": high}}) == equal & between


@settings(max_examples=200)
@given(
    paths=st.lists(st.lists(st.sampled_from(["a", "ab", "b.md"]), min_size=1, max_size=4), min_size=1, max_size=8),
    folder=st.lists(st.sampled_from(["a", "ab", "b.md"]), min_size=1, max_size=3),
    slash=st.sampled_from(["", "/"]),
)
def test_a_folder_is_a_beginning_of_the_path_at_a_slash(paths: list[list[str]], folder: list[str], slash: str) -> None:
    records = [record(number, "/".join(path), {}) for number, path in enumerate(paths)]
    expected = {"/".join(path) for path in paths if len(path) > len(folder) and path[: len(folder)] == folder}
    if expected:  # else it may be the end of one, or none
        assert sources(records, {"folder": "/".join(folder) + slash}) == expected


PLACES = ("docs/2023/q1.md", "docs/2024/q1.md", "old/docs/a.md", "letters/2022/b.md", "c.md", "/mnt/share/d.md")


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("2024", {"docs/2024/q1.md"}),
        ("./docs", {"docs/2023/q1.md", "docs/2024/q1.md"}),
        ("docs//2023/", {"docs/2023/q1.md"}),
        ("old/docs", {"old/docs/a.md"}),
        ("../work/docs/2023", {"docs/2023/q1.md"}),
        ("/home/me/work/old/docs", {"old/docs/a.md"}),
        ("share", {"/mnt/share/d.md"}),
        ("/mnt/share/", {"/mnt/share/d.md"}),
        (".", set(PLACES)),
    ],
)
def test_a_folder_is_named_by_its_path_its_end_or_a_path_that_leads_to_it(named: str, found: set[str]) -> None:
    records = [record(number, path, {}) for number, path in enumerate(PLACES)]
    assert sources(records, {"folder": named}) == found
    assert sources(records, {"folder": [named, "letters"]}) == found | {"letters/2022/b.md"}


@pytest.mark.parametrize(
    ("named", "places", "told"),
    [
        ("report", PLACES, r"No document lies below 'report'. Folders are: docs, letters, old, /mnt, "),
        ("2023", (*PLACES, "old/2023/x.md"), "2 folders end with '2023'.*: docs/2023, old/2023."),
        ("leters", PLACES, "Did you mean 'letters'"),
        ("docs/2023/q1.md", PLACES, "No document lies below"),
        ("..", PLACES, "No document lies below"),
        ("docs", ("a.md",), "The documents lie in no folder"),
    ],
)
def test_a_folder_that_is_none_is_told_with_those_there_are(named: str, places: Sequence[str], told: str) -> None:
    records = [record(number, path, {}) for number, path in enumerate(places)]
    with pytest.raises(FilterError, match=told):
        sources(records, {"folder": named})


def test_documents_are_chosen_by_their_ids() -> None:
    records = [record(number, f"{number}.md", {}) for number in range(4)]
    assert sources(records, {"document": "doc_2"}) == {"2.md"}
    assert sources(records, {"document": ["doc_1", "doc_3", "doc_9"]}) == {"1.md", "3.md"}
    assert sources(records, {"document": "doc"}) == set()


def test_a_key_that_no_document_has_is_named_with_those_there_are() -> None:
    records = [record(0, "a.md", {"lang": "en"}), record(1, "b.md", {"year": 2020})]
    assert sources(records, {"year": 2020}) == {"b.md"}
    with pytest.raises(FilterError, match="No document has 'langg'") as told:
        select(records, {"langg": "en"})
    assert "Did you mean 'lang'" in told.value.remedy
    assert all(key in told.value.remedy for key in ("lang", "year", "source", "folder", "document"))
    assert told.value.field == "where.langg"
    assert select([], {"langg": "en"}) == []


@pytest.mark.parametrize(
    ("where", "field"),
    [
        ({"folder": ""}, "where.folder"),
        ({"folder": "/"}, "where.folder"),
        ({"folder": 3}, "where.folder"),
        ({"folder": []}, "where.folder"),
        ({"document": None}, "where.document"),
        ({"document": ["doc_1", 2]}, "where.document"),
        ({"date": {"about": "2023"}}, "where.date"),
    ],
)
def test_what_says_nothing_is_refused_by_name(where: dict[str, object], field: str) -> None:
    with pytest.raises(FilterError) as told:
        select([record(0, "a.md", {"date": "2023"})], where)
    assert told.value.field == field


# Metadata set by hand


def test_set_metadata_stay_when_the_document_is_replaced_and_cost_no_chunk(tmp_path: Path) -> None:
    with make_store(tmp_path / "default") as store:
        with store.writer() as writer:
            document_id = put(writer, "a.md", "Saturn has many moons.", {"lang": "en", "draft": True})
        before = [row.chunk_id for row in store.rows()]
        generation = store.generation()
        with store.writer() as writer:
            writer.set_metadata(document_id, {"client": "Acme", "lang": "de", "draft": None})
        assert dict(store.document(document_id).metadata) == {"client": "Acme", "lang": "de"}
        assert [row.chunk_id for row in store.rows()] == before
        changes = store.changes(generation)
        assert changes is not None
        assert (changes.added, changes.removed, changes.generation) == ([], [], generation + 1)
        with store.writer() as writer:
            put(writer, "a.md", "Saturn has 274 moons.", {"lang": "en", "draft": True, "year": 2025})
        assert dict(store.document(document_id).metadata) == {"client": "Acme", "lang": "de", "year": 2025}
        with store.writer() as writer:
            writer.delete(document_id)
            put(writer, "a.md", "Saturn has 274 moons.", {"lang": "en"})
        assert dict(store.documents()[0].metadata) == {"lang": "en"}
        assert all(found.ok for found in store.check(full=True))


@pytest.mark.parametrize(
    "values",
    [
        {"": 1},
        {"a b": 1},
        {"a=b": 1},
        {"source": "x"},
        {"folder": "x"},
        {"a": [1]},
        {"a": float("nan")},
        {"a": "\ud800"},
        {"\ud800": 1},
        {"x" * 101: 1},
    ],
)
def test_metadata_that_could_not_be_filtered_on_are_refused(tmp_path: Path, values: dict[str, object]) -> None:
    with make_store(tmp_path / "default", {"a.md": "Saturn."}) as store, store.writer() as writer:
        document_id = store.documents()[0].document_id
        with pytest.raises(UsageError):
            writer.set_metadata(document_id, values)  # type: ignore[arg-type]
        assert store.generation() == 1


def test_metadata_of_no_document_cannot_be_set(tmp_path: Path) -> None:
    with make_store(tmp_path / "default") as store, store.writer() as writer, pytest.raises(DocumentNotFound):
        writer.set_metadata("doc_x", {"a": 1})


def test_a_question_looks_only_where_the_filter_allows_and_follows_a_change(tmp_path: Path) -> None:
    import asyncio

    chosen = Settings(home=tmp_path / ".vouch", risk=1.0)
    for name in ("old/moons.txt", "new/moons.txt"):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(f"Saturn has 274 known moons, says the {name} report.", encoding="utf-8")
    with Collection.open(settings=chosen, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([tmp_path / "old", tmp_path / "new"])

        def found(where: dict[str, object]) -> set[str]:
            retrieved = asyncio.run(collection.search("How many known moons has Saturn?", where=where))
            return {passage.source for passage in retrieved.passages}

        assert found({"folder": "old"}) == {"old/moons.txt"}
        collection.set_metadata("old/moons.txt", {"date": "2021-06"})
        collection.set_metadata("new/moons.txt", {"date": "2023-01-15"})
        assert found({"date": {"gte": "2022"}}) == {"new/moons.txt"}
        assert found({"date": "2021"}) == {"old/moons.txt"}
        collection.set_metadata("old/moons.txt", {"date": "2024"})
        assert found({"date": "2021"}) == set()
        with pytest.raises(FilterError):
            found({"dat": "2021"})
