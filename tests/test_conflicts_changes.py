"""What is said to have changed, been called off or replaced is held against what still says so, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.citations import Numbering
from rag.conflicts import Conflict, find_conflicts
from rag.conflicts.changes import read_changes
from rag.conflicts.overturned import read_retraction
from rag.conflicts.superseded import superseded_by
from rag.types import Citation, Passage, Span
from tests.fakes.passages import passage


def cite(shown: Passage) -> Citation:
    numbering = Numbering()
    numbering.number(shown, Span(shown.start, shown.end))
    return numbering.citations[0]


def found(question: str, *shown: Passage) -> tuple[Conflict, ...]:
    return find_conflicts(question, shown, [cite(shown[0])])


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("The fee was raised from 14 to 16 euros.", "14", "16 euros"),
        ("Rent goes up from 1,400.50 to 1,500 euros in May.", "1,400.50", "1,500 euros in May"),
        ("The desk moves from Room 4 to Room 12 because of the noise.", "Room 4", "Room 12"),
        ("We buy our flour from Osprey Grain instead of Hallmark Mills.", "Hallmark Mills", "Osprey Grain"),
        ("Rehearsals are in the hall rather than in the attic.", "the attic", "hall"),
        ("Dr. Lind was succeeded by Ada Boyle as head of the ward.", "Dr. Lind", "Ada Boyle"),
        ("The desk was moved from Oslo to Bergen in 2023.", "Oslo", "Bergen"),
        ("Ada Boyle has taken over the ward from Omar Lind.", "Omar Lind", "Ada Boyle"),
        ("Omar Lind handed over the ward to Ada Boyle.", "Omar Lind", "Ada Boyle"),
        ("The allowance is 35 euros (previously 28 euros).", "28 euros", "The allowance is 35 euros"),
    ],
)
def test_what_was_and_what_is_are_read(text: str, old: str, new: str) -> None:
    assert (old, new) in read_changes(text)


@pytest.mark.parametrize(
    "text",
    [
        "The train goes from Leeds to York.",
        "The museum opens from April to September.",
        "We check the policy from time to time.",
        "The letter is from Ada Boyle.",
    ],
)
def test_a_course_and_a_season_are_no_change(text: str) -> None:
    changes = read_changes(text)
    shown = passage(text, 2)
    question = "Where do the train, the museum, the policy and the letter go?"
    assert not changes or found(question, passage("The train, museum, policy, letter: time.", 1), shown) == ()


def test_a_list_without_end_is_no_change() -> None:
    assert read_changes("The list was moved from one place, " + "another place, " * 30 + "from Room 4 to Room 5.") == ()
    assert read_changes("The list was moved from one place, from Room 4 to Room 5.")


def test_what_one_document_says_has_changed_is_no_conflict_in_it() -> None:
    shown = passage("The desk is in Room 4. The desk was moved from Room 4 to Room 12.")
    citation = replace(cite(shown), end=22, quote="The desk is in Room 4.")
    assert find_conflicts("Where is the desk?", [shown], [citation]) == ()
    other = replace(shown, source="other.txt", document_id="other")
    assert len(find_conflicts("Where is the desk?", [shown, other], [citation])) == 1


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("The plan for a night bus to Harlow was dropped for want of drivers.", "night bus harlow"),
        ("The board cancelled the fair in the park.", "fair park"),
        ("The rule on hats no longer applies.", "hat"),
        ("The shop will not open in Bergen, because it burnt.", "shop open bergen"),
        ("If the shop does not open in Bergen, we go to Molde.", ""),
        ("Sales dropped in the park.", ""),
        ("The shop opens in Bergen.", ""),
    ],
)
def test_what_is_called_off_or_denied_is_read(text: str, keys: str) -> None:
    retraction = read_retraction(text)
    assert (retraction.keys if retraction else frozenset()) == frozenset(keys.split())


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("Where is the office?", "The office is in Bergen.", "The bakery was moved from Bergen to Oslo."),
        (
            "Who leads the choir?",
            "Mara Lind leads the choir.",
            "Mara Lind took over from Jo Berg as head of the choir.",
        ),
        ("What is the fee?", "The fee is 40 euros.", "The fee was raised from 30 to 40 euros."),
        ("What is the fee?", "The fee is 30 euros.", "The fee might be raised from 30 to 40 euros."),
        ("What is the fee?", "It is 30 euros; the fee is 40 euros now.", "The fee was raised from 30 to 40 euros."),
        ("What is the fee?", "The fee is 25 euros.", "The fee was raised from 30 to 40 euros."),
        ("Where does the train start?", "The train starts in Leeds.", "The train goes from Leeds to York."),
        (
            "What does the Ember 80 cost?",
            "The Ember 80 costs 90 euros.",
            "The Ember 40 was raised from 90 to 95 euros.",
        ),
        ("Where are dogs allowed?", "Dogs are allowed in Elm Park.", "Dogs are not allowed on the lawn of Elm Park."),
        ("Where will the shop open?", "The shop opens in Bergen.", "The shop has not yet opened in Bergen."),
        ("Where will the shop open?", "The shop opens in Bergen.", "If the shop does not open in Bergen, we stay."),
        (
            "Where is the choir's meeting?",
            "The long yearly evening meeting of the whole choir of 2024-06-03 is in Bergen.",
            "The long yearly evening meeting of the whole choir of 2024-05-03 was cancelled.",
        ),
        (
            "Who is the treasurer of the chess club?",
            "The treasurer of the chess club is Omar Lind.",
            "Ada Boyle took over from Omar Lind as treasurer of the rowing club.",
        ),
        ("What is covered by the warranty?", "The pump is covered by the warranty.", "The hose is not covered by it."),
        ("Where is the bar open?", "The bar is open in Bergen only on Sundays.", "The bar is not open in Bergen."),
    ],
)
def test_what_changed_elsewhere_perhaps_or_to_the_same_overturns_nothing(
    question: str, first: str, second: str
) -> None:
    for texts in ((first, second), (second, first)):
        assert found(question, *(passage(text, number) for number, text in enumerate(texts, 1))) == ()


@pytest.mark.parametrize(
    ("question", "second"),
    [
        ("Do we share data with partners?", "If we do not share data with partners, we say so."),
        ("Do we share data with partners?", "When we do not share data with partners, we say so."),
        ("Do we share data with partners?", "We do not share data with partners unless you agree."),
        ("Do we share data with partners?", "Data of partners are kept, and we do not share keys."),
    ],
)
def test_a_denial_in_a_condition_of_a_case_or_of_something_else_denies_nothing(question: str, second: str) -> None:
    affirmed = passage("We share data with partners.", 1)
    assert found(question, affirmed, passage(second, 2)) == ()
    assert len(found(question, affirmed, passage("We do not share data with partners.", 2))) == 1


REPORTED = "Nurses report faults by telephone."
FAULTS = "How do nurses report faults?"


@pytest.mark.parametrize(
    ("titles", "sentence", "is_told"),
    [
        (
            ("Reporting of faults, version 1", "Reporting of faults, version 2"),
            "This version replaces version 1.",
            True,
        ),
        (
            ("Reporting of faults, version 1", "Reporting of faults, version 3"),
            "This version replaces version 2.",
            False,
        ),
        (("Travel, version 1", "Kitchen, version 2"), "This version replaces version 1.", False),
        (("Faults, May 2023", "Faults, June 2024"), "This guide replaces the guide of May 2023.", True),
        (("Faults, May 2022", "Faults, June 2024"), "This guide replaces the guide of May 2023.", False),
        (("Faults, May 2023", "Faults, June 2024"), "This guide supersedes all earlier versions.", True),
        (("Faults, May 2025", "Faults, June 2024"), "This guide supersedes all earlier versions.", False),
        (("Faults, May 2023", "News, June 2024"), "This guide replaces the travel rules of May 2023.", False),
        (("Faults, May 2023", "Faults, June 2024"), "The new pump replaces the old pump of May 2023.", False),
    ],
)
def test_a_document_that_replaces_another_is_told_by_version_date_or_order(
    titles: tuple[str, str], sentence: str, is_told: bool
) -> None:
    old, new = (
        passage(text, number, title=title)
        for number, (text, title) in enumerate(
            zip((REPORTED, f"{sentence} Faults are typed in."), titles, strict=True), 1
        )
    )
    assert [conflict.kind for conflict in found(FAULTS, old, new)] == ["replaced"] * is_told
    same = replace(new, source=old.source, document_id=old.document_id)
    assert found(FAULTS, old, same) == ()


def test_a_document_is_not_what_replaces_a_thing() -> None:
    assert superseded_by("The new pump replaces the old one.") == ""
    assert superseded_by("It replaces the phone policy of May.") == "the phone policy of May"
    assert superseded_by("This supersedes version 2 of the handbook.") == "version 2 of the handbook"
    assert superseded_by("These rules also supersede the notice of May.") == "the notice of May"
