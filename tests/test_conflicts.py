"""Sources that contradict one another on what is asked are told; different things, roundings and years are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.citations import Numbering
from rag.conflicts import Conflict, date_of, find_conflicts
from rag.types import Citation, Passage, Span
from tests.fakes.passages import passage


def found(question: str, *texts: str) -> tuple[Conflict, ...]:
    """Return the conflicts among texts, one a document, of which the first is cited whole."""
    shown = [passage(text, number) for number, text in enumerate(texts, 1)]
    return find_conflicts(question, shown, [cited(shown[0])])


def cited(shown: Passage) -> Citation:
    numbering = Numbering()
    numbering.number(shown, Span(shown.start, shown.end))
    return numbering.citations[0]


@pytest.mark.parametrize(
    ("question", "first", "second", "said"),
    [
        (
            "How long did Opus 4 play Pokémon?",
            "Claude Opus 4 played Pokémon Red for 24 hours.",
            "Claude Opus 4 played Pokémon Red for seven hours.",
            ["24 hours", "seven hours"],
        ),
        (
            "What were sales in 2019?",
            "Sales in 2019 were $23 million.",
            "Sales in 2019 were $25 million.",
            ["$23 million", "$25 million"],
        ),
        ("How many moons has Saturn?", "Saturn has 274 known moons.", "Saturn has 146 known moons.", ["274", "146"]),
        ("When was Titan found?", "Huygens found Titan in 1655.", "Huygens found Titan in 1659.", ["1655", "1659"]),
        (
            "Who found Titan?",
            "Titan was found by Christiaan Huygens.",
            "Titan was found by Galileo Galilei.",
            ["Christiaan Huygens", "Galileo Galilei"],
        ),
        (
            "Is the pump covered by the warranty?",
            "The pump is covered by the warranty.",
            "The pump is not covered by the warranty.",
            ["", ""],
        ),
    ],
)  # fmt: skip
def test_two_values_for_the_same_are_a_conflict(question: str, first: str, second: str, said: list[str]) -> None:
    (conflict,) = found(question, first, second)
    assert [place.said for place in conflict.places] == said
    assert [place.passage.number for place in conflict.places] == [1, 2]


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("What were sales?", "Sales in 2019 were $23 million.", "Sales in 2020 were $25 million."),
        ("How long was the work?", "Opus 4 coded for close to seven hours.", "Opus 4 coded for seven hours."),
        ("How many users are there?", "The tool has about 40 users.", "The tool has 41 users."),
        ("How long is the trial?", "The trial lasts 90 minutes.", "The trial lasts 1.5 hours."),
        ("How long is the trial?", "The trial lasts 90 minutes.", "The trial lasts more than 60 minutes."),
        ("What is the annual fee?", "The annual fee for students is $20.", "The annual fee for adults is $40."),
        ("What is the annual fee?", "The annual fee is $20.", "The annual fee is $40 until May."),
        ("How many moons are known?", "Saturn has 274 known moons.", "Jupiter has 95 known moons."),
        ("What does Claude 4 score?", "Claude Opus 4 scores 72.5%.", "Claude Sonnet 4 scores 72.7%."),
        ("What does Claude score?", "Claude Opus 4 scores 72.5%.", "Claude Opus 3 scores 60.7%."),
        ("How many people work there?", "Our plant employs 120 people.", "Our plant employs 80 machines."),
        ("How long is an update?", "An update is 40 to 55 minutes long.", "An update is 40 to 60 minutes long."),
        ("When was Titan found?", "Titan was found in 1655.", "Rhea was found in 1672."),
        ("Is the pump covered?", "The pump is covered by the warranty.", "The hose is not covered by the warranty."),
        ("What are net group sales?", "Net group sales in 2019 were $23 m.", "Net group sales were $25 m."),
        ("What is Claude's score?", "The score of Claude Opus 4 is 72.5%.", "The score of Claude Opus 3 is 60.7%."),
        ("What is the annual fee?", "The annual fee of members is $20.", "The other annual fee of members is $40."),
        ("What is the club fee?", "The yearly club fee for students is $20.", "The yearly club fee for adults is $40."),
        ("What colour is the pump?", "The pump weighs 3 kg when full.", "The pump weighs 4 kg when full."),
    ],
)  # fmt: skip
def test_different_things_years_roundings_and_units_are_none(question: str, first: str, second: str) -> None:
    assert found(question, first, second) == ()


def test_only_what_is_cited_starts_a_conflict() -> None:
    texts = ("Nothing of the kind.", "The annual fee is $20.", "The annual fee is $40.")
    assert found("What is the annual fee?", *texts) == ()


def test_three_sources_make_one_group_and_each_place_is_named_once() -> None:
    texts = ("The annual fee is $20.", "The annual fee is $40.", "The annual fee is $60.", "The annual fee is $20.")
    (conflict,) = found("What is the annual fee?", *texts)
    assert [place.said for place in conflict.places] == ["$20", "$40", "$60"]


def test_the_note_names_the_values_the_citations_the_sources_and_their_dates() -> None:
    first = replace(passage("The annual fee is $20.", 1), metadata={"date": "2025-05-22"})
    second = passage("The annual fee is $40.", 2)
    (conflict,) = find_conflicts("What is the annual fee?", [first, second], [cited(first)])
    assert conflict.told([1, 3]) == "The sources differ: $20 [1] (doc1.txt, May 2025) and $40 [3] (doc2.txt)."
    (denied,) = found(
        "Is it covered by the warranty?",
        "The pump is covered by the warranty.",
        "The pump is not covered by the warranty.",
    )
    assert denied.told([1, 2]) == "One source denies what another says: [1] (doc1.txt) and [2] (doc2.txt)."


@pytest.mark.parametrize(
    ("metadata", "title", "opening", "date"),
    [
        ({"date": "2025-05-22"}, "Report 2019", "", "May 2025"),
        ({"Last-Updated": "3 March 2024"}, "", "", "March 2024"),
        ({"year": 2023}, "", "", "2023"),
        ({"version": "2025-05-22"}, "Report, Sept 2019", "", "September 2019"),
        ({}, "Report 2019", "", "2019"),
        ({}, "Report", "*12:51 PM, Thursday, May 22, 2025*\n", "May 2025"),
        ({}, "Report", "2026/6/9 · 14:17", "June 2026"),
        ({}, "Report", "It scored 2019 points.", ""),
        ({}, "Report", "x" * 700 + " May 22, 2025", ""),
    ],
)  # fmt: skip
def test_a_document_is_dated_by_metadata_title_or_opening(
    metadata: dict[str, str | int], title: str, opening: str, date: str
) -> None:
    shown = replace(passage("text", title=title or "t"), metadata=metadata)
    assert date_of(shown, opening) == date
