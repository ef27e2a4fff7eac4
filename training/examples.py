"""Labelled and edited claims -> token sequences: ``[CLS] evidence [SEP] claim [SEP] claim [SEP] ...``.

Several claims on the same evidence share a sequence, which makes fitting three times as fast; a third stand alone, as
they do when Vouch judges. Each claim's tokens are labelled, and so is the `[SEP]` behind it, which speaks for the whole
claim. The `[CLS]` is labelled where the only "claim" is a question: can the evidence answer it?
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rag.encoders.evidence import choose_sentences, join_sentences, weigh_sentences
from rag.encoders.support import CLS, EVIDENCE_TOKENS, SEP
from rag.sentences import segment
from rag.types import Span
from training.edits import NAME, NUMBER, Sources, falsify, say_otherwise
from training.sets import LabelledAnswer, LabelledClaim, read_clapnq_answers, read_documents
from training.split import MEASURED, share_of
from training.wordnet import WordNet

LONGEST = 440
IGNORED = -100


@dataclass(slots=True)
class Example:
    """One sequence.

    Attributes:
        ids: Token ids.
        claims_at: Where the claims begin.
        token_labels: 1 unsupported, 0 supported, `IGNORED` elsewhere.
        ends: Place of the `[SEP]` of each claim.
        end_labels: 1 unsupported, 0 supported.
        answerable: 1 or 0 for a question, `IGNORED` for claims.
        weight: How much it counts.
    """

    ids: list[int]
    claims_at: int
    token_labels: list[int]
    ends: list[int] = field(default_factory=list)
    end_labels: list[int] = field(default_factory=list)
    answerable: int = IGNORED
    weight: float = 1.0


class Tokens:
    """The tokenizer of the encoder, and how rare each token is."""

    def __init__(self, tokenizer: Path, rarity: NDArray[np.float32] | None = None) -> None:
        """Load the tokenizer."""
        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.rarity = rarity

    def ids(self, text: str) -> list[int]:
        """Return the token ids of a text, without special ones."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def labelled(self, claim: LabelledClaim) -> tuple[list[int], list[int]]:
        """Return the token ids of a claim and the label of each."""
        encoding = self.tokenizer.encode(claim.text, add_special_tokens=False)
        if claim.unsupported is None:
            return list(encoding.ids), [IGNORED] * len(encoding.ids)
        labels = [
            int(any(start < span.end and span.start < end for span in claim.unsupported))
            for start, end in encoding.offsets
        ]
        return list(encoding.ids), labels


def measure_rarity(tokens: Tokens, texts: Sequence[str], size: int) -> NDArray[np.float32]:
    """Return the inverse document frequency of each token over texts, in nats; unseen ones count as rarest."""
    counts = np.ones(size)
    for text in texts:
        counts[list(set(tokens.ids(text)))] += 1
    return np.log(len(texts) / counts).clip(0).astype(np.float32)


def build(evidence: Sequence[int], claims: Sequence[tuple[list[int], list[int], int]], weight: float = 1.0) -> Example:
    """Return the sequence of some evidence and claims (ids, labels, whether unsupported)."""
    ids = [CLS, *evidence[:EVIDENCE_TOKENS], SEP]
    example = Example(ids, len(ids), [IGNORED] * len(ids), weight=weight)
    for claim_ids, labels, unsupported in claims:
        room = LONGEST - len(example.ids) - 1
        if room < min(len(claim_ids), 8):
            break
        example.ids += [*claim_ids[:room], SEP]
        example.token_labels += [*labels[:room], IGNORED]
        example.ends.append(len(example.ids) - 1)
        example.end_labels.append(unsupported)
    return example


def build_question(evidence: Sequence[int], question: Sequence[int], answerable: bool, weight: float = 1.0) -> Example:
    """Return the sequence of some evidence and a question."""
    ids = [CLS, *evidence[:EVIDENCE_TOKENS], SEP, *question[:120], SEP]
    at = len(evidence[:EVIDENCE_TOKENS]) + 2
    return Example(ids, at, [IGNORED] * len(ids), answerable=int(answerable), weight=weight)


def examples_of_answer(answer: LabelledAnswer, tokens: Tokens, draw: random.Random, weight: float) -> Iterator[Example]:
    """Yield the sequences of one labelled answer: its claims in runs of one to six."""
    assert tokens.rarity is not None
    sentences, breaks = sentences_of(answer.evidence, tokens)
    labelled = [(*tokens.labelled(claim), int(not claim.supported)) for claim in answer.claims]
    position = 0
    while position < len(labelled):
        run = labelled[position : position + draw.choice((1, 1, 3, 4, 6))]
        position += len(run)
        wanted = {i for ids, _, _ in run for i in ids}
        chosen = choose_sentences(weigh_sentences(wanted, sentences, tokens.rarity, breaks), sentences, starts=breaks)
        yield build(join_sentences(sentences, chosen, breaks), run, weight)


def sentences_of(evidence: Sequence[str], tokens: Tokens) -> tuple[list[list[int]], set[int]]:
    """Return the sentences of the pieces of evidence as tokens, and which of them begin a piece."""
    sentences: list[list[int]] = []
    breaks = set()
    for piece in evidence:
        breaks.add(len(sentences))
        sentences += [tokens.ids(piece[slice(*span)]) for span in segment(piece)]
    return sentences, breaks


