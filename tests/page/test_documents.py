"""The documents: looked through, added, deleted."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from playwright.sync_api import Browser, expect

from tests.fakes.embedder import HashEmbedder
from tests.fakes.web_page import MOONS, opened

if TYPE_CHECKING:
    from rag.types.sources import Matrix

pytestmark = pytest.mark.timeout(240)

MINUTES = """---
title: Minutes of <b>March</b>
author: Hanne Vik
date: 2025-03-17
project: Moss
---
The board has met.
"""


def test_a_document_tells_its_own_date_author_and_metadata_apart_from_when_it_was_added(
    browser: Browser, tmp_path: Path
) -> None:
    files = {"minutes.md": MINUTES, "plain.txt": "No more than this is said here."}
    files["2024-05-06-notes.txt"] = "Notes of a day."
    with opened(browser, tmp_path, files, path="/#/documents") as site:
        named = site.page.locator("#documents-list li", has_text="2024-05-06-notes.txt")
        expect(named.locator("dd").first).to_have_text("May 6, 2024 (by its name)")
        minutes = site.page.locator("#documents-list li", has_text="minutes.md")
        expect(minutes).to_be_visible()
        assert minutes.locator("dt").all_text_contents() == ["Date", "Author", "Size", "Added", "Project"]
        date, author, size, _, project = minutes.locator("dd").all_text_contents()
        assert (date, author, project) == ("Mar 17, 2025", "Hanne Vik", "Moss")
        assert size == f"{len(MINUTES)} bytes, {len(MINUTES)} characters"
        plain = site.page.locator("#documents-list li", has_text="plain.txt")
        assert plain.locator("dt").all_text_contents() == ["Size", "Added"]
        site.page.get_by_label("Filter").fill("vik 2025")
        expect(site.page.locator("#documents-list li")).to_have_count(1)
        site.require_quiet()


def test_documents_are_put_in_the_order_that_is_chosen(browser: Browser, tmp_path: Path) -> None:
    dated = {f"{year}.md": f"---\ndate: {year}-01\ntitle: {title}\n---\n{'word ' * year}" for year, title in
             ((2019, "b"), (2024, "c"), (2021, "a"))}  # fmt: skip
    with opened(browser, tmp_path, {**dated, "10.txt": "ten", "9.txt": "nine"}, path="/#/documents") as site:
        rows = site.page.locator("#documents-list li > div > p")
        order = site.page.get_by_label("Order")

        def listed() -> list[str]:
            return [each.removeprefix("documents/").split(".")[0] for each in rows.all_text_contents()]

        expect(rows).to_have_count(5)
        assert listed() == ["9", "10", "2019", "2021", "2024"]
        order.select_option("date")
        assert listed() == ["2024", "2021", "2019", "9", "10"]
        order.select_option("title")
        assert [each for each in listed() if len(each) > 2] == ["2021", "2019", "2024"]
        order.select_option("size")
        assert listed()[:3] == ["2024", "2021", "2019"]
        site.require_quiet()


@pytest.mark.parametrize("width", [390, 1440])
def test_what_can_be_done_with_a_document_is_small_equal_and_in_one_row(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    with opened(browser, tmp_path, path="/#/documents", width=width) as site:
        actions = site.page.locator("#documents-list .actions > *")
        expect(actions).to_have_count(2)
        download, delete = actions.nth(0).bounding_box(), actions.nth(1).bounding_box()
        assert download
        assert delete
        assert [download[side] == delete[side] for side in ("y", "height", "width")] == [True] * 3
        assert delete["x"] + delete["width"] - download["x"] < 200
        assert 24 <= download["height"] <= 36


def test_documents_are_listed_filtered_and_opened(browser: Browser, tmp_path: Path) -> None:
    files = {f"report-{number}.txt": f"Report {number} tells of moons." for number in range(1, 13)}
    with opened(browser, tmp_path, files, path="/#/documents") as site:
        rows = site.page.locator("#documents-list li")
        expect(rows).to_have_count(12)
        site.page.get_by_label("Filter").fill("report-1")
        expect(rows).to_have_count(4)
        expect(site.page.locator("#documents-list [role=status]")).to_have_text("4 of 12 documents")
        site.page.get_by_label("Filter").fill("absent")
        expect(rows).to_have_count(0)
        site.page.get_by_label("Filter").fill("report-7")
        rows.get_by_role("link", name="Report 7").click()
        expect(site.page.locator(".source-text")).to_contain_text("Report 7 tells of moons.")
        site.require_quiet()


def test_files_are_uploaded_with_what_became_of_them_and_can_be_asked(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, path="/#/documents") as site:
        file = tmp_path / "planets.txt"
        file.write_text("Jupiter is the largest planet. Jupiter has 97 known moons.", encoding="utf-8")
        bad = tmp_path / "<b>bad<b>.pdf"
        bad.write_bytes(b"%PDF-1.4 no more")
        site.page.get_by_label("Choose files").set_input_files([file, bad])
        state = site.page.locator(".upload-state")
        expect(state).to_contain_text("1 document added.")
        expect(state).to_contain_text("'_b_bad_b_.pdf' cannot be read")
        expect(site.page.locator("#documents-list li")).to_have_count(2)
        with site.page.expect_download() as downloading:
            site.page.get_by_role("link", name="Download planets.txt").click()
        assert downloading.value.suggested_filename == "planets.txt"
        assert downloading.value.path().read_bytes() == file.read_bytes()
        site.page.get_by_role("link", name="Ask", exact=True).click()
        turn = site.ask("How many known moons has Jupiter?")
        turn.locator(".answer .chip").click()
        expect(site.page.locator("#pane mark")).to_have_text("Jupiter has 97 known moons.")
        site.require_quiet()


def test_a_file_that_was_read_only_in_part_is_named_with_what_was_not(browser: Browser, tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(Path(__file__).parents[1] / "documents" / "report.pdf")
    document.new_page(300, 400, index=1).close()
    document.save(tmp_path / "partly.pdf")
    document.close()
    with opened(browser, tmp_path, path="/#/documents") as site:
        site.page.get_by_label("Choose files").set_input_files([tmp_path / "partly.pdf"])
        state = site.page.locator(".upload-state")
        expect(state).to_contain_text("1 document added.")
        expect(state).to_contain_text("1 file read only in part:partly.pdf: page 2 has no text layer")
        site.require_quiet()


def test_an_upload_tells_how_far_it_is_and_can_be_stopped(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, path="/#/documents") as site:
        embedder = site.collection.embedder
        assert isinstance(embedder, HashEmbedder)
        go_on, embed = threading.Event(), embedder.embed_passages

        def embed_slowly(texts: Sequence[str]) -> Matrix:
            if threading.current_thread().name.startswith("ingest-"):
                assert go_on.wait(30)
            return embed(texts)

        embedder.embed_passages = embed_slowly  # type: ignore[method-assign]
        files = [tmp_path / "a.txt", tmp_path / "b.pdf"]
        files[0].write_text("Jupiter is the largest planet.", encoding="utf-8")
        files[1].write_bytes(b"%PDF-1.4 no more")
        site.page.get_by_label("Choose files").set_input_files(files)
        state = site.page.locator(".upload-state")
        expect(state).to_contain_text(re.compile(r"Reading: [01] of 2 files done"))
        stop = state.get_by_role("button", name="Stop")
        stop.click()
        expect(stop).to_be_disabled()
        go_on.set()
        expect(state).to_contain_text("Stopped: ")
        site.require_quiet()


def test_a_folder_that_is_dropped_is_sent_with_its_files_and_their_paths(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "planets"
    (folder / "inner").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name in ("mars.txt", "inner/venus.txt", ".hidden"):
        (folder / name).write_text(f"This tells of {name}.", encoding="utf-8")
    with opened(browser, tmp_path, path="/#/documents") as site:

        def drop(path: Path) -> None:
            box = site.page.locator(".upload").bounding_box()
            assert box
            at = {"x": box["x"] + 20, "y": box["y"] + 20}
            data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
            devices = site.page.context.new_cdp_session(site.page)
            for kind in ("dragEnter", "dragOver", "drop"):
                devices.send("Input.dispatchDragEvent", {"type": kind, **at, "data": data})

        drop(folder / "empty")
        expect(site.page.locator(".upload-state")).to_have_text("There is no file in it.")
        drop(folder)
        expect(site.page.locator(".upload-state")).to_contain_text("2 documents added.")
        sources = {record.source for record in site.collection.documents()}
        assert sources == {"documents/moons.txt", "planets/mars.txt", "planets/inner/venus.txt"}
        site.require_quiet()


def test_files_that_are_too_much_are_refused_in_words(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, path="/#/documents", upload_max_bytes=100_000) as site:
        file = tmp_path / "big.txt"
        file.write_text("word " * 600_000, encoding="utf-8")
        site.page.get_by_label("Choose files").set_input_files([file])
        expect(site.page.locator(".upload-state")).to_contain_text("larger than 100,000 bytes")


def test_a_document_is_deleted_only_after_a_question(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, path="/#/documents") as site:
        site.page.get_by_role("button", name="Delete documents/moons.txt").click()
        dialog = site.page.get_by_role("dialog")
        expect(dialog).to_contain_text("Delete documents/moons.txt?")
        assert site.focused() == "Keep it"
        site.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        assert site.focused() == "Delete documents/moons.txt"
        assert len(site.collection.documents()) == 1
        site.page.keyboard.press("Enter")
        told = site.page.locator("#documents-told")
        expect(told).to_be_hidden()
        dialog.get_by_role("button", name="Delete").click()
        expect(site.page.locator("#documents-list")).to_contain_text("holds no document yet")
        assert site.collection.documents() == []
        expect(told).to_be_visible()
        expect(told).to_have_text("✓ Deleted documents/moons.txt.")
        expect(told).to_have_attribute("role", "status")
        assert site.focused() == "documents-heading"
        site.require_quiet()


def test_a_deletion_that_fails_says_why(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.collection.documents.CHANGE_TIMEOUT_S", 0.1)
    with opened(browser, tmp_path, path="/#/documents") as site:
        site.page.get_by_role("button", name="Delete documents/moons.txt").click()
        with site.collection.store.writer():
            site.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
            expect(site.page.get_by_role("dialog")).to_contain_text("is being written to by")
        site.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(site.page.locator("#documents-list")).to_contain_text("holds no document yet")


def test_a_file_that_is_held_under_another_name_is_told_as_the_same(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, path="/#/documents") as site:
        copy = tmp_path / "copy.txt"
        copy.write_text(MOONS, encoding="utf-8")
        site.page.get_by_label("Choose files").set_input_files([copy])
        expect(site.page.locator(".upload-state")).to_contain_text("copy.txt: same as documents/moons.txt")
        site.require_quiet()


def test_a_dialog_is_closed_where_another_view_is_shown(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, path="/#/conversations") as site:
        site.page.get_by_role("link", name="Documents").click()
        site.page.get_by_role("button", name="Delete documents/moons.txt").click()
        expect(site.page.get_by_role("dialog")).to_be_visible()
        site.page.go_back()
        expect(site.page.locator("#conversations-heading")).to_be_visible()
        expect(site.page.locator("dialog")).to_have_count(0)
        assert len(site.collection.documents()) == 1
        site.require_quiet()
