"""Every number of a sentence: in a cited stretch, computed from cited numbers, or flagged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

from rag.computations.figures import Computation
from rag.computations.search import compute, cues_of
from rag.computations.tables import YEAR, under_years, years_named
from rag.protocols import Verifier
from rag.sentences import segment
from rag.terms import Quantity, analyse, bag, without_references
from rag.terms.periods import is_quarter_key
from rag.types import Evidence, Judgement, ProblemKind, Span, Verdict

JUDGED = (Verdict.SUPPORTED, Verdict.PARTIAL, Verdict.UNSUPPORTED)
VERBATIM = 1.0
"""Score of a sentence that stands in a source word for word, its numbers included."""

NEAR_SENTENCES = 2
"""Sentences on either side of the evidence whose numbers may be computed with, if they speak of the same."""

MEASURING = re.compile(r"\b(?:percentage|percent|amount|number|value|respectively)\b")
"""Words of measure, which a source that gives the figures need not have."""

ELSEWHERE_SHARE = 0.5
"""Share of a claim's words from which a sentence of another document is taken to say a number of the same thing."""

BELOW_THRESHOLD = 0.9
"""Part of the verifier's threshold that a sentence scores at most of which a number is not borne out."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A judgement once the numbers have been looked for.

    Attributes:
        judgement: The verifier's, unless the numbers change it.
        computed: How each number that stands in no source follows from cited ones, in order of the sentence.
        nearby: Indices of the nearby stretches computed with, ascending.
    """

    judgement: Judgement
    computed: tuple[str, ...] = ()
    nearby: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch whose numbers may be computed with: of the evidence, or of those cited nearby (`nearby`)."""

    text: str
    evidence: Evidence | None = None
    nearby: int | None = None


def settle_numbers(
    claim: str,
    judgement: Judgement,
    evidence: Sequence[str],
    verifier: Verifier,
    *,
    question: str = "",
    nearby: Sequence[str] = (),
) -> Settled:
    """Look for each number of a judged sentence in its cited stretches, or compute it from theirs.

    A sentence whose only fault is a number that follows from cited ones becomes supported, and its evidence is
    where those stand. One that was held to be supported though a number of it stands nowhere near is so no longer.

    Args:
        claim: The sentence.
        judgement: What the verifier says of it.
        evidence: What it was judged by; the judgement's evidence points into it.
        verifier: Judges the sentence without the computed numbers, where there are any.
        question: The question of a fragment, which is judged together with it; else empty.
        nearby: Stretches that the neighbouring sentences cite.
    """
    if judgement.verdict not in JUDGED or judgement.score == VERBATIM:
        return Settled(judgement)
    numbers = analyse(without_references(claim)).numbers
    lacking = [number for number in numbers if not is_stated(number, texts_of(judgement.evidence, evidence))]
    if not lacking:
        return Settled(judgement)
    wider = widen(claim, judgement.evidence, lacking, evidence)
    lacking = [number for number in lacking if not is_stated(number, texts_of(wider, evidence))]
    if judgement.verdict is not Verdict.UNSUPPORTED:
        judgement = replace(judgement, evidence=wider)
    if not lacking:
        return Settled(judgement)
    settled = settle_by_computing(claim, lacking, evidence, verifier, question, nearby)
    return settled or Settled(flagged(claim, judgement, lacking, verifier.identity.threshold))


def settle_by_computing(
    claim: str, lacking: Sequence[Quantity], evidence: Sequence[str], verifier: Verifier, question: str,
    nearby: Sequence[str],
) -> Settled | None:  # fmt: skip
    """Return the sentence supported, its numbers computed; None where one cannot be, or the rest does not hold.

    A source need not say ``on average``, nor do a table's rows name the years of its columns: a second look leaves
    out such words, and the years where the table's header has them all.
    """
    beside = [Piece(text, nearby=index) for index, text in enumerate(nearby)]
    asked = f"{question} {claim}"
    years = years_named(asked)
    masked = framed(blank(claim, lacking), question)
    for bare in (False, True):
        sought = without_words(YEAR.sub(" ", masked), cues_of(asked)) if bare else masked
        carried = verifier.verify(sought, evidence)
        stated = [
            number for number in analyse(sought).numbers if not is_stated(number, texts_of(carried.evidence, evidence))
        ]
        carried = replace(carried, evidence=widen(sought, carried.evidence, stated, evidence))
        pieces, bound = pieces_about(asked, carried.evidence, evidence, years)
        if bare and not years <= bound:
            continue
        context = "\n".join(evidence[item.index] for item in carried.evidence)
        found = compute_all(claim, lacking, [*pieces, *beside], question, context)
        if found is None:
            continue
        rest = sought if bare else without_words(masked, [computation.cue for computation in found])
        judgement = carried if carried.verdict is Verdict.SUPPORTED else verifier.verify(rest, evidence)
        if judgement.verdict is Verdict.SUPPORTED:
            return settled_with(found, [*pieces, *beside], judgement)
    return None


def compute_all(
    claim: str, lacking: Sequence[Quantity], pieces: Sequence[Piece], question: str, context: str
) -> list[Computation] | None:
    """Return how each number follows from the pieces; None where one does not."""
    found: list[Computation] = []
    for number in lacking:
        computation = compute(number, claim, [piece.text for piece in pieces], question=question, context=context)
        if computation is None:
            return None
        found.append(computation)
    return found


def settled_with(found: Sequence[Computation], pieces: Sequence[Piece], judgement: Judgement) -> Settled:
    """Return a judgement whose evidence takes in what was computed with."""
    used = [pieces[index] for computation in found for index in computation.pieces]
    places = [piece.evidence for piece in used if piece.evidence is not None]
    carried = joined(judgement.evidence, places)
    return Settled(
        replace(judgement, evidence=carried, unsupported=(), problem=None, problem_kind=None),
        tuple(computation.expression for computation in found),
        tuple(sorted({piece.nearby for piece in used if piece.nearby is not None})),
    )


def is_stated(number: Quantity, texts: Sequence[str]) -> bool:
    """Return whether a number stands in one of the texts."""
    return any(number.agrees(other) for text in texts for other in analyse(text).numbers)


def texts_of(items: Sequence[Evidence], evidence: Sequence[str]) -> list[str]:
    """Return the stretches of the evidence."""
    return [evidence[item.index][item.start : item.end] for item in items]


def widen(
    claim: str, items: Sequence[Evidence], lacking: Sequence[Quantity], evidence: Sequence[str]
) -> tuple[Evidence, ...]:
    """Return the stretches and, for each number they lack, the sentence that states it.

    That is the nearest one of the same pieces; else the one of another piece that says most of the claim, and at least
    `ELSEWHERE_SHARE` of it: a sentence may put side by side what two documents say.
    """
    added: list[Evidence] = []
    for number in lacking:
        places = [place for place in places_of(number, evidence) if any(i.index == place.index for i in items)]
        if places:
            added.append(min(places, key=lambda place: distance(place, items)))
        else:
            added += elsewhere(claim, number, evidence)
    return joined(items, added)


def places_of(number: Quantity, evidence: Sequence[str]) -> list[Evidence]:
    """Return the sentences that state a number, in order."""
    return [
        Evidence(index, span.start, span.end)
        for index, text in enumerate(evidence)
        for span in segment(text)
        if is_stated(number, [text[slice(*span)]])
    ]


def elsewhere(claim: str, number: Quantity, evidence: Sequence[str]) -> list[Evidence]:
    """Return the sentence with a number that says most of a claim, if one says enough of it to be about the same."""
    keys = [key for key in analyse(claim).keys if not is_quarter_key(key)]
    shares = [
        (
            fsum(bag(evidence[place.index][place.start : place.end]).credit(key) for key in keys) / max(len(keys), 1),
            place,
        )
        for place in places_of(number, evidence)
    ]
    share, place = max(shares, key=lambda pair: pair[0], default=(0.0, None))
    return [place] if place is not None and share >= ELSEWHERE_SHARE else []


def distance(place: Evidence, items: Sequence[Evidence]) -> int:
    """Return the characters between a stretch and the nearest of the others of its piece."""
    return min(max(item.start - place.end, place.start - item.end, 0) for item in items if item.index == place.index)


def joined(items: Sequence[Evidence], added: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return stretches followed by those of the added ones that lie in none before them."""
    kept = list(items)
    for place in added:
        if not any(item.index == place.index and item.start <= place.start and place.end <= item.end for item in kept):
            kept.append(place)
    return tuple(kept)


