"""What was asked before: folded by days, none lost; and the conversation that the next question belongs to."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from rag import Collection, Settings
from tests.fakes.embedder import HashEmbedder
from tests.fakes.web_page import QUESTION, Open, opened

pytestmark = pytest.mark.timeout(240)

DAY = "(iso) => import('/assets/days.js').then((days) => days.dayOf(iso, new Date(2026, 2, 1, 0, 30)))"


def ask_at(site: Open, question: str, started_at: str, turns: int = 1) -> str:
    """Leave a conversation in the history as if it had begun at a moment; return its id."""
    answer = site.collection.archive.answer(site.collection.archive.answers(limit=1)[0].answer_id)
    history = site.collection.archive.history
    conversation = site.collection.archive.start_conversation()
    for turn in range(turns):
        history.save(
            answer_id=f"ans_{conversation}_{turn}", created_at=started_at, collection=site.collection.name,
            question=question, abstained=False, conversation_id=conversation,
            document=answer.model_dump_json(by_alias=True), sources=(),
        )  # fmt: skip
    with history._changing() as connection:
        connection.execute(
            "UPDATE conversations SET started_at = ? WHERE conversation_id = ?", (started_at, conversation)
        )
    return conversation


def test_a_day_of_single_questions_is_folded_and_hides_no_conversation(site: Open) -> None:
    site.ask()
    ask_at(site, "Long ago", "2024-05-06T10:11:00+00:00")
    long_talk = ask_at(site, "A long talk", "2025-01-02T08:09:00+00:00", turns=3)
    for number in range(9):
        ask_at(site, f"Single {number}", "2025-01-02T09:10:00+00:00")
    site.page.get_by_role("link", name="New conversation").click()
    site.ask()
    days = site.page.locator("#recent > li > details")
    expect(days.locator("> summary")).to_have_text(["Today (2)", re.compile("Jan 2, 2025"), re.compile("2024")])
    expect(days.nth(1)).not_to_have_attribute("open", "")
    days.nth(1).locator("> summary").click()
    shown = days.nth(1).locator("a:visible .asked")
    expect(shown).to_have_text([f"Single {number}" for number in (8, 7, 6, 5, 4)] + ["A long talk"])
    more = days.nth(1).locator("details")
    expect(more.locator("summary")).to_have_text("4 more single questions")
    more.locator("summary").click()
    expect(more.locator("a:visible .asked")).to_have_text([f"Single {number}" for number in (3, 2, 1, 0)])
    site.page.goto(f"/#/c/{long_talk}")
    expect(site.page.locator("#recent a[aria-current]")).to_be_visible()
    site.page.get_by_role("link", name="History").click()
    expect(site.page.locator("#conversations-body a")).to_have_count(13)
    expect(site.page.locator("#conversations-body h2")).to_have_count(3)


def test_questions_that_begin_alike_are_told_apart_at_the_side(site: Open) -> None:
    site.ask()
    alike = "What is the minimum order for"
    ask_at(site, f"{alike} hotels?", "2025-01-02T08:09:00+00:00", turns=3)
    ask_at(site, f"{alike} cafés?", "2025-01-02T09:10:00+00:00")
    site.page.get_by_role("link", name="History").click()
    site.page.locator("#recent summary", has_text="Jan 2").click()
    items = site.page.locator("#recent .item", has_text=alike)
    expect(items).to_have_count(2)
    for item, told in zip(
        items.all(), (r"^\d\d:\d\d$", r"^\d\d:\d\d · 3 questions, last: What .* hotels\?$"), strict=True
    ):
        asked = item.locator(".asked")
        assert asked.evaluate(
            "(asked) => asked.scrollHeight <= asked.clientHeight && asked.scrollWidth <= asked.clientWidth"
        )
        expect(item.locator(".time")).to_have_text(re.compile(told))


def test_days_are_called_as_a_person_calls_them(site: Open) -> None:
    told = {
        "2026-03-01T00:10:00": "Today",
        "2026-02-28T23:50:00": "Yesterday",
        "2026-02-03T12:00:00": "Tue, Feb 3",
        "2025-12-31T12:00:00": "Wed, Dec 31, 2025",
        "never": "never",
    }
    assert {iso: site.page.evaluate(DAY, iso) for iso in told} == told


def test_all_that_was_asked_can_be_reached(site: Open) -> None:
    site.ask()
    for number in range(230):
        ask_at(site, f"Question {number}", f"2025-01-{1 + number % 28:02}T09:10:00+00:00")
    site.page.goto("/#/conversations")
    links = site.page.locator("#conversations-body a")
    expect(links).to_have_count(200)
    site.page.get_by_role("button", name="Show 31 earlier").click()
    expect(links).to_have_count(231)
    expect(site.page.get_by_role("link", name="Earlier ones")).to_be_visible()


# The conversation of the next question


def conversations_of(site: Open) -> list[int]:
    """Return how many questions each conversation has, the latest first."""
    return [each.turns for each in site.collection.archive.conversations()]


def test_another_conversation_opened_meanwhile_gets_the_next_question(site: Open) -> None:
    site.ask()
    first = site.page.url
    site.page.goto("/#/")
    site.page.locator("#welcome h1").wait_for()
    held: list[Route] = []
    site.page.route("**/v1/conversations", lambda route: held.append(route) if not held else route.continue_())
    site.page.fill("#question", "What is asked in a hurry?")
    with site.page.expect_request("**/v1/conversations"):
        site.page.press("#question", "Enter")
    site.page.goto(first)
    site.page.locator(".turn .foot").wait_for()
    held[0].continue_()
    expect(site.page.locator("#send")).to_be_visible()
    site.ask("And which of them is the largest?")
    assert conversations_of(site) == [2]
    assert site.page.url == first
    site.watched.complaints.clear()


def test_a_conversation_whose_first_question_failed_has_its_address_after_the_second(site: Open) -> None:
    site.page.route("**/v1/ask", lambda route: route.abort("connectionrefused"), times=1)
    turn = site.ask()
    turn.get_by_role("button", name="Ask again").click()
    site.page.locator(".turn .foot").wait_for()
    expect(site.page).to_have_url(re.compile("#/c/conv_"))
    expect(site.page.locator("#recent a")).to_have_attribute("aria-current", "page")
    site.page.get_by_role("link", name="Settings").click()
    site.page.go_back()
    expect(site.page.locator(".turn h2")).to_have_text([QUESTION])
    site.watched.complaints.clear()


def test_another_collection_begins_another_conversation(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "mars.txt").write_text("Mars has 2 known moons.", encoding="utf-8")
    settings = Settings(home=tmp_path / "home", collection="mars", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as mars:
        mars.ingest([tmp_path / "mars.txt"])
    with opened(browser, tmp_path) as site:
        site.page.route("**/v1/ask", lambda route: route.abort("connectionrefused"), times=1)
        site.ask()
        site.page.get_by_role("link", name="Settings").click()
        site.page.get_by_label("Collection").select_option("mars")
        site.page.get_by_role("link", name="Ask", exact=True).click()
        expect(site.page.locator(".turn")).to_have_count(0)
        with site.page.expect_request("**/v1/conversations") as begun:
            site.ask("How many known moons has Mars?")
        assert begun.value.post_data_json == {"collection": "mars"}
        assert conversations_of(site) == []
        site.watched.complaints.clear()


# Deleting


def said(site: Open) -> Locator:
    """Return what a screen reader is told."""
    return site.page.locator("#live")


def test_the_conversation_shown_is_deleted_at_the_side_after_a_question(site: Open) -> None:
    site.ask()
    site.page.get_by_role("link", name="New conversation").click()
    site.ask("Which moon of Saturn is the largest?")
    delete = site.page.locator("#recent").get_by_role("button", name="Delete “Which moon of Saturn is the largest?”")
    delete.focus()
    expect(delete).to_have_css("opacity", "1")
    delete.press("Enter")
    dialog = site.page.get_by_role("dialog", name="Delete “Which moon of Saturn is the largest?”?")
    expect(dialog).to_contain_text("The question and its answer are erased on the server")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    site.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert conversations_of(site) == [1, 1]
    assert "Which moon" in site.focused()
    delete.press("Enter")
    dialog.get_by_role("button", name="Delete").click()
    expect(said(site)).to_contain_text("Deleted “Which moon of Saturn is the largest?”.")
    expect(site.page.locator("#recent a .asked")).to_have_text([QUESTION])
    expect(site.page.locator(".turn")).to_have_count(0)
    expect(site.page).to_have_url(re.compile("#/$"))
    expect(site.page.get_by_role("link", name="New conversation")).to_be_focused()
    assert [each.question for each in site.collection.archive.answers()] == [QUESTION]
    site.ask()
    assert conversations_of(site) == [1, 1]


def test_another_conversation_is_deleted_while_one_stays_shown(site: Open) -> None:
    site.ask()
    ask_at(site, "A long talk", "2025-01-02T08:09:00+00:00", turns=3)
    shown = site.page.url
    site.page.goto("/#/conversations")
    site.page.locator("#conversations-body").get_by_role("button", name="Delete “A long talk”").click()
    expect(site.page.get_by_role("dialog")).to_contain_text("Its 3 questions and their answers are erased")
    site.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(said(site)).to_contain_text("Deleted “A long talk”.")
    expect(site.page.locator("#conversations-body a")).to_have_text([QUESTION])
    expect(site.page.locator("#recent a .asked")).to_have_text([QUESTION])
    expect(site.page.locator("#conversations-heading")).to_be_focused()
    assert conversations_of(site) == [1]
    site.page.goto(shown)
    expect(site.page.locator(".turn h2")).to_have_text([QUESTION])


def test_the_conversation_one_came_from_is_deleted_in_the_history_and_not_shown_again(site: Open) -> None:
    site.ask()
    site.page.get_by_role("link", name="History").click()
    site.page.locator("#conversations-body").get_by_role("button", name="Delete").click()
    site.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(site.page.locator("#conversations-body")).to_contain_text("Nothing was asked yet.")
    site.page.go_back()
    expect(site.page.get_by_role("alert")).to_contain_text("The history holds no conversation")
    expect(site.page.locator(".turn")).to_have_count(0)
    site.watched.complaints.clear()


def test_an_answer_that_stands_alone_is_deleted_in_the_history(site: Open) -> None:
    with httpx.Client(base_url=site.address) as client:
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
    site.page.goto("/#/conversations")
    site.page.get_by_role("button", name=f"Delete “{QUESTION}”").click()
    site.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(site.page.locator("#conversations-body")).to_contain_text("Nothing was asked yet.")
    assert site.collection.archive.answers() == []


def test_a_deletion_that_fails_says_why_and_can_be_tried_again(site: Open) -> None:
    site.ask()
    site.page.route("**/v1/conversations/conv_*", lambda route: route.abort("connectionrefused"), times=1)
    site.page.goto("/#/conversations")
    site.page.locator("#conversations-body").get_by_role("button", name="Delete").click()
    dialog = site.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The server does not answer.")
    assert conversations_of(site) == [1]
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_have_count(0)
    assert conversations_of(site) == []
    site.watched.complaints.clear()


def test_a_conversation_deleted_while_it_is_being_answered_stays_deleted(site: Open) -> None:
    site.ask()
    held: list[Route] = []
    site.page.route("**/v1/ask", lambda route: held.append(route), times=1)
    site.ask("And which of them is the largest?", wait=False)
    expect(site.page.locator("#stop")).to_be_visible()
    site.page.locator("#recent").get_by_role("button", name="Delete").click(force=True)
    site.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(site.page.locator("#send")).to_be_visible()
    expect(site.page.locator(".turn")).to_have_count(0)
    assert site.collection.archive.answers() == []
