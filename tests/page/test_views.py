"""The other views of the page, and what holds for all of them: names, keys, contrast, widths, quiet."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, expect

from api import pages
from rag import Collection, Settings
from rag.evaluation.report import MetricSummary, Report
from tests.fakes.embedder import HashEmbedder
from tests.fakes.web_page import END, MOONS, QUESTION, Open, opened
from tests.test_evaluation_page import luminance, top_left

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.timeout(240)

VIEWS = {
    "/#/conversations": "#conversations-body li",
    "/#/documents": "#documents-list li",
    "/#/evaluations": "#evaluations-body .command",
    "/#/settings": "#settings-body dl",
    "/#/": "#welcome h1",
}
"""Addresses of views, and what stands in each once it is filled."""
WIDTHS = (390, 820, 1440)


# Settings and evaluations


def test_what_is_chosen_holds_for_the_next_question(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, path="/#/settings") as site:
        expect(site.page.locator("#settings-body")).to_contain_text("extractive")
        site.page.get_by_label("Strict").check()
        site.page.get_by_label("Passages to read").fill("1")
        site.page.get_by_role("link", name="Ask", exact=True).click()
        site.script("Saturn has 900 known moons.", "Titan is the largest moon of Saturn.")
        with site.page.expect_request("**/v1/ask") as asked:
            turn = site.ask()
        assert asked.value.post_data_json["strict"] is True
        assert asked.value.post_data_json["top_k"] == 1
        expect(turn.locator(".answer")).not_to_contain_text("900")
        site.page.reload()
        expect(site.page.locator("#ask-scope")).to_contain_text("leaves out what is not supported")
        site.require_quiet()


def test_another_collection_is_asked_and_its_sources_open(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "mars.txt").write_text("Mars has 2 known moons.", encoding="utf-8")
    settings = Settings(home=tmp_path / "home", collection="mars", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as mars:
        mars.ingest([tmp_path / "mars.txt"])
    with opened(browser, tmp_path, path="/#/settings") as site:
        site.page.get_by_label("Collection").select_option("mars")
        site.page.get_by_role("link", name="Ask", exact=True).click()
        turn = site.ask("How many known moons has Mars?")
        turn.locator(".answer .chip").click()
        expect(site.page.locator("#pane mark")).to_have_text("Mars has 2 known moons.")
        expect(site.page.locator("#pane .pane-foot a")).to_have_attribute("href", re.compile("collection=mars"))
        site.require_quiet()


def test_settings_tell_nothing_that_is_secret(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path) as site:
        told = site.page.request.get("/v1/settings").text()
        assert set(json.loads(told)) == {
            "collection", "collections", "model", "verifier", "embedder", "top_k", "risk", "strict",
            "question_max_characters", "abilities",
        }  # fmt: skip
        assert str(tmp_path) not in told


def test_reports_are_listed_and_shown(site: Open, tmp_path: Path) -> None:
    site.page.goto("/#/evaluations")
    expect(site.page.locator("#evaluations-body")).to_contain_text("There is no report yet.")
    metrics = {"faithfulness": MetricSummary(0.75, None, 4, {}, 1.0)}
    setup = {"collection": "default", "model": "extractive", "verifier": "built-in/1", "vouch": "0", "metrics": "1"}
    told = json.dumps(Report(4, {}, metrics, {}, setup).as_json())
    (tmp_path / "home" / "first <b>.json").write_text(told, encoding="utf-8")
    other = told.replace('"default"', '"other"')
    (tmp_path / "home" / "other.json").write_text(other, encoding="utf-8")
    (tmp_path / "home" / "none.json").write_text('{"a": 1}', encoding="utf-8")
    (tmp_path / "secret.json").write_text(told, encoding="utf-8")
    site.page.reload()
    rows = site.page.locator("#evaluations-body .rows li")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("faithfulness 0.75")
    rows.get_by_role("link").click()
    expect(site.page.locator("h1")).to_contain_text("Evaluation")
    expect(site.page.locator("main")).to_contain_text("0.750")
    for name in ("../secret", "%2e%2e/secret", "none", "absent"):
        assert site.page.request.get(f"/evaluations/{name}").status == 404


# What holds for all views


NAMELESS = """() => [...document.querySelectorAll("a, button, input, select, textarea, [role], summary, img")]
  .filter((each) => each.checkVisibility() || each.matches("input[type=file]"))
  .filter((each) => !(each.getAttribute("aria-label") || each.textContent.trim() || each.labels?.length
    || each.getAttribute("aria-labelledby") || each.hasAttribute("alt") || each.getAttribute("role") === "status"))
  .map((each) => each.outerHTML.slice(0, 120))"""
DOUBLED = """() => [...document.querySelectorAll("[id]")].map((each) => each.id)
  .filter((id, index, all) => all.indexOf(id) !== index)"""
LEVELS = """() => [...document.querySelectorAll("h1, h2, h3, h4")].filter((each) => each.checkVisibility())
  .map((each) => Number(each.tagName[1]))"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_has_a_name_once_and_nothing_is_wider_than_the_screen(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    files = {"moons.txt": MOONS, f"{'long-name-' * 20}.txt": "word" * 60}
    with opened(browser, tmp_path, files, width=width) as site:
        site.ask().locator(".answer .chip").click()
        for view, filled in {"": "#pane mark", **VIEWS}.items():
            if view:
                site.page.goto(view)
            expect(site.page.locator(filled).first).to_be_visible()
            assert site.page.evaluate(NAMELESS) == []
            assert site.page.evaluate(DOUBLED) == []
            assert site.page.evaluate(TOO_WIDE) == 0
            levels = site.page.evaluate(LEVELS)
            assert levels.count(1) == 1
            assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
        assert site.page.locator("html").get_attribute("lang") == "en"
        site.require_quiet()


