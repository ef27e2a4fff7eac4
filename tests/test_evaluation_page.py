"""The page of an evaluation: it says what the report says, hostile text stays text, and a real browser shows it."""

from __future__ import annotations

import re
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.evaluation.comparison import Change, Comparison, Difference
from rag.evaluation.details import AnswerDetail, CitationDetail, ContextDetail, Score
from rag.evaluation.page import render_page, write_page
from rag.evaluation.page.answers import parts_of, view_answers
from rag.evaluation.page.figures import bars_of, histogram
from rag.evaluation.report import Interval, MetricSummary, Report
from rag.types import Claim, ProblemKind, Span, Usage, Verdict
from tests.fakes.browser import CHROMIUM, open_page, photograph
from tests.test_cli import Vouch, filled, vouch

__all__ = ["filled", "vouch"]

SENTENCES = (
    Claim("Saturn has 24 moons.", 0, 20, Verdict.UNSUPPORTED, 0.1, (), "number 24 is not in the source",
          ProblemKind.NUMBER, (Span(11, 13),)),
    Claim("Titan is one of them.", 21, 42, Verdict.SUPPORTED, 0.97, (1,)),
)  # fmt: skip
QUOTE = CitationDetail(1, "Titan is the largest moon of Saturn.", "docs/moons.txt", "Moons", 28, 64, (3, 4))


