"""Questions with passages that answer them, and with passages that look as if: sequences for the second head."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rag.encoders.evidence import choose_sentences, join_sentences, weigh_sentences
from rag.encoders.support import EVIDENCE_TOKENS
from rag.sentences import segment
from training.edits import NAME, NUMBER, Sources, change_number
from training.edits import Edited as Sentence
from training.examples import Example, Tokens, build_question, sentences_of
from training.sets import read_rows
from training.split import MEASURED, READING, share_of


class QuestionRoom:
    """Makes sequences of a question and the part of a passage nearest to it."""

    def __init__(self, tokens: Tokens, draw: random.Random) -> None:
        """Take the tokenizer and the random numbers."""
        self.tokens, self.draw = tokens, draw

    def example(self, question: str, passage: str, answerable: bool, weight: float = 1.0) -> Example:
        """Return one sequence; the passage is cut to what fits, sentences nearest to the question first."""
        assert self.tokens.rarity is not None
        if self.draw.random() < 0.3:
            question = question[:1].upper() + question[1:].rstrip("?") + self.draw.choice(("", "?"))
        ids = self.tokens.ids(question)
        sentences, breaks = sentences_of([passage], self.tokens)
        if sum(map(len, sentences)) <= EVIDENCE_TOKENS:
            chosen: Sequence[int] = range(len(sentences))
        else:
            chosen = choose_sentences(weigh_sentences(ids, sentences, self.tokens.rarity, breaks), sentences)
        return build_question(join_sentences(sentences, chosen, breaks), ids, answerable, weight)

    def without(self, text: str, gold: Sequence[tuple[int, int]]) -> str:
        """Return a text without the sentences that touch the gold stretches."""
        kept = [
            text[start:end]
            for start, end in segment(text)
            if not any(start < gold_end and gold_start < end for gold_start, gold_end in gold)
        ]
        return " ".join(kept)

    def near_miss(self, question: str, names: Sequence[str]) -> str | None:
        """Return the question about another name or number; None where it has none."""
        sources = Sources(self.draw, None, names, names, [], [])  # type: ignore[arg-type]  no word is looked up
        if NUMBER.search(question) and self.draw.random() < 0.5:
            changed = change_number(Sentence(question), sources)
            return changed.text if changed else None
        found = [match for match in NAME.finditer(question) if match.start() > 0]
        if not found:
            return None
        match = self.draw.choice(found)
        new = self.draw.choice(list(names))
        return None if new in question else question[: match.start()] + new + question[match.end() :]


def read_corpus(data: Path, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return text and title of each document of a retrieval set."""
    rows = list(read_rows(data / f"retrieval/{name}/corpus.jsonl"))
    return {row["id"]: row["text"] for row in rows}, {row["id"]: row["title"] for row in rows}


def nearest(question: set[int], bags: dict[str, set[int]], rarity: np.ndarray, but: set[str], k: int) -> list[str]:  # type: ignore[type-arg]
    """Return the documents that share the rarest tokens with a question."""
    scores = {
        key: sum(rarity[i] for i in question & bag) / (20 + len(bag)) for key, bag in bags.items() if key not in but
    }
    return sorted(scores, key=lambda key: -scores[key])[:k]


def clapnq_examples(data: Path, room: QuestionRoom, names: Sequence[str]) -> Iterator[Example]:
    """Yield ClapNQ: answers stand there, were judged not to, are taken out, or are asked of somebody else."""
    texts, titles = read_corpus(data, "clapnq")
    for row in read_rows(data / "retrieval/clapnq/questions.jsonl"):
        document = row["relevant"][0]["doc_id"] if row["relevant"] else (row.get("against") or [""])
        document = document if isinstance(document, str) else document[0]
        document = document.get("doc_id", "") if isinstance(document, dict) else document
        if document not in texts or share_of("clapnq", document) < READING:
            continue
        for titled in (True, False):
            before = f"{titles[document]}: " if titled else ""
            yield room.example(row["question"], before + texts[document], row["answerable"])
            if row["answerable"]:
                gold = [(place["start"], place["end"]) for place in row["relevant"] if "start" in place]
                rest = room.without(texts[document], gold)
                if len(rest) > 150:
                    yield room.example(row["question"], before + rest, False, 0.7)
                missed = room.near_miss(row["question"], names)
                if missed:
                    yield room.example(missed, before + texts[document], False)


