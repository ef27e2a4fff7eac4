"""A claim against evidence: the built-in verifier, deterministic and local.

It asks how much of a claim's content the best few sentences of one piece of evidence carry, and looks at numbers,
names and negation apart, because overlap alone does not see them. The weights were fitted by
``python -m bench answering_parts``.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.sentences import segment
from rag.terms import (
    Analysis,
    Bag,
    Quantity,
    Term,
    analyse,
    bag,
    clauses,
    is_no_claim,
    language,
    opposite,
    parted,
    script,
    takes_back,
    unique,
    without_references,
)
from rag.types import Evidence, Judgement, Span, Verdict, VerifierIdentity

THRESHOLD = 0.5
PARTIAL_THRESHOLD = 0.25
"""Below it a claim is unsupported; between it and `THRESHOLD` the source carries a part of it."""

WEIGHTS = {"intercept": -1.4, "group": 1.7, "pairs": 1.5, "names": -0.5, "numbers": -1.6}
"""Logistic regression on the features of `Measure`, supported and unsupported claims weighing the same."""

FAULT_FACTOR = 0.2
"""What is left of the score where the source does not bear out a number or a negation of the claim."""

DOUBT_CEILING = 0.45
"""Most that a claim can score of which a name is missing, or which may be said of something else."""

SAME_STATEMENT = 0.6
SAME_WORDS = 0.8
"""Shares carried from which a claim and its source are taken to say the same but for a negation: one of the claim's,
one of the source's, which may belong to something else."""

CLAUSE_TERMS = 3
CLAUSE_CARRIED = 0.9
"""Words, and share of them, from which a clause by itself is taken to be said by a sentence."""

SAME_CONTRAST = 0.5
SAME_TAKEN_BACK = 0.7
"""Shares carried from which opposite words, and exceptions, are looked for."""

NEGATION_PROBLEM = "negated in one, not in the other"

GROUP_SENTENCES = 3
"""Sentences of one piece of evidence that may carry a claim together."""

NUMBER_WEIGHT = 2.0
"""A number weighs as much as so many words."""

LEAST_GAIN = 0.12
"""Share of the claim that a further sentence must add."""

CLOSING = ".!?。！？… "
"""What a word-for-word sentence may leave out at its end."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a piece of evidence, taken apart."""

    span: Span
    analysis: Analysis
    bag: Bag

    def credit(self, key: str) -> float:
        """Return how well the sentence carries a term, in [0, 1]."""
        return self.bag.credit(key)


@dataclass(frozen=True, slots=True)
class Measure:
    """How a claim stands to the best few sentences of one piece of evidence; shares in [0, 1].

    Attributes:
        group: Share of the claim's content that these sentences carry together.
        pairs: Share of the claim's neighbouring content words that stand together in one of them.
        names: Share of its names that they lack.
        numbers: Share of its numbers that the whole piece lacks.
    """

    group: float
    pairs: float
    names: float
    numbers: float

    @property
    def score(self) -> float:
        """Support in (0, 1), before faults and doubts."""
        total = WEIGHTS["intercept"] + sum(
            WEIGHTS[name] * getattr(self, name) for name in WEIGHTS if name != "intercept"
        )
        return 1.0 / (1.0 + math.exp(-total))


@dataclass(frozen=True, slots=True)
class Support:
    """What one piece of evidence does for a claim.

    Attributes:
        score: Support in [0, 1]; 1.0 exactly where the claim stands there word for word.
        spans: Where the support stands, in order.
        problem: What is wrong, for a person; empty where nothing is.
    """

    score: float
    spans: tuple[Span, ...] = ()
    problem: str = ""


