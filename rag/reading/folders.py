"""Folders: which of the files below them are read."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import SourceError, SourceTooLarge, SourceUnreadable, UsageError
from rag.reading.files import read_bytes, unsupported
from rag.types import Refusal

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILE = ".vouchignore"
IGNORE_FILE_MAX_BYTES = 64_000
STARS_MAX = 4
"""Of stars beside other characters in a pattern, all names together: four take a third of a second on the worst name,
six take minutes."""
DEEP_STARS_MAX = 3
"""Of double stars in a pattern, for the same reason: seven took 93 s on a path of 60 folders."""


class Found(NamedTuple):
    """A file to read, and the name it goes by."""

    path: Path
    source: str


class Rules(NamedTuple):
    """Patterns, and the folder that what they say is counted from."""

    folder: str
    patterns: GitIgnoreSpec


class Folder:
    """A folder that is named, and which of the files below it are taken.

    Hidden files and folders are passed over, and what a pattern or an ignore file leaves out. Patterns are written as
    in ``.gitignore`` and counted from the folder; an ignore file's are counted from where it lies. Ignore files are
    read in the folder, in those below, and in those above up to `base`; where two say different things, the inner one
    holds, and a pattern given by hand holds over all of them.
    """

    def __init__(self, top: Path, base: Path, *, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """Take the folder and what is said of it.

        Args:
            top: The folder, absolute.
            base: The outermost folder whose ignore file counts, where `top` lies below it.
            include: Only files that match one of these patterns; all if empty.
            exclude: No file or folder that matches one of these.

        Raises:
            UsageError: A pattern cannot be understood.
        """
        self.top = str(top)
        self.base = base
        self.include = compile_patterns(include, "include") if include else None
        self.exclude = Rules(self.top, compile_patterns(exclude, "exclude")) if exclude else None
        self._rules: dict[str, tuple[Rules, ...]] = {}

    @cached_property
    def outer_rules(self) -> tuple[Rules, ...]:
        """The rules of the folders above, outermost first, but for those that would leave out the folder itself."""
        top = Path(self.top)
        if top == self.base or not top.is_relative_to(self.base):
            return ()
        above = [str(folder) for folder in reversed(top.parents) if folder.is_relative_to(self.base)]
        rules = [each for folder in above if (each := read_rules(folder)) is not None]
        return tuple(each for each in rules if verdict(each, self.top, is_folder=True) is not True)

    def rules_in(self, folder: str) -> tuple[Rules, ...]:
        """Return the rules that hold for what lies directly in a folder, outermost first.

        Raises:
            UsageError: An ignore file cannot be read or understood.
        """
        if folder not in self._rules:
            outer = self.outer_rules if folder == self.top else self.rules_in(os.path.dirname(folder))
            own = read_rules(folder)
            self._rules[folder] = outer if own is None else (*outer, own)
        return self._rules[folder]

    def takes(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether a file, or what a folder holds, is taken; the folders above it are not asked."""
        if os.path.basename(path).startswith("."):
            return False
        said = verdict(self.exclude, path, is_folder=is_folder) if self.exclude is not None else None
        for rules in reversed(self.rules_in(os.path.dirname(path))):
            if said is not None:
                break
            said = verdict(rules, path, is_folder=is_folder)
        if said:
            return False
        return is_folder or self.include is None or self.include.match_file(os.path.relpath(path, self.top))

    def would_take(self, path: Path) -> bool:
        """Tell whether a file at a path below would be taken if there were one."""
        *folders, name = path.relative_to(self.top).parts
        current = self.top
        for folder in folders:
            current = os.path.join(current, folder)
            if not self.takes(current, is_folder=True):
                return False
        return self.takes(os.path.join(current, name), is_folder=False)

    def files(self) -> Iterator[Path]:
        """Yield the files below, in the order of their paths; linked folders are not entered.

        What cannot be looked at, be it a folder, is yielded like a file: reading it is refused.

        Raises:
            UsageError: An ignore file cannot be read or understood.
        """
        waiting = [self.top]
        while waiting:  # no recursion: folders may lie deeper than Python's stack
            path = waiting.pop()
            is_folder = os.path.isdir(path)
            if path != self.top and ((is_folder and is_link(path)) or not self.takes(path, is_folder=is_folder)):
                continue
            try:
                names = sorted(os.listdir(path), reverse=True) if is_folder else None
            except OSError:
                names = None
            if names is None:
                yield Path(path)
            else:
                waiting.extend(os.path.join(path, name) for name in names if not name.startswith("."))


