"""Pages of a PDF: their picture with the cited words marked, as large as a reader needs it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pypdfium2
import pytest
from playwright.sync_api import Browser, Locator, expect

from api import create_app
from api.links import source_url
from rag import Collection, DocumentRecord, Settings
from tests.fakes.chromium import watched
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving
from tests.page.test_sources import marked

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    (tmp_path / "moons.txt").write_text("Saturn has 274 known moons.", encoding="utf-8")
    settings = Settings(home=tmp_path / "home", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([tmp_path / "moons.txt"])
        yield collection


@pytest.fixture
def client(collection: Collection) -> Iterator[httpx.Client]:
    with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


REPORT = Path(__file__).parents[1] / "documents" / "report.pdf"


@pytest.fixture
def report(collection: Collection, tmp_path: Path) -> DocumentRecord:
    (tmp_path / "report.pdf").write_bytes(REPORT.read_bytes())
    collection.ingest([tmp_path / "report.pdf"])
    return collection.document("report.pdf")


def span_on_page(collection: Collection, report: DocumentRecord, page: str) -> tuple[int, int]:
    """Return the first words of a page."""
    (place,) = [each for each in collection.store.locators(report.document_id) if each.value == (page,)]
    return place.start, collection.text(report.document_id).index(" ", place.start + 20)


def test_a_page_of_a_pdf_is_shown_with_the_cited_words_marked_and_its_text(
    client: httpx.Client, collection: Collection, report: DocumentRecord
) -> None:
    span = span_on_page(collection, report, "2")
    page = client.get(source_url(report.document_id, span)).text
    assert marked(page) == collection.text(report.document_id)[slice(*span)]
    assert re.findall('data-place="([^"]*)"', page) == ["page 2", "page 3"]
    (address,) = re.findall('<img src="([^"]*)"', page)
    (told,) = re.findall('<img [^>]*alt="([^"]*)"', page)
    quoted = " ".join(collection.text(report.document_id)[slice(*span)].split())
    assert (
        html.unescape(told)
        == f"Page 2 of report.pdf as it is printed, these words marked: “{quoted}”. Its text follows."
    )
    picture = client.get(html.unescape(address))
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "script-src" not in picture.headers["content-security-policy"]
    assert picture.text.count("<rect") >= 1
    assert "data:image/png;base64," in picture.text
    other = client.get(html.unescape(address).replace("/pages/2", "/pages/3"))
    assert "<rect" not in other.text
    stale = client.get(re.sub("revision=[0-9a-f]*", "revision=000", html.unescape(address)))
    assert "<rect" not in stale.text
    assert (
        client.get(f"/v1/sources/{report.document_id}", params={"start": span[0], "end": span[1]}).json()["page"] == 2
    )


def test_a_page_that_cannot_be_drawn_leaves_the_text(
    client: httpx.Client, collection: Collection, report: DocumentRecord, tmp_path: Path
) -> None:
    file = tmp_path / "report.pdf"
    address = f"/sources/{report.document_id}/pages/"
    assert client.get(address + "9.svg").json()["code"] == "source_unreadable"
    file.write_bytes(b"x" * report.size_bytes)
    assert client.get(address + "1.svg").status_code == 404
    file.unlink()
    assert client.get(address + "1.svg").status_code == 404
    page = client.get(source_url(report.document_id))
    assert page.status_code == 200
    assert "<img" not in page.text
    moons = collection.document("moons.txt")
    assert client.get(f"/sources/{moons.document_id}/pages/1.svg").status_code == 404


def test_the_picture_of_a_page_is_seen_without_a_script(
    browser: Browser, client: httpx.Client, collection: Collection, report: DocumentRecord
) -> None:
    span = span_on_page(collection, report, "2")
    with watched(browser, str(client.base_url), script=False) as seen:
        seen.page.goto(source_url(report.document_id, span))
        picture = seen.page.locator(".page-picture img")
        picture.wait_for()
        assert picture.evaluate("(image) => image.complete && image.naturalWidth") > 500
        pixel = picture.screenshot()
        assert len(pixel) > 20_000
        assert seen.complaints == []


# Larger and smaller


MARK_SHOWN = """async (box) => {
    const image = box.querySelector("img");
    const svg = new DOMParser().parseFromString(await (await fetch(image.src)).text(), "image/svg+xml").documentElement;
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const [x, y, high] = ["x", "y", "height"].map((name) => Number(svg.querySelector("rect").getAttribute(name)));
    const [across, down] = [image.offsetWidth / width, image.offsetHeight / height];
    return { left: x * across - box.scrollLeft, top: y * down - box.scrollTop, height: high * down,
             wide: box.clientWidth, high: box.clientHeight };
}"""


def require_readable(picture: Locator) -> None:
    """Fail where the first line of the marked words is out of sight in the picture's box, or less than 12 px high."""
    box = picture.locator(".picture-box")
    box.page.wait_for_function(f"async (box) => (await ({MARK_SHOWN})(box)).height >= 12", arg=box.element_handle())
    shown = box.evaluate(MARK_SHOWN)
    assert 0 <= shown["left"] < shown["wide"]
    assert 0 <= shown["top"] <= shown["high"] - shown["height"]


