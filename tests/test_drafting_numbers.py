"""What opens a quoted sentence: the number of a list is dropped, a date or the name of a place is not."""

from __future__ import annotations

import pytest

from rag.drafting.extractive import ExtractiveDrafter
from tests.fakes.passages import passages
from tests.test_drafting_extractive import draft


def first(question: str, text: str) -> str:
    sentences, _ = draft(question, passages(text), ExtractiveDrafter())
    return sentences[0].text


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (
            "Which mooring is reserved for guests of the harbour?",
            "#11 belongs to the pilot boat.\n\n#12 is reserved for guests of the harbour.",
            "#12 is reserved for guests of the harbour.",
        ),
        (
            "Wann ist das Lager zuletzt offen?",
            "Das Lager ruht im Winter. 23. Dezember ist der letzte Tag, an dem das Lager offen ist.",
            "23. Dezember ist der letzte Tag, an dem das Lager offen ist.",
        ),
        (
            "Wann ist das Lager zuletzt offen?",
            "23. Dezember ist der letzte Tag, an dem das Lager offen ist.\n\n24. Dezember ist ein Feiertag.",
            "23. Dezember ist der letzte Tag, an dem das Lager offen ist.",
        ),
        (
            "How long is the notice of the lessee?",
            "1. The rent is due in advance.\n\n2. Notice of the lessee is three months long.\n\n4. Pets are allowed.",
            "Notice of the lessee is three months long.",
        ),
        (
            "How long is the notice of the lessee?",
            "(1) The rent is due in advance.\n\n2. Notice of the lessee is three months long.\n\n4. Pets are allowed.",
            "2. Notice of the lessee is three months long.",
        ),
    ],
)
def test_only_the_number_of_a_list_is_dropped(question: str, text: str, answer: str) -> None:
    assert first(question, text) == answer
