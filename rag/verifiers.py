"""A claim against evidence: the built-in verifier, deterministic and local.

It asks how much of a claim's content the best few sentences of one piece of evidence carry, and looks at numbers,
names and negation apart, because overlap alone does not see them. The weights were fitted by
``python -m bench.answering_parts verifier`` (the figures stand in its output).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.sentences import segment
from rag.terms import Analysis, Bag, Quantity, Term, analyse, bag, language, script, unique
from rag.types import Evidence, Judgement, Span, Verdict, VerifierIdentity

THRESHOLD = 0.5
PARTIAL_THRESHOLD = 0.25
"""Below it a claim is unsupported; between it and `THRESHOLD` the source carries a part of it."""

FAULT_CEILING = 0.2
"""Most that a claim can score whose number or negation the source does not bear out."""

NAME_CEILING = 0.45
"""Most that a claim can score of which a name is missing in the source, while the rest is there."""

GROUP_SENTENCES = 3
"""Sentences of one piece of evidence that may carry a claim together."""

NUMBER_WEIGHT = 2.0
"""A number weighs as much as so many words."""

LEAST_GAIN = 0.12
"""Share of the claim that a further sentence must add."""

WEIGHTS = {"intercept": -5.0, "sentence": 3.0, "group": 4.0, "pairs": 1.5, "names": -1.0}
"""Logistic regression on the features of `Support`."""

NOT_CLAIMS = re.compile(
    r"^(?:"
    r"(?:sure|certainly|of course|absolutely|great question|hello|hi|hey|thanks|thank you|okay|ok)\b[^.]{0,40}[.!,]?"
    r"|(?:here(?:'s| is| are)|below (?:is|are)|the following|in summary|in short|to summarize)\b[^.]{0,80}:"
    r"|(?:i hope (?:this|that)|hope this|let me know|feel free|please (?:let|note|feel)|if you (?:have|need))\b.*"
    r"|(?:based on|according to) (?:the|these|your) (?:\w+ )?(?:documents?|passages?|sources?|context)[^.]{0,30}:"
    r")$",
    re.IGNORECASE | re.DOTALL,
)
"""Sentences that state nothing about the world."""


REFERENCES = re.compile(
    r"\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]"
    r"|\((?:[^()]{0,20}\s)?(?:passages?|documents?|sources?)\s\d[^()]{0,30}\)"
    r"|\b(?:in |from |by |using |according to )?(?:passages?|documents?|sources?) \d{1,2}(?:(?:, | and )\d{1,2})*\b",
    re.IGNORECASE,
)
"""Where an answer names its sources by number: no part of what it claims."""

ABOUT_SOURCES = re.compile(
    r"\b(?:passages?|documents?|sources?|context|texts?|information)\b[^.]{0,40}\b(?:do|does|did)(?: not|n['’]t) "
    r"(?:\w+ )?(?:mention|provide|contain|specify|state|say|include|address|offer|give|discuss|explain|answer)"
    r"|\b(?:unable|not possible|impossible|cannot|can['’]t) (?:to )?(?:be )?(?:answer|determine)",
    re.IGNORECASE,
)
"""Statements that the sources do not say something; no stretch of a source can support them."""


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
class Support:
    """What one piece of evidence does for a claim: features in [0, 1], and faults in words.

    Attributes:
        sentence: Share of the claim's content carried by the best single sentence.
        group: Share carried by the best few sentences together.
        pairs: Share of the claim's neighbouring content words that stand together in a source sentence too.
        names: Share of the claim's names that are missing.
        spans: Where the support stands, in order of position.
        fault: A number or negation that the source does not bear out; empty where there is none.
        missing_name: A name that the source does not have; empty where there is none.
        missing: Content words of the claim that the source does not have.
    """

    sentence: float
    group: float
    pairs: float
    names: float
    spans: tuple[Span, ...] = ()
    fault: str = ""
    missing_name: str = ""
    missing: tuple[str, ...] = ()
    verbatim: bool = False

    @property
    def score(self) -> float:
        """Support in [0, 1]."""
        if self.verbatim:
            return 1.0
        features = {"sentence": self.sentence, "group": self.group, "pairs": self.pairs, "names": self.names}
        total = WEIGHTS["intercept"] + sum(WEIGHTS[name] * value for name, value in features.items())
        score = 1.0 / (1.0 + math.exp(-total))
        if self.fault:
            return min(score, 1.0) * FAULT_CEILING
        return score * NAME_CEILING if self.missing_name else min(score, 0.999)


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
        best = max(judged, key=lambda pair: (pair[1].score, -pair[0]), default=None)
        if best is not None and best[1].verbatim:
            return Judgement(Verdict.SUPPORTED, 1.0, spans_of(best))
        if is_no_claim(claim):
            return Judgement(Verdict.NOT_A_CLAIM, None)
        if not evidence:
            return Judgement(Verdict.UNSUPPORTED, 0.0, problem="there is no evidence to check it against")
        if best is None:
            return Judgement(Verdict.NOT_CHECKED, None, problem="it is not in the language of the sources")
        target = analyse(without_references(claim))
        if not target.terms and not target.numbers:
            return Judgement(Verdict.NOT_CHECKED, None, problem="it says too little by itself to be checked")
        return judgement_of(best)


def judgement_of(best: tuple[int, Support]) -> Judgement:
    """Return the judgement that the best piece of evidence gives."""
    support = best[1]
    score = round(support.score, 4)
    if score >= THRESHOLD:
        return Judgement(Verdict.SUPPORTED, score, spans_of(best))
    problem = support.fault
    if not problem and support.missing_name:
        problem = f"the name {support.missing_name} is not in the source"
    if not problem:
        problem = f"not mentioned: {', '.join(support.missing[:5])}" if support.missing else "not stated together"
    if score >= PARTIAL_THRESHOLD:
        return Judgement(Verdict.PARTIAL, score, spans_of(best), problem)
    return Judgement(Verdict.UNSUPPORTED, score, spans_of(best), problem)


def spans_of(best: tuple[int, Support]) -> tuple[Evidence, ...]:
    """Return the stretches that carry a support."""
    index, support = best
    return tuple(Evidence(index, span.start, span.end) for span in support.spans)


def is_no_claim(text: str) -> bool:
    """Return whether a sentence states nothing: a greeting, an announcement, a question back, bare punctuation."""
    stripped = text.strip()
    if not any(letter.isalnum() for letter in stripped):
        return True
    if stripped.endswith(("?", "？")) or NOT_CLAIMS.match(stripped):
        return True
    return ABOUT_SOURCES.search(stripped) is not None


def without_references(claim: str) -> str:
    """Return the claim with references to its sources blanked; positions stay."""
    return REFERENCES.sub(lambda match: " " * len(match.group()), claim)


def weigh(claim: str, piece: str) -> Support | None:
    """Return what one piece of evidence does for a claim; None where it cannot be judged."""
    exact = verbatim_span(claim, piece)
    if exact is not None:
        return Support(1.0, 1.0, 1.0, 0.0, (exact,), verbatim=True)
    sentences = read(piece)
    if not sentences or not comparable(claim, piece):
        return None if sentences else Support(0.0, 0.0, 0.0, 0.0)
    claim = without_references(claim)
    target = analyse(claim)
    chosen, shares = choose_group(target, sentences)
    group = [sentences[i] for i in chosen]
    names = names_of(target, sentences)
    missing_names = [term for term in names if not any(s.credit(term.key) for s in group)]
    around = context_of(chosen, sentences)
    absent = [term for term in missing_names if not any(s.credit(term.key) for s in around)]
    missing = [term for term in unique(target.terms) if not any(s.credit(term.key) for s in group)]
    return Support(
        sentence=shares[0],
        group=shares[-1],
        pairs=pair_share(target, group),
        names=len(absent) / len(names) if names else 0.0,
        spans=join_spans([sentences[i].span for i in sorted(chosen)], piece),
        fault=number_fault(claim, target, group) or negation_fault(target, group),
        missing_name=claim[absent[0].start : absent[0].end] if absent else "",
        missing=tuple(claim[term.start : term.end] for term in missing),
    )


def verbatim_span(claim: str, piece: str) -> Span | None:
    """Return where the claim stands in the piece as one or more whole sentences, or None."""
    words = claim.split()
    if not words or words[0] not in piece:
        return None
    match = re.search(r"\s+".join(re.escape(word) for word in words), piece)
    if match is None:
        return None
    spans = [sentence.span for sentence in read(piece)]
    begins = {span.start for span in spans}
    ends = {len(piece[: span.end].rstrip()) for span in spans}
    return Span(*match.span()) if match.start() in begins and match.end() in ends else None


@lru_cache(maxsize=1024)
def read(piece: str) -> tuple[Sentence, ...]:
    """Return the sentences of a piece of evidence, taken apart."""
    texts = [(span, piece[span.start : span.end]) for span in segment(piece)]
    return tuple(Sentence(span, analyse(text), bag(text)) for span, text in texts)


def comparable(claim: str, piece: str) -> bool:
    """Return whether claim and piece stand in the same script, and not in two languages known to differ."""
    scripts = {script(claim), script(piece)} - {""}
    languages = {language(claim), language(piece)} - {""}
    return len(scripts) < 2 and len(languages) < 2


def choose_group(target: Analysis, sentences: Sequence[Sentence]) -> tuple[list[int], list[float]]:
    """Return the sentences that carry the claim together, best first, and the share carried after each.

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
    shares: list[float] = []
    while len(chosen) < GROUP_SENTENCES:
        gains = [
            sum(max(0.0, new - old) for new, old in zip(row, carried, strict=True)) * nearness(index, chosen)
            for index, row in enumerate(rows)
        ]
        index = max(range(len(rows)), key=lambda i: (gains[i], -i))
        if chosen and gains[index] < max(LEAST_GAIN * total, 0.9):
            break
        chosen.append(index)
        carried = [max(new, old) for new, old in zip(rows[index], carried, strict=True)]
        shares.append(sum(carried) / total)
        if shares[-1] >= 1.0:
            break
    return chosen, shares


