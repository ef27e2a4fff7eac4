"""Files read: what a person reads, where each character stands, and what is refused."""

import codecs
import errno
import hashlib
import os
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import (
    SourceDamaged,
    SourceEmpty,
    SourceError,
    SourceNotText,
    SourceTooLarge,
    SourceUnreadable,
    SourceUnsupported,
)
from rag.reading import SUFFIXES, Found, discover, hash_file, is_markup, read, read_markup
from rag.reading.inline import parser
from rag.reading.text import read_text
from rag.sentences import segment
from rag.types import Document, Locator, ReadingText, Refusal

DOCUMENTS = Path(__file__).parents[1] / "corpus" / "documents"
SEEDS = sorted(DOCUMENTS.glob("*.txt"))


def read_file(path: Path, *, max_bytes: int = 10**6, max_characters: int = 10**6) -> Document:
    return read(path, source=path.name, max_bytes=max_bytes, max_characters=max_characters)


def seed(number: int) -> Document:
    return read_file(SEEDS[number])


def written(folder: Path, content: bytes | str, name: str = "a.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def assert_same_characters(reading: ReadingText, canonical: str) -> None:
    """No character that a person can see stands for another one, but for entities."""
    for index, character in enumerate(reading.text):
        if not character.isspace() and "&" not in canonical:
            assert canonical[reading.position(index)] == character


def assert_maps(reading: ReadingText, canonical: str) -> None:
    """The law of every reading text: gapless runs, positions that never go back, characters that are the same."""
    following = 0
    last = 0
    for start, position, length, step in reading.runs:
        assert start == following
        assert length > 0
        assert last <= position
        if step:
            assert reading.text[start : start + length] == canonical[position : position + length]
        following = start + length
        last = position + step * (length - 1)
    assert following == len(reading.text)
    assert not canonical or last < len(canonical)


MARKS = """word,two words,# ,*,**,_,~~,`,``,[,],(,),[[a_b | c]],[[a_b]],![x](y),[x](y),<b>,</b>,<br/>,<!--,-->,&amp;,&
\\*,<a class="yt-timestamp" data-t="00:01">[00:00:01]</a>,- ,1. ,> ,|,```,    ,---,===,<div>,</div>,<style>,[^1],[^1]: 
[r]: http://x,👩‍👩‍👧,é,汉字,<https://a.b/c%20d>,. ,<script>x</script>,![[e.png]],\\,## A,~~~,a\\|b"""
CONTROLS = [
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
    "\u200b",
    "\u202e",
    "\u200d",
    "\x0c",
    "\x00",
    "\ufeff",
    "\u3000",
    "\u2028",
    " ",
    "  \n",
]
BLOCKS = ["---\ntitle: x\n---\n", "|---|\n", "| a | b |\n|---|---|\n| c \\| d | **e** |\n", "## A\n", "\n```\n", "\n- "]
MARKUP = st.sampled_from([*MARKS.replace("\n", ",").split(","), *CONTROLS, *BLOCKS])


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(MARKUP, max_size=40).map("".join)))
def test_every_character_of_markup_read_maps_to_the_canonical_text(text: str) -> None:
    reading, locators, _ = read_markup(text)
    assert_maps(reading, text)
    assert_same_characters(reading, text)
    assert [locator.start for locator in locators] == sorted(locator.start for locator in locators)
    assert all(0 <= locator.start < len(text) for locator in locators)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(MARKUP, max_size=40).map("".join)))
def test_every_character_of_plain_text_read_maps_to_the_canonical_text(text: str) -> None:
    reading, locators, _ = read_text(text)
    assert_maps(reading, text)
    assert all(0 <= locator.start < len(text) for locator in locators)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["alpha", "beta", "gamma", "3.7", "été", "汉字"]), min_size=1, max_size=8), st.data())