class BuiltInVerifier:
    """Judges by overlap of content with the best few sentences, and by numbers, names and negation."""

    @property
    def identity(self) -> VerifierIdentity:
        """Name, version and threshold, which stand in every answer."""
        return VerifierIdentity("built-in", "1", THRESHOLD)

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        """Judge one sentence by the best support among the pieces of evidence.

        Each piece is weighed by itself, so that adding an irrelevant one changes nothing. No evidence gives
        `Verdict.UNSUPPORTED`; a claim in another script or language than all the evidence `Verdict.NOT_CHECKED`.
        """
        supports = [(index, weigh(claim, piece)) for index, piece in enumerate(evidence)]
        judged = [(index, support) for index, support in supports if support is not None]
        index, best = max(judged, key=lambda pair: (pair[1].score, -pair[0]), default=(0, None))
        if best is not None and best.score == 1.0:
            return judgement_of(index, best)
        if is_no_claim(claim):
            return Judgement(Verdict.NOT_A_CLAIM, None)
        if not any(read(piece) for piece in evidence):
            return Judgement(Verdict.UNSUPPORTED, 0.0, problem="there is no evidence to check it against")
        if best is None:
            return Judgement(Verdict.NOT_CHECKED, None, problem="it is not in the language of the sources")
        target = analyse(without_references(claim))
        if not target.terms and not target.numbers:
            return Judgement(Verdict.NOT_CHECKED, None, problem="it says too little by itself to be checked")
        return judgement_of(index, best)


def judgement_of(index: int, support: Support) -> Judgement:
    """Return the judgement that the best piece of evidence, the one at `index`, gives."""
    evidence = tuple(Evidence(index, span.start, span.end) for span in support.spans)
    score = round(support.score, 4)
    if score >= THRESHOLD:
        return Judgement(Verdict.SUPPORTED, score, evidence)
    verdict = Verdict.PARTIAL if score >= PARTIAL_THRESHOLD else Verdict.UNSUPPORTED
    return Judgement(verdict, score, evidence, support.problem)


def weigh(claim: str, piece: str) -> Support | None:
    """Return what one piece of evidence does for a claim; None where it cannot be judged."""
    exact = verbatim_span(claim, piece)
    if exact is not None:
        return Support(1.0, (exact,))
    sentences = read(piece)
    if not sentences or not comparable(claim, piece):
        return None
    stated = without_references(claim)
    target = analyse(stated)
    chosen, group = choose_group(target, sentences)
    carriers = [sentences[i] for i in chosen]
    measure = measure_of(target, carriers, sentences, group)
    texts = [piece[slice(*sentence.span)] for sentence in carriers]
    fault = (
        number_fault(stated, target, sentences)
        or negation_fault(target, carriers, group)
        or clause_negation_fault(stated, carriers)
        or contrast_fault(stated, texts, group)
    )
    doubt = doubt_of(stated, target, carriers, sentences[: max(chosen) + 1])
    doubt = doubt or parted(stated, texts, frozenset().union(*(sentence.analysis.keys for sentence in sentences)))
    score = min(measure.score, 0.99)
    score = score * FAULT_FACTOR if fault else min(score, DOUBT_CEILING) if doubt else score
    problem = fault or doubt or what_is_missing(stated, target, carriers)
    return Support(score, join_spans([sentences[i].span for i in sorted(chosen)], piece), problem)


def measure_of(target: Analysis, carriers: Sequence[Sentence], sentences: Sequence[Sentence], group: float) -> Measure:
    """Return the features of a claim and the sentences that carry a share `group` of it."""
    names = names_of(target, sentences)
    lacking = [term for term in names if not any(sentence.credit(term.key) for sentence in carriers)]
    absent = [number for number in target.numbers if not any(states(sentence, number) for sentence in sentences)]
    return Measure(
        group=group,
        pairs=pair_share(target, carriers),
        names=len(lacking) / len(names) if names else 0.0,
        numbers=len(absent) / len(target.numbers) if target.numbers else 0.0,
    )


def verbatim_span(claim: str, piece: str) -> Span | None:
    """Return where the claim stands in the piece as one or more whole sentences, or None."""
    words = claim.split()
    if not words or words[0] not in piece:
        return None
    matches = list(re.finditer(r"\s+".join(re.escape(word) for word in words), piece))
    if not matches:
        return None
    spans = [sentence.span for sentence in read(piece)]
    begins = {span.start for span in spans}
    ends = {span.start + len(piece[span.start : span.end].rstrip(CLOSING)): span.end for span in spans}
    ends |= {span.end: span.end for span in spans}
    for match in matches:
        if match.start() in begins and match.end() in ends:
            return Span(match.start(), ends[match.end()])
    return None


