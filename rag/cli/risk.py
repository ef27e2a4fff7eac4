"""How well Vouch knows what the documents can answer, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.cli.terminal import output, write, write_table

if TYPE_CHECKING:
    from rag.evaluation.risk import Estimate, RiskReport

NOTHING = "-"
"""What stands where there is no number."""


def write_risk(report: RiskReport) -> None:
    """Write the risk-coverage table, and what sums it up."""
    from rag.evaluation.risk import shown_points

    rows = [
        (
            percent(point.coverage),
            percent(point.risk),
            percent(point.false_answers),
            percent(point.false_refusals),
            f"{point.threshold:.3f}",
        )
        for point in shown_points(report.curve)
    ]
    columns = (">answered", ">wrong of these", ">false answers", ">false refusals", ">threshold")
    write_table(columns, rows)
    sums = [
        ("AUROC", told(report.auroc)),
        ("area under risk and coverage", NOTHING if report.aurc is None else f"{report.aurc:.3f}"),
        (f"false answers at {percent(report.refusals)} refused, cross-fitted", told(report.false_answers)),
    ]
    write(output())
    write_table(("abstention", ">value (95 % interval)"), sums)


def told(estimate: Estimate | None) -> str:
    """Return a figure with its interval; ``-`` where it could not be told."""
    if estimate is None:
        return NOTHING
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def percent(share: float) -> str:
    """Return a share as a percentage."""
    return f"{100 * share:.1f} %"