def test_no_word_is_lost_whatever_marks_stand_around_it(words: list[str], data: st.DataObject) -> None:
    marks = st.sampled_from(["{}", "*{}*", "**{}**", "`{}`", "[{}](http://x.y)", "[[t_u | {}]]", "<b>{}</b>", "~~{}~~"])
    blocks = st.sampled_from(
        ["{}", "# {}", "- {}", "1. {}", "> {}", "```\n{}\n```", "| {} | x |\n|---|---|", "<p>{}</p>"]
    )
    text = "\n\n".join(data.draw(blocks).format(data.draw(marks).format(word)) for word in words)
    reading, _, _ = read_markup(text)
    position = 0
    for word in words:
        position = reading.text.index(word, position) + len(word)
        low, high = reading.locate(position - len(word), position)
        assert text[low:high] == word


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_every_sentence_of_a_seed_quotes_its_file(path: Path) -> None:
    document = read_file(path)
    assert document.text == path.read_bytes().decode()
    assert (
        document.revision
        == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        == hash_file(path, max_bytes=10**6)
    )
    assert document.size_bytes == path.stat().st_size
    assert_maps(document.reading, document.text)
    for start, end in segment(document.reading.text):
        low, high = document.reading.locate(start, end)
        assert document.text[low] == document.reading.text[start]
        assert document.text[high - 1] == document.reading.text[end - 1]


def test_the_markdown_seed_has_no_markup_left() -> None:
    document = seed(2)
    reading = document.reading.text
    assert document.text.count("yt-timestamp") == 75
    for mark in ("yt-timestamp", "[0", "[[", "]]", "|", "<", "**", "#", "---", "videoId", "_", " ."):
        assert mark not in reading
    assert reading.startswith("From: redpointai\n\nDouglas, a key part of Anthropic's Claude 4 models, discussed")
    assert "and advances in specific domains like medicine and law. Douglas also shared insights" in reading
    assert "Claude Code, GitHub integration, OpenAI's CodeX, and Google's coding agent" in reading
    assert "axes:\n1. Absolute intellectual complexity of the task.\n2. Amount of context" in reading
    assert document.title == "Anthropics Claude 4 models and their capabilities"
    assert document.metadata == {"title": document.title, "videoId": "W1aGV4K3A8Y"}
    headings = [locator.value for locator in document.locators]
    assert len(headings) == 14
    assert headings[:2] == [("Claude 4 Capabilities",), ("Claude 4 Capabilities", "Key Improvements")]
    assert ("Economic Impact and Future Trends", "Model Release Cadence") in headings


def test_a_quote_of_the_markdown_seed_holds_the_markup_between_its_ends() -> None:
    document = seed(2)
    words = "Coding is considered the most important leading indicator of model capabilities"
    start = document.reading.text.index(words)
    low, high = document.reading.locate(start, start + len(words))
    assert document.text[low:high] == (
        "Coding is considered the most important leading indicator of "
        "[[evolution_of_ai_models_and_infrastructure | model capabilities"
    )


def test_the_chinese_lines_of_a_seed_stand_as_they_are() -> None:
    document = seed(1)
    assert document.reading.text.rstrip() == document.text.rstrip()
    for line in ("1 订阅 · 2 内容", "研究速览", "正在加载内容卡片…", "  • 登录后可发表评论。"):
        assert line in document.reading.text
    assert document.title == "Claude 4: Anthropic's first model built for agents, not just conversations"
    assert ("Memory, shortcuts, and the agent behavior gap",) in [locator.value for locator in document.locators]


