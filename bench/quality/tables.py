"""The tables: every set under every scorer, ready for ``bench/README.md``."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.quality import published
from bench.quality.measures import (
    F1_REWEIGHTED,
    by,
    cells,
    decided,
    of_answers,
    of_sentences,
    percent,
    refitted,
    sentence_f1,
    span_f1,
    with_interval,
)
from bench.quality.scorers import ByVerifier, Scored, Scorer, score_all, scorers
from bench.quality.sets import FITTED, Claim, load
from bench.quality.statistics import auroc, balanced_accuracy, calibration_error, macro_f1, reliability
from bench.report import Row, data_folder, print_table
from training.split import is_test

Results = dict[tuple[str, str], list[Scored]]
"""By scorer and set."""

BALANCED = ("BAcc, own threshold", "BAcc, cross-fitted")
REWEIGHTED = ("F1 at 20 %, own threshold", "F1 at 20 %, cross-fitted")
SPEED_CLAIMS = 200
SPEED_PASSAGES = 8


def report() -> None:
    """Score every set with every scorer and print the tables."""
    claims = load(data_folder(), is_test)
    if not claims:
        sys.exit(f"There are no sets in {data_folder()}: name their folder, python -m bench quality --data DIR.")
    every = scorers()
    results: Results = {}
    for scorer in every:
        for name, rows in claims.items():
            began = time.perf_counter()
            results[scorer.name, name] = score_all(scorer, rows)
            print(f"{scorer.name}: {name}, {len(rows)} claims, {time.perf_counter() - began:.0f} s", file=sys.stderr)
    for task in ("QA", "Summary") if "ragtruth" in claims else ():
        print_ragtruth(claims["ragtruth"], results, every, task)
    print_claims(claims, results, every)
    print_agreement(claims, results, every)
    print_reliability(claims, results, every)
    if "ragtruth" in claims:
        print_speed(claims["ragtruth"], every)


def print_ragtruth(claims: Sequence[Claim], results: Results, every: Sequence[Scorer], task: str) -> None:
    """Print whole answers, sentences and spans of one task, and answers by generator."""
    chosen = [index for index, claim in enumerate(claims) if claim.task == task]
    if not chosen:
        return
    some = [claims[index] for index in chosen]
    answers: list[Row] = []
    sentences: list[Row] = []
    for scorer in every:
        scored = [results[scorer.name, "ragtruth"][index] for index in chosen]
        answers.append(Row(scorer.name, cells(of_answers(some, scored), balanced_accuracy, F1_REWEIGHTED)))
        row = cells(of_sentences(some, scored), balanced_accuracy, F1_REWEIGHTED)
        sentences.append(Row(scorer.name, [*row, percent(span_f1(some, scored))]))
    labels = of_answers(some, [Scored(1.0, True)] * len(some)).labels
    note = f"{percent(float(1 - labels.mean()))} % of these answers are hallucinated; F1 is that of this class, "
    note += "re-weighted to 20 %. In-domain: held-out documents of a set that was fitted on. "
    note += "The score of an answer is that of its weakest sentence. "
    columns = ("n", "AUROC [95 %]", *BALANCED, *REWEIGHTED, "scored %")
    if task == "QA":
        note += published.line("F1 of whole answers", published.RAGTRUTH_QA_RESPONSE_F1, published.RAGTRUTH_SOURCE)
    print_table(f"RAGTruth {task}: whole answers", ("scorer", *columns), answers, note)
    note = "A sentence that touches a marked span is hallucinated. "
    if task == "QA":
        note += published.line("span F1", published.RAGTRUTH_QA_SPAN_F1, published.RAGTRUTH_SOURCE)
    print_table(f"RAGTruth {task}: sentences and spans", ("scorer", *columns, "span F1"), sentences, note)
    print_generators(some, [results[every[-1].name, "ragtruth"][index] for index in chosen], task)


def print_generators(claims: Sequence[Claim], scored: Sequence[Scored], task: str) -> None:
    """Print whole answers by who wrote them, as the last scorer judges."""
    rows = []
    for generator, chosen in by(claims, lambda claim: claim.generator).items():
        sample = of_answers([claims[index] for index in chosen], [scored[index] for index in chosen])
        rows.append(Row(generator or "unknown", cells(sample, balanced_accuracy, F1_REWEIGHTED)))
    columns = ("generator", "n", "AUROC [95 %]", *BALANCED, *REWEIGHTED, "scored %")
    print_table(f"RAGTruth {task}: whole answers by generator, built-in", columns, rows)


def report_without(generator: str, folder: Path) -> None:
    """Print the held-out answers of one generator, judged with the shipped encoder and with one that never saw it."""
    from rag.encoders.support import SupportEncoder
    from rag.verifiers.built_in import BuiltInVerifier

    every = load(data_folder(), is_test)["ragtruth"]
    claims = [claim for claim in every if claim.generator == generator and claim.task == "QA"]
    if not claims:
        sys.exit(f"There is no held-out answer by {generator!r}.")
    answers, sentences = [], []
    for name, encoder in (("fitted on all", None), (f"without {generator}", SupportEncoder(folder))):
        scorer = ByVerifier(name, BuiltInVerifier(encoder))
        scored = [scorer.score(claim) for claim in claims]
        answers.append(Row(name, cells(of_answers(claims, scored), balanced_accuracy, F1_REWEIGHTED)))
        sentences.append(Row(name, cells(of_sentences(claims, scored), balanced_accuracy, F1_REWEIGHTED)))
    columns = ("encoder", "n", "AUROC [95 %]", *BALANCED, *REWEIGHTED, "scored %")
    print_table(f"RAGTruth QA, {generator}: whole answers", columns, answers)
    note = "The combination behind the encoder is the shipped one in both: nine weights, fitted on other documents."
    print_table(f"RAGTruth QA, {generator}: sentences", columns, sentences, note)


def print_claims(claims: dict[str, list[Claim]], results: Results, every: Sequence[Scorer]) -> None:
    """Print the sets of labelled claims, their parts apart."""
    rows = []
    for name, some in claims.items():
        if name == "ragtruth":
            continue
        domain = "in-domain" if name in FITTED else "unseen"
        for scorer in every:
            scored = results[scorer.name, name]
            head = f"{name} ({domain})"
            if name == "summedits":
                rows.append(Row(f"{head}, mean of domains", [scorer.name, *mean_of_parts(some, scored)]))
                continue
            rows.append(Row(head, [scorer.name, *cells(of_sentences(some, scored))]))
    note = "Supported against the rest; for SummEdits the mean over its domains. In-domain: held-out documents. "
    note += published.line("on WiCE, BAcc", published.WICE_BALANCED_ACCURACY, published.WICE_SOURCE)
    print_table("Labelled claims", ("set", "scorer", "n", "AUROC [95 %]", *BALANCED, "scored %"), rows, note)
    for name in ("summedits", "attributionbench", "begin"):
        print_parts(name, claims.get(name, []), results, every[-1])


def mean_of_parts(claims: Sequence[Claim], scored: Sequence[Scored]) -> list[str]:
    """Return the cells of a set whose parts weigh the same: means over them, without intervals."""
    samples = [
        of_sentences([claims[index] for index in chosen], [scored[index] for index in chosen])
        for chosen in by(claims, lambda claim: claim.set_name).values()
    ]
    own = [balanced_accuracy(one.labels, one.own) if one.own is not None else np.nan for one in samples]
    fitted = [balanced_accuracy(one.labels, one.decisions(balanced_accuracy)) for one in samples]
    areas = [auroc(one.labels, one.scores) for one in samples]
    count = sum(len(one.labels) for one in samples)
    means = [percent(float(np.mean(values))) for values in (areas, own, fitted)]
    return [str(count), *means, percent(count / len(claims))]


def print_parts(name: str, claims: Sequence[Claim], results: Results, scorer: Scorer) -> None:
    """Print the parts of a set, as one scorer judges them."""
    parts = by(claims, lambda claim: claim.set_name)
    if len(parts) < 2:
        return
    scored = results[scorer.name, name]
    rows = [
        Row(part, cells(of_sentences([claims[i] for i in chosen], [scored[i] for i in chosen])))
        for part, chosen in parts.items()
    ]
    print_table(f"{name} by part, {scorer.name}", ("part", "n", "AUROC [95 %]", *BALANCED, "scored %"), rows)


def print_agreement(claims: dict[str, list[Claim]], results: Results, every: Sequence[Scorer]) -> None:
    """Print how far each metric that we report agrees with people."""
    rows = []
    for scorer in every:
        row: list[str] = []
        answers = [index for index, one in enumerate(claims.get("ragtruth", [])) if one.task == "QA"]
        some = [claims["ragtruth"][index] for index in answers]
        sample = of_answers(some, [results[scorer.name, "ragtruth"][index] for index in answers], share=True)
        faithful = sample.own is not None and len(sample.labels)
        row.append(with_interval(auroc, sample, sample.scores) if faithful else "-")
        row.append(refitted(F1_REWEIGHTED, sample) if faithful else "-")
        cited = claims.get("attributionbench", [])
        judged = of_sentences(cited, results.get((scorer.name, "attributionbench"), []))
        row += [decided(macro_f1, judged), refitted(macro_f1, judged)]
        pages = claims.get("wice", [])
        row.append(percent(sentence_f1(pages, results.get((scorer.name, "wice"), []))))
        rows.append(Row(scorer.name, row))
    columns = (
        "scorer",
        "faithfulness (share of sentences supported), RAGTruth QA: AUROC",
        "F1 at 20 %",
        "is the citation right, AttributionBench: macro-F1, own threshold",
        "cross-fitted",
        "which sentences support it, WiCE: F1",
    )
    note = published.line("F1 of RAGTruth QA answers", published.RAGTRUTH_QA_RESPONSE_F1[:4], published.RAGTRUTH_SOURCE)
    note += " " + published.line("macro-F1", published.ATTRIBUTION_MACRO_F1, published.ATTRIBUTION_SOURCE)
    print_table("Agreement with people", columns, rows, note)


def print_reliability(claims: dict[str, list[Claim]], results: Results, every: Sequence[Scorer]) -> None:
    """Print how often claims of a score are supported, of the last scorer; sets fitted on and unseen ones apart."""
    rows = []
    errors = []
    for title, chosen in (
        ("in-domain", [name for name in claims if name in FITTED]),
        ("unseen", [name for name in claims if name not in FITTED]),
    ):
        samples = [of_sentences(claims[name], results[every[-1].name, name]) for name in chosen]
        if not samples:
            continue
        bins = reliability(np.concatenate([s.labels for s in samples]), np.concatenate([s.scores for s in samples]))
        errors.append(f"{title} {100 * calibration_error(bins):.1f}")
        rows += [
            Row(
                f"{each.low:.1f}-{each.low + 0.1:.1f}",
                (title, each.claims, percent(each.score), percent(each.supported)),
            )
            for each in bins
        ]
    note = f"Expected calibration error, in points: {', '.join(errors)}."
    print_table("Reliability, built-in", ("score", "sets", "claims", "mean score", "supported %"), rows, note)


def print_speed(claims: Sequence[Claim], every: Sequence[Scorer]) -> None:
    """Print what one sentence against eight passages takes; what was read for an earlier one may be remembered."""
    rows = []
    chosen = [claim for claim in claims if claim.task == "QA"][:: max(1, len(claims) // SPEED_CLAIMS)][:SPEED_CLAIMS]
    for scorer in every:
        if not isinstance(scorer, ByVerifier) or not chosen:
            continue
        spent_ms: list[float] = []
        for number, claim in enumerate(chosen):
            others = [piece for other in chosen[number + 1 :] + chosen[:number] for piece in other.evidence]
            passages = [*claim.evidence, *dict.fromkeys(others[:100])][:SPEED_PASSAGES]
            began = time.perf_counter()
            scorer.verifier.verify(claim.text, passages)
            spent_ms.append((time.perf_counter() - began) * 1000)
        p50, p95 = np.percentile(spent_ms, [50, 95])
        rows.append(Row(scorer.name, (len(spent_ms), f"{p50:.1f}", f"{p95:.1f}")))
    print_table(f"Speed: a sentence against {SPEED_PASSAGES} passages", ("verifier", "n", "p50 ms", "p95 ms"), rows)