def pieces_about(
    claim: str, items: Sequence[Evidence], evidence: Sequence[str], years: frozenset[int]
) -> tuple[list[Piece], frozenset[int]]:
    """Return the evidence sentence by sentence, then those near it that speak of the same; and the years of columns.

    Of a table row only the cells under the years named are taken, where its header has them; the rows beside it
    are of other things.
    """
    keys = analyse(claim).keys
    inside: list[Piece] = []
    beside: list[Piece] = []
    bound: frozenset[int] = frozenset()
    for item in items:
        spans = segment(evidence[item.index])
        within = [index for index, span in enumerate(spans) if span.start < item.end and item.start < span.end]
        for index, span in enumerate(spans):
            if not (within and within[0] - NEAR_SENTENCES <= index <= within[-1] + NEAR_SENTENCES):
                continue
            text = evidence[item.index][slice(*span)]
            row = under_years(evidence[item.index], span, years)
            piece = Piece(row[0] if row else text, Evidence(item.index, span.start, span.end))
            if index in within:
                inside.append(piece)
                bound |= row[1] if row else frozenset()
            elif "|" not in text and any(bag(text).credit(key) for key in keys) and piece not in beside:
                beside.append(piece)
    return inside + [piece for piece in beside if piece not in inside], bound


def blank(claim: str, numbers: Sequence[Quantity]) -> str:
    """Return a sentence without some of its numbers."""
    for number in sorted(numbers, key=lambda number: -number.start):
        sign = re.search(r"[-−]?[$€£¥]?\s?$", claim[: number.start])
        claim = claim[: sign.start() if sign else number.start] + " " + claim[number.end :]
    return " ".join(claim.split())


