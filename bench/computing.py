"""Which numbers of an answer are shown as computed: ``python -m bench computing``.

TAT-QA's arithmetic questions (``retrieval/tatqa`` under ``BENCH_DATA``), each with its context as the only passage.
The right number of an answer is said alone, as a model does (``12.5%``), cited with the built-in verifier, and counts
as reproduced where it is supported and its computation shown. In its place a wrong one: the answer of another
question on the same table with the same unit, which is often a right computation of something else; and a random
number between a third and three times the right one, written with as many digits.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bench.answering_parts.data import interval, passage, rows
from bench.report import Row, print_table
from rag.citations import cite
from rag.types import DraftSentence
from rag.verifiers import BuiltInVerifier

SEED = 0
UNITS = {"percent": "%", "thousand": " thousand", "million": " million", "billion": " billion", "": ""}

Question = Mapping[str, Any]


def main() -> None:
    """Measure and print the table."""
    texts = {document["id"]: document["text"] for document in rows("retrieval/tatqa/corpus.jsonl")}
    asked = [question for question in rows("retrieval/tatqa/questions.jsonl") if question["type"] == "arithmetic"]
    table = []
    for name, pairs in (
        ("right number", [(question, question["answers"][0]) for question in asked]),
        ("number of another question", other_numbers(asked)),
        ("random number", [(question, number) for question, number in random_numbers(asked)]),
    ):
        shown = np.array([is_computed(question, number, texts) for question, number in pairs], dtype=float)
        share = interval(lambda drawn, shown=shown: float(shown[drawn].mean()), len(shown))  # type: ignore[misc]
        table.append(Row(name, [len(shown), f"{shown.mean():.3f}", share]))
    print_table("Numbers shown as computed (TAT-QA, arithmetic)", ["answer", "n", "computed", "95 %"], table)


def is_computed(question: Question, number: str, texts: Mapping[str, str]) -> bool:
    """Return whether a number given as the answer is shown as computed from the question's context."""
    document = question["relevant"][0]["doc_id"]
    shown = [passage(1, document, "", texts[document])]
    sentence = DraftSentence(f"{number}{UNITS[question['scale']]}", (1,))
    return bool(cite(sentence, shown, BuiltInVerifier(), question=question["question"]).computed)


def other_numbers(asked: Sequence[Question]) -> list[tuple[Question, str]]:
    """Return each question with the answer of another one on its context, of the same unit, where there is one."""
    chosen = random.Random(SEED)
    groups: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for question in asked:
        groups[question["relevant"][0]["doc_id"], question["scale"]].append(question)
    pairs = []
    for question in asked:
        own = question["answers"][0]
        group = groups[question["relevant"][0]["doc_id"], question["scale"]]
        others = [other["answers"][0] for other in group if other["answers"][0] != own]
        if others:
            pairs.append((question, chosen.choice(others)))
    return pairs


def random_numbers(asked: Sequence[Question]) -> list[tuple[Question, str]]:
    """Return each question with a random number of the size and precision of its answer."""
    chosen = random.Random(SEED)
    pairs = []
    for question in asked:
        own = question["answers"][0].replace(",", "")
        decimals = len(own.partition(".")[2])
        value = (abs(float(own)) or 1.0) * 3 ** chosen.uniform(-1, 1)
        pairs.append((question, f"{'-' if own.startswith('-') else ''}{value:.{decimals}f}"))
    return pairs