def nomiracl_examples(data: Path, room: QuestionRoom, rank: dict[str, list[int]]) -> Iterator[Example]:
    """Yield NoMIRACL: ten passages judged not to answer, or for an answerable one its nearest as a likely answer.

    Args:
        data: The folder of sets.
        room: Makes the sequences.
        rank: For each question, its passages nearest first, by the bundled embedder.
    """
    for row in read_rows(data / "abstention/nomiracl/questions.jsonl"):
        if share_of("nomiracl", row["id"]) < READING:
            continue
        order = rank[row["id"]]
        if row["answerable"]:
            for place in order[:2]:
                yield room.example(row["question"], row["passages"][place]["text"], True, 0.6)
        else:
            for place in order[:4]:
                yield room.example(row["question"], row["passages"][place]["text"], False, 0.6)


def span_examples(data: Path, name: str, room: QuestionRoom, names: Sequence[str], limit: int) -> Iterator[Example]:
    """Yield a set with gold stretches: the stretch with its surroundings, the same without it, and nearby others."""
    assert room.tokens.rarity is not None
    texts, _ = read_corpus(data, name)
    pieces = {key: list(pieces_of(text)) for key, text in texts.items()}
    bags = {
        f"{key}\n{i}": set(room.tokens.ids(text[a:b]))
        for key, text in texts.items()
        for i, (a, b) in enumerate(pieces[key])
    }
    rows = list(read_rows(data / f"retrieval/{name}/questions.jsonl"))
    room.draw.shuffle(rows)
    for row in rows[:limit]:
        places = [place for place in row["relevant"] if "start" in place]
        if not places or share_of(name, places[0]["doc_id"]) < MEASURED:
            continue
        gold = places[0]
        text = texts[gold["doc_id"]]
        around = [(a, b) for a, b in pieces[gold["doc_id"]] if a < gold["end"] and gold["start"] < b]
        if not around or (len(places) > 1 and name != "policyqa"):
            continue
        start, end = around[0][0], around[-1][1]
        stretches = [
            (place["start"] - start, place["end"] - start) for place in places if place["doc_id"] == gold["doc_id"]
        ]
        yield room.example(row["question"], text[start:end], True)
        rest = room.without(text[start:end], stretches)
        if len(rest) > 120 and name != "tatqa":
            yield room.example(row["question"], rest, False, 0.7)
        right = {f"{place['doc_id']}\n{i}" for place in (*places, *row.get("also_relevant", ())) for i in range(999)}
        same = {
            key: bag
            for key, bag in bags.items()
            if not row.get("filter") or key.startswith(gold["doc_id"].split("#")[0])
        }
        # A site's other segments often answer as well, whatever the annotation says.
        for key in (
            ()
            if name == "policyqa"
            else nearest(set(room.tokens.ids(row["question"])), same, room.tokens.rarity, right, 8)[::3]
        ):
            document, _, place = key.partition("\n")
            a, b = pieces[document][int(place)]
            yield room.example(row["question"], texts[document][a:b], False, 0.5)
        missed = room.near_miss(row["question"], names)
        if missed:
            yield room.example(missed, text[start:end], False)


def pieces_of(text: str, size: int = 800) -> Iterator[tuple[int, int]]:
    """Yield stretches of whole sentences of about `size` characters."""
    start = end = 0
    for span in segment(text):
        if end > start and span.end - start > size:
            yield start, end
            start = span.start
        end = span.end
    if end > start:
        yield start, end


def rank_passages(data: Path) -> dict[str, list[int]]:
    """Return NoMIRACL's passages by nearness to their question, by the bundled embedder."""
    from rag.encoders import load_embedder

    embedder = load_embedder("bundled")
    order: dict[str, list[int]] = defaultdict(list)
    for row in read_rows(data / "abstention/nomiracl/questions.jsonl"):
        vectors = embedder.embed_passages([passage["text"][:500] for passage in row["passages"]])
        order[row["id"]] = [int(i) for i in np.argsort(-(vectors @ embedder.embed_query(row["question"])))]
    return order
