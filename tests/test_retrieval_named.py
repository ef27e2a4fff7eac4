"""Questions that name documents: by company, quarter, year and date, as the latest, or as each of a series."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import DocumentNotFound
from rag.index import build
from rag.retrieval import DocumentNames, Retrieval, retrieve
from rag.retrieval.mentions import name_words, read_mention
from rag.terms.periods import Period, read_periods
from rag.types import DocumentRecord, IndexRow, Locator, ReadingText, StoredChunk
from tests.fakes.embedder import HashEmbedder

EMBEDDER = HashEmbedder(dimension=256)
COMPANIES = {"ACME": "Acme Inc.", "GLBX": "Globex Corporation"}
ENDED = {
    "2022_Q3": "June 25, 2022", "2023_Q1": "December 31, 2022", "2023_Q2": "April 1, 2023", "2023_Q3": "July 1, 2023",
}  # fmt: skip
SENTENCES = (
    "Total net sales of the company rose on the demand for its products.",
    "Cash flows from operating activities were used to repurchase shares.",
    "The effective tax rate differs from the statutory rate.",
)


class Filings:
    """Documents of some chunks each, as the store gives them."""

    def __init__(self) -> None:
        self.records: dict[str, DocumentRecord] = {}
        self.texts: dict[str, str] = {}
        self.stored: dict[int, StoredChunk] = {}
        self.numbers = itertools.count(1)
        self.commits = 0
        self.listed = 0
        self.texts_read = 0

    def put(
        self, source: str, *chunks: str, title: str = "", metadata: dict[str, str] | None = None, revision: str = "1"
    ) -> None:
        """Keep a document, or replace it."""
        self.delete(source)
        self.commits += 1
        text = "\n\n".join(chunks)
        self.texts[source] = text
        self.records[source] = DocumentRecord(
            source, source, title or "Report", revision, metadata or {}, "text/1", 1, len(text), len(chunks), "",
            self.commits,
        )  # fmt: skip
        start = 0
        for chunk in chunks:
            number = next(self.numbers)
            self.stored[number] = StoredChunk(number, source, start, start + len(chunk), ())
            start += len(chunk) + 2

    def delete(self, source: str) -> None:
        self.commits += 1
        self.records.pop(source, None)
        self.texts.pop(source, None)
        self.stored = {number: chunk for number, chunk in self.stored.items() if chunk.document_id != source}

    def generation(self) -> int:
        return self.commits

    def documents(self) -> list[DocumentRecord]:
        self.listed += 1
        return list(self.records.values())

    def rows(self) -> list[IndexRow]:
        texts = {n: self.texts[c.document_id][c.start : c.end] for n, c in self.stored.items()}
        return [IndexRow(n, text, EMBEDDER.embed_query(text)) for n, text in texts.items()]

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, StoredChunk]:
        return {number: self.stored[number] for number in chunk_ids if number in self.stored}

    def document(self, document_id: str) -> DocumentRecord:
        if document_id not in self.records:
            raise DocumentNotFound(f"no document {document_id}")
        return self.records[document_id]

    def text(self, document_id: str) -> str:
        self.texts_read += 1
        self.document(document_id)
        return self.texts[document_id]

    def reading(self, document_id: str) -> ReadingText:
        return ReadingText.plain(self.texts[document_id])

    def locators(self, document_id: str) -> tuple[Locator, ...]:
        return ()

    def document_chunks(self, document_id: str) -> list[StoredChunk]:
        self.document(document_id)
        return [chunk for chunk in self.stored.values() if chunk.document_id == document_id]


def quarterly(company: str, ended: str) -> tuple[str, ...]:
    """Return the chunks of a report that differs from the others in its opening and its figures only."""
    opening = f"FORM 10-Q. For the quarterly period ended {ended}. {company} (exact name as specified in its charter)."
    return opening, *(sentence + f" See note {len(company + ended) + at}." for at, sentence in enumerate(SENTENCES))


@pytest.fixture
def filings() -> Filings:
    """Eight near-identical reports: two companies, four quarters."""
    made = Filings()
    for ticker, company in COMPANIES.items():
        for quarter, ended in ENDED.items():
            made.put(f"filings/{quarter}_{ticker}.pdf", *quarterly(company, ended))
    return made


def search(store: Filings, question: str, top_k: int = 4, *, named: bool = True, **options: object) -> Retrieval:
    index = build(store.rows(), generation=1, dimension=256)
    names = DocumentNames(store) if named else None
    return retrieve(
        question,
        embedder=EMBEDDER,
        index=index,
        store=store,
        top_k=top_k,
        names=names,
        **options,  # type: ignore[arg-type]
    )


def found(store: Filings, question: str, top_k: int = 4, **options: object) -> list[str]:
    """Return the names of the documents found, in the order of the passages, each once."""
    passages = search(store, question, top_k, **options).passages  # type: ignore[arg-type]
    return list(dict.fromkeys(passage.source.removeprefix("filings/").removesuffix(".pdf") for passage in passages))


# Reading a question


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("in Acme's Q3 2022 report", [(2022, 3)]),
        ("2022_Q3_ACME.pdf", [(2022, 3)]),
        ("the third quarter of fiscal 2022", [(2022, 3)]),
        ("the 2022 third quarter", [(2022, 3)]),
        ("3Q22", [(2022, 3)]),
        ("FY23 Q2", [(2023, 2)]),
        ("Q1 and Q2 2023", [(2023, 1), (2023, 2)]),
        ("the first and second quarters of 2023", [(2023, 1), (2023, 2)]),
        ("Q3 2022 and 2023", [(2022, 3), (2023, 3)]),
        ("Q3 2022 against Q3 2023", [(2022, 3), (2023, 3)]),
        ("in the second quarter", [(None, 2)]),
        ("in 2023", [(2023, None)]),
        ("$2,023 or 2023.5 or 2024 %, model RTX2080, 379f44022bb2", []),
        ("It may march on", []),
    ],
)
def test_quarters_and_years_are_read_as_people_write_them(text: str, periods: list[tuple[int | None, int]]) -> None:
    assert [(period.year, period.quarter) for period in read_periods(text)] == periods


@pytest.mark.parametrize(
    "text", ["June 25, 2022", "25 June 2022", "2022-06-25", "the 25th of June 2022", "jun. 25 2022"]
)
def test_a_day_is_read_in_any_order(text: str) -> None:
    assert read_periods(text) == (Period(2022, month=6, day=25),)


def test_a_day_that_there_is_not_is_no_date() -> None:
    assert read_periods("2022-02-30") == ()


def test_a_quarter_that_ends_a_day_late_is_the_calendars() -> None:
    assert Period(2022, month=10, day=1).calendar().quarter == 3
    assert Period(2023, month=1, day=2).calendar()[:2] == (2022, 4)


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error_and_to_the_same_end(text: str) -> None:
    assert read_mention(text) == read_mention(text)
    assert read_periods(text) == read_periods(text)


def test_a_code_is_a_name_whole_and_in_parts() -> None:
    assert "rfc2119" in name_words("RFC-2119")


# One document of many that are alike


@pytest.mark.parametrize("ticker", COMPANIES)
@pytest.mark.parametrize("quarter", ENDED)
def test_company_and_quarter_get_that_report_and_no_other(filings: Filings, ticker: str, quarter: str) -> None:
    year, number = quarter.split("_Q")
    company = COMPANIES[ticker].split()[0]
    assert found(filings, f"What were {company}'s total net sales in Q{number} {year}?") == [f"{quarter}_{ticker}"]


def test_a_ticker_names_the_company_too(filings: Filings) -> None:
    assert found(filings, "total net sales of GLBX in the second quarter of 2023") == ["2023_Q2_GLBX"]


def test_a_question_in_small_letters_names_it_too(filings: Filings) -> None:
    assert found(filings, "what were globex total net sales in q2 2023") == ["2023_Q2_GLBX"]


def test_the_day_on_which_a_quarter_ended_names_its_report(filings: Filings) -> None:
    assert found(filings, "Acme's total net sales for the quarter ended April 1, 2023") == ["2023_Q2_ACME"]


def test_what_a_document_is_called_goes_before_the_calendar(filings: Filings) -> None:
    # It ended on December 31, 2022, and is called the first quarter of 2023.
    assert found(filings, "Acme's total net sales in Q1 2023") == ["2023_Q1_ACME"]
    assert found(filings, "Acme's total net sales in Q4 2022", named=True) == found(
        filings, "Acme's total net sales in Q4 2022", named=False
    )


def test_a_report_without_a_telling_name_is_known_by_what_it_says_of_itself() -> None:
    store = Filings()
    for number, ended in enumerate(ENDED.values()):
        store.put(f"scan-{'abcd'[number]}.pdf", *quarterly("Acme Inc.", ended))
    assert found(store, "Acme's total net sales in Q2 2022?") == ["scan-a"]
    assert found(store, "Acme's total net sales in June 2022?") == ["scan-a"]


def test_a_year_alone_gets_that_years_reports_first() -> None:
    store = Filings()
    for year in range(2015, 2024):
        store.put(f"acme-{year}.pdf", *quarterly("Acme Inc.", "the end"))
    for year in (2015, 2019, 2023):
        assert found(store, f"total net sales of Acme {year}")[0] == f"acme-{year}"


def test_a_date_in_the_metadata_counts_where_nothing_else_is_said() -> None:
    store = Filings()
    for year in range(2015, 2024):
        store.put(f"note {'abcdefghi'[year - 2015]}.md", *SENTENCES, metadata={"date": f"{year}-05-02"})
    assert found(store, "total net sales in 2019")[0] == f"note {'abcdefghi'[4]}.md"


# Several documents


def test_two_quarters_get_passages_of_both(filings: Filings) -> None:
    got = found(filings, "How did Acme's total net sales change between Q3 2022 and Q2 2023?")
    assert sorted(got) == ["2022_Q3_ACME", "2023_Q2_ACME"]


def test_two_companies_get_passages_of_both(filings: Filings) -> None:
    assert sorted(found(filings, "Compare total net sales of Acme and Globex in Q3 2022")) == [
        "2022_Q3_ACME", "2022_Q3_GLBX",
    ]  # fmt: skip


def test_two_documents_that_say_the_same_are_both_shown() -> None:
    store = Filings()
    for quarter in ENDED:
        store.put(f"{quarter}_ACME.pdf", SENTENCES[0])
    got = found(store, "Acme total net sales in Q3 2022 and Q3 2023, of ACME")
    assert sorted(got) == ["2022_Q3_ACME", "2023_Q3_ACME"]


def test_each_of_a_series_is_shown(filings: Filings) -> None:
    got = found(filings, "How have Acme's total net sales changed across the reported quarters?")
    assert got == ["2023_Q3_ACME", "2023_Q2_ACME", "2023_Q1_ACME", "2022_Q3_ACME"]


def test_the_latest_report_is_the_one_of_the_latest_period(filings: Filings) -> None:
    assert found(filings, "What were total net sales in Globex's latest 10-Q?") == ["2023_Q3_GLBX"]


def test_the_latest_beside_earlier_ones_is_shown_first(filings: Filings) -> None:
    got = found(filings, "How do Globex's total net sales in its latest quarter compare to previous quarters?")
    assert got[0] == "2023_Q3_GLBX"
    assert len(got) == 4


# Nothing named


NAMELESS = (
    "total net sales",
    "What tax rate is statutory?",
    "Which shares were repurchased",
    "What cash flows are used?",
)


@pytest.mark.parametrize("question", [*NAMELESS, "Who is the latest?", "What is the effective tax rate over time?"])
def test_a_question_that_names_nothing_is_ranked_as_before(filings: Filings, question: str) -> None:
    assert search(filings, question, 8) == search(filings, question, 8, named=False)


@settings(deadline=None)
@given(st.lists(st.sampled_from(" ".join(SENTENCES).lower().replace(".", "").split()), min_size=1, max_size=8))
def test_words_that_are_in_no_name_change_nothing(words: list[str]) -> None:
    store = Filings()
    for ticker, company in COMPANIES.items():
        store.put(f"2022_Q3_{ticker}.pdf", *quarterly(company, "June 25, 2022"))
    question = " ".join(words)
    assert search(store, question) == search(store, question, named=False)


@pytest.mark.parametrize(
    "question", ["total net sales of Initech", "Initech's latest 10-Q: total net sales", "total net sales in Q4 1999"]
)
def test_a_name_that_no_document_has_changes_nothing(filings: Filings, question: str) -> None:
    assert search(filings, question) == search(filings, question, named=False)


def test_a_document_that_may_not_be_found_is_not_found_by_its_name(filings: Filings) -> None:
    allowed = {n for n, chunk in filings.stored.items() if chunk.document_id == "filings/2023_Q1_GLBX.pdf"}
    assert found(filings, "Acme's total net sales in Q3 2022", allowed=allowed) == ["2023_Q1_GLBX"]


# Kept and renewed


def test_records_and_openings_are_read_once(filings: Filings) -> None:
    names = DocumentNames(filings)
    for _ in range(3):
        assert names.find(read_mention("Acme Q3 2022"), lambda: []) is not None
    assert filings.listed == 1
    assert filings.texts_read == len(filings.records)


def test_a_new_a_replaced_and_a_deleted_document_are_seen(filings: Filings) -> None:
    names = DocumentNames(filings)
    index = build(filings.rows(), generation=1, dimension=256)

    def asked(question: str) -> list[str]:
        index = build(filings.rows(), generation=1, dimension=256)
        got = retrieve(question, embedder=EMBEDDER, index=index, store=filings, top_k=3, names=names)
        return sorted({passage.source for passage in got.passages})

    assert len(index) == 32
    question = "Acme's total net sales in its latest 10-Q?"
    assert asked(question) == ["filings/2023_Q3_ACME.pdf"]
    filings.put("filings/2023_Q4_ACME.pdf", *quarterly("Acme Inc.", "September 30, 2023"))
    assert asked(question) == ["filings/2023_Q4_ACME.pdf"]
    filings.put("filings/2023_Q4_ACME.pdf", *quarterly("Acme Inc.", "September 30, 2023"), "Net sales.", revision="2")
    assert asked(question) == ["filings/2023_Q4_ACME.pdf"]
    filings.delete("filings/2023_Q4_ACME.pdf")
    assert asked(question) == ["filings/2023_Q3_ACME.pdf"]


def test_where_there_are_many_documents_only_those_found_are_looked_into() -> None:
    store = Filings()
    for number in range(150):
        store.put(f"scan-{number}x.pdf", *quarterly(f"Acme{number} Inc.", "June 25, 2022"))
    names, mention = DocumentNames(store), read_mention("Acme7's net sales in Q2 2022")
    got = names.find(mention, lambda: ["scan-7x.pdf", "scan-8x.pdf", "gone"])
    assert got is not None
    assert got.groups == (frozenset({"scan-7x.pdf"}),)
    assert store.texts_read == 2


def test_the_latest_of_a_company_is_found_among_many_documents_without_reading_any() -> None:
    store = Filings()
    for number in range(100):
        for quarter in (1, 2):
            store.put(f"2022_Q{quarter}_ACME{number}.pdf", *quarterly(f"Acme{number} Inc.", "the end"))
    got = DocumentNames(store).find(read_mention("net sales in the latest 10-Q of ACME7"), list)
    assert got is not None
    assert got.groups == (frozenset({"2022_Q2_ACME7.pdf"}),)
    assert store.texts_read == 0


def test_a_date_that_documents_begin_with_does_not_name_them_by_itself(filings: Filings) -> None:
    question = "total net sales for the period ended July 1, 2023"
    assert search(filings, question) == search(filings, question, named=False)


def test_small_words_of_a_title_are_no_name() -> None:
    store = Filings()
    for title in ("Net sales", "Cash flows", "Tax rates"):
        store.put(f"{title}.md", *SENTENCES, title=title)
    assert search(store, "which tax rate is statutory") == search(store, "which tax rate is statutory", named=False)


def test_a_changed_record_is_read_again(filings: Filings) -> None:
    names = DocumentNames(filings)
    assert names.find(read_mention("Initech Q3 2022"), lambda: []) != names.find(
        read_mention("Acme Q3 2022"), lambda: []
    )
    record = filings.records["filings/2022_Q3_ACME.pdf"]
    filings.records["filings/2022_Q3_ACME.pdf"] = replace(record, title="Initech")
    filings.commits += 1
    got = names.find(read_mention("Initech's Q3 2022 report"), lambda: [])
    assert got is not None
    assert got.groups == (frozenset({"filings/2022_Q3_ACME.pdf"}),)