def require_zoom(picture: Locator, width: int) -> None:
    """Fail where the picture does not grow and shrink in its box, the marked words in the middle."""
    page = picture.page
    image, box = picture.locator("img"), picture.locator(".picture-box")
    image.evaluate("(image) => image.decode()")
    names = ("Smaller", "Larger", "Fit the page")
    smaller, larger, fit = (picture.get_by_role("button", name=name, exact=True) for name in names)
    larger.click()  # once it has been chosen, the size is left alone
    fit.click()
    fitted = image.evaluate("(image) => image.offsetWidth")
    assert fitted <= width
    expect(smaller).to_be_disabled()
    for _ in range(3):
        larger.click()
    expect(picture.get_by_role("status")).to_have_text("300 %")
    assert image.evaluate("(image) => image.offsetWidth") == pytest.approx(3 * fitted, rel=0.02)
    # The first words of page 2 stand high up and to the left: the box shows the left upper part of it.
    page.wait_for_function("(box) => box.scrollTop / box.scrollHeight < 0.3", arg=box.element_handle())
    assert box.evaluate("(box) => box.scrollHeight - box.clientHeight") > 100
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    box.focus()
    for key, told in (("-", "200 %"), ("+", "300 %"), ("0", "Fitted")):
        page.keyboard.press(key)
        expect(picture.get_by_role("status")).to_have_text(told)
    expect(fit).to_be_disabled()
    assert image.evaluate("(image) => image.offsetWidth") == fitted
    image.click()
    expect(picture.get_by_role("status")).to_have_text("200 %")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_picture_begins_so_large_that_the_cited_words_can_be_read(
    browser: Browser, client: httpx.Client, collection: Collection, tmp_path: Path, width: int
) -> None:
    file = pypdfium2.PdfDocument(REPORT)
    for page in file:
        page.set_mediabox(-300, -400, 700, 900)
    file.save(tmp_path / "large.pdf")
    file.close()
    collection.ingest([tmp_path / "large.pdf"])
    record = collection.document("large.pdf")
    address = source_url(record.document_id, span_on_page(collection, record, "2"))
    with watched(browser, str(client.base_url), width=width) as seen:
        seen.page.goto("/")
        seen.page.locator("#welcome h1").wait_for()
        seen.page.evaluate("(url) => import('/assets/pane.js').then((pane) => pane.openSource(url, null))", address)
        require_readable(seen.page.locator("#pane .page-picture"))
        expect(seen.page.get_by_role("button", name="Fit the page")).to_be_enabled()
        assert seen.complaints == []


@pytest.mark.parametrize("width", [390, 1440])
def test_the_picture_is_made_larger_at_the_cited_words_with_buttons_keys_and_a_tap(
    browser: Browser, client: httpx.Client, collection: Collection, report: DocumentRecord, width: int
) -> None:
    address = source_url(report.document_id, span_on_page(collection, report, "2"))
    with watched(browser, str(client.base_url), width=width) as seen:
        seen.page.goto(address)
        require_zoom(seen.page.locator(".page-picture"), width)
        seen.page.goto("/")
        seen.page.locator("#welcome h1").wait_for()
        seen.page.evaluate("(url) => import('/assets/pane.js').then((pane) => pane.openSource(url, null))", address)
        require_zoom(seen.page.locator("#pane .page-picture"), width)
        assert seen.complaints == []


def test_without_a_script_the_picture_is_larger_in_its_box_or_alone(
    browser: Browser, client: httpx.Client, collection: Collection, report: DocumentRecord
) -> None:
    with watched(browser, str(client.base_url), width=390, script=False) as seen:
        seen.page.goto(source_url(report.document_id, span_on_page(collection, report, "2")))
        image = seen.page.locator(".page-picture img")
        expect(seen.page.locator(".picture-tools")).to_have_count(0)
        fitted = image.bounding_box()
        seen.page.get_by_label("Show it larger").check()
        larger = image.bounding_box()
        assert fitted
        assert larger
        assert fitted["width"] < 390
        assert larger["width"] > 900
        assert seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        seen.page.get_by_role("link", name="Picture alone").click()
        assert seen.page.url.endswith(f"revision={report.revision[7:19]}")
        assert "/pages/2.svg" in seen.page.url
