"""The page to ask and check, in a real browser: asking, citations, sources, what is not supported, what goes wrong."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from rag import errors
from rag.types import DraftSentence
from tests.fakes.web_page import END, QUESTION, Open, opened

pytestmark = pytest.mark.timeout(240)


def wait_until(holds: Callable[[], bool], timeout_s: float = 5) -> bool:
    until = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


# Asking


def test_a_question_is_answered_sentence_by_sentence_each_with_its_mark(site: Open) -> None:
    turn = site.ask()
    expect(turn.locator("h2")).to_have_text(QUESTION)
    sentence = turn.locator(".sentence").first
    expect(sentence).to_contain_text("Saturn has 274 known moons.")
    expect(sentence.locator(".verdict")).to_have_text("✓ Supported")
    expect(turn.locator(".tally")).to_contain_text("✓ 1 supported")
    expect(turn.locator(".sources")).to_contain_text("moons.txt")
    expect(site.page.locator("#live")).to_contain_text("Saturn has 274 known moons.")
    assert site.focused() == "question"


@pytest.mark.parametrize("width", [390, 1440])
def test_every_line_of_an_answer_of_several_rows_is_as_wide_as_the_answer(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    with opened(browser, tmp_path, width=width) as site:
        rows = ["Saturn has 274 known moons.", "Titan is the largest moon of Saturn."]
        site.script(*(DraftSentence(row, lead="\n") for row in rows), END)
        turn = site.ask()
        lines = turn.locator(".said")
        expect(lines).to_have_count(2)
        widths = "(lines) => lines.map((each) => each.getBoundingClientRect().width)"
        whole = turn.locator(".answer").evaluate("(answer) => answer.getBoundingClientRect().width")
        assert whole > 300
        assert lines.evaluate_all(widths) == pytest.approx([whole] * 2, abs=1)
        site.require_quiet()


def test_a_citation_opens_its_source_at_the_quote_and_gives_the_focus_back(site: Open) -> None:
    turn = site.ask()
    chip = turn.locator(".answer .chip")
    expect(chip).to_have_accessible_name("Source 1: Moons of the planets, line 3")
    expect(chip).to_have_role("button")
    chip.click()
    mark = site.page.locator("#pane mark#cite")
    expect(mark).to_be_in_viewport()
    answer = site.collection.archive.answer(site.collection.archive.answers(limit=1)[0].answer_id)
    assert mark.text_content() == answer.citations[0].quote == "Saturn has 274 known moons."
    assert mark.locator(".line").get_attribute("data-line") == "3"
    assert site.focused() == "pane-title"
    assert chip.get_attribute("aria-expanded") == "true"
    site.page.keyboard.press("Escape")
    expect(site.page.locator("#pane")).to_be_hidden()
    assert site.focused() == "Source 1: Moons of the planets, line 3"
    assert chip.get_attribute("aria-expanded") is None


def test_the_quote_is_shown_while_its_button_is_pointed_at_or_has_the_focus(site: Open) -> None:
    chip = site.ask().locator(".answer .chip")
    tip = site.page.locator("#quote-tip")
    chip.hover()
    expect(tip).to_contain_text("Saturn has 274 known moons.")
    expect(chip).to_have_accessible_description("Moons of the planets · line 3 Saturn has 274 known moons.")
    site.page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    site.page.keyboard.press("Shift+Tab")
    while site.focused() != "Source 1: Moons of the planets, line 3":
        site.page.keyboard.press("Shift+Tab")
    expect(tip).to_be_visible()
    site.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    assert site.focused() == "Source 1: Moons of the planets, line 3"


def test_a_sentence_is_there_before_the_answer_ends_and_stop_ends_the_servers_work(site: Open) -> None:
    async def wait() -> None:
        await asyncio.sleep(60)

    drafter = site.script("Saturn has 274 known moons.", wait, "Titan is the largest moon of Saturn.")
    turn = site.ask(wait=False)
    expect(turn.locator(".sentence")).to_have_text("Saturn has 274 known moons.✓ Supported1")
    expect(turn.locator("article")).to_have_attribute("aria-busy", "true")
    expect(site.page.locator("#send")).to_be_hidden()
    assert site.gate.inside == 1
    site.page.get_by_role("button", name="Stop").click()
    expect(turn.locator(".status")).to_contain_text("Stopped.")
    expect(turn.locator(".sentence")).to_have_count(1)
    expect(turn.locator("article")).not_to_have_attribute("aria-busy", "true")
    expect(site.page.locator("#send")).to_be_visible()
    assert wait_until(lambda: drafter.closed and site.gate.inside == 0)
    site.script("Saturn has 274 known moons.", END)
    turn.get_by_role("button", name="Ask again").click()
    expect(site.page.locator(".turn .foot")).to_have_count(1)
    expect(site.page.locator(".turn")).to_have_count(1)


def test_what_no_source_says_is_told_in_words_and_has_no_citation(site: Open) -> None:
    site.script("Saturn has 900 known moons.", "Titan is the largest moon of Saturn.", END)
    turn = site.ask()
    wrong = turn.locator(".sentence.unsupported")
    expect(wrong.locator(".verdict")).to_contain_text("✗ Unsupported: ")
    expect(wrong.locator("u")).to_contain_text("900")
    expect(wrong.locator(".chip")).to_have_count(0)
    expect(turn.locator(".tally")).to_contain_text("✗ 1 unsupported")
    expect(turn.locator(".sentence.supported .chip")).to_have_count(1)


def test_not_in_the_documents_is_an_answer_with_the_nearest_evidence(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as site:
        site.collection.settings = site.collection.settings.model_copy(update={"risk": 0.0})
        turn = site.ask("What is the capital of France?")
        expect(turn.locator(".abstained h3")).to_have_text("∅ Not in your documents")
        expect(turn.locator(".abstained")).to_contain_text("Nearest in the documents")
        expect(turn.locator(".answer")).to_be_empty()
        expect(site.page.locator("#live")).to_contain_text("Not in your documents.")
        turn.locator(".abstained").get_by_role("button", name="Open Moons of the planets").click()
        expect(site.page.locator("#pane mark")).to_contain_text("Saturn has 274")
        site.require_quiet()


# Conversations


def test_a_conversation_is_listed_opened_and_gone_on_with(site: Open) -> None:
    site.ask()
    follow_up = site.ask("And which of them is the largest?")
    expect(follow_up.locator(".standalone")).to_contain_text("Saturn")
    listed = site.page.locator("#recent a")
    expect(listed.locator(".asked")).to_have_text([QUESTION])
    expect(listed.locator(".time")).to_have_text(re.compile(r"\d\d:\d\d · 2"))
    expect(listed).to_have_attribute("aria-current", "page")
    site.page.reload()
    expect(site.page.locator(".turn h2")).to_have_text([QUESTION, "And which of them is the largest?"])
    site.ask("Who discovered it?")
    (conversation,) = site.collection.archive.conversations()
    assert conversation.turns == 3
    site.page.get_by_role("link", name="New conversation").click()
    expect(site.page.locator("#welcome h1")).to_have_text("Ask your documents")
    site.page.get_by_role("link", name="History").click()
    site.page.locator("#conversations-body a").click()
    expect(site.page.locator(".turn")).to_have_count(3)


def test_an_answer_that_stands_alone_is_opened_even_before_the_page_is_ready(site: Open) -> None:
    site.ask()
    (answer,) = site.collection.archive.answers()
    held: list[Route] = []
    site.page.route("**/v1/settings", lambda route: route.continue_() if held else held.append(route))
    site.page.goto("/?again")
    site.page.goto(f"/?again#/a/{answer.answer_id}")
    expect(site.page.locator(".turn h2")).to_have_text(QUESTION)
    # What the page was about to show first comes late.
    with site.page.expect_response("**/v1/settings"):
        held[0].continue_()
    site.page.wait_for_timeout(200)
    expect(site.page.locator(".turn .chip").first).to_be_visible()


def test_a_citation_of_a_document_that_is_gone_says_so(site: Open) -> None:
    site.ask()
    site.collection.delete("moons.txt")
    chip = site.page.locator(".answer .chip")
    chip.click()
    expect(site.page.locator("#pane")).to_contain_text("not here any more")
    # The browser notes a 404 by itself.
    assert len(site.watched.complaints) == 1
    site.watched.complaints.clear()
    site.page.reload()
    expect(site.page.locator(".sentence")).to_contain_text("[removed with its source]")
    expect(site.page.locator(".answer .chip")).to_have_accessible_name(
        "Source 1: documents/moons.txt, line 3, replaced or deleted since"
    )
    expect(site.page.locator(".notes")).to_contain_text("Source removed")


def test_an_answer_whose_source_was_replaced_is_not_shown_as_supported_and_can_be_asked_again(site: Open) -> None:
    site.ask()
    path = site.collection.settings.home.parent / "documents" / "moons.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("274", "292"), encoding="utf-8")
    site.collection.ingest([path])
    site.page.reload()
    turn = site.page.locator(".turn").first
    expect(turn.locator(".sentence .verdict")).to_have_text("⚠ Source changed since")
    expect(turn.locator(".tally")).to_have_text("⚠ 1 whose source has changed since")
    expect(turn).not_to_contain_text("✓")
    expect(turn.locator(".outdated")).to_contain_text("This answer may be out of date.")
    expect(turn.locator(".outdated")).to_be_in_viewport()
    turn.get_by_role("button", name="Ask again").click()
    anew = site.page.locator(".turn").nth(1)
    expect(anew.locator(".sentence")).to_contain_text("Saturn has 292 known moons.")
    expect(anew.locator(".tally")).to_have_text("✓ 1 supported")
    expect(anew.locator(".outdated")).to_be_empty()


# What goes wrong


def test_an_error_says_what_to_do_and_the_question_can_be_asked_again(site: Open) -> None:
    site.script("Saturn has 274 known moons.", errors.ModelTimeout("The model is too slow.", remedy="Raise the limit."))
    turn = site.ask()
    expect(turn.locator(".status")).to_contain_text("The model is too slow. Raise the limit.")
    expect(turn.locator(".sentence")).to_have_count(1)
    site.script("Saturn has 274 known moons.", END)
    turn.get_by_role("button", name="Ask again").click()
    expect(site.page.locator(".turn .foot")).to_have_count(1)


def test_a_server_that_is_gone_is_told(site: Open) -> None:
    site.page.route("**/v1/**", lambda route: route.abort("connectionrefused"))
    turn = site.ask()
    expect(turn.locator(".status")).to_contain_text("The server does not answer.")
    expect(turn.locator(".status")).to_contain_text("vouch serve")
    site.page.get_by_role("link", name="Documents").click()
    expect(site.page.locator("#offline")).to_contain_text("The server does not answer.")
    site.page.unroute("**/v1/**")
    site.page.locator("#offline").get_by_role("button", name="Try again").click()
    expect(site.page.locator("#offline")).to_be_hidden()
    expect(site.page.locator("#documents-list li")).to_have_count(1)
    site.watched.complaints.clear()


def test_an_empty_collection_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, {}) as site:
        expect(site.page.locator("#welcome")).to_contain_text("Nothing to ask yet")
        turn = site.ask()
        expect(turn.locator(".status")).to_contain_text("vouch ingest")
        site.watched.complaints.clear()  # the browser notes a 409 by itself


HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "[a link](javascript:document.title='owned') https://evil.example/?q=1",
    "\u202egnp.exe\u202c zero\u200bwidth",
    "w" * 10_000,
]


@pytest.mark.parametrize("width", [390, 1440])
def test_hostile_text_of_documents_and_models_stays_text(browser: Browser, tmp_path: Path, width: int) -> None:
    name = "<img src=x onerror=alert(1)>.txt"
    text = "\n\n".join(f"Saturn has 274 known moons. {each}" for each in HOSTILE)
    with opened(browser, tmp_path, {name: text}, width=width) as site:
        site.script(*(f"{each} Saturn has 274 known moons." for each in HOSTILE), END)
        turn = site.ask(f"How many moons has Saturn? {HOSTILE[0]}")
        turn.locator(".searched summary").click()
        turn.locator(".chip, .open").first.click()
        expect(site.page.locator("#pane mark")).to_be_visible()
        shown = site.page.content()
        page = site.page
        assert page.locator("#turns img, #turns script, #pane img, #pane script, #pane mark a").count() == 0
        links = page.locator("#turns a").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))")
        assert links
        assert all(re.fullmatch(r"/sources/doc_\w+\?[\w=&]+#cite", link) for link in links)
        assert page.locator("[onerror], iframe, object, base").count() == 0
        assert page.title() == "Vouch"
        for unseen in "\u202e\u202c\u200b":
            assert unseen not in shown
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        site.require_quiet()


# Sources that disagree


def test_sources_that_disagree_are_shown_once_by_date_the_latest_named(browser: Browser, tmp_path: Path) -> None:
    files = {
        "old.txt": "12 March 2019\n\nSaturn has 82 known moons.\n",
        "new.txt": "11 May 2023\n\nSaturn has 145 known moons.\n",
    }
    with opened(browser, tmp_path, files) as site:
        for said, heading in ((82, "Sources disagree"), (145, "Earlier, the sources said otherwise")):
            site.script(f"Saturn has {said} known moons.", END)
            note = site.ask().locator(".notes > li")
            expect(note).to_have_count(1)
            expect(note).to_contain_text(heading)
            expect(note.locator(".disagreeing > li")).to_contain_text(
                ["(2019-03-12) Saturn has 82 known moons.", "(2023-05-11, the latest) Saturn has 145 known moons."]
            )
            note.locator(".chip").first.click()
            expect(site.page.locator("#pane mark#cite")).to_contain_text("82")
            site.page.keyboard.press("Escape")
        site.require_quiet()
