"""The built-in verifier: overlap, explicit checks and a small encoder, combined and calibrated. Local, no model call.

Each piece of evidence is weighed by itself (`support`), the sentences nearest to the claim are read with it by the
support encoder (`features`), and a fitted logistic model makes one score of both (`combination`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.encoders.support import SupportEncoder, encoder_revision, load_support_encoder
from rag.terms import analyse, is_no_claim, language, say_by_opposite, script, states_it, unique, without_references
from rag.terms.periods import is_quarter_key
from rag.types import Evidence, Judgement, ProblemKind, Span, Verdict, VerifierIdentity
from rag.verifiers.combination import Combination, load_combination
from rag.verifiers.faults import Problem, number_doubt, number_fault
from rag.verifiers.features import Reading, features_of, read_claim
from rag.verifiers.overlap import names_of, read, states
from rag.verifiers.support import Support, weigh

TOKEN_LOGIT = -1.0
"""Logit from which a token of a claim counts as not borne out."""

WORD = re.compile(r"\w[\w'’.,%-]*\w|\w")

NEARLY_AS_MUCH = 0.8
"""Share of what the fullest piece carries of a claim from which another is taken to be about the same."""

HARDLY, HARDLY_FACTOR = 0.58, 0.85
"""Score below which a doubt keeps an English claim from being supported."""

NOTHING_CARRIED, NOTHING_FACTOR = 0.1, 0.6
"""Share of a claim's words in any piece of evidence below which it has nothing to do with them, and what is left of
what the encoder makes of such evidence."""

FAULT_FACTOR, DOUBT_FACTOR = 0.3, 0.64
"""What is left of a score in other languages where the source contradicts the claim or lacks a number: unsupported,
below 0.25 but for the surest. And where a name is missing, or it may be said of something else: partly at most."""

UNSTATED_CEILING = 0.9
"""Part of the threshold that a claim scores at most which the source leaves open: it has all its words, and is judged
by none of them."""

CARRIED, CARRIED_PAIRS, CARRIED_FLOOR = 0.85, 0.5, 0.6
"""Shares of a claim's words and neighbouring words from which it scores at least so much, where nothing speaks against
it. Of 4,781 such sentences of RAGTruth 98 % are supported, and all 39 of them that the encoder doubts."""

MOST_OF_IT = 0.6
"""Share of a claim from which naming what the encoder finds wrong would be repeating the claim."""

JOINT_GROUP = 0.75
"""Share carried by the best piece below which another one is looked at for the rest."""

JOINT_TERMS = 2
"""Words of the claim that a second piece must add."""

SAME_SHARE = 0.5
"""Share of a claim's words from which a sentence of another piece is taken to say a number of the same thing."""