def test_titles_of_the_other_seeds() -> None:
    assert seed(0).title == "Anthropic’s new hybrid AI model can work on tasks autonomously for hours at a time"
    assert seed(3).title == "In November, we outlined our approach to deprecating and preserving older Claude models."
    assert seed(4).title == "[AINews] Anthropic's Agent Autonomy study"
    assert seed(3).locators == seed(4).locators == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A **bold *nested* word** and ~~gone~~ a~b.", "A bold nested word and gone a~b."),
        ("Code `x = 1` and ``a ` b`` here.", "Code x = 1 and a ` b here."),
        ("A ~~~tilde~~ run and ~~~~~ and ***a** b", "A ~tilde run and ~~~~~ and *a b"),
        ("AT&amp;T &lt; 5 \\* six", "AT&T < 5 * six"),
        ("See [the **page**](http://a.b 'title') and <https://a.b/c%20d>.", "See the page and https://a.b/c%20d."),
        ("![an *old* map](map.png) of [it][r]\n\n[r]: http://a.b", "an old map of it"),
        ("One\ntwo  \nthree<br/>four", "One two\nthree\nfour"),
        ("From [[redpoint_ai]] and [[a_b | label]]. ![[x.png]]", "From redpoint ai and label."),
        ('Law <a data-t="1">[00:00:06]</a>. Then <a href="x">[1:02]</a>and on', "Law. Then and on"),
        ('Go to <a href="x">our page</a> now', "Go to our page now"),
        ("Snake_case_name, 2 * 3 * 4, a # b", "Snake_case_name, 2 * 3 * 4, a # b"),
        ("- one\n- two\n  more\n\n3. three", "one\ntwo more\n3. three"),
        ("7. The fee\n8. The deposit\n   1) of two\n   - x\n", "7. The fee\n8. The deposit\n1) of two\nx"),
        ("1986. A great year\n\n3. - nested\n4.\n\n- none", "1986. A great year\n3. nested\nnone"),
        ("Run ssh <hostname>, then <Enter>. A List<String>.", "Run ssh <hostname>, then <Enter>. A List<String>."),
        ("cp <source> a<data>b</data> <data> <x>c</x>", "cp <source> ab <data> <x>c</x>"),
        ("<Tabs at='x'>\n\nText <my\nname> of\n\n</Tabs>", "Text <my name> of"),
        ("[Important]: call-support-first\n\n[a]: b.md 'T'\n[d]: /e\n\n[c][a]", "[Important]: call-support-first\n\nc"),
        ("> quoted\n> **text**\nlazy", "quoted text lazy"),
        ("| A | B \\| C |\n|---|---|\n| `1` | [x](y) |\n\nAfter", "A | B | C\n1 | x\n\nAfter"),
        ("```python\ndef f():\n    return 1\n# no\n```\nText", "def f():\n    return 1\n# no\n\nText"),
        ("<div>\n<p>Hello <b>W</b></p><p>Two</p>\n<style>.a{}</style>\n</div>", "Hello W\nTwo"),
        ("Text<!-- a\ncomment --> goes on.[^1]\n\n[^1]: A *note*.", "Text goes on.\n\nA note."),
        ("Title\n===\n\nText\n\n* * *\n\nMore", "Title\n\nText\n\nMore"),
        ("## A heading ##\nText", "A heading\n\nText"),
    ],
    ids=lambda value: value[:20],
)
def test_markup_reads_as_a_person_would_read_it(text: str, expected: str) -> None:
    for canonical in (text, text.replace("\n", "\r\n")):
        reading, _, _ = read_markup(canonical)
        assert reading.text == expected
        assert_maps(reading, canonical)
        assert_same_characters(reading, canonical)


def test_code_is_kept_with_brackets_that_look_like_links() -> None:
    reading, _, _ = read_markup("```\na[[0_1]] = **x**\n```\n\n`b[[i_j]]`")
    assert reading.text == "a[[0_1]] = **x**\n\nb[[i_j]]"


def test_headings_nest_and_end_where_the_next_of_their_level_begins() -> None:
    text = "# Top\n\n## A\n\n### Deep *one*\n\n## B\n\n> # quoted\n\nSetext\n------\n"
    _, locators, title = read_markup(text)
    assert title == "Top"
    assert [(text[locator.start :].split("\n")[0], locator.value) for locator in locators] == [
        ("# Top", ("Top",)),
        ("## A", ("Top", "A")),
        ("### Deep *one*", ("Top", "A", "Deep one")),
        ("## B", ("Top", "B")),
        ("Setext", ("Top", "Setext")),
    ]


def test_text_nested_too_deep_for_markdown_is_not_lost() -> None:
    reading, _, _ = read_markup("> " * 300 + "word")
    assert reading.text.endswith("word")


@pytest.mark.parametrize(
    "text",
    [
        "# A heading\n\nText",
        "Text\n\n## A heading\n\nText",
        "---\ntitle: x\n---\nText",
        "See [this](https://a.b).",
        "From [[somewhere]]",
        "```\ncode\n```",
        "| a | b |\n| --- | --- |\n| c | d |",
        "One<br/>two",
        "It is **bold** here",
    ],
)
def test_markdown_is_known_by_what_it_holds(text: str) -> None:
    assert is_markup(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain prose, with a * star and a # sign and an _underscore_ or two.",
        "# of people: 5\nand more",
        "2 * 3 ** 4 ** 5, snake_case, a < b > c, if (a<b) [1] (see 2)",
        "---\n\nA rule, then text.",
        "- a list\n- of items",
        "[AINews] a title\nx[[1, 2], [3, 4]] and [ -f x ]",
        "#!/bin/sh\n# a comment\necho hi",
        "\t" * 100_000,
    ],
    ids=lambda text: text[:12],
)
def test_plain_text_is_not_taken_for_markdown(text: str) -> None:
    assert not is_markup(text)


