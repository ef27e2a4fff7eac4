"""Documents that a question names: a period alone only prefers, in any process and while documents come and go."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

from rag.retrieval import DocumentNames
from rag.retrieval.mentions import read_mention
from tests.test_retrieval_named import Filings, found, search

COMPANIES = ("Acme", "Bolt", "Cobalt", "Delta", "Ember", "Fjord")
COMPARED = "Compare the revenue of Acme, Cobalt and Fjord in Q3 2022"


def many_reports() -> Filings:
    """Return more reports than are looked into for one question."""
    store = Filings()
    for year in range(2005, 2025):
        for company in COMPANIES:
            store.put(f"{company} report Q3 {year}.pdf", f"The revenue of {company} rose.", title=f"{company} {year}")
    return store


def groups_named() -> list[list[str]]:
    """Return the documents that a question names, group by group."""
    named = DocumentNames(many_reports()).find(read_mention(COMPARED), list)
    assert named is not None
    return [sorted(group) for group in named.groups]


def test_a_period_alone_prefers_the_documents_of_it_and_shuts_out_no_other() -> None:
    store = Filings()
    store.put("Offsite plan Q3 2023.md", "The offsite takes place in Graz. Bring your own mug.")
    store.put("budget.md", "In Q3 2023 the team spent 5,200 euros on travel.", "The rent was 900 euros.")
    store.put("other.md", "The harbour opens at six.")
    assert "budget.md" in found(store, "How much was spent on travel in Q3 2023?")
    assert found(store, "What does the Offsite plan say of travel in Q3 2023?") == ["Offsite plan Q3 2023.md"]


def test_what_is_singled_out_by_a_number_goes_before_another_of_its_kind() -> None:
    store = Filings()
    store.put(
        "a.md", "The Ember 40 is a kiln. The price of the Ember 40 is 26,000 euros. The Ember 40 sells well, Ember."
    )
    store.put(
        "b.md", "Halls and yards are told of here at length, in many words, before the Ember 80 is told of at all."
    )
    store.put("c.md", "Kilns of the Ember kind are hot.")
    store.put("d.md", "Order HK-2052 went to Kiruna.")
    store.put("e.md", "Order HK-2051 went to Oslo, where it was put up by the people of the school in the summer.")
    kinds = [name for name in found(store, "price of the kiln Ember 80") if name in ("a.md", "b.md")]
    assert kinds == ["b.md", "a.md"]
    assert found(store, "Where did order HK-2051 go?")[0] == "e.md"
    passages = search(store, "price of the kiln Ember 80").passages
    assert [passage.score for passage in passages] == sorted((each.score for each in passages), reverse=True)


def test_the_same_question_names_the_same_documents_in_the_same_order_in_another_process() -> None:
    code = "from tests.test_retrieval_meant import groups_named; print(groups_named())"
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(said) == 1
    assert len(groups_named()) == 3


def test_documents_may_come_and_go_while_others_are_named() -> None:
    store = many_reports()
    records = dict(store.records)
    names = DocumentNames(store)
    errors: list[BaseException] = []
    until = time.monotonic() + 1.0

    def change() -> None:
        while time.monotonic() < until:
            halves = list(records.items())[store.commits % 2 :: 2]
            store.records = dict(halves)
            store.commits += 1

    def ask(question: str) -> None:
        mention = read_mention(question)
        try:
            while time.monotonic() < until:
                named = names.find(mention, lambda: list(records))
                for group in named.groups if named else ():
                    names.chunks(group)
        except Exception as error:  # noqa: BLE001  whatever it is, it must not be
            errors.append(error)

    questions = (COMPARED, "What is the latest report of Bolt?", "What was the revenue of Ember in Q3 2010?")
    threads = [threading.Thread(target=change), *(threading.Thread(target=ask, args=(each,)) for each in questions)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert errors == []
