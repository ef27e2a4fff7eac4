"""Checks that the hand-written question set is sound and agrees with its documents."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "corpus" / "documents"
QUESTIONS = ROOT / "corpus" / "questions.jsonl"

FILE_NAMES = {
    "000_c8ae591bbbf58d1d.txt",
    "001_35cbca41c196dc5c.txt",
    "002_dd96fee45f1d47ad.txt",
    "003_aef2c3778342710b.txt",
    "004_1754d22a792ac815.txt",
}
LEAST_PER_KIND = {
    "fact": 20,
    "number": 12,
    "several_places": 8,
    "conflict": 5,
    "false_premise": 6,
    "unanswerable": 17,
}

Row = dict[str, Any]


def _rows() -> list[Row]:
    """Reads the question set.

    Returns:
        The rows of the set in file order.
    """
    lines = QUESTIONS.read_bytes().decode("utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def _texts() -> dict[str, str]:
    """Reads the documents without touching their line ends.

    Returns:
        The decoded text of each document by its file name.
    """
    return {path.name: path.read_bytes().decode("utf-8") for path in DOCUMENTS.glob("*.txt")}


def _dialogues() -> dict[str, list[Row]]:
    """Groups the rows that belong to a dialogue.

    Returns:
        The rows of each dialogue in turn order, by the name of the dialogue.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in _rows():
        if "dialogue" in row:
            groups[row["dialogue"]].append(row)
    return {name: sorted(rows, key=lambda row: row["turn"]) for name, rows in groups.items()}


def test_the_set_draws_on_exactly_the_five_documents() -> None:
    """The folder holds the five documents and every one of them has gold spans."""
    assert set(_texts()) == FILE_NAMES
    assert {gold["source"] for row in _rows() for gold in row["gold"]} == FILE_NAMES


def test_every_quote_stands_at_its_offsets() -> None:
    """Each gold quote is the verbatim text between its offsets, without loose white space."""
    texts = _texts()
    for row in _rows():
        for gold in row["gold"]:
            assert set(gold) == {"source", "start", "end", "quote"}, row["id"]
            text = texts[gold["source"]]
            assert 0 <= gold["start"] < gold["end"] <= len(text), row["id"]
            assert text[gold["start"] : gold["end"]] == gold["quote"], row["id"]
            assert gold["quote"] == gold["quote"].strip(), row["id"]


def test_ids_and_questions_are_unique() -> None:
    """No id occurs twice, and neither does a question that stands alone."""
    rows = _rows()
    assert max(Counter(row["id"] for row in rows).values()) == 1
    alone = Counter(row["question"] for row in rows if row["kind"] != "follow_up")
    assert max(alone.values()) == 1


def test_each_kind_has_enough_questions_outside_dialogues() -> None:
    """The counts per kind, leaving dialogues aside, reach what the set promises."""
    rows = [row for row in _rows() if "dialogue" not in row]
    counts = Counter(row["kind"] for row in rows)
    assert set(counts) == set(LEAST_PER_KIND)
    assert len(rows) >= 66
    for kind, least in LEAST_PER_KIND.items():
        assert counts[kind] >= least, kind


def test_only_answerable_rows_have_gold() -> None:
    """Unanswerable rows have no gold, and all the others have some."""
    for row in _rows():
        assert isinstance(row["answerable"], bool), row["id"]
        assert bool(row["gold"]) == row["answerable"], row["id"]
        if row["kind"] != "follow_up":
            assert row["answerable"] == (row["kind"] != "unanswerable"), row["id"]


def test_questions_and_references_are_not_empty() -> None:
    """Every row asks something and has a reference answer."""
    for row in _rows():
        assert row["question"].strip(), row["id"]
        assert row["reference"].strip(), row["id"]


def test_several_places_and_conflicts_need_more_than_one_span() -> None:
    """These kinds hold at least two different spans, all of which are needed."""
    for row in _rows():
        if row["kind"] in {"several_places", "conflict"}:
            spans = {(gold["source"], gold["start"], gold["end"]) for gold in row["gold"]}
            assert len(spans) == len(row["gold"]) >= 2, row["id"]
            assert "any_of" not in row, row["id"]


def test_any_of_marks_rows_with_alternative_spans() -> None:
    """The mark is only ever true, and only where there is a choice of spans."""
    for row in _rows():
        if "any_of" in row:
            assert row["any_of"] is True, row["id"]
            assert len(row["gold"]) >= 2, row["id"]


def test_eight_dialogues_have_two_to_four_turns_in_order() -> None:
    """There are eight dialogues, and only their later turns are follow-ups."""
    dialogues = _dialogues()
    assert len(dialogues) == 8
    for name, rows in dialogues.items():
        assert 2 <= len(rows) <= 4, name
        assert [row["turn"] for row in rows] == list(range(1, len(rows) + 1)), name
        assert rows[0]["kind"] != "follow_up", name
        assert all(row["kind"] == "follow_up" for row in rows[1:]), name


def test_follow_ups_carry_the_earlier_turns_and_a_stand_alone_form() -> None:
    """A follow-up's history repeats the earlier questions of its dialogue with answers."""
    for rows in _dialogues().values():
        for row in rows[1:]:
            earlier = [other["question"] for other in rows[: row["turn"] - 1]]
            assert row["history"], row["id"]
            assert [turn["question"] for turn in row["history"]] == earlier, row["id"]
            assert all(turn["answer"].strip() for turn in row["history"]), row["id"]
            assert row["standalone"].strip(), row["id"]


def test_rows_outside_dialogues_carry_no_dialogue_fields() -> None:
    """History and stand-alone forms belong to follow-ups, which belong to dialogues."""
    for row in _rows():
        if row["kind"] == "follow_up":
            assert "dialogue" in row, row["id"]
        else:
            assert not {"history", "standalone"} & row.keys(), row["id"]
        assert ("turn" in row) == ("dialogue" in row), row["id"]