@lru_cache(maxsize=256)
def read(piece: str) -> tuple[Sentence, ...]:
    """Return the sentences of a piece of evidence, taken apart."""
    texts = [(span, piece[span.start : span.end]) for span in segment(piece)]
    return tuple(Sentence(span, analyse(text), bag(text)) for span, text in texts)


def comparable(claim: str, piece: str) -> bool:
    """Return whether claim and piece stand in the same script, and not in two languages known to differ."""
    scripts = {script(claim), script(piece)} - {""}
    languages = {language(claim), language(piece)} - {""}
    return len(scripts) < 2 and len(languages) < 2


def choose_group(target: Analysis, sentences: Sequence[Sentence]) -> tuple[list[int], float]:
    """Return the sentences that carry the claim together, best first, and the share of it that they carry.

    Greedy: the best sentence, then whichever near it adds most, as long as it adds enough.
    """
    keys = [term.key for term in unique(target.terms)]
    total = len(keys) + NUMBER_WEIGHT * len(target.numbers) or 1.0
    rows = [
        [sentence.credit(key) for key in keys] + [NUMBER_WEIGHT * states(sentence, number) for number in target.numbers]
        for sentence in sentences
    ]
    chosen: list[int] = []
    carried = [0.0] * (len(keys) + len(target.numbers))
    while len(chosen) < GROUP_SENTENCES and sum(carried) < total:
        gains = [
            sum(max(0.0, new - old) for new, old in zip(row, carried, strict=True)) * nearness(index, chosen)
            for index, row in enumerate(rows)
        ]
        index = max(range(len(rows)), key=lambda i: (gains[i], -i))
        if chosen and gains[index] < max(LEAST_GAIN * total, 0.9):
            break
        chosen.append(index)
        carried = [max(new, old) for new, old in zip(rows[index], carried, strict=True)]
    return chosen, sum(carried) / total


def states(sentence: Sentence, number: Quantity) -> bool:
    """Return whether a sentence has a number of the claim."""
    return any(number.agrees(other) for other in sentence.analysis.numbers)


def nearness(index: int, chosen: Sequence[int]) -> float:
    """Return the weight of a further sentence by its distance from those chosen; far ones belong to other things."""
    if not chosen:
        return 1.0
    distance = min(abs(index - other) for other in chosen)
    return 1.0 if distance <= 1 else 0.9 if distance <= 3 else 0.7 if distance <= 8 else 0.4


def names_of(target: Analysis, sentences: Sequence[Sentence]) -> list[Term]:
    """Return the claim's names that the source must have.

    A word that begins the claim counts where the source writes it as a name, or lacks it though it acts in the
    claim. An acronym does not count where the claim or the source spells it out.
    """
    written = frozenset().union(*(sentence.analysis.names | sentence.analysis.subjects for sentence in sentences))
    present = frozenset().union(*(sentence.analysis.keys for sentence in sentences))
    names = target.names | (target.openers & written) | (target.subjects - present)
    spelled = [target.initials, *(sentence.analysis.initials for sentence in sentences)]
    return [
        term
        for term in unique(target.terms)
        if term.key in names
        and not (
            len(term.key) > 2 and term.key in target.acronyms and any(term.key in initials for initials in spelled)
        )
    ]


def pair_share(target: Analysis, group: Sequence[Sentence]) -> float:
    """Return the share of neighbouring terms of the claim that stand together in one sentence of the source."""
    keys = [term.key for term in target.terms]
    pairs = [(a, b) for a, b in itertools.pairwise(keys) if a != b]
    if not pairs:
        return 1.0 if any(s.credit(key) for key in keys for s in group) else 0.0
    return sum(any(s.credit(a) and s.credit(b) for s in group) for a, b in pairs) / len(pairs)