def answer(name: str, faithfulness: float | None = 0.5, **changes: object) -> AnswerDetail:
    scores = {"faithfulness": Score(faithfulness, None if faithfulness is not None else "it abstained")}
    made = AnswerDetail(
        id=name, question=f"Question {name}?", kind="fact", answer="Saturn has 24 moons. Titan is one of them.",
        reference="Saturn has 274 moons.", answerable=True, sentences=SENTENCES, citations=(QUOTE,),
        contexts=(ContextDetail(1, "Titan is the largest moon of Saturn.", "docs/moons.txt", "Moons"),),
        scores=scores, usage=Usage(1200, 80, 1, 0.0004), timings_ms={"total": 12.5},
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


ANSWERS = (
    answer("good", 1.0, sentences=SENTENCES[1:]),
    answer("bad", 0.0, kind="number", sentences=SENTENCES[:1]),
    answer("middle", 0.5),
    answer("failed", None, scores={}, error="model_timeout", error_detail="Nothing came within 30 s.", sentences=()),
    answer("refused", None, abstained=True, sentences=(), answer="", kind="number"),
)


def report_of(answers: tuple[AnswerDetail, ...] = ANSWERS, **changes: object) -> Report:
    made = Report(
        samples=len(answers),
        failed={"model_timeout": 1},
        metrics={
            "faithfulness": MetricSummary(0.5, Interval(0.25, 0.75), 3, {"it abstained": 1, "not scored": 1}, 0.6),
            "mrr": MetricSummary(None, None, 0, {"no gold places": 5}, 0.0),
        },
        by_kind={"fact": {"faithfulness": 0.75, "mrr": None}, "number": {"faithfulness": 0.0, "mrr": None}},
        setup={"file": "folder/questions.jsonl", "model": "extractive", "verifier": "built-in/1", "vouch": "0.1.0"},
        costs={"llm_calls": MetricSummary(1.0, Interval(1.0, 1.0), 5, {}, 1.0)},
        timings={"latency_ms": MetricSummary(12.5, None, 1, {}, 1.0)},
        answers_per_minute=240.0,
        answers=answers,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class Text(HTMLParser):
    """The text of a page as a reader sees it, its tags, and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.skipping = False
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.skipping = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self.skipping = False

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.words.append(data)


def test_the_page_says_what_the_report_says() -> None:
    text = Text(render_page(report_of())).text
    for said in (
        "Evaluation of questions.jsonl",
        "5 answers, answered by extractive, judged by built-in/1",
        "0.50",
        "95 % interval 0.25–0.75",
        "n = 3",
        "1 of 5 failed: 1 for model_timeout.",
        "1 it abstained; 1 not scored",
        "Not scored for any answer: Reciprocal rank.",
        "Unsupported 0.10",
        "Number 24 is not in the source",
        "Supported 0.97",
        "[1] Moons (docs/moons.txt) lines 3–4",
        "Titan is the largest moon of Saturn.",
        "Saturn has 274 moons.",
        "Nothing came within 30 s.",
        "refused, though the documents hold the answer",
        "1 call of a language model · 1,200 + 80 tokens · 12.5 ms",
        "This run evaluated 240.0 answers a minute.",
        "No source says this.",
    ):
        assert said in text


def test_every_answer_stands_on_the_page_the_worst_first_and_unscored_ones_last() -> None:
    assert [view.id for view in view_answers(ANSWERS)] == ["failed", "bad", "middle", "good", "refused"]
    page = render_page(report_of())
    places = [page.index(f">Question {name}?<") for name in ("failed", "bad", "middle", "good", "refused")]
    assert places == sorted(places)


def test_the_unsupported_part_and_nothing_else_is_underlined() -> None:
    page = render_page(report_of())
    assert re.findall("<u>(.*?)</u>", page) == ["24", "24"]


@given(st.text(max_size=12), st.lists(st.tuples(st.integers(-2, 12), st.integers(-2, 14)), max_size=5))
@example("0123456789", [(0, 5), (1, 3)])
def test_parts_are_the_text_whole_and_mark_just_the_characters_of_their_spans(
    text: str, pairs: list[tuple[int, int]]
) -> None:
    parts = parts_of(text, [Span(*pair) for pair in pairs])
    assert "".join(part.text for part in parts) == text
    marked = [part.missing for part in parts for _ in part.text]
    assert marked == [any(start <= index < end for start, end in pairs) for index in range(len(text))]


@given(st.lists(st.floats(0, 1), max_size=50))
def test_a_distribution_counts_every_value_and_shows_whatever_is_not_empty(values: list[float]) -> None:
    counts = histogram(values)
    assert sum(counts) == len(values)
    if values:
        bars = bars_of(counts)
        assert len(bars) == sum(count > 0 for count in counts)
        assert all(1 <= bar.height <= 28 and bar.y >= 1 for bar in bars)


def test_a_tenth_that_binary_numbers_cannot_hold_lies_where_it_belongs() -> None:
    assert [histogram([tenth / 10]).index(1) for tenth in range(10)] == list(range(10))
    assert histogram([0.1 + 0.7]).index(1) == 8  # which is 0.7999999999999999


def test_the_same_report_gives_the_same_bytes_also_after_it_was_stored() -> None:
    report = report_of()
    assert render_page(report) == render_page(Report.from_json(report.as_json()))


HOSTILE = [
    "<script>document.title='owned'</script>",
    "<img src='{server}/image' onerror=\"document.title='owned'\">",
    "</style><style>@import '{server}/style';</style>",
    "</script><script src={server}/script></script>",
    "\"><iframe src='{server}/frame'></iframe>",
    "' onmouseover='document.title=1' x='",
    "{{{{ 7 * 7 }}}} {{% raw %}} {{# x #}}",
    "<a href='javascript:alert(1)'>link</a>",
    "]]><svg onload=document.title='owned'>",
    "\u202egnp.exe\u202c \u0000 \x1b[31m red \u200b",
    "&lt;script&gt; &amp;amp;",
]


def hostile_report(server: str = "http://127.0.0.1:9") -> Report:
    texts = [text.format(server=server) for text in HOSTILE]
    answers = tuple(
        AnswerDetail(
            id=text, question=text, kind=text, answer=text, reference=text, answerable=None,
            sentences=(Claim(text, 0, len(text), Verdict.PARTIAL, 0.5, (1,), text, None, (Span(1, 4),), (text,)),),
            citations=(CitationDetail(1, text, text, text),),
            contexts=(ContextDetail(1, text, text, text),),
            scores={"faithfulness": Score(0.5, text), text: Score(0.5, text)},
        )
        for text in texts
    )  # fmt: skip
    everywhere = " ".join(texts)
    return report_of(
        answers,
        failed={everywhere: 1},
        metrics={everywhere: MetricSummary(0.5, None, 1, {everywhere: 1}, 1.0)},
        by_kind={text: {everywhere: 0.5} for text in texts},
        setup={"file": everywhere, "model": everywhere, everywhere: everywhere},
    )


def test_hostile_text_stays_text_wherever_it_stands() -> None:
    page = render_page(hostile_report())
    read, plain = Text(page), Text(render_page(report_of()))
    assert read.tags.count("script") == read.tags.count("style") == 1
    assert set(read.tags) <= set(plain.tags) | {"form"}
    assert not {name for name, _ in read.attributes if name.startswith("on") or name in ("src", "style", "action")}
    assert all(value.startswith("#") for name, value in read.attributes if name == "href")
    assert "49" not in page.split("<main>")[1].split("</main>")[0].replace("0.49", "")
    for unseen in "\u202e\u202c\x00\x1b\u200b":
        assert unseen not in page


def test_the_page_allows_itself_nothing_but_its_own_style_and_script() -> None:
    page = render_page(report_of())
    (policy,) = re.findall('Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src &#39;none&#39;")
    assert "unsafe" not in policy
    assert not re.search(r"https?://", page)


def test_a_page_without_texts_and_one_without_answers_say_so() -> None:
    bare = report_of(tuple(each.without_text() for each in ANSWERS))
    text = Text(render_page(bare)).text
    assert "The text of this answer was not kept." in text
    assert "Saturn" not in text
    empty = Report(0, {}, {}, {}, {})
    assert "0 answers" in Text(render_page(empty)).text


def test_half_a_character_does_not_keep_a_page_from_being_written(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    write_page(file, report_of((answer("half \ud83d", question="Half \ud83d?"),)))
    assert b"Half ?" in file.read_bytes()
    (tmp_path / "plain").touch()
    assert file.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_what_changed_since_another_run_is_told_and_leads_to_the_answers() -> None:
    worse = (Change("bad", 1.0, 0.0), Change("<gone>", 1.0, 0.5))
    difference = Difference(0.75, 0.5, -0.25, Interval(-0.5, 0.125), 0.04, 3, (Change("good", 0.5, 1.0),), worse)
    page = render_page(
        report_of(), Comparison({"faithfulness": difference}, warnings=("vouch was 0.1.0 and is 0.2.0",))
    )
    text = Text(page).text
    for said in (
        "−0.250 since the other run",
        "−0.500 to +0.125",
        "0.040",
        "Not the same in both: vouch was 0.1.0 and is 0.2.0.",
        "Answers that got worse (2)",
        "Faithfulness 1.000 → 0.000",
        "<gone>",
        "Answers that got better (1)",
    ):
        assert said in text
    (anchor,) = re.findall('<a href="#(a[0-9]+)" dir="auto">Question bad', page)
    assert f'id="{anchor}"' in page
    assert page.index(f'id="{anchor}"') < page.index(">Question bad?<", page.index('id="answers"'))


def test_the_command_line_writes_the_page_with_what_was_said_and_what_changed(filled: Vouch) -> None:
    file = filled.folder / "samples.jsonl"
    file.write_text('{"id": "m", "question": "How many known moons has Saturn?"}', encoding="utf-8")
    page = filled.folder / "report.html"
    run = filled("evaluate", file, "--html", page, "-o", filled.folder / "run.json")
    assert run.code == 0, run.err
    assert f"The page: {page}" in " ".join(run.err.split())
    assert "Saturn has 274 known moons." in Text(page.read_text(encoding="utf-8")).text
    assert filled("evaluate", file, "--html", page, "--compare", filled.folder / "run.json").code == 0
    assert "Since the other run" in Text(page.read_text(encoding="utf-8")).text
    for place in (filled.folder / "no/report.html", filled.folder):
        for option in ("--html", "--output"):
            run = filled("evaluate", file, option, place)
            assert run.code == 2
            assert "cannot be written" in run.err
            assert "The scores of each answer" not in run.err, "nothing was asked, and nothing paid for"


# Contrast

LIGHT, DARK = "@media (prefers-color-scheme: dark)", "@media print"


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_text_has_a_contrast_of_four_and_a_half_to_one_in_light_and_dark() -> None:
    style = render_page(report_of()).split("<style>")[1]
    for block in (style.split(LIGHT)[0], style.split(LIGHT)[1].split("* {")[0]):
        palette = colours(block)
        paper = luminance(palette["paper"])
        for name in ("ink", "quiet", "accent", "supported", "partial", "unsupported", "uncited", "neutral"):
            light, dark = sorted((paper, luminance(palette[name])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name


# In a browser

in_browser = pytest.mark.skipif(CHROMIUM is None, reason="There is no Chromium here: apt-get install chromium.")


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server that notes what is asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *values: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()
        thread.join()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    write_page(file, report_of())
    return file


def shown(dom: str) -> list[str]:
    """Return the ids of the answers that are not hidden, in the order of the page."""
    found = []
    for tag in re.findall('<li class="answer"[^>]*>', dom):
        anchor = re.search('id="(a[0-9]+)"', tag)
        if anchor and ' hidden=""' not in tag:
            found.append(anchor[1])
    return found


@in_browser
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", ["a4", "a2", "a3", "a1", "a5"]),
        ("#verdict=unsupported", ["a2", "a3"]),
        ("#kind=number&verdict=refused", ["a5"]),
        ("#search=TITAN%20middle", ["a3"]),
        ("#order=file&kind=fact", ["a1", "a3", "a4"]),
        ("#verdict=nonsense&search=", ["a4", "a2", "a3", "a1", "a5"]),
    ],
)
def test_the_filters_show_what_was_asked_for(fragment: str, expected: list[str], page: Path) -> None:
    look = open_page(page, fragment)
    assert look.console == []
    assert shown(look.dom) == expected
    assert f"{len(expected)} of 5 answers" in look.dom


@in_browser
@pytest.mark.timeout(240)
def test_hostile_text_is_inert_in_a_browser_and_nothing_is_asked_of_the_network(
    server: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, asked = server
    file = tmp_path / "page.html"
    write_page(file, hostile_report(address))
    look = open_page(file)
    assert look.console == []
    assert asked == []
    assert "<title>Evaluation of" in look.dom
    assert not re.search("<(?:img|iframe|object|link|base)", look.dom)
    assert f"{len(HOSTILE)} of {len(HOSTILE)} answers" in look.dom


def top_left(png: bytes) -> tuple[int, ...]:
    """Return the colour of a picture's first pixel, which every PNG filter leaves as it is."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert width > 0
    assert height > 0
    assert (depth, kind) in ((8, 2), (8, 6))
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    return tuple(zlib.decompress(data)[1:4])


@in_browser
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("width", "switches", "paper"),
    [
        (1400, ("--blink-settings=preferredColorScheme=1",), (0xFD, 0xFC, 0xFA)),
        (1400, ("--blink-settings=preferredColorScheme=0",), (0x16, 0x17, 0x18)),
        (500, ("--blink-settings=preferredColorScheme=1",), (0xFD, 0xFC, 0xFA)),
    ],
)
def test_a_picture_of_the_page_is_not_empty_and_keeps_to_the_readers_scheme(
    width: int, switches: tuple[str, ...], paper: tuple[int, ...], page: Path, tmp_path: Path
) -> None:
    picture = photograph(page, tmp_path / "page.png", width, 1200, *switches)
    assert len(picture) > 20_000
    assert top_left(picture) == paper


@in_browser
@pytest.mark.timeout(240)
def test_one_of_several_hundred_answers_is_found(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    write_page(file, report_of(tuple(answer(f"{number}", number / 400) for number in range(400))))
    look = open_page(file, "#search=question%20399")
    assert shown(look.dom) == ["a400"]
