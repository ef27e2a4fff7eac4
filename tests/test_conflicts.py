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
        ("May welders work at home?", "Two welders work in a home in Moss.", "Three welders work in a home in Moss."),
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
    assert conflict.told([1, 3]) == "The sources differ: $20 [1] (doc1.txt, 22 May 2025) and $40 [3] (doc2.txt)."
    (denied,) = found(
        "Is it covered by the warranty?",
        "The pump is covered by the warranty.",
        "The pump is not covered by the warranty.",
    )
    assert denied.told([1, 2]) == "One source denies what another says: [1] (doc1.txt) and [2] (doc2.txt)."


@pytest.mark.parametrize(
    ("metadata", "title", "opening", "date"),
    [
        ({"date": "2025-05-22"}, "Report 2019", "", "22 May 2025"),
        ({"Last-Updated": "3 March 2024"}, "", "", "3 March 2024"),
        ({"year": 2023}, "", "", "2023"),
        ({"version": "2025-05-22"}, "Report, Sept 2019", "", "September 2019"),
        ({}, "Report 2019", "", "2019"),
        ({}, "Report", "*12:51 PM, Thursday, May 22, 2025*\n", "22 May 2025"),
        ({}, "Report", "2026/6/9 · 14:17", "9 June 2026"),
        ({}, "Report", "It scored 2019 points.", ""),
        ({}, "Report", "x" * 700 + " May 22, 2025", ""),
    ],
)  # fmt: skip
def test_a_document_is_dated_by_metadata_title_or_opening(
    metadata: dict[str, str | int], title: str, opening: str, date: str
) -> None:
    shown = replace(passage("text", title=title or "t"), metadata=metadata)
    assert str(date_of(shown, opening) or "") == date


REWORDED = [
    (
        "When is the launch?",
        "The launch is set for 15 September.",
        "Launch date: 6 October 2025.",
        "15 September",
        "6 October 2025",
    ),
    (
        "When does Kestrel launch?",
        "Kestrel launches on 15 September.",
        "We agreed to ship Kestrel on 6 October.",
        "15 September",
        "6 October",
    ),
    (
        "When is the launch?",
        "The launch is on 15 September.",
        "The launch moves from 15 September to 6 October.",
        "15 September",
        "6 October",
    ),
    (
        "When is the audit?",
        "The audit begins 2025-03-04.",
        "Our audit was moved to May 2025.",
        "2025-03-04",
        "May 2025",
    ),
    (
        "How many subscribers do we have?",
        "We have 3,200 subscribers.",
        "Subscriber count stands at 3,050.",
        "3,200 subscribers",
        "3,050",
    ),
    (
        "How many people attended the fair?",
        "3,200 people attended the fair.",
        "Attendance at the fair was 3,050.",
        "3,200 people",
        "3,050",
    ),
    (
        "How long is the notice period?",
        "The notice period is three months.",
        "Either side may end it with a notice period of 6 weeks.",
        "three months",
        "6 weeks",
    ),
    (
        "What is the price of the annual pass?",
        "The annual pass costs $120.",
        "We set the annual pass fee at $135.",
        "$120",
        "$135",
    ),
    (
        "How many hours exactly did the crew of Petrel work?",
        "The crew of Petrel worked for almost nine hours.",
        "Petrel had a crew that needed nine hours for its work.",
        "almost nine hours",
        "nine hours",
    ),
    (
        "Over what period did Kestrel grow?",
        "Kestrel grew in five months.",
        "Kestrel grew from 20 staff in May to 45 in August.",
        "five months",
        "May to 45 in August",
    ),
    (
        "Where is the workshop?",
        "The workshop takes place in Bergen.",
        "The workshop was moved to Oslo.",
        "Bergen",
        "Oslo",
    ),
    (
        "Who leads the Kestrel project?",
        "Kestrel is a project led by Mara Lind.",
        "Jonas Berg leads the Kestrel project now.",
        "Mara Lind",
        "Jonas Berg",
    ),
    (
        "What sort of company is Norda?",
        "We met the Danish shipping company Norda.",
        "Norda is a Danish energy company of old.",
        "Danish shipping company",
        "Danish energy company",
    ),
    (
        "Is Grade 4 the top grade?",
        "Grade 4 is the highest that we give.",
        "Last year two singers passed Grade 5.",
        "Grade 4",
        "Grade 5",
    ),
    (
        "Does the ferry take 20 minutes or two hours?",
        "It sails for 20 minutes.",
        "Plan two hours for the ferry.",
        "20 minutes",
        "two hours",
    ),
    (
        "Is Kestrel the first drone made for farms?",
        "The first drone made for farms: Kestrel.",
        "Kestrel is not the first good drone on farms.",
        "",
        "",
    ),
]


