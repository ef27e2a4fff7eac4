"""The page of a document: the right words are marked, whatever its size, and it is calm where there is none."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from playwright.sync_api import Browser
from starlette.types import Receive, Scope, Send

from api import create_app, pages
from api.links import source_url
from api.sources import WINDOW_CHARACTERS, WINDOW_LINES, Asked, begin_of_window, end_of_window, view_source
from rag import Collection, Settings, errors
from rag.types import DocumentRecord, Locator
from tests.fakes.chromium import watched
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving

MOONS = "Moons\n\nSaturn has 274 known moons.\nTitan is the largest moon of Saturn. It was discovered in 1655.\n"
QUESTION = {"question": "How many known moons has Saturn?"}
HOSTILE = (
    "<script>document.title='owned'</script>",
    "</pre></mark><img src=x onerror=\"document.title='owned'\">",
    "javascript:alert(1) &lt;b&gt; {{ 7 * 7 }}",
    "\u202egnp.exe\u202c zero\u200bwidth \x1b[31m red",
    "w" * 10_000,
)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    (tmp_path / "moons.txt").write_text(MOONS, encoding="utf-8")
    (tmp_path / "hostile <b>.txt").write_text("\n".join(HOSTILE), encoding="utf-8")
    settings = Settings(home=tmp_path / "home", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([tmp_path / "moons.txt", tmp_path / "hostile <b>.txt"])
        yield collection


@pytest.fixture
def client(collection: Collection) -> Iterator[httpx.Client]:
    with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def marked(page: str) -> str:
    """Return the text of a page's marked words."""
    (found,) = re.findall('<mark id="cite">(.*?)</mark>', page, re.DOTALL)
    return html.unescape(re.sub("<[^>]*>", "", found))


def record(text: str = MOONS, revision: str = "sha256:aaaa") -> DocumentRecord:
    return DocumentRecord("doc_1", "moons.txt", "Moons", revision, {}, "text/1", 9, len(text), 1, "2026-01-01", 1)


# The stretch that is shown


texts = st.text(alphabet=st.sampled_from("ab\n"), max_size=200)


@given(texts, st.integers(1, 40), st.integers(1, 5))
@example("a" * 100, 10, 3)
@example("\n" * 50, 40, 5)
def test_stretches_one_after_another_are_the_text_whole(text: str, characters: int, lines: int) -> None:
    position, shown = 0, ""
    while position < len(text):
        end = end_of_window(text, position, characters, lines)
        assert position < end <= position + characters
        assert text.count("\n", position, end) <= lines
        shown, position = shown + text[position:end], end
    assert shown == text
    while position:
        start = begin_of_window(text, position, characters, lines)
        assert position - characters <= start < position
        assert text.count("\n", start, position) <= lines
        position = start