def test_front_matter_gives_scalars_only(tmp_path: Path) -> None:
    text = (
        '---\ntitle: "A: title"\ndate: 2025-05-22\nviews: 12\nscore: 0.5\ndraft: false\ncode: 007\n'
        "tags:\n  - a\n  - b\nlist: [a, b]\nempty:\nauthor: X # who\n---\nText.\n"
    )
    document = read_file(written(tmp_path, text, "a.md"))
    assert document.metadata == {
        "title": "A: title",
        "date": "2025-05-22",
        "date_from": "stated",
        "views": 12,
        "score": 0.5,
        "draft": False,
        "code": "007",
        "author": "X",
    }
    assert document.title == "A: title"
    assert document.reading.text == "Text."


@pytest.mark.parametrize(
    "body",
    [
        "Dear all, the office moves on 3 May.\nNote: bring your own laptop.\nParking is free.\n",
        "Note: bring your own laptop.\n\nParking is free.\n",
    ],
)
def test_sentences_between_two_rules_are_no_front_matter(tmp_path: Path, body: str) -> None:
    document = read_file(written(tmp_path, f"---\n{body}---\nThe end.\n", "a.md"))
    assert "bring your own laptop" in document.reading.text
    assert "Parking is free" in document.reading.text
    assert document.metadata == {}


@pytest.mark.parametrize(
    "body", ["# a comment\n\ntitle: A\n", "tags:\n- a\n- b\n", "Übersicht: A\nauthor: B\n", "list: [\n  a\n]\nd: e\n"]
)
def test_what_stands_in_yaml_is_front_matter(tmp_path: Path, body: str) -> None:
    assert read_file(written(tmp_path, f"---\n{body}---\nThe end.\n", "a.md")).reading.text == "The end."


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# From *Markdown*\n\nText.", "From Markdown"),
        ("A short line\n\nAnd text below it.", "A short line"),
        ("This is a sentence. And another.\nMore.", "This is a sentence."),
        ("word " * 100, "word " * 23 + "word…"),
        ("...\n!!!", "..."),
    ],
    ids=lambda value: value[:16],
)
def test_the_title_is_the_best_there_is_and_never_empty(tmp_path: Path, text: str, title: str) -> None:
    found = read_file(written(tmp_path, text)).title
    assert found == title
    assert 0 < len(found) <= 120


def test_what_nobody_can_see_is_dropped_from_the_reading_text_and_kept_in_the_canonical(tmp_path: Path) -> None:
    hidden = "ig\u200bnore\u202e this\U000e0041\U000e0042 \x1b[31mnot\x07 so\u00adft e\u200dnd"
    document = read_file(written(tmp_path, hidden))
    assert document.text == hidden
    assert document.reading.text == "ignore this [31mnot soft end"
    assert_maps(document.reading, hidden)


def test_joiners_stay_where_a_script_or_an_emoji_needs_them() -> None:
    text = "👩‍👩‍👧 and می‌خواهم"
    assert read_text(text)[0].text == text


def test_line_breaks_stay_in_the_canonical_text_and_are_line_feeds_in_the_reading_text(tmp_path: Path) -> None:
    document = read_file(written(tmp_path, "One.\r\nTwo.\rThree.\x0cFour.\n"))
    assert document.text == "One.\r\nTwo.\rThree.\x0cFour.\n"
    assert document.reading.text == "One.\nTwo.\nThree.\nFour."
    assert document.reading.locate(5, 9) == (6, 10)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_names_the_encoding_and_is_dropped(tmp_path: Path, mark: bytes, encoding: str) -> None:
    assert read_file(written(tmp_path, mark + "Été 汉字.".encode(encoding))).text == "Été 汉字."