class BuiltInVerifier:
    """Judges by overlap with the best few sentences, by numbers, names and negation, and by what an encoder reads."""

    def __init__(self, encoder: SupportEncoder | None = None, combination: Combination | None = None) -> None:
        """Take other models than the shipped ones, which are loaded when they are first needed."""
        self.given_encoder = encoder
        self.given_combination = combination

    @property
    def encoder(self) -> SupportEncoder:
        """The support encoder."""
        return self.given_encoder or load_support_encoder()

    @property
    def combination(self) -> Combination:
        """What makes one score of all features."""
        return self.given_combination or load_combination()

    @property
    def identity(self) -> VerifierIdentity:
        """Name, version of combination and encoder, and threshold, which stand in every answer.

        Raises:
            EmbedderError: Their files cannot be read.
        """
        revision = encoder_revision(self.given_encoder.folder) if self.given_encoder else encoder_revision()
        version = f"{self.combination.version}+{revision}"
        return VerifierIdentity("built-in", version, self.combination.threshold)

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        """Judge one sentence by the best support among the pieces of evidence.

        The piece that carries most of the claim counts, so that adding an irrelevant one changes nothing. No evidence
        gives `Verdict.UNSUPPORTED`; a claim in another script or language than all the evidence `Verdict.NOT_CHECKED`.

        Raises:
            EmbedderError: The shipped model cannot be opened or run.
        """
        supports = {index: support for index, piece in enumerate(evidence) if (support := weigh(claim, piece))}
        index = nearest_piece(supports)
        if index >= 0 and supports[index].score == 1.0:
            spans = supports[index].spans
            return Judgement(Verdict.SUPPORTED, 1.0, tuple(Evidence(index, *span) for span in spans))
        if is_no_claim(claim):
            return Judgement(Verdict.NOT_A_CLAIM, None)
        if not any(read(piece) for piece in evidence):
            return Judgement(Verdict.UNSUPPORTED, 0.0, problem="there is no evidence to check it against")
        if index < 0:
            return Judgement(Verdict.NOT_CHECKED, None, problem="it is not in the language of the sources")
        target = analyse(without_references(claim))
        if not target.terms and not target.numbers:
            return Judgement(Verdict.NOT_CHECKED, None, problem="it says too little by itself to be checked")
        judgement = self.judge(claim, evidence, supports, index)
        if judgement.verdict is not Verdict.SUPPORTED:
            sentences = [sentence.text for piece in evidence for sentence in read(piece)]
            turned = say_by_opposite(without_references(claim), sentences)
            other = self.verify(turned, evidence) if turned else judgement
            judgement = other if other.verdict is Verdict.SUPPORTED else judgement
        return judgement

    def judge(self, claim: str, evidence: Sequence[str], supports: dict[int, Support], index: int) -> Judgement:
        """Return the judgement on a claim of which the piece at `index` says most."""
        stated = without_references(claim)
        best = across_pieces(supports[index], stated, [evidence[place] for place in supports])
        reading, single = read_claim(stated, [evidence[place] for place in supports], self.encoder)
        features = features_of(self.encoder.tokenize(stated).ids, best, reading, single, self.encoder)
        supported = max(self.combination.score(features), floor_of(best))
        supported = lowered(supported, best, english=is_english(stated))
        if best.unstated is not None:
            supported = min(supported, UNSTATED_CEILING * self.combination.threshold)
        score = round(supported, 4)
        found = tuple(Evidence(index, *span) for span in best.spans)
        if score >= self.combination.threshold:
            return Judgement(Verdict.SUPPORTED, score, found + rest_of(stated, evidence, supports, index))
        verdict = Verdict.PARTIAL if score >= self.combination.partial else Verdict.UNSUPPORTED
        parts = unsupported_parts(stated, reading)
        problem = problem_of(claim, best, parts)
        return Judgement(verdict, score, found, problem.words, problem.kind, parts)


def nearest_piece(supports: Mapping[int, Support]) -> int:
    """Return which piece the claim is about: of those that carry nearly as much as any, the best; -1 for none.

    A piece that contradicts the claim must not give way to one that has nothing to do with it.
    """
    carried = {index: support.measure.group if support.measure else 1.0 for index, support in supports.items()}
    least = NEARLY_AS_MUCH * max(carried.values(), default=0.0)
    near = [index for index in supports if carried[index] >= least or supports[index].score == 1.0]
    return max(near, key=lambda index: (supports[index].score, -index), default=-1)


def across_pieces(best: Support, stated: str, evidence: Sequence[str]) -> Support:
    """Return the support of the best piece without a fault or doubt over what another piece states of the same.

    A claim may take a number from one piece of evidence and a name from another; a number that stands in a sentence
    which shares no word with the claim is another number. Where the best piece has a number only in passing, a sentence
    that says as much of the claim may be what it comes from: two reports side by side.
    """
    target = analyse(stated)
    sentences = [sentence for piece in evidence for sentence in read(piece)]
    related = [sentence for sentence in sentences if any(sentence.credit(key) for key in target.keys)]
    number, doubt = best.number, best.doubt
    if number is not None:
        number = number_fault(stated, target, related)
    if doubt is not None and doubt.kind is ProblemKind.NAME:
        names = names_of(target, sentences)
        absent = [term for term in names if not any(sentence.credit(term.key) for sentence in sentences)]
        doubt = doubt if absent else number_doubt(stated, target, related)
    elif doubt is not None and doubt.elsewhere:
        keys = [key for key in target.keys if not is_quarter_key(key)]
        same = [s for s in sentences if math.fsum(map(s.credit, keys)) >= SAME_SHARE * len(keys)]
        doubt = None if all(any(states(s, number) for s in same) for number in target.numbers) else doubt
    unstated = None if any(states_it(stated, sentence.text) for sentence in related) else best.unstated
    return replace(best, number=number, doubt=doubt, unstated=unstated)