def states(sentence: Sentence, number: Quantity) -> bool:
    """Return whether a sentence has a number of the claim."""
    return any(number.agrees(other) for other in sentence.analysis.numbers)


def nearness(index: int, chosen: Sequence[int]) -> float:
    """Return the weight of a further sentence by its distance from those chosen; far ones belong to other things."""
    if not chosen:
        return 1.0
    distance = min(abs(index - other) for other in chosen)
    return 1.0 if distance <= 1 else 0.9 if distance <= 3 else 0.7 if distance <= 8 else 0.4


def context_of(chosen: Sequence[int], sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences in which a name may stand that the chosen ones refer to: those before, and the first."""
    return list(sentences[: max(chosen) + 1]) if chosen else []


def names_of(target: Analysis, sentences: Sequence[Sentence]) -> list[Term]:
    """Return the claim's names; a word that begins it counts where the source writes it as a name."""
    known = frozenset().union(*(sentence.analysis.names for sentence in sentences))
    return [term for term in unique(target.terms) if term.key in target.names or term.key in target.openers & known]


def pair_share(target: Analysis, group: Sequence[Sentence]) -> float:
    """Return the share of neighbouring terms of the claim that stand together in one sentence of the source."""
    keys = [term.key for term in target.terms]
    pairs = [(a, b) for a, b in itertools.pairwise(keys) if a != b]
    if not pairs:
        return 1.0 if any(s.credit(key) for key in keys for s in group) else 0.0
    return sum(any(s.credit(a) and s.credit(b) for s in group) for a, b in pairs) / len(pairs)


def number_fault(claim: str, target: Analysis, group: Sequence[Sentence]) -> str:
    """Return what is wrong with the claim's numbers; empty where each stands in the supporting sentences."""
    known: list[Quantity] = [number for sentence in group for number in sentence.analysis.numbers]
    for number in target.numbers:
        if number.spelled and number.value <= 1:
            continue
        if not any(number.agrees(other) for other in known):
            return f"number {claim[number.start : number.end]} is not in the source"
    return ""


def negation_fault(target: Analysis, group: Sequence[Sentence]) -> str:
    """Return what is wrong with negation; empty where claim and source agree."""
    if not group:
        return ""
    negated = frozenset().union(*(sentence.analysis.negated for sentence in group))
    plain = frozenset().union(*(sentence.analysis.keys - sentence.analysis.negated for sentence in group))
    if target.negations and not any(sentence.analysis.negations for sentence in group):
        turned = target.negated & plain or target.negated
        return "negated in one, not in the other" if turned else ""
    if not target.negations and (target.keys & negated) - plain:
        return "negated in one, not in the other"
    return ""


def join_spans(spans: Sequence[Span], piece: str) -> tuple[Span, ...]:
    """Return ascending spans with those joined between which only white space stands."""
    joined: list[Span] = []
    for span in spans:
        if joined and not piece[joined[-1].end : span.start].strip():
            joined[-1] = replace_end(joined[-1], span.end)
        else:
            joined.append(span)
    return tuple(joined)


def replace_end(span: Span, end: int) -> Span:
    """Return `span` with another end."""
    return Span(span.start, end)