def test_all_can_be_reached_and_done_with_the_keyboard(site: Open) -> None:
    page = site.page
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert site.focused() == "skip"
    page.keyboard.press("Enter")
    assert site.focused() == "question"
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".turn .foot").wait_for()
    page.locator("#tabs a").first.focus()
    page.keyboard.press("/")
    assert site.focused() == "question"
    page.keyboard.press("Shift+Tab")
    reached = []
    while "Source 1" not in site.focused() or not reached:
        reached.append(site.focused())
        page.keyboard.press("Shift+Tab")
        assert len(reached) < 20
    page.keyboard.press("Enter")
    expect(page.locator("#pane mark")).to_be_visible()
    page.keyboard.press("Tab")
    assert site.focused() == "Close the source"
    page.keyboard.press("Enter")
    assert "Source 1" in site.focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_what_lies_under_an_open_source_is_out_of_reach_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, width=390) as site:
        site.ask().locator(".answer .chip").click()
        expect(site.page.locator("#pane mark")).to_be_in_viewport()
        assert site.page.evaluate("document.getElementById('main').inert")
        site.page.get_by_role("button", name="Close the source").click()
        assert not site.page.evaluate("document.getElementById('main').inert")
        site.require_quiet()


SHIFTS = """() => { globalThis.shifts = []; new PerformanceObserver((list) => shifts.push(...list.getEntries()))
  .observe({ type: "layout-shift", buffered: true }); }"""


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_jumps_and_the_focus_stays_while_an_answer_comes(browser: Browser, tmp_path: Path, width: int) -> None:
    async def wait() -> None:
        await asyncio.sleep(0.6)

    with opened(browser, tmp_path, width=width) as site:
        site.page.locator("#welcome h1").wait_for()
        site.page.evaluate(SHIFTS)
        site.script(
            "Saturn has 274 known moons.", wait, "Titan is the largest moon of Saturn.", wait,
            "It was discovered by Christiaan Huygens in 1655.", wait, END,
        )  # fmt: skip
        turn = site.ask(wait=False)
        chip = turn.locator(".answer .chip").first
        chip.focus()
        first = chip.element_handle()
        turn.locator(".foot").wait_for()
        expect(turn.locator(".sentence")).to_have_count(3)
        assert first
        assert first.evaluate("(chip) => chip === document.activeElement")
        # 0.1 is what is called good: https://web.dev/articles/cls
        assert site.page.evaluate("shifts.reduce((sum, shift) => sum + shift.value, 0)") < 0.05
        site.require_quiet()


@pytest.mark.parametrize(("dark", "paper"), [(False, (0xFD, 0xFC, 0xFA)), (True, (0x16, 0x17, 0x18))])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_keeps_to_the_readers_scheme(
    browser: Browser, tmp_path: Path, width: int, dark: bool, paper: tuple[int, ...]
) -> None:
    with opened(browser, tmp_path, width=width, dark=dark) as site:
        site.ask()
        assert len(site.page.screenshot()) > 12_000
        corner = site.page.screenshot(clip={"x": width - 4, "y": 500, "width": 4, "height": 4})
        assert top_left(corner) == paper


# Contrast

STYLE = (pages.FOLDER / "assets" / "base.css").read_text(encoding="utf-8")
DARK = "@media screen and (prefers-color-scheme: dark)"
PAIRS = [
    *((ink, paper) for paper in ("paper", "panel", "raised") for ink in ("ink", "quiet", "accent", "supported",
      "partial", "unsupported", "uncited", "neutral")),
    ("on-accent", "accent"),
    ("on-mark", "mark"),
]  # fmt: skip


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_has_a_contrast_of_four_and_a_half_to_one_and_every_edge_of_three(dark: bool) -> None:
    light_part, dark_part = STYLE.split(DARK)
    palette = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", dark_part if dark else light_part))

    def contrast(one: str, other: str) -> float:
        low, high = sorted((luminance(palette[one]), luminance(palette[other])))
        return (high + 0.05) / (low + 0.05)

    assert {pair: round(contrast(*pair), 2) for pair in PAIRS if contrast(*pair) < 4.5} == {}
    assert contrast("edge", "raised") >= 3
    assert contrast("edge", "paper") >= 3