def floor_of(best: Support) -> float:
    """Return the least that a claim scores, whatever the encoder reads: all its words in one place, nothing against."""
    measure = best.measure
    if measure is None or best.fault is not None or best.doubt is not None:
        return 0.0
    return CARRIED_FLOOR if measure.group >= CARRIED and measure.pairs >= CARRIED_PAIRS else 0.0


def lowered(score: float, best: Support, *, english: bool) -> float:
    """Return the score after what was checked explicitly: numbers, names, negation, opposites.

    In English the combination weighs it already, and striking once more was measured to cost more right sentences than
    it catches wrong ones; only a doubt decides where the score hardly reaches the threshold. In a language that the
    encoder was not fitted on it always counts.
    """
    if best.measure is not None and best.measure.group < NOTHING_CARRIED:
        score *= NOTHING_FACTOR
    if english:
        return score * HARDLY_FACTOR if best.doubt is not None and score < HARDLY else score
    return score * FAULT_FACTOR if best.fault is not None else score * DOUBT_FACTOR if best.doubt is not None else score


def is_english(text: str) -> bool:
    """Return whether a text is in English, or at least in no other language that is recognised."""
    return script(text) == "latin" and language(text) in ("en", "")


def unsupported_parts(stated: str, reading: Reading) -> tuple[Span, ...]:
    """Return the words of a claim that the encoder finds not borne out, neighbours joined; whole words only."""
    wrong = [span for span, logit in zip(reading.spans, reading.logits, strict=True) if logit > TOKEN_LOGIT]
    words = [Span(*match.span()) for match in WORD.finditer(stated)]
    joined: list[Span] = []
    for word in words:
        if not any(span.start < word.end and word.start < span.end for span in wrong):
            continue
        if joined and not re.search(r"\w", stated[joined[-1].end : word.start]):
            joined[-1] = Span(joined[-1].start, word.end)
        else:
            joined.append(word)
    return tuple(joined)


def problem_of(claim: str, best: Support, parts: Sequence[Span]) -> Problem:
    """Return what is wrong with a claim: what was checked explicitly, then what the encoder points at."""
    explicit = best.fault or best.unstated or best.doubt
    if explicit is not None:
        return explicit
    said = sum(part.end - part.start for part in parts)
    if parts and said < MOST_OF_IT * len(claim):
        words = "; ".join(claim[slice(*part)] for part in parts[:3])
        return Problem(ProblemKind.NOT_MENTIONED, f"not borne out: {words}")
    return best.missing or Problem(ProblemKind.NOT_MENTIONED, "not stated together")


def rest_of(stated: str, evidence: Sequence[str], supports: dict[int, Support], index: int) -> tuple[Evidence, ...]:
    """Return the sentence of another piece that carries what the best one lacks of a claim, if there is one."""
    measure = supports[index].measure
    if measure is None or measure.group >= JOINT_GROUP or len(supports) < 2:
        return ()
    carriers = [
        sentence
        for sentence in read(evidence[index])
        if sentence.span in within(supports[index].spans, evidence[index])
    ]
    lacking = [term.key for term in unique(analyse(stated).terms) if not any(s.credit(term.key) for s in carriers)]
    others = [(place, sentence) for place in supports if place != index for sentence in read(evidence[place])]
    gains = [sum(sentence.credit(key) for key in lacking) for _, sentence in others]
    best = max(range(len(others)), key=lambda place: (gains[place], -place), default=None)
    if best is None or gains[best] < JOINT_TERMS:
        return ()
    place, sentence = others[best]
    return (Evidence(place, *sentence.span),)


def within(spans: Sequence[Span], piece: str) -> frozenset[Span]:
    """Return the sentences of a piece that lie within spans."""
    sentences = [sentence.span for sentence in read(piece)]
    return frozenset(s for s in sentences for span in spans if span.start <= s.start and s.end <= span.end)