def number_fault(claim: str, target: Analysis, sentences: Sequence[Sentence]) -> str:
    """Return what is wrong with the claim's numbers; empty where each stands in the source."""
    for number in target.numbers:
        if not any(states(sentence, number) for sentence in sentences):
            return f"number {claim[number.start : number.end]} is not in the source"
    return ""


def negation_fault(target: Analysis, carriers: Sequence[Sentence], group: float) -> str:
    """Return what is wrong with negation; empty where claim and source agree, or speak of different things."""
    if group < SAME_STATEMENT:
        return ""
    if target.negations and not any(sentence.analysis.negations for sentence in carriers):
        return NEGATION_PROBLEM
    best = carriers[0].analysis if carriers else target
    if group >= SAME_WORDS and target.negations * best.negations and (target.negations - best.negations) % 2:
        return NEGATION_PROBLEM
    negated = frozenset().union(*(sentence.analysis.negated for sentence in carriers[:1]))
    plain = frozenset().union(*(sentence.analysis.keys - sentence.analysis.negated for sentence in carriers))
    if group >= SAME_WORDS and not target.negations and (target.keys & negated) - plain:
        return NEGATION_PROBLEM
    return ""


def clause_negation_fault(claim: str, carriers: Sequence[Sentence]) -> str:
    """Return what is wrong with negation in one clause of a claim of several, against a sentence that says it."""
    for part in [analyse(part) for part in clauses(claim)]:
        for sentence in carriers if len(part.keys) >= CLAUSE_TERMS else ():
            share = sum(map(sentence.credit, part.keys)) / len(part.keys)
            if share >= CLAUSE_CARRIED and (fault := negation_fault(part, [sentence], share)):
                return fault
    return ""


def contrast_fault(claim: str, sources: Sequence[str], group: float) -> str:
    """Return which word the source turns round, takes back or excepts from; empty where both say the same."""
    opposed = opposite(claim, sources) if group >= SAME_CONTRAST else ""
    word = takes_back(claim, sources) if group >= SAME_TAKEN_BACK else ""
    return opposed or (word and f"“{word}” in one, not in the other")


def doubt_of(claim: str, target: Analysis, carriers: Sequence[Sentence], context: Sequence[Sentence]) -> str:
    """Return why the support may be of something else; empty where there is no such sign.

    A name may stand in a sentence before (`context`), to which the source refers back. But where a sentence has a
    number of the claim, none of its names, and names of its own, it may speak of another.
    """
    names = names_of(target, context)
    for term in names:
        if not any(sentence.credit(term.key) for sentence in context):
            return f"the name {claim[term.start : term.end]} is not in the source"
    for number in target.numbers:
        stating = [sentence for sentence in carriers if states(sentence, number)]
        if names and stating and all(speaks_of_another(sentence, names) for sentence in stating):
            return f"the source may say {claim[number.start : number.end]} of something else"
    for number in target.numbers:
        stating = [sentence for sentence in carriers if states(sentence, number)]
        if target.terms and stating and not any(s.credit(key) for s in stating for key in target.keys):
            return f"the source says {claim[number.start : number.end]} of something else"
    absent = [number for number in target.numbers if not any(states(sentence, number) for sentence in carriers)]
    if absent:
        return f"number {claim[absent[0].start : absent[0].end]} stands elsewhere in the source"
    return ""


def speaks_of_another(sentence: Sentence, names: Sequence[Term]) -> bool:
    """Return whether a sentence has names, but none of these."""
    return bool(sentence.analysis.names) and not any(sentence.credit(term.key) for term in names)


def what_is_missing(claim: str, target: Analysis, carriers: Sequence[Sentence]) -> str:
    """Return what the source lacks of the claim, in words."""
    lacking = [term for term in unique(target.terms) if not any(sentence.credit(term.key) for sentence in carriers)]
    if not lacking:
        return "not stated together"
    return "not mentioned: " + ", ".join(claim[term.start : term.end] for term in lacking[:5])


def join_spans(spans: Sequence[Span], piece: str) -> tuple[Span, ...]:
    """Return ascending spans with those joined between which only white space stands."""
    joined: list[Span] = []
    for span in spans:
        if joined and not piece[joined[-1].end : span.start].strip():
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)
