"""What a reader takes along: the address of a citation, and an answer with its sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, expect

from api.transcripts import write_transcript
from rag import wire
from tests.fakes.web_page import END, QUESTION, Open, opened

pytestmark = pytest.mark.timeout(240)

BASE = "https://vouch.example"
HOSTILE = "<img src=x onerror=alert(1)> [go](https://evil.example) https://evil.example `x` | # *b*"


def answered(site: Open) -> wire.WireAnswer:
    """Return the answer given last, its citations with their addresses."""
    told = httpx.get(f"{site.address}/v1/answers/{site.collection.archive.answers(limit=1)[0].answer_id}").text
    return wire.load_answer(told)


@pytest.fixture
def allowed(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """A page that may read what was copied."""
    with opened(browser, tmp_path) as site:
        site.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield site
        site.require_quiet()


def copied(site: Open) -> str:
    """Return what was copied."""
    return str(site.page.evaluate("navigator.clipboard.readText()"))


def test_a_citation_is_a_link_that_opens_in_a_tab_of_its_own_and_a_button_for_the_space_bar(site: Open) -> None:
    chip = site.ask().locator(".answer .chip")
    for modifier in ("Control", "Shift"):
        with site.page.context.expect_page() as opening:
            chip.click(modifiers=[modifier])  # type: ignore[list-item]
        other = opening.value
        other.wait_for_load_state()
        assert other.locator("mark#cite").text_content() == "Saturn has 274 known moons."
        other.close()
        expect(site.page.locator("#pane")).to_be_hidden()
    chip.focus()
    site.page.keyboard.press("Space")
    expect(site.page.locator("#pane mark")).to_be_visible()
    site.page.keyboard.press("Escape")
    site.page.keyboard.press("Enter")
    expect(site.page.locator("#pane mark")).to_be_visible()


def test_the_address_of_a_citation_is_copied_and_leads_to_its_words(allowed: Open) -> None:
    allowed.ask().locator(".answer .chip").click()
    button = allowed.page.locator(".pane-foot .copy")
    expect(button).to_have_accessible_name("Copy link")
    button.click()
    expect(button).to_have_text("✓ Copied")
    expect(allowed.page.locator("#live")).to_contain_text("Copied.")
    address = copied(allowed)
    assert address == allowed.address + str(answered(allowed).citations[0].url)
    assert '<mark id="cite">' in httpx.get(address).text
    expect(button).to_have_text("Copy link")


def test_where_a_browser_has_no_clipboard_for_the_page_it_is_copied_the_old_way(allowed: Open) -> None:
    page = allowed.page
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    allowed.ask().locator(".answer .chip").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".pane-foot .copy")).to_have_text("✓ Copied")
    page.evaluate("delete navigator.clipboard")
    assert copied(allowed) == allowed.address + str(answered(allowed).citations[0].url)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate("document.execCommand = () => false")
    expect(page.locator(".pane-foot .copy")).to_have_text("Copy link")
    page.locator(".pane-foot .copy").click()
    expect(page.locator(".pane-foot .copy")).to_have_text("✗ Not copied")


def test_an_answer_is_copied_with_its_numbers_and_the_list_of_its_sources(allowed: Open) -> None:
    allowed.script("Saturn has 274 known moons.", "Saturn has 900 known moons.", END)
    turn = allowed.ask()
    turn.get_by_role("button", name="Copy", exact=True).click()
    expect(turn.locator(".copy").first).to_have_text("✓ Copied")
    text = copied(allowed)
    (citation,) = answered(allowed).citations
    assert text.startswith(f"{QUESTION}\n\nSaturn has 274 known moons. [1] Saturn has 900 known moons. (unsupported)\n")
    assert "[1] Moons of the planets (documents/moons.txt, line 3): “Saturn has 274 known moons.”" in text
    assert f"    {allowed.address}{citation.url}\n" in text
    turn.get_by_role("button", name="Copy as Markdown").click()
    expect(turn.locator(".copy").last).to_have_text("✓ Copied")
    assert f"274 known moons. [\\[1\\]](<{allowed.address}{citation.url}>)" in copied(allowed)


def test_what_documents_and_models_say_is_no_markup_where_it_is_pasted(site: Open) -> None:
    site.ask()
    answer = answered(site)
    (sentence,) = answer.sentences
    answer.text = sentence.text = HOSTILE
    answer.question = HOSTILE
    answer.missing, answer.warnings, answer.false_premises = [HOSTILE], [HOSTILE], [HOSTILE]
    answer.citations[0].title = answer.citations[0].quote = answer.citations[0].source = HOSTILE
    sentence.start, sentence.end = 0, len(HOSTILE)
    written = write_transcript(answer, "markdown", BASE)
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(written)
    assert {*re.findall('href="([^"]*)"', shown)} == {f"{BASE}{answer.citations[0].url}".replace("&", "&amp;")}
    assert "<img" not in shown
    assert shown.count("<h") == shown.count("<table") == 0


def test_an_answer_that_is_none_says_so_and_what_is_missing_or_disagrees_goes_along(site: Open) -> None:
    site.ask()
    answer = answered(site)
    answer.missing, answer.conflicts, answer.status = ["the price"], [[1, 2]], "incomplete"
    text = write_transcript(answer, "text", BASE)
    assert "Not in the documents: the price\n" in text
    assert "Sources disagree: [1], [2]\n" in text
    told = wire.WireDisagreement(
        citations=[1, 2], kind="differ", said=["274", "82"], dates=["", ""], told="One says 274, one 82."
    )  # fmt: skip
    answer.disagreements, answer.warnings = [told], ["One says 274, one 82.", "A slow day."]
    text = write_transcript(answer, "text", BASE)
    assert "Sources disagree ([1], [2]): One says 274, one 82.\n\n" in text
    assert "Note: A slow day.\n" in text
    assert text.count("One says") == 1
    assert "cut off" in text
    none = answer.model_copy(
        update={"abstained": True, "reason": "They tell of moons.", "citations": [], "sentences": []}
    )
    assert write_transcript(none, "text", BASE).startswith(
        f"{QUESTION}\n\nNot in your documents. They tell of moons.\n"
    )


def test_a_sentence_whose_source_has_changed_is_not_copied_as_supported(site: Open) -> None:
    site.ask()
    answer = answered(site)
    assert "source changed since" not in write_transcript(answer, "text", BASE)
    answer.citations[0].state, answer.status = "removed", "source_removed"
    text = write_transcript(answer, "text", BASE)
    assert "[1] (source changed since)\n" in text
    assert "A document that this answer cites was deleted or replaced.\n" in text


def test_links_lead_where_the_server_is_reached_and_nowhere_else(site: Open) -> None:
    site.ask()
    address = f"{site.address}/v1/answers/{answered(site).id}/transcript"
    assert f"    {site.address}/sources/doc_" in httpx.get(address).text
    assert f"    {BASE}/sources/doc_" in httpx.get(address, params={"base": BASE}).text
    for base in ("javascript:alert(1)", "https://a.example/<x>", "https://a b"):
        assert httpx.get(address, params={"base": base}).status_code == 422
    assert httpx.get(address, params={"format": "html"}).status_code == 422
    assert httpx.get(f"{site.address}/v1/answers/absent/transcript").status_code == 404
    markdown = httpx.get(address, params={"format": "markdown"})
    assert markdown.headers["content-type"].startswith("text/markdown")


def test_an_answer_is_printed_dark_on_light_with_its_numbers_and_without_what_is_pressed(
    browser: Browser, tmp_path: Path
) -> None:
    with opened(browser, tmp_path, dark=True) as site:
        turn = site.ask()
        site.page.emulate_media(media="print", color_scheme="dark")
        for hidden in (".bar", ".composer", ".copies", ".searched"):
            expect(site.page.locator(hidden)).to_be_hidden()
        expect(turn.locator(".sources")).to_contain_text("moons.txt")
        number = "(chip) => ['::before', '::after'].map((part) => getComputedStyle(chip, part).content).join('')"
        assert turn.locator(".answer .chip").evaluate(number) == '"[""]"'
        assert site.page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 28, 26)"
        site.require_quiet()
