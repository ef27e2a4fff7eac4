"""Which files of a folder are taken: patterns, ignore files, hidden files, links."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.errors import UsageError
from rag.reading import Folder, Found, discover

TREE = ("a.md", "b.txt", "notes/c.md", "notes/d.tmp", "notes/deep/e.md", "drafts/f.md", "notes/drafts/g.md", ".h/i.md")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"The text of {name}.")
    return tmp_path


def taken(top: Path, root: Path | None = None, **options: list[str]) -> list[str]:
    root = root or top
    return [found.source for found in discover([top], root=root, **options)]  # type: ignore[arg-type]


def test_include_takes_only_what_matches_at_any_depth(tree: Path) -> None:
    assert taken(tree, include=["*.md"]) == [
        "a.md",
        "drafts/f.md",
        "notes/c.md",
        "notes/deep/e.md",
        "notes/drafts/g.md",
    ]
    assert taken(tree, include=["/notes/*.md", "*.txt"]) == ["b.txt", "notes/c.md"]


def test_exclude_leaves_out_files_and_whole_folders(tree: Path) -> None:
    assert taken(tree, exclude=["*.tmp", "drafts/"]) == ["a.md", "b.txt", "notes/c.md", "notes/deep/e.md"]
    assert taken(tree, exclude=["/drafts", "deep", "*.tmp"]) == ["a.md", "b.txt", "notes/c.md", "notes/drafts/g.md"]


def test_what_both_are_said_of_is_left_out(tree: Path) -> None:
    assert taken(tree, include=["*.md"], exclude=["notes"]) == ["a.md", "drafts/f.md"]


def test_an_ignore_file_holds_for_its_folder_and_those_below_and_the_inner_one_wins(tree: Path) -> None:
    (tree / ".vouchignore").write_text("# what is not read\n*.tmp\n*.md\n!a.md\n")
    (tree / "notes/.vouchignore").write_text("!c.md\n")
    (tree / "notes/deep/.vouchignore").write_text("!/e.md\n")
    assert taken(tree) == ["a.md", "b.txt", "notes/c.md", "notes/deep/e.md"]


def test_a_pattern_given_by_hand_holds_over_an_ignore_file(tree: Path) -> None:
    (tree / ".vouchignore").write_text("!*.tmp\n*.txt\n")
    assert taken(tree, exclude=["*.tmp", "!b.txt", "*.md"]) == ["b.txt"]


def test_ignore_files_above_count_unless_they_leave_out_the_very_folder_that_is_named(tree: Path) -> None:
    (tree / ".vouchignore").write_text("*.tmp\nnotes/deep/\n")
    assert taken(tree / "notes", tree) == ["notes/c.md", "notes/drafts/g.md"]
    assert taken(tree / "notes/deep", tree) == ["notes/deep/e.md"]
    assert any(source.endswith("d.tmp") for source in taken(tree / "notes", tree / "drafts")), "not below the root"


def test_a_file_that_is_named_by_itself_is_taken_whatever_is_said_of_its_kind(tree: Path) -> None:
    (tree / ".vouchignore").write_text("*\n")
    assert list(discover([tree / "a.md"], root=tree, include=["*.txt"], exclude=["*.md"])) == [
        Found(tree / "a.md", "a.md")
    ]
    assert taken(tree) == []


def test_a_path_named_twice_is_taken_once(tree: Path) -> None:
    found = [each.source for each in discover([tree / "notes", tree / "notes/c.md", tree], root=tree, include=["c.md"])]
    assert found == ["notes/c.md"]


@pytest.mark.parametrize("names", [("", "z.foo"), ("z.foo", ""), ("z.foo", "", "z.foo")])
def test_what_a_folder_refuses_is_taken_where_it_is_named_and_told_of_once(tree: Path, names: tuple[str, ...]) -> None:
    (tree / "z.foo").write_text("A text of an unknown kind.")
    told = list(discover([tree / name for name in names], root=tree, include=["*.foo"]))
    assert told == [Found(tree / "z.foo", "z.foo")]


def test_what_is_refused_twice_is_told_once(tree: Path) -> None:
    assert len(list(discover([tree / "gone", tree / "gone"], root=tree))) == 1


def test_a_file_has_one_name_though_it_is_named_through_a_link(tree: Path) -> None:
    link = tree.parent / "link"
    link.symlink_to(tree)
    inner = link / "notes"
    assert taken(inner, tree) == taken(tree / "notes", tree)
    assert [each.source for each in discover([inner / "c.md", tree / "notes/c.md"], root=tree)] == ["notes/c.md"]
    assert taken(tree / "notes", link) == taken(tree / "notes", tree), "the root may be the one with the link"
    (tree / "linked.md").symlink_to(tree / "a.md")
    assert [each.source for each in discover([link / "linked.md"], root=tree)] == ["linked.md"]


@pytest.mark.parametrize("option", ["include", "exclude"])
@pytest.mark.parametrize(
    "pattern", ["!", "[z-a]", "*a*a*a*a*a", "x/*a*b*c*d*e/y", "**/a/**/a/**/a/**/b", "a**a**a**b", "a*a*/*a*a/a*b"]
)
def test_a_pattern_that_cannot_be_used_is_an_error_that_names_it(tree: Path, option: str, pattern: str) -> None:
    with pytest.raises(UsageError) as caught:
        taken(tree, **{option: [pattern]})
    assert caught.value.field == option
    assert repr(pattern) in caught.value.message


def test_an_ignore_file_that_cannot_be_used_is_an_error_that_names_file_and_line_and_not_its_words(tree: Path) -> None:
    path = tree / "notes/.vouchignore"
    for content, said in (
        (b"*.tmp\n[secret-a]\n", "Line 2 of"),
        (b"\xff\xfe", "UTF-8"),
        (b"a\n" * 40_000, "Write fewer"),
    ):
        path.write_bytes(content)
        with pytest.raises(UsageError) as caught:
            taken(tree)
        assert said in f"{caught.value.message} {caught.value.remedy}"
        assert str(path) in caught.value.message
        assert "secret" not in str(caught.value)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UsageError, match="pipe"):
        taken(tree)


def test_no_pattern_takes_long_on_any_name(tree: Path) -> None:
    (tree / "notes" / ("a" * 250)).write_text("A name made to be compared for long.")
    began = time.perf_counter()
    taken(tree, exclude=["*a*a*a*b", "**/*a*a*a*b", "a*/**/*a*a*b", "**/a/**/a/**/b", "a**a**b"])
    assert time.perf_counter() - began < 5


def test_what_a_folder_would_take_is_what_it_takes(tree: Path) -> None:
    (tree / ".vouchignore").write_text("*.tmp\n/drafts/\n")
    folder = Folder(tree, tree, include=["*.md", "*.tmp"], exclude=["deep"])
    files = set(folder.files())
    assert files
    assert {tree / name for name in TREE if folder.would_take(tree / name)} == files
    assert folder.would_take(tree / "not/there/yet.md")
    assert not folder.would_take(tree / "not/there/deep/yet.md")
    assert not folder.would_take(tree / "drafts/yet.md")


def test_files_that_are_ignored_are_not_looked_into(tree: Path) -> None:
    (tree / "drafts/.vouchignore").write_text("[z-a]\n")
    (tree / ".vouchignore").write_text("/drafts/\n")
    assert "a.md" in taken(tree)


NAMES = st.sampled_from(["a", "b", "ab", "a.md", "b.txt", "c"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
PATTERNS = st.lists(
    st.sampled_from(["a", "b/", "/a", "*.md", "!a.md", "a/b", "**/c", "a/**", "!b", "a*", "/*", "!/a", "?"]), max_size=4
)


@settings(max_examples=25, deadline=None)
@given(paths=st.lists(PATHS, min_size=1, max_size=8, unique=True), outer=PATTERNS, inner=PATTERNS)
@example(paths=["a/a", "a/b"], outer=["a/**"], inner=["!b"])
def test_ignore_files_say_what_git_says(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str], outer: list[str], inner: list[str]
) -> None:
    top = tmp_path_factory.mktemp("git")
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    for path in paths:
        place = top / path
        if not any(parent.is_file() for parent in [place, *place.parents]) and not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("text")
    for folder, patterns in ((top, outer), (top / "a", inner)):
        if folder.is_dir():
            for name in (".gitignore", ".vouchignore"):
                (folder / name).write_text("\n".join(patterns) + "\n")
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-per-directory=.gitignore", "-z"],
        cwd=top, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    expected = sorted(path for path in listed.split("\0") if path and not Path(path).name.startswith("."))
    assert sorted(str(path.relative_to(top)) for path in Folder(top, top).files()) == expected