class Fabric:
    """Edited claims on the documents of the sets.

    Attributes:
        tokens: The tokenizer.
        draw: The random numbers.
        documents: Text, sentences and title-like names of each document that may be fitted on.
    """

    def __init__(self, data: Path, tokens: Tokens, wordnet: WordNet, draw: random.Random, extra: Sequence[str]) -> None:
        """Read the documents that may be fitted on, and `extra` texts."""
        self.tokens, self.draw, self.wordnet = tokens, draw, wordnet
        texts = [text for name, key, text in read_documents(data) if share_of(name, key) >= MEASURED]
        self.documents = [[text[slice(*span)] for span in segment(text[:60_000])] for text in (*texts, *extra)]
        self.documents = [document for document in self.documents if len(document) >= 2]
        self.names = [name for document in draw.sample(self.documents, 2000) for name in names_in(document)][:20_000]
        self.clauses = [clause for document in draw.sample(self.documents, 3000) for clause in clauses_in(document)]

    def sources_for(self, document: Sequence[str]) -> Sources:
        """Return what edits of a sentence of a document draw from."""
        numbers = [number for sentence in document for number in NUMBER.findall(sentence)]
        return Sources(self.draw, self.wordnet, names_in(document), self.names, numbers, self.clauses)

    def example(self) -> Example | None:
        """Return one sequence of edited claims on a stretch of a document; None where it has too little to say."""
        draw = self.draw
        document = draw.choice(self.documents)
        start = draw.randrange(max(1, len(document) - 4))
        stretch = document[start : start + draw.choice((3, 4, 5, 6, 8, 10, 12))]
        usable = [i for i, sentence in enumerate(stretch) if 30 <= len(sentence) <= 400 and sentence[:1].isupper()]
        if len(stretch) < 2 or not usable:
            return None
        sources = self.sources_for(stretch)
        wanted = draw.sample(usable, min(len(usable), draw.choice((1, 1, 2, 3, 4))))
        removed: set[int] = set()
        claims = []
        for index in wanted:
            joined = stretch[index + 1] if index + 1 < len(stretch) and index + 1 not in wanted else None
            claim, taken = self.claim(stretch[index], index, joined, sources, len(removed) + 2 < len(stretch))
            removed |= taken
            claims.append(claim)
        sentences = [self.tokens.ids(sentence) for sentence in stretch]
        kept = [i for i in range(len(stretch)) if i not in removed]
        breaks: set[int] = set()
        if draw.random() < 0.3:
            other = draw.choice(self.documents)
            breaks.add(len(sentences))
            kept += range(len(sentences), len(sentences) + min(3, len(other)))
            sentences += [self.tokens.ids(sentence) for sentence in other[:3]]
        return build(join_sentences(sentences, kept, breaks)[:EVIDENCE_TOKENS], [claim for claim in claims if claim[0]])

    def claim(
        self, text: str, index: int, following: str | None, sources: Sources, removable: bool
    ) -> tuple[tuple[list[int], list[int], int], set[int]]:
        """Return a claim made of a sentence, true or false, and the sentences that must not be shown with it.

        Args:
            text: The sentence.
            index: Its place in the stretch.
            following: The sentence behind it, if that one stays in the evidence.
            sources: What edits draw from.
            removable: Whether the sentence may be taken out of the evidence.
        """
        draw = self.draw
        kind = draw.random()
        if kind < 0.45:
            if draw.random() < 0.15 and following is not None:
                text = f"{text.rstrip(' .')}, and {following}"
            return self.labelled(say_otherwise(text, sources).text, ()), set()
        if kind < 0.82:
            edited = falsify(text, sources)
            if edited is not None:
                return self.labelled(edited.text, edited.wrong), set()
        if removable:
            said = say_otherwise(text, sources).text
            return self.labelled(said, (Span(0, len(said)),)), {index}
        other = draw.choice(draw.choice(self.documents))
        return self.labelled(other, (Span(0, len(other)),)), set()

    def labelled(self, text: str, wrong: tuple[Span, ...]) -> tuple[list[int], list[int], int]:
        """Return a claim's tokens, their labels and its own."""
        ids, labels = self.tokens.labelled(LabelledClaim(text, not wrong, wrong))
        return ids[:100], labels[:100], int(bool(wrong))

    def edited_answers(self, answers: Sequence[LabelledAnswer], rate: float) -> Iterator[LabelledAnswer]:
        """Yield answers whose supported sentences people wrote or approved, some of them made false."""
        for answer in answers:
            sources = self.sources_for([sentence for piece in answer.evidence for sentence in [piece]])
            claims = []
            for claim in answer.claims:
                edited = falsify(claim.text, sources) if claim.supported and self.draw.random() < rate else None
                claims.append(LabelledClaim(edited.text, False, edited.wrong) if edited else claim)
            yield LabelledAnswer(answer.set_name, answer.source_id, answer.evidence, tuple(claims))


def names_in(sentences: Sequence[str]) -> list[str]:
    """Return the names that stand in sentences, each once, in order."""
    return list(dict.fromkeys(match.group() for sentence in sentences for match in NAME.finditer(sentence)))


def clauses_in(document: Sequence[str]) -> list[str]:
    """Return ends of sentences that can be put behind another one."""
    sentence = document[len(document) // 2].rstrip(" .")
    clause = sentence.rpartition(", ")[2] if ", " in sentence else sentence
    words = clause.split()
    return [clause[0].lower() + clause[1:]] if 4 <= len(words) <= 16 else []


def clapnq_answers(data: Path) -> list[LabelledAnswer]:
    """Return ClapNQ's long answers that may be fitted on."""
    return [answer for answer in read_clapnq_answers(data) if share_of("clapnq", answer.source_id) >= MEASURED]