def test_text_is_never_normalised(tmp_path: Path) -> None:
    assert read_file(written(tmp_path, "e\u0301 ﬁ Å")).text == "e\u0301 ﬁ Å"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", SourceEmpty),
        (b" \r\n\t\n", SourceEmpty),
        (codecs.BOM_UTF8, SourceEmpty),
        ("\u200b\u2060".encode(), SourceEmpty),
        (b"---\ntitle: x\n---\n", SourceEmpty),
        (b"<br/>\n\n<!-- nothing -->\n", SourceEmpty),
        (b"text\0more", SourceNotText),
        ("text".encode("utf-16-le"), SourceNotText),
        ("caf\xe9 cr\xe8me".encode("latin-1"), SourceNotText),
        ("汉字".encode("gb18030"), SourceNotText),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", SourceDamaged),
        (b"\x89PNG\r\n\x1a\n", SourceNotText),
        (codecs.BOM_UTF16_LE + b"a", SourceNotText),
        (b"\xed\xa0\x80", SourceNotText),
        (b"x" * 1001, SourceTooLarge),
        (b"x" * 801, SourceTooLarge),
    ],
)
def test_a_bad_file_is_refused_with_its_name_a_reason_and_a_remedy(
    tmp_path: Path, content: bytes, error: type[SourceError]
) -> None:
    with pytest.raises(error) as raised:
        read_file(written(tmp_path, content), max_bytes=1000, max_characters=800)
    assert "'a.txt'" in raised.value.message
    assert raised.value.remedy


def test_another_encoding_is_refused_with_the_byte_and_its_place(tmp_path: Path) -> None:
    with pytest.raises(SourceNotText, match=r"byte 0xe9 at offset 3\. .*convert it to UTF-8"):
        read_file(written(tmp_path, "caf\xe9".encode("latin-1")))


def test_a_pipe_a_device_and_a_folder_are_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    folder = tmp_path / "folder.txt"
    folder.mkdir()
    device = tmp_path / "device.txt"
    device.symlink_to("/dev/zero")
    for path in (pipe, folder, device):
        with pytest.raises(SourceUnreadable, match="not a file"):
            read_file(path)
        with pytest.raises(SourceUnreadable):
            hash_file(path, max_bytes=10)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    below_a_file = written(tmp_path, "x") / "b.txt"
    for path in (tmp_path / "missing.txt", loop, below_a_file, Path("nul\0.txt"), tmp_path / ("x" * 300 + ".txt")):
        with pytest.raises(SourceUnreadable, match="cannot be read"):
            read_file(path)


def test_a_format_without_a_reader_is_refused_with_those_known(tmp_path: Path) -> None:
    with pytest.raises(SourceUnsupported, match=r"no reader for '\.xyz'.*PDF, DOCX"):
        read_file(written(tmp_path, b"\x89\0\1", "a.xyz"))
    assert read_file(written(tmp_path, "port = 8000", "a.xyz")).text == "port = 8000"
    assert {".txt", ".md", ".pdf", ".docx", ".py"} <= SUFFIXES


def sources(*paths: Path | str, root: Path | None = None) -> list[str]:
    return [found.source for found in discover(paths, root=root) if isinstance(found, Found)]