def find_files(
    paths: Sequence[Path | str],
    *,
    suffixes: Collection[str],
    root: Path | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Iterator[Found | Refusal]:
    """Yield the files that are named, and those in the folders that are named; see `rag.reading.discover`."""
    base = absolute(root if root is not None else os.getcwd())
    told: dict[str, Found | Refusal] = {}
    for given in paths:
        top = place_of(given, base)
        named = Folder(top, base, include=include, exclude=exclude)
        for path in named.files() if os.path.isdir(top) else [top]:
            found = check_found(path, top, base, suffixes)
            if isinstance(told.get(found.source), Refusal | None):  # what is taken under one name is not refused
                told[found.source] = found
    yield from told.values()


def absolute(path: Path | str) -> Path:
    """Return a path from the root on, without ``..``; links stay as they are named."""
    return Path(os.path.abspath(path))


def place_of(path: Path | str, base: Path) -> Path:
    """Return the absolute path of what is named, below `base` where it lies there, though a link be part of its name.

    Only the folders above it count: a link that is named itself stays the link that it is.
    """
    place = absolute(path)
    if place.is_relative_to(base):
        return place
    real, real_base = Path(os.path.realpath(place.parent), place.name), Path(os.path.realpath(base))
    return base / real.relative_to(real_base) if real.is_relative_to(real_base) else place


def source_of(path: Path, base: Path) -> str:
    """Return the source of the file at an absolute path: from `base` on where it lies below, and else the whole."""
    return (path.relative_to(base) if path.is_relative_to(base) else path).as_posix()


def compile_patterns(lines: Sequence[str], field: str, place: str = "") -> GitIgnoreSpec:
    """Return patterns in the syntax of ``.gitignore``.

    Args:
        lines: One pattern each; empty ones and those that begin with ``#`` say nothing.
        field: The input they come from.
        place: The file they stand in; empty where they were given by hand.

    Raises:
        UsageError: One cannot be understood, or could take for ever to compare.
    """
    from re import error as PatternError  # noqa: N812

    from pathspec import GitIgnoreSpec

    for number, line in enumerate(lines, 1):
        shown = f"Line {number} of {place}" if place else f"The pattern {line!r}"
        names = line.split("/")
        deep = names.count("**")
        stars = sum(name.count("*") for name in names if name.strip("*"))
        try:
            GitIgnoreSpec.from_lines([line])
        except (ValueError, PatternError) as error:
            raise UsageError(f"{shown} is no pattern.", remedy="Write it as in .gitignore.", field=field) from error
        if stars > STARS_MAX:
            raise UsageError(
                f"{shown} has {stars} stars within names.", remedy=f"Use at most {STARS_MAX}.", field=field
            )
        if deep > DEEP_STARS_MAX:
            raise UsageError(f"{shown} has '**' {deep} times.", remedy=f"Use at most {DEEP_STARS_MAX}.", field=field)
    # What lies below a folder is not the folder, which GitIgnoreSpec takes a last ``/**`` for too.
    return GitIgnoreSpec.from_lines([f"{line}/*" if line.endswith("/**") else line for line in lines])


def read_rules(folder: str) -> Rules | None:
    """Return what the ignore file of a folder says; None where it has none.

    Raises:
        UsageError: It cannot be read or understood: what was to be left out would be taken.
    """
    path = os.path.join(folder, IGNORE_FILE)
    if not os.path.lexists(path):
        return None
    try:
        text = read_bytes(Path(path), path, IGNORE_FILE_MAX_BYTES).decode("utf-8-sig")
    except SourceError as error:
        remedy = "Write fewer patterns." if isinstance(error, SourceTooLarge) else error.remedy
        raise UsageError(error.message, remedy=remedy, field=IGNORE_FILE) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path!r} is not UTF-8 text.", remedy="Save it as UTF-8.", field=IGNORE_FILE) from error
    return Rules(folder, compile_patterns(text.splitlines(), IGNORE_FILE, repr(path)))


def verdict(rules: Rules, path: str, *, is_folder: bool) -> bool | None:
    """Tell whether rules leave out a path below their folder; None where they say nothing of it."""
    return rules.patterns.check_file(os.path.relpath(path, rules.folder) + ("/" if is_folder else "")).include


def is_link(path: Path | str) -> bool:
    """Tell whether a path is a link; what cannot be looked at is none."""
    try:
        return bool(stat.S_ISLNK(os.lstat(path).st_mode))
    except (OSError, ValueError):
        return False


def check_found(path: Path, top: Path, base: Path, suffixes: Collection[str]) -> Found | Refusal:
    """Return the file with its name, or why it is refused; a path that cannot be looked at is refused, too."""
    source = source_of(path, base)
    shown = source.encode("utf-8", "backslashreplace").decode()
    if shown != source:
        return Refusal(shown, SourceUnreadable.code, f"The name of {shown} is not valid UTF-8. Rename it.")
    try:
        return check_place(path, source, top, suffixes)
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links is a RuntimeError in some versions
        reason = getattr(error, "strerror", None) or str(error)
        return Refusal(source, SourceUnreadable.code, f"{source!r} cannot be read: {reason}. Check its path.")


def check_place(path: Path, source: str, top: Path, suffixes: Collection[str]) -> Found | Refusal:
    """Return the file if it lies where it may and has a reader, or why it is refused.

    Raises:
        OSError: It cannot be looked at.
    """
    if os.path.isdir(path):
        return Refusal(source, SourceUnreadable.code, f"The folder {source!r} cannot be read. Check its permissions.")
    if not os.path.lexists(path):
        return Refusal(source, SourceUnreadable.code, f"There is no file {source!r}. Check its path.")
    os.stat(path)  # a link may lead nowhere, or to itself
    if path != top and is_link(path) and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(top)):
        reason = f"{source!r} is a link that leads out of the folder. Name its target to ingest it."
        return Refusal(source, SourceUnreadable.code, reason)
    if path != top and path.suffix.lower() not in suffixes:
        error = unsupported(source)
        return Refusal(source, error.code, str(error))
    return Found(path, source)