@given(texts.filter(len), st.data())
def test_the_pieces_are_the_text_and_those_cited_are_the_cited_words(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    page = data.draw(st.integers(0, len(text)))
    view = view_source(record(text), text, (Locator(page, "page", ("2",)),), Asked(start=start, end=end), "default")
    assert "".join(piece.text for piece in view.pieces) == text[view.start : view.end]
    assert "".join(piece.text for piece in view.pieces if piece.cited) == text[start:end]
    numbers = [piece.line for piece in view.pieces if piece.line]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[0] == text.count("\n", 0, view.start) + 1


def test_a_document_of_ten_million_characters_is_shown_around_the_cited_words() -> None:
    for text in ("Line of text.\n" * 700_000, "word " * 2_000_000, "\n" * 10_000_000):
        start = len(text) // 2
        view = view_source(record(text), text, (), Asked(start=start, end=start + 9), "default")
        assert view.start <= start < start + 9 <= view.end <= view.start + WINDOW_CHARACTERS
        assert len(view.pieces) <= WINDOW_LINES + 3
        assert view.earlier_at is not None
        assert view.later_at == view.end


def test_the_places_of_a_text_are_named_where_they_begin_and_where_the_stretch_does() -> None:
    text = "one\ntwo\nthree\nfour\n"
    places = [Locator(0, "page", ("1",)), Locator(8, "page", ("2",)), Locator(8, "heading", ("Part",))]
    view = view_source(record(text), text, places, Asked(start=4, end=13), "default")
    assert [piece.place for piece in view.pieces] == ["page 1", None, "page 2", None, None]
    assert view.where == "pages 1-2"
    later = view_source(record(text), text, places, Asked(start=14, end=18, at=14), "default")
    assert later.pieces[0].place == "page 2"
    assert later.where == "page 2, Part"


def test_characters_that_are_not_seen_are_counted_and_ends_of_paragraphs_are_none() -> None:
    text = "one\u2029two\r\nthr\u200bee\u2029"
    assert view_source(record(text), text, (), Asked(), "default").unseen == 1


def test_words_of_another_revision_are_not_marked() -> None:
    view = view_source(record(revision="sha256:aaaa"), MOONS, (), Asked(start=7, end=20, revision="bbbb"), "default")
    assert view.stale
    assert not any(piece.cited for piece in view.pieces)
    same = view_source(record(revision="sha256:aaaa"), MOONS, (), Asked(start=7, end=20, revision="aa"), "default")
    assert not same.stale


@pytest.mark.parametrize("span", [(0, 10_000), (500, 501), (5, 5), (9, 3), (len(MOONS), None), (None, 0)])
def test_a_span_that_is_not_in_the_text_is_an_error_that_says_so(span: tuple[int | None, int | None]) -> None:
    with pytest.raises(errors.UsageError, match="stretch"):
        view_source(record(), MOONS, (), Asked(start=span[0], end=span[1]), "default")


# Over HTTP


def test_every_citation_and_passage_leads_to_its_own_words(client: httpx.Client) -> None:
    answer = client.post("/v1/ask", json=QUESTION).json()
    (citation,) = answer["citations"]
    assert marked(client.get(citation["url"]).text) == citation["quote"] == "Saturn has 274 known moons."
    for passage in answer["passages"]:
        assert client.get(passage["url"]).status_code == 200
    stored = client.get(f"/v1/answers/{answer['id']}").json()
    assert stored["citations"][0]["url"] == citation["url"]
    found = client.post("/v1/search", json=QUESTION).json()
    checked = client.post("/v1/verify", json={"answer": "Saturn has 274 known moons."}).json()
    assert marked(client.get(checked["citations"][0]["url"]).text) == citation["quote"]
    assert all(passage["url"].startswith("/sources/doc_") for passage in found["passages"])
    assert all(one["url"] for sentence in checked["sentences"] for one in sentence["evidence"])
    streamed = client.post("/v1/ask", json=QUESTION, headers={"Accept": "text/event-stream"}).text
    assert streamed.count(f'"url":"{citation["url"]}"') >= 2


def test_links_keep_the_path_under_which_a_proxy_has_put_the_server(collection: Collection) -> None:
    app = create_app(collection=collection)

    async def behind_proxy(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "root_path": "/vouch", "path": f"/vouch{scope['path']}"}
        await app(scope, receive, send)

    with serving(behind_proxy) as address, httpx.Client(base_url=address, timeout=20) as client:
        (citation,) = client.post("/v1/ask", json=QUESTION).json()["citations"]
        assert citation["url"].startswith("/vouch/sources/doc_")
        assert marked(client.get(citation["url"].removeprefix("/vouch")).text) == citation["quote"]


def test_a_passage_that_the_caller_brought_leads_nowhere(client: httpx.Client) -> None:
    checked = client.post("/v1/verify", json={"answer": "Saturn has 274 known moons.", "passages": [MOONS]}).json()
    assert checked["citations"][0]["url"] is None


def test_the_page_names_file_revision_and_place(client: httpx.Client, collection: Collection) -> None:
    (record,) = [one for one in collection.documents() if one.source == "moons.txt"]
    start = MOONS.index("Titan")
    page = client.get(source_url(record.document_id, (start, start + 5), revision=record.revision[7:19])).text
    assert marked(page) == "Titan"
    for said in ("moons.txt", record.revision, "line 4", 'data-line="4"'):
        assert said in page
    assert "replaced since" not in page
    assert "replaced since" in client.get(source_url(record.document_id, (0, 5), revision="0" * 12)).text


def test_a_file_without_lines_of_its_own_is_cited_by_its_section_and_shown_without_numbers(
    client: httpx.Client, collection: Collection, tmp_path: Path
) -> None:
    html = "<h1>Rings</h1><p>All planets.</p><h2>Saturn</h2><p>The rings of Saturn are 20 metres thick.</p>"
    (tmp_path / "rings.html").write_text(html, encoding="utf-8")
    collection.ingest([tmp_path / "rings.html"])
    answer = client.post("/v1/ask", json={"question": "How thick are the rings of Saturn?"}).json()
    (citation,) = answer["citations"]
    assert citation["place"] == "Saturn"
    assert {passage["place"] for passage in answer["passages"] if passage["source"] == "rings.html"} <= {"Saturn", ""}
    page = client.get(citation["url"]).text
    assert "<dt>Cited</dt><dd>Saturn</dd>" in page
    assert "data-line" not in page
    assert not re.search("[0-9] line", page)
    transcript = client.get(f"/v1/answers/{answer['id']}/transcript").text
    assert "[1] Rings (rings.html, Saturn): “The rings" in transcript


def test_a_document_that_is_gone_has_a_calm_page(client: httpx.Client, collection: Collection) -> None:
    citation = client.post("/v1/ask", json=QUESTION).json()["citations"][0]
    collection.delete("moons.txt")
    for url in (citation["url"], "/sources/absent", "/sources/absent?collection=absent"):
        response = client.get(url)
        assert response.status_code == 404
        assert response.headers["content-type"].startswith("text/html")
        assert "not here any more" in response.text
    assert client.get("/v1/sources/absent").json()["code"] == "document_not_found"


def test_a_place_outside_the_document_is_told_with_the_way_to_its_beginning(
    client: httpx.Client, collection: Collection
) -> None:
    document_id = collection.documents()[0].document_id
    response = client.get(source_url(document_id, (90_000, 90_001)))
    assert response.status_code == 422
    assert "There is no such place" in response.text
    assert f'href="/sources/{document_id}"' in response.text
    assert client.get(f"/v1/sources/{document_id}?at=90000").json()["field"] == "at"


def test_hostile_text_stays_text_on_the_page(client: httpx.Client, collection: Collection) -> None:
    (record,) = [one for one in collection.documents() if one.source.startswith("hostile")]
    page = client.get(source_url(record.document_id, (0, record.characters))).text
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>" not in page
    assert "49" not in marked(page)
    for unseen in "\u202e\u202c\u200b\x1b":
        assert unseen not in page
    assert "not shown here" in page
    assert marked(page).startswith(HOSTILE[0] + "\n" + HOSTILE[1])


def test_names_on_a_page_are_free_of_what_is_not_seen() -> None:
    page = bytes(pages.render("notice.html", gone=True, detail="\u202egnp.exe <b>", begin=None).body).decode()
    assert "gnp.exe &lt;b&gt;" in page
    assert "\u202e" not in page


def test_a_page_may_load_its_own_files_and_nothing_else(client: httpx.Client, collection: Collection) -> None:
    for path in ("/", "/sources/absent", source_url(collection.documents()[-1].document_id)):
        response = client.get(path)
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", response.text)
        assert response.headers["cache-control"] == "no-store"
    styles = client.get("/assets/base.css")
    assert styles.headers["cache-control"] == "no-cache"
    assert client.get("/assets/base.css", headers={"If-None-Match": styles.headers["etag"]}).status_code == 304
    assert client.get("/assets/../index.html").status_code == 404
    assert client.get("/assets/%2e%2e/index.html").status_code == 404


# In a browser


@pytest.mark.timeout(240)
def test_the_page_shows_the_cited_words_without_a_script(
    browser: Browser, client: httpx.Client, collection: Collection
) -> None:
    citation = client.post("/v1/ask", json=QUESTION).json()["citations"][0]
    with watched(browser, str(client.base_url), script=False) as seen:
        seen.page.goto(citation["url"])
        mark = seen.page.locator("mark#cite")
        assert mark.text_content() == citation["quote"]
        assert mark.is_visible()
        hostile = next(one for one in collection.documents() if one.source.startswith("hostile"))
        seen.page.goto(source_url(hostile.document_id))
        assert seen.page.title() == f"{hostile.title} · Vouch"
        width = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width == 0
        assert seen.complaints == []
        assert seen.outside(str(client.base_url)) == []
