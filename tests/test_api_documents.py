"""Documents over HTTP: uploaded, replaced, described, listed, downloaded, deleted; on a real socket."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import create_app
from api.names import PART_MAX_BYTES, clean_name, tell_apart
from rag import Collection, Settings
from rag.collection.originals import source_problem
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving
from tests.fakes.uploads import MARS, MOONS, add, left_over, upload, wait_for


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    settings = Settings(
        home=tmp_path / "home", risk=1.0, file_max_bytes=10_000, upload_max_bytes=150_000, upload_max_files=5
    )
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        yield collection


# Uploading


def test_uploaded_files_are_indexed_and_asked(client: httpx.Client, collection: Collection) -> None:
    response = upload(client, ("moons.txt", MOONS), ("planets/mars.md", MARS), metadata='{"year": 2023}')
    assert response.status_code == 202
    begun = response.json()["ingest"]
    assert response.headers["location"] == f"/v1/ingests/{begun['id']}?collection=default"
    assert begun["sources"] == ["moons.txt", "planets/mars.md"]
    shown = wait_for(client, response)
    report = shown["report"]
    assert (shown["state"], report["added"], report["refused"]) == ("done", ["moons.txt", "planets/mars.md"], [])
    answer = client.post("/v1/ask", json={"question": "How many known moons has Mars?"}).json()
    assert answer["citations"][0]["source"] == "planets/mars.md"
    document = client.get(f"/v1/documents/{report['document_ids']['moons.txt']}").json()
    assert document["metadata"]["year"] == 2023
    assert left_over(collection) == []


def test_metadata_come_as_pairs_too(client: httpx.Client) -> None:
    ids = add(client, ("moons.txt", MOONS), metadata="year=2023\ndate=2023\ndraft=true\nteam=moon watchers")
    document = client.get(f"/v1/documents/{ids['moons.txt']}").json()
    expected = {"year": 2023, "date": "2023", "draft": True, "team": "moon watchers"}
    assert {key: document["metadata"][key] for key in expected} == expected


def test_a_file_of_a_known_name_replaces_and_an_equal_one_costs_nothing(client: httpx.Client) -> None:
    ids = add(client, ("moons.txt", MOONS))
    again = wait_for(client, upload(client, ("moons.txt", MOONS)))
    assert again["report"]["unchanged"] == ["moons.txt"]
    changed = wait_for(client, upload(client, ("moons.txt", MARS)))
    assert changed["report"]["replaced"] == ["moons.txt"]
    assert changed["report"]["document_ids"] == ids


def test_two_files_of_one_name_are_told_apart(client: httpx.Client) -> None:
    ids = add(client, ("moons.txt", MOONS), ("moons.txt", MARS))
    assert sorted(ids) == ["moons (2).txt", "moons.txt"]


def test_a_bad_file_is_refused_and_the_others_go_on(client: httpx.Client) -> None:
    shown = wait_for(client, upload(client, ("a.pdf", b"%PDF-1.4 nothing"), ("b.txt", MOONS), ("c.txt", "x" * 10_001)))
    refused = {each["source"]: each["code"] for each in shown["report"]["refused"]}
    assert refused == {"a.pdf": "source_damaged", "c.txt": "source_too_large"}
    assert shown["report"]["added"] == ["b.txt"]
    assert shown["progress"]["done"] == shown["progress"]["total"] == 3


def test_a_file_of_exactly_the_limit_is_taken(client: httpx.Client) -> None:
    assert add(client, ("full.txt", ("word " * 2000)[:10_000]))


@pytest.mark.parametrize(
    ("files", "form", "status", "code"),
    [
        ([("big.txt", "x" * 10_001)], {}, 413, "file_too_large"),
        ([("big.txt", "x" * 150_000)], {}, 413, "upload_too_large"),
        ([(f"{number}.txt", MOONS) for number in range(6)], {}, 413, "too_many_files"),
        ([("a.txt", MOONS)], {"metadata": "[1]"}, 422, "bad_form"),
        ([("a.txt", MOONS)], {"metadata": "{" * 2000}, 422, "bad_form"),
        ([("a.txt", MOONS)], {"metadata": '{"a": {"b": 1}}'}, 422, "usage"),
        ([("a.txt", MOONS)], {"metadata": '{"a b": 1}'}, 422, "usage"),
        ([("a.txt", MOONS)], {"metadata": '{"a": NaN}', "other": "1"}, 422, "bad_form"),
        ([("a.txt", MOONS)], {"metadata": "x" * 100_001}, 413, "field_too_large"),
    ],
)
def test_what_cannot_be_taken_is_told_with_its_code(
    client: httpx.Client,
    collection: Collection,
    files: list[tuple[str, str]],
    form: dict[str, str],
    status: int,
    code: str,
) -> None:
    response = upload(client, *files, **form)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert collection.documents() == []
    assert left_over(collection) == []


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/json", b"{}", 415, "unsupported_media_type"),
        ("multipart/form-data", b"", 415, "unsupported_media_type"),
        ("multipart/form-data; boundary=" + "b" * 300, b"", 422, "bad_form"),
        ("multipart/form-data; boundary=b", b"", 422, "bad_form"),
        ("multipart/form-data; boundary=b", b"no form at all", 422, "bad_form"),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 422, "bad_form"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\ncut',
            422,
            "bad_form",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx\r\n--b--\r\n',
            422,
            "bad_form",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n\xff\r\n--b--\r\n',
            422,
            "bad_form",
        ),
    ],
)
def test_a_body_that_is_no_form_is_refused(
    client: httpx.Client, collection: Collection, content_type: str, body: bytes, status: int, code: str
) -> None:
    response = client.post("/v1/documents", content=body, headers={"Content-Type": content_type})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert left_over(collection) == []


def test_a_body_that_is_not_announced_is_counted_as_it_comes(client: httpx.Client, collection: Collection) -> None:
    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        for _ in range(160):
            yield b"x" * 1000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    response = client.post("/v1/documents", content=body(), headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "upload_too_large")
    assert left_over(collection) == []


def test_a_client_that_leaves_while_sending_leaves_nothing(client: httpx.Client, collection: Collection) -> None:
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname, address.port)) as raw:
        raw.sendall(
            b"POST /v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
            b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhalf of it'
        )
        until = time.monotonic() + 5
        while not left_over(collection) and time.monotonic() < until:
            time.sleep(0.01)
        assert len(left_over(collection)) == 1  # it is received where it belongs, file by file
    until = time.monotonic() + 5
    while left_over(collection) and time.monotonic() < until:
        time.sleep(0.01)
    assert left_over(collection) == []
    assert client.get("/v1/ingests").json()["ingests"] == []


# Names


HOSTILE = (
    "../../up.txt", "..\\..\\up.txt", "/etc/hosts", "\\\\server\\share\\x", "D:\\a\\b.txt", "D:b.txt", "file:///etc/x",
    "....//....//y", "..%2f..%2fz", "%00.txt", "nul\x00.pdf", ".", "..", "   ", "/", "\\", "CON", "con.txt", "LPT1.md",
    "com¹.txt", "x" * 3000 + ".txt", "é" * 3000, "a/" * 2000 + "b.txt", "\u202efdp.exe", "\u200b\u200d", "line\nbreak",
    "head\r\nX-Injected: 1", "<svg onload=alert(1)>.pdf", "![x](http://example.org/).md", "$(id).txt", "`id`", "a|b",
    ".htaccess", ".git/config", "store.db", "writer.lock", "../store.db", "name. . .", "\ufeffbom.pdf",
    "e\u0301.txt", "e\u200d\u0301.txt", "-rf", "a.txt:stream", "tab\there", "\U000e0041tag", "quote\".txt", "a/../../b",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_a_harmless_one(name: str) -> None:
    source = clean_name(name)
    assert source_problem(source) == ""
    assert not source.startswith(("/", "."))
    assert all(len(part.encode()) <= PART_MAX_BYTES for part in source.split("/"))
    assert not set(source) & set('\\:*?"<>|')


@given(st.text(st.characters(codec=None), max_size=60) | st.text("./\\: cCoOnN\u0301é\u200d%2e0aD", max_size=40))
def test_every_name_is_cleaned_once_and_for_all(name: str) -> None:
    source = clean_name(name)
    assert source_problem(source) == ""
    assert clean_name(source) == source


def test_names_keep_what_is_theirs() -> None:
    assert clean_name("Résumé 日本語 (final).PDF") == "Résumé 日本語 (final).PDF"
    assert clean_name("reports/2023/Q3.pdf") == "reports/2023/Q3.pdf"
    assert clean_name("x" * 300 + ".tar.gz").endswith("x.gz")
    assert tell_apart("a/b.c.txt", {"a/b.c.txt", "a/b.c (2).txt"}) == "a/b.c (3).txt"


def raw_form(names: list[bytes]) -> bytes:
    """Return a form whose files have these names, byte for byte, each with a text of its own."""
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\nText %d of moons.\r\n'
        % (name, index)
        for index, name in enumerate(names)
    ]
    return b"".join(parts) + b"--b--\r\n"


def test_no_name_leaves_the_collections_folder(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "deeper" / "home"
    names = [name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A") for name in HOSTILE]
    settings = Settings(home=home, upload_max_files=len(names))
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        before = sorted(path for path in tmp_path.rglob("*") if not path.is_relative_to(collection.store.folder))
        with serving(create_app(collection=collection)) as address, httpx.Client(base_url=address) as client:
            form = raw_form([name.encode("utf-8", "replace").replace(b"\x00", b"%00") for name in names])
            headers = {"Content-Type": "multipart/form-data; boundary=b"}
            shown = wait_for(client, client.post("/v1/documents", content=form, headers=headers))
        assert shown["state"] == "done"
        assert len(collection.documents()) + len(shown["report"]["refused"]) == len(names)
        after = sorted(path for path in tmp_path.rglob("*") if not path.is_relative_to(collection.store.folder))
        assert after == before
        assert left_over(collection) == []


def test_a_part_without_a_chosen_file_is_no_file(client: httpx.Client) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    shown = wait_for(client, client.post("/v1/documents", content=raw_form([b"", b"a.txt"]), headers=headers))
    assert shown["sources"] == ["a.txt"]
    assert client.post("/v1/documents", content=raw_form([b""]), headers=headers).status_code == 422


# Replacing, describing, deleting


@pytest.mark.parametrize("as_form", [False, True])
def test_a_documents_content_is_replaced_and_its_id_stays(client: httpx.Client, as_form: bool) -> None:
    ids = add(client, ("moons.txt", MOONS), metadata="year=2023")
    url = f"/v1/documents/{ids['moons.txt']}"
    body = {"files": [("files", ("other-name.txt", MARS.encode()))]} if as_form else {"content": MARS.encode()}
    shown = wait_for(client, client.put(url, **body))
    assert shown["report"]["replaced"] == ["moons.txt"]
    assert client.get(f"{url}/text").text == MARS
    assert client.get(url).json()["metadata"]["year"] == 2023
    assert client.get("/v1/documents").json()["total"] == 1


@pytest.mark.parametrize("name", ["odd\\name.txt", "odd\u200bname.txt"])
def test_a_file_of_an_odd_name_is_replaced_like_any_other(
    client: httpx.Client, collection: Collection, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / name).write_text(MOONS, encoding="utf-8")
    collection.ingest([folder / name])
    (record,) = collection.documents()
    assert (record.source, record.source[0] != "/") == (f"notes/{name}", True)
    replaced = wait_for(client, client.put(f"/v1/documents/{record.document_id}", content=MARS.encode()))
    assert (replaced["state"], replaced["problem"]) == ("done", None)
    assert collection.text(record.document_id) == MARS


def test_what_cannot_be_replaced_is_told(client: httpx.Client, collection: Collection, tmp_path: Path) -> None:
    assert client.put("/v1/documents/doc_none", content=b"x").json()["code"] == "document_not_found"
    ids = add(client, ("moons.txt", MOONS))
    response = client.put(f"/v1/documents/{ids['moons.txt']}", content=b"x" * 10_001)
    assert (response.status_code, response.json()["code"]) == (413, "file_too_large")
    assert client.get(f"/v1/documents/{ids['moons.txt']}/text").text == MOONS
    assert left_over(collection) == []


def test_metadata_are_changed_and_taken_away(client: httpx.Client) -> None:
    ids = add(client, ("moons.txt", MOONS), metadata="year=2023")
    url = f"/v1/documents/{ids['moons.txt']}"
    changed = client.patch(url, json={"metadata": {"year": None, "team": "sky"}})
    assert changed.status_code == 200
    assert changed.json() == client.get(url).json()
    assert changed.json()["metadata"]["team"] == "sky"
    assert "year" not in changed.json()["metadata"]
    assert client.patch(url, json={"metadata": {"a b": 1}}).status_code == 422
    assert client.patch(url, json={"metadata": {"a": [1]}}).status_code == 422
    assert client.patch("/v1/documents/doc_none", json={"metadata": {}}).status_code == 404


def test_a_deleted_document_is_cited_no_more_and_its_file_is_gone(client: httpx.Client, collection: Collection) -> None:
    ids = add(client, ("moons.txt", MOONS), ("mars.txt", MARS))
    kept = client.post("/v1/ask", json={"question": "How many known moons has Saturn?"}).json()
    assert kept["citations"][0]["source"] == "moons.txt"
    url = f"/v1/documents/{ids['moons.txt']}"
    response = client.delete(url)
    assert (response.status_code, response.content) == (204, b"")
    answer = client.post("/v1/ask", json={"question": "How many known moons has Saturn?"}).json()
    assert all(each["source"] != "moons.txt" for each in [*answer["citations"], *answer["passages"]])
    assert "274 known" not in client.get(f"/v1/answers/{kept['id']}").text
    assert [client.get(url).status_code, client.get(f"{url}/original").status_code] == [404, 404]
    assert client.delete(url).json()["code"] == "document_not_found"
    assert not any(b"274 known" in path.read_bytes() for path in collection.store.folder.rglob("*") if path.is_file())


def test_a_document_is_deleted_by_its_id_only(client: httpx.Client) -> None:
    add(client, ("moons.txt", MOONS))
    assert client.delete("/v1/documents/moons.txt").status_code == 404
    assert client.get("/v1/documents").json()["total"] == 1


# Downloading


def test_the_original_is_downloaded_byte_for_byte_as_an_attachment(client: httpx.Client) -> None:
    content = f"# Lunes\r\n\r\n{MOONS}".encode()
    ids = add(client, ("Résumé “1”.md", content))
    (identifier,) = ids.values()
    response = client.get(f"/v1/documents/{identifier}/original")
    assert response.content == content
    assert response.headers["content-disposition"] == (
        "attachment; filename*=utf-8''R%C3%A9sum%C3%A9%20%E2%80%9C1%E2%80%9D.md"
    )
    assert response.headers["x-content-type-options"] == "nosniff"
    etag = response.headers["etag"]
    assert etag == f'"{response.headers["x-vouch-revision"]}"'
    unchanged = client.get(f"/v1/documents/{identifier}/original", headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    part = client.get(f"/v1/documents/{identifier}/original", headers={"Range": "bytes=2-6", "If-Range": etag})
    assert (part.status_code, part.content) == (206, content[2:7])


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "page.xhtml", "feed.xml", "script.js", "note.unknown"])
def test_nothing_that_a_browser_runs_keeps_its_type(client: httpx.Client, name: str) -> None:
    ids = add(client, (name, f"<html><body><p>{MOONS}</p></body></html>"))
    response = client.get(f"/v1/documents/{ids[name]}/original")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.headers["content-security-policy"] == "sandbox"


def test_an_original_that_has_changed_is_not_given(
    client: httpx.Client, collection: Collection, tmp_path: Path
) -> None:
    file = tmp_path / "moons.txt"
    file.write_text(MOONS, encoding="utf-8")
    collection.ingest([file])
    (record,) = collection.documents()
    assert client.get(f"/v1/documents/{record.document_id}/original").text == MOONS
    file.write_text("changed", encoding="utf-8")
    response = client.get(f"/v1/documents/{record.document_id}/original")
    assert (response.status_code, response.json()["code"]) == (404, "original_not_found")


# Listing


def sources(client: httpx.Client, **query: object) -> list[str]:
    return [each["source"] for each in client.get("/v1/documents", params=query).json()["documents"]]


def test_documents_are_filtered_searched_and_put_in_order(client: httpx.Client) -> None:
    add(client, ("reports/2022/a.txt", "Report A tells of moons."), metadata="year=2022\nlang=en")
    add(client, ("reports/2023/b.txt", "Report B tells of moons, and more."), metadata="year=2023\nlang=fr")
    add(client, ("notes/c.txt", "Note C."), metadata="year=2023\nlang=en")
    everything = ["notes/c.txt", "reports/2022/a.txt", "reports/2023/b.txt"]
    assert sources(client) == everything
    assert sources(client, where="year=2023") == ["notes/c.txt", "reports/2023/b.txt"]
    assert sources(client, where=["year>=2023", "lang=en"]) == ["notes/c.txt"]
    assert sources(client, where=["year>2021", "year<2023"]) == ["reports/2022/a.txt"]
    assert sources(client, where=["lang=en", "lang=fr"]) == everything
    assert sources(client, folder="reports") == everything[1:]
    assert sources(client, folder="reports/2023/") == everything[2:]
    assert sources(client, folder="reports", where="source=*b.txt") == ["reports/2023/b.txt"]
    for folder in ("rep", "re*"):
        assert client.get("/v1/documents", params={"folder": folder}).json()["code"] == "bad_filter"
    assert sources(client, q="REPORT b") == ["reports/2023/b.txt"]
    assert sources(client, sort="-source") == everything[::-1]
    assert sources(client, sort="size_bytes") == ["notes/c.txt", "reports/2022/a.txt", "reports/2023/b.txt"]
    assert sources(client, sort="added_at") == ["reports/2022/a.txt", "reports/2023/b.txt", "notes/c.txt"]
    page = client.get("/v1/documents", params={"folder": "reports", "limit": 1, "offset": 1}).json()
    assert ([each["source"] for each in page["documents"]], page["total"], page["chunks"]) == (everything[2:], 2, 2)


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({"where": "year"}, "bad_filter", "where"),
        ({"where": "=1"}, "bad_filter", "where"),
        ({"where": ["year=1", "year>1"]}, "bad_filter", "where"),
        ({"where": ["year>1", "year=1"]}, "bad_filter", "where"),
        ({"where": "folder=a", "folder": "b"}, "bad_filter", "folder"),
        ({"sort": "colour"}, "usage", "sort"),
    ],
)
def test_a_list_that_cannot_be_made_is_told(
    client: httpx.Client, query: dict[str, object], code: str, field: str
) -> None:
    response = client.get("/v1/documents", params=query)
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (422, code, field)


# Foreign pages


FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:PORT"},
)


@pytest.mark.parametrize("headers", FOREIGN, ids=json.dumps)
def test_a_foreign_page_can_neither_upload_nor_change_nor_delete(client: httpx.Client, headers: dict[str, str]) -> None:
    ids = add(client, ("moons.txt", MOONS))
    url = f"/v1/documents/{ids['moons.txt']}"
    port = str(client.base_url.port)
    sent = {name: value.replace("PORT", port) for name, value in headers.items()}
    requests = [
        ("POST", "/v1/documents", {"files": [("files", ("evil.txt", b"Evil."))]}),
        ("PUT", url, {"content": b"Evil."}),
        ("PATCH", url, {"json": {"metadata": {"evil": True}}}),
        ("DELETE", url, {}),
        ("POST", "/v1/collections", {"json": {"name": "evil"}}),
        ("POST", "/v1/ask", {"json": {"question": "Why?"}}),
    ]
    for method, path, body in requests:
        response = client.request(method, path, headers=sent, **body)
        assert (response.status_code, response.json()["code"]) == (403, "foreign_origin")
    assert client.get("/v1/documents").json()["total"] == 1
    assert client.get(f"{url}/text", headers=sent).text == MOONS


@pytest.mark.parametrize(
    ("head", "size_bytes", "status"),
    [
        ("POST /v1/ask HTTP/1.1\r\nOrigin: null", 3_000_000, 403),
        ("POST /v1/documents HTTP/1.1\r\nContent-Type: text/plain", 3_000_000, 415),
        ("POST /v1/ask HTTP/1.1", 26_000_000, 413),
    ],
)
def test_who_is_refused_while_still_sending_is_not_cut_off(
    client: httpx.Client, head: str, size_bytes: int, status: int
) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=20) as raw:
        raw.sendall(f"{head}\r\nHost: 127.0.0.1\r\nContent-Length: {size_bytes}\r\n\r\n".encode())
        raw.sendall(b"x" * size_bytes)  # far more than waits in buffers: a connection closed meanwhile is reset
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.startswith(f"HTTP/1.1 {status}".encode())
    assert answer.endswith(b"}")


def test_our_own_page_and_programs_are_let_through(client: httpx.Client) -> None:
    origin = f"http://127.0.0.1:{client.base_url.port}"
    for headers in ({"Origin": origin}, {"Sec-Fetch-Site": "same-origin", "Origin": "https://proxy"}, {}):
        sent = [("files", ("moons.txt", MOONS.encode()))]
        assert client.post("/v1/documents", files=sent, headers=headers).status_code == 202