def refusals(*paths: Path | str, root: Path | None = None) -> dict[str, str]:
    return {found.source: found.code for found in discover(paths, root=root) if isinstance(found, Refusal)}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("docs/b.txt", "docs/a.MD", "docs/sub/c.txt", "docs/.hidden.txt", "docs/.git/d.txt", "docs/e.bin"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        written(tmp_path, name, name)
    return tmp_path


def test_a_folder_gives_its_files_in_order_without_the_hidden_ones(tree: Path) -> None:
    docs = tree / "docs"
    assert sources(docs, root=docs) == ["a.MD", "b.txt", "sub/c.txt"]
    assert refusals(docs, root=docs) == {"e.bin": "source_unsupported"}


def test_a_file_has_one_name_however_it_is_named(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert sources("docs") == ["docs/a.MD", "docs/b.txt", "docs/sub/c.txt"]
    assert sources("docs/sub/c.txt", "docs/sub", "./docs/../docs/sub", tree / "docs/sub/c.txt") == ["docs/sub/c.txt"]
    assert sources("docs", root=tree / "docs") == ["a.MD", "b.txt", "sub/c.txt"]


def test_a_file_outside_of_the_root_goes_by_its_whole_path(tree: Path) -> None:
    (tree / "other").mkdir()
    outside = written(tree, "another text", "other/b.txt")
    assert sources(tree / "docs/b.txt", outside, tree / "docs/b.txt", root=tree / "docs") == ["b.txt", str(outside)]


def test_what_is_missing_is_a_refusal_and_the_rest_goes_on(tree: Path) -> None:
    assert refusals(tree / "nothing", tree / "docs/b.txt", root=tree) == {"nothing": "source_unreadable"}
    assert sources(tree / "nothing", tree / "docs/b.txt", root=tree) == ["docs/b.txt"]


def test_links_lead_neither_in_circles_nor_out_of_the_folder(tree: Path) -> None:
    docs = tree / "docs"
    written(tree, "secret", "secret.txt")
    (docs / "circle").symlink_to(docs)
    (docs / "self.txt").symlink_to(docs / "self.txt")
    (docs / "out.txt").symlink_to(tree / "secret.txt")
    (docs / "in.txt").symlink_to(docs / ".hidden.txt")
    assert sources(docs, root=docs) == ["a.MD", "b.txt", "in.txt", "sub/c.txt"]
    assert refusals(docs, root=docs) == {
        "e.bin": "source_unsupported",
        "out.txt": "source_unreadable",
        "self.txt": "source_unreadable",
    }
    assert sources(docs / "out.txt", root=docs) == ["out.txt"]
    with pytest.raises(SourceUnreadable):
        read_file(docs / "self.txt")


@pytest.mark.parametrize("failing", ["listdir", "lstat", "stat"])
def test_what_cannot_be_looked_at_is_a_refusal_and_the_rest_goes_on(
    tree: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    place = tree / "docs" / ("sub" if failing == "listdir" else "b.txt")
    look = getattr(os, failing)

    def loop(path: str | Path, **keywords: object) -> object:
        if Path(path) == place:
            raise OSError(errno.ELOOP, "Too many levels of symbolic links")
        return look(path, **keywords)

    expected = {*sources(tree / "docs", root=tree / "docs")} - {"b.txt", "sub/c.txt"}
    monkeypatch.setattr(os, failing, loop)
    assert expected <= set(sources(tree / "docs", root=tree / "docs"))
    if failing != "lstat":
        assert refusals(tree / "docs", root=tree / "docs")[place.name] == "source_unreadable"


def test_a_link_to_itself_is_a_refusal_and_the_rest_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/self.txt").symlink_to("self.txt")
    written(tmp_path, "text", "docs/z.txt")
    monkeypatch.chdir(tmp_path)
    assert sources("docs") == ["docs/z.txt"]
    assert refusals("docs", "docs/self.txt") == {"docs/self.txt": "source_unreadable"}


def test_folders_are_walked_however_deep_they_lie(tmp_path: Path) -> None:
    folders = [tmp_path / ("d/" * depth) for depth in range(1, 1200)]
    for folder in folders:
        os.mkdir(folder)
    (folders[-1] / "a.txt").write_text("text")
    assert len(sources(tmp_path)) == 1
    (folders[-1] / "a.txt").unlink()
    for folder in reversed(folders):  # pytest's own clearing up recurses
        os.rmdir(folder)


def test_a_heading_too_long_for_one_opens_no_section() -> None:
    assert read_markup("# " + "a " * 5000 + "\n\nText.\n\n# End\n")[1] == (Locator(10011, "heading", ("End",)),)


def test_hostile_names_stay_names(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = tree / "docs"
    written(docs, "x", "line\nbreak\x1b[31m.txt")
    os.close(os.open(os.fsencode(docs) + b"/bad\xff.txt", os.O_CREAT | os.O_WRONLY))
    assert "line\nbreak\x1b[31m.txt" in sources(docs, root=docs)
    assert refusals(docs, root=docs)["bad\\udcff.txt"] == "source_unreadable"
    monkeypatch.chdir(docs)
    assert sources("../docs/sub/../b.txt") == ["b.txt"]
    assert not any("/../" in f"/{source}/" for source in sources("..", "../docs"))


def test_a_locator_stands_where_its_heading_stands(tmp_path: Path) -> None:
    text = "---\r\na: b\r\n---\r\n\r\n# One\r\n\r\nText.\r\n"
    document = read_file(written(tmp_path, text))
    assert document.locators == (Locator(text.index("# One"), "heading", ("One",)),)


def test_texts_read_at_once_by_several_threads_read_alike() -> None:
    text = "# Title\n\nSome **bold** text with `code`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- item\n\n> quote\n"
    expected = read_markup(text)[0].text
    found: list[str] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(20):
            parser.cache_clear()
            parser()
            threads = [threading.Thread(target=lambda: found.append(read_markup(text)[0].text)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert found == [expected] * 80