@pytest.mark.parametrize(("question", "first", "second", "one", "two"), REWORDED)
def test_two_values_in_different_words_are_a_conflict(
    question: str, first: str, second: str, one: str, two: str
) -> None:
    for texts, said in (((first, second), [one, two]), ((second, first), [two, one])):
        (conflict,) = found(question, *texts)
        assert [place.said for place in conflict.places] == said


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("How much is the pass?", "The day pass costs $20.", "You pay $40 for the night pass."),
        ("How much is the annual fee?", "The annual fee for students is $20.", "Adults pay an annual fee of $40."),
        ("How many subscribers have we?", "In March we had 3,200 subscribers.", "Subscriber count in April was 3,050."),
        ("How many subscribers have we?", "We have 3,200 subscribers.", "Subscriber count stands at 3,200."),
        (
            "When is the launch?",
            "The launch of Kestrel is on 15 September.",
            "The launch of Falcon is set for 6 October.",
        ),
        ("When is the launch?", "The launch is on 15 September.", "The launch will be after 6 October."),
        ("When is the launch?", "The launch is on 15 September.", "We plan the launch in September 2025."),
        ("When does it open?", "The office opens on 1 May.", "The office closes on 6 October."),
        ("When does the office open?", "The office opens on 1 May.", "The office moves to a new house on 6 October."),
        (
            "How long is the notice period?",
            "The notice period is three months.",
            "The notice period is 12 weeks at least.",
        ),
        (
            "How long did Petrel sail?",
            "Petrel sailed for almost nine hours.",
            "The voyage of Petrel took nine hours to sail.",
        ),
        ("Over what period did Kestrel grow?", "Kestrel grew in three months.", "Kestrel grew from May to August."),
        (
            "Who leads the Kestrel project?",
            "The Kestrel project is led by Mara Lind.",
            "Kestrel is a project for Bergen.",
        ),
        ("How long is the notice?", "The notice is a period of 2 months.", "The notice of the flat is 60 days."),
        ("What is the price of the pass?", "The pass costs $120.", "We set the pass fee at €100."),
        ("What is the price of the pass?", "The price of the pass is $120.", "The price of the pass fell 20%."),
        ("Where is the office?", "The office is in Bergen.", "The office is run by Mara Lind."),
        ("How many people came to the fair?", "3,200 people came to the fair.", "The fair in the park had 40 helpers."),
        (
            "What sort of company is Norda?",
            "The Danish shipping company Norda grew.",
            "The shipping company Norda fell.",
        ),
        ("What sort of company is Norda?", "The shipping company Norda grew.", "The energy company Solda grew."),
        ("Is Grade 4 the top grade?", "Grade 4 is the top grade.", "Two singers passed Grade 3."),
        ("Is Grade 4 the top grade?", "Grade 4 is the highest but for Grade 5.", "Two singers passed Grade 5."),
        ("Is Grade 4 hard?", "Grade 4 is the top grade.", "Two singers passed Grade 5."),
        (
            "Is Kestrel the first drone for farms?",
            "Kestrel is the first drone for farms.",
            "Kestrel is not just the first drone for farms.",
        ),
        ("Is it 20 minutes or two hours?", "It takes 20 minutes by train.", "It takes 30 minutes by train."),
        ("Is it 20 minutes or $2?", "It takes 20 minutes by train.", "A ticket is $2."),
    ],
)
def test_other_parts_times_limits_and_the_same_in_other_words_are_none(question: str, first: str, second: str) -> None:
    assert found(question, first, second) == found(question, second, first) == ()


def test_values_in_different_words_of_one_document_are_none() -> None:
    shown = passage("The launch is set for 15 September. We agreed to ship on 6 October.")
    citation = replace(cited(shown), end=35, quote="The launch is set for 15 September.")
    assert find_conflicts("When is the launch?", [shown], [citation]) == ()