def without_words(claim: str, cues: Sequence[re.Pattern[str]]) -> str:
    """Return a sentence without the words that say that a number is computed, which no source need have."""
    for cue in (*cues, MEASURING):
        claim = re.sub(cue.pattern, " ", claim, flags=re.IGNORECASE) if cue.pattern else claim
    return " ".join(claim.split())


def framed(claim: str, question: str) -> str:
    """Return a sentence as it is judged: a fragment behind its question."""
    return f"{question.strip().rstrip('?？ ')}: {claim}" if question else claim


def flagged(claim: str, judgement: Judgement, lacking: Sequence[Quantity], threshold: float) -> Judgement:
    """Return a judgement that says which number is not borne out, and is not "supported"."""
    if judgement.problem_kind is not None:
        return judgement
    supported = judgement.verdict is Verdict.SUPPORTED
    if not supported and judgement.problem is not None:
        return judgement
    first = lacking[0]
    return replace(
        judgement,
        verdict=Verdict.PARTIAL if supported else judgement.verdict,
        score=min(judgement.score or 0.0, round(threshold * BELOW_THRESHOLD, 4)),
        problem=judgement.problem or f"number {claim[first.start : first.end]} is not in the cited source",
        problem_kind=ProblemKind.NUMBER,
        unsupported=judgement.unsupported or tuple(Span(number.start, number.end) for number in lacking),
    )
