"""The date of a document: where it is taken from, in which order, and that it is never guessed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from rag.collection import Collection
from rag.config import Settings
from rag.reading import formats, is_current, read
from rag.reading.dates import find_dates, read_date
from rag.reading.office.package import sort_properties
from rag.types import Metadata
from tests.fakes.embedder import HashEmbedder
from tests.test_reading_formats import DOCUMENTS, repacked

PROSE = "The kilns were fired twice a week through the whole of the summer, and none of them cracked."


def dated(folder: Path, name: str, content: str | bytes) -> tuple[object, object]:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read(folder / name, source=name, max_bytes=10**6, max_characters=10**6).metadata
    return found.get("date"), found.get("date_from")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2025-06-23", "2025-06-23"),
        ("2025-06-23T09:15:00+02:00", "2025-06-23"),
        ("2025-06", "2025-06"),
        ("2025", "2025"),
        ("23 June 2025", "2025-06-23"),
        ("23rd of June, 2025", "2025-06-23"),
        ("Jun. 3, 2025", "2025-06-03"),
        ("June 2025", "2025-06"),
        ("23. Juni 2025", "2025-06-23"),
        ("1er février 2024", "2024-02-01"),
        ("23 de junio de 2025", "2025-06-23"),
        ("3.4.2025", "2025-04-03"),
        ("2025/6/9", "2025-06-09"),
        ("03/04/2025", "2025"),
        ("04/04/2025", "2025-04-04"),
        ("14/02/2025", "2025-02-14"),
        ("02/14/2025", "2025-02-14"),
        ("3 de junho de 2024", "2024-06-03"),
        ("Q1 2025", "2025-03"),
        ("2024-Q4", "2024-12"),
        ("Q5 2025", None),
        ("31 June 2025", None),
        ("2025-13-01", None),
        ("version 2.3.2025", None),
        ("in the summer", None),
    ],
)
def test_a_date_is_read_as_it_is_written_and_the_order_of_day_and_month_is_not_guessed(
    written: str, day: str | None
) -> None:
    assert read_date(written) == day


@pytest.mark.parametrize("text", ["10.2.3.2025", "$2,025", "A-2025-06-23", "12025-06-23", "2025-06-23-7", "1/2/20250"])
def test_figures_that_look_like_dates_are_none(text: str) -> None:
    assert list(find_dates(text)) == []


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ("Board minutes, 23 June 2025", "2025-06-23"),
        ("Minutes of the meeting of 23 June 2025\n\nPresent: all", "2025-06-23"),
        ("Kiln safety\n\nDate: 23 June 2025", "2025-06-23"),
        ("Kiln safety\n\nLast changed 3 February 2025 by Sverre Moe", "2025-02-03"),
        ("Report\n\nPrepared by Marit Solberg, finance lead, on 11 April 2025.", "2025-04-11"),
        ("FORM 10-Q\n\nFor the quarterly period ended September 30, 2022\n\nOR", "2022-09-30"),
        ("Stock list\n\nAs of 30 June 2025 these are held:", "2025-06-30"),
        ("A new model\n\n12:51 PM, Thursday, May 22, 2025\n\nIt was announced", "2025-05-22"),
        ("Fjord Kilns\n\nMoss, 14 June 2021\n\nDear Hanne,", "2021-06-14"),
        ("Newsletter – June 2025\n\nIssued 2 June 2025", "2025-06-02"),
        (
            "Lease\n\nThis lease is made on 3 March 2021 between A and B. The rent is reviewed on 1 April 2026.",
            "2021-03-03",
        ),
        ("Deed\n\nThis deed was made and entered into on 9 May 2019 by the Trust.", "2019-05-09"),
        ("Kiln safety\n\nThis policy was approved by the board on 4 June 2025.", "2025-06-04"),
        ("Tariff\n\nThe prices are valid from 1 May 2025.", "2025-05-01"),
        ("Report\n\nFjord Kilns Ltd. Period: January to March 2025. Prepared by Ida.", "2025-03"),
        ("Bericht\n\nZeitraum: Juli – September 2025", "2025-09"),
        ("From: ida@kilns.example\nDate: Mon, 4 Aug 2025 10:00:00 +0100", "2025-08-04"),
        ("Vertrag\n\nzwischen der Tonhof GmbH und der Ofen KG, geschlossen am 3. Juni 2024.", "2024-06-03"),
        ("Es wird folgender Vertrag geschlossen am 3. Juni 2024.", "2024-06-03"),
        ("Contrat\n\nEntre les Fours et la Terre. Signé le 9 janvier 2025.", "2025-01-09"),
        ("Bail\n\nFait à Lyon, le 9 janvier 2025.", "2025-01-09"),
        ("Contrato\n\nEntre Hornos S.A. (el cliente), firmado el 3 de mayo de 2024.", "2024-05-03"),
        ("Contratto\n\ntra A e B, stipulato in data 3 maggio 2024.", "2024-05-03"),
        ("Contrato\n\nentre A e B, assinado em 3 de maio de 2024.", "2024-05-03"),
        ("Contract\n\ntussen A en B, ondertekend op 3 mei 2024.", "2024-05-03"),
        ("Das Tor wurde geschlossen am 3. Juni 2024.", None),
        ("Le pont est signé le 9 janvier 2025.", None),
        ("The notice period ends: May 2026", None),
        ("Lease\n\nThe rent is reviewed on 1 April 2026 and rises by 3 %.", None),
        ("Lease\n\nRent is due monthly. The fee was changed on 2 April 2024.", None),
        ("The lease begins on 1 September 2022 and ends on 31 August 2029.", None),
        ("On May 22, 2025, the model was launched.", None),
        ("The storm of 9 November 1989", None),
        ("Order: 7; Delivery date: 2025-09-12", None),
        ("Date of birth: 3 May 1971", None),
        ("Deadline: 1 May 2026", None),
        ("Expires 1 May 2026", None),
        ("Next meeting: 5 May 2026", None),
        ("Valid until 1 May 2026", None),
        (f"{PROSE * 7}\n\nDate: 23 June 2025", None),
    ],
)
def test_the_head_of_a_text_dates_it_where_it_says_so_and_nowhere_else(
    tmp_path: Path, head: str, day: str | None
) -> None:
    assert dated(tmp_path, "a.txt", f"{head}\n\n{PROSE}\n") == (day, "text" if day else None)


def test_what_a_file_states_goes_before_its_name_its_text_and_its_properties(tmp_path: Path) -> None:
    text = f"Board minutes, 5 May 2023\n\n{PROSE}\n"
    assert dated(tmp_path, "2024-02-03-a.md", f"---\ndate: 1 April 2022\n---\n{text}") == ("2022-04-01", "stated")
    assert dated(tmp_path, "2024-02-03-a.md", text) == ("2024-02-03", "name")
    assert dated(tmp_path, "2024-02-a.md", text) == ("2023-05-05", "text")
    assert dated(tmp_path, "2023-05-a.md", text) == ("2023-05-05", "text"), "the day says more than the month"
    assert dated(tmp_path, "2024-a.md", PROSE) == ("2024", "name")
    assert dated(tmp_path, "a.docx", (DOCUMENTS / "report.docx").read_bytes()) == ("2024-03-05", "file")
    assert dated(tmp_path, "2024-a.docx", (DOCUMENTS / "report.docx").read_bytes()) == ("2024", "name")
    assert dated(tmp_path, "a.epub", (DOCUMENTS / "book.epub").read_bytes()) == ("2021-06-01", "stated")


@pytest.mark.parametrize(
    ("author", "saved", "expected"),
    [
        ("python-docx", "2013-12-23T23:15:00Z", (None, None)),
        ("openpyxl", "2025-04-02T09:00:00Z", (None, "2025-04-02")),
        ("Ida Moe", "2025-04-02T09:00:00Z", ("Ida Moe", "2025-04-02")),
    ],
)
def test_what_a_library_writes_into_every_file_is_neither_author_nor_date(
    author: str, saved: str, expected: tuple[str | None, str | None]
) -> None:
    core = f"<core><creator>{author}</creator><created>{saved}</created><modified>{saved}</modified></core>"
    found = sort_properties(ElementTree.fromstring(core))
    assert (found.metadata.get("author"), found.date) == expected


def test_a_filter_by_date_tells_the_quarters_of_a_year_apart(tmp_path: Path) -> None:
    for quarter in (1, 2, 3):
        (tmp_path / f"Q{quarter}-2025-report.txt").write_text(PROSE)
    with Collection.open(
        tmp_path / "home", create=True, settings=Settings(home=tmp_path), embedder=HashEmbedder()
    ) as kept:
        kept.ingest([tmp_path])
        later = [Path(record.source).name for record in kept.documents({"date": {"gte": "2025-06"}})]
    assert later == ["Q2-2025-report.txt", "Q3-2025-report.txt"]


def test_what_front_matter_calls_a_date_and_is_none_stays_as_it_is(tmp_path: Path) -> None:
    assert dated(tmp_path, "2024-02-03.md", f"---\ndate: soon\n---\n{PROSE}") == ("soon", None)


@pytest.mark.parametrize("tag", ["name='DC.date'", "property='article:published_time'", "itemprop='datePublished'"])
def test_the_meta_tags_of_a_page_state_its_date(tmp_path: Path, tag: str) -> None:
    page = f"<html><head><meta {tag} content='2025-06-23T10:00:00Z'></head><body><p>{PROSE}</p></body></html>"
    assert dated(tmp_path, "a.html", page) == ("2025-06-23", "stated")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2025-06-23-board", "2025-06-23"),
        ("scan_20250623", "2025-06-23"),
        ("board 2025.06.23", "2025-06-23"),
        ("Minutes 23 June 2025", "2025-06-23"),
        ("report_June_2025", "2025-06"),
        ("03-04-2025 letter", "2025"),
        ("budget 2025", "2025"),
        ("Q1-2025-report", "2025-03"),
        ("report_2025_Q3", "2025-09"),
        ("plan 2024-2026", None),
        ("2303.08559v2", None),
        ("160317142140_95", None),
        ("kiln-8051", None),
    ],
)
def test_a_date_in_the_name_of_a_file_is_its_date(tmp_path: Path, name: str, day: str | None) -> None:
    assert dated(tmp_path, f"{name}.txt", PROSE) == (day, "name" if day else None)


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.py"])
def test_rows_records_and_code_are_not_dated_by_what_stands_in_them(tmp_path: Path, name: str) -> None:
    texts = {"a.csv": "Date,Cost\n2025-06-23,4\n", "a.json": '{"Date": "2025-06-23"}', "a.py": "# Date: 2025-06-23\n"}
    assert dated(tmp_path, name, texts[name]) == (None, None)


def test_a_date_set_by_hand_comes_from_no_file(tmp_path: Path) -> None:
    (tmp_path / "2024-02-03.md").write_text(PROSE)
    with Collection.open(settings=Settings(home=tmp_path / ".vouch"), create=True, embedder=HashEmbedder()) as made:
        made.ingest([tmp_path / "2024-02-03.md"])
        (record,) = made.documents()
        assert record.metadata == {"date": "2024-02-03", "date_from": "name"}
        assert made.set_metadata(record.source, {"date": "2025"}).metadata == {"date": "2025"}


def test_what_an_older_reader_has_read_is_read_again_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.txt", "b.csv"):
        (tmp_path / name).write_text("Board minutes, 5 May 2023\nItem,Cost\nSand,120\n")
    with Collection.open(settings=Settings(home=tmp_path / ".vouch"), create=True, embedder=HashEmbedder()) as made:
        paths = [tmp_path / "a.txt", tmp_path / "b.csv"]
        with monkeypatch.context() as before:
            before.setattr(formats, "TEXT_VERSION", "text/0")
            made.ingest(paths)
        first = metadata_of(made)
        again = made.ingest(paths)
        assert [Path(source).name for source in (*again.replaced, *again.unchanged)] == ["a.txt", "b.csv"]
        assert len(again.replaced) == 1
        assert metadata_of(made) == first
        assert all(is_current(record.reader) for record in made.documents())
        assert len(made.ingest(paths).unchanged) == 2


def metadata_of(collection: Collection) -> list[Metadata]:
    return [record.metadata for record in collection.documents()]


def test_every_reader_is_known_by_its_version(tmp_path: Path) -> None:
    documents = [path for path in DOCUMENTS.iterdir() if path.is_file() and path.name != "encrypted.pdf"]
    (tmp_path / "a.docx").write_bytes(repacked("report.docx"))
    for name, text in (("a.py", "x = 1"), ("a.csv", "a,b\n1,2"), ("a.json", "[1]"), ("a.md", "# A")):
        (tmp_path / name).write_text(text)
    for path in (*documents, *tmp_path.iterdir()):
        assert is_current(read(path, source=path.name, max_bytes=10**6, max_characters=10**6).reader), path.name
    assert not is_current("pdf/1")
