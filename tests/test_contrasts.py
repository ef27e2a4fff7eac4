"""Opposite words are seen where they are said of the same, and told alike in every process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rag.terms import opposite
from rag.types import Verdict
from rag.verifiers import BuiltInVerifier


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The drug is unsafe for children.", "The drug is safe for children."),
        ("The drug is safe for children.", "The drug is unsafe for children."),
        ("The boat is fit for the sea.", "The boat is unfit for the sea."),
        ("The lucky winner of the race left.", "The unlucky winner of the race left."),
    ],
)
def test_a_word_denied_by_un_is_its_opposite(claim: str, source: str) -> None:
    assert opposite(claim, [source])
    assert BuiltInVerifier().verify(claim, [source]).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("The ion is in the union hall.", "The ion is in the hall of the union."),
        ("The store pays less unless it rains.", "Unless it rains, the store pays less."),
        ("The union hall is open.", "The ion hall is open."),
        ("It is open until noon.", "It is open til noon."),
    ],
)
def test_a_word_that_begins_with_un_by_itself_is_no_opposite(claim: str, source: str) -> None:
    assert not opposite(claim, [source])


TOLD = """
from rag.terms import opposite
print(opposite("The lucky winner and the happy child of the fair and able owner of the kind stayed.",
               ["The unlucky winner and the unhappy child of the unfair and unable owner of the unkind stayed."]))
"""


def test_the_same_opposite_is_told_in_every_process() -> None:
    environments = [{**os.environ, "PYTHONHASHSEED": str(seed)} for seed in range(5)]
    told = {
        subprocess.run([sys.executable, "-c", TOLD], env=env, capture_output=True, text=True, check=True).stdout
        for env in environments
    }
    assert told == {"able, where the source says unable\n"}
