"""Reports of evaluations that lie in the home folder: a list, and each as a page."""

from __future__ import annotations

import html
import json
import re
import stat
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.dependencies import CollectionDep
from api.links import prefix_of
from api.problems import PROBLEM_RESPONSES
from api.schemas import EvaluationPage, EvaluationSummary
from api.security import PAGE_HEADERS
from rag import Report, errors, render_page

router = APIRouter(tags=["evaluations"], responses=PROBLEM_RESPONSES)

REPORTS_MAX = 100
REPORT_MAX_BYTES = 100_000_000
HEADLINES = ("faithfulness", "citation_f1", "correctness_f1", "answer_rate", "abstention_recall")
"""The metrics told in the list, of those a report has."""

POLICY = re.compile('http-equiv="Content-Security-Policy" content="([^"]*)"')


@router.get("/v1/evaluations")
async def list_evaluations(request: Request, collection: CollectionDep) -> EvaluationPage:
    """List the reports on the collection that `vouch evaluate --output` wrote to the home folder, newest first."""
    home, prefix = collection.settings.home, prefix_of(request)

    def read() -> EvaluationPage:
        reports = []
        for name, file in report_files(home).items():
            report = parse_report(*file)
            if report is not None and report.setup.get("collection") == collection.name:
                reports.append(summarise(name, file, report, prefix))
        return EvaluationPage(reports=reports, folder=home.name if home.is_absolute() else home.as_posix())

    return await anyio.to_thread.run_sync(read)


@router.get("/evaluations/{report_name:path}", include_in_schema=False)
async def show_evaluation(report_name: str, collection: CollectionDep) -> HTMLResponse:
    """Show a report as the page that `vouch evaluate --html` writes."""

    def render() -> str:
        # A name is looked up among those listed, never made into a path.
        file = report_files(collection.settings.home).get(report_name)
        report = parse_report(*file) if file else None
        if report is None:
            raise errors.NotFoundError(f"There is no report '{report_name[:80]}'.", field="report_name")
        return render_page(report)

    page = await anyio.to_thread.run_sync(render)
    policy = POLICY.search(page)
    assert policy is not None
    allowed = f"{html.unescape(policy[1])}; frame-ancestors 'none'"
    return HTMLResponse(page.encode("utf-8", "replace"), headers=PAGE_HEADERS | {"Content-Security-Policy": allowed})


class ReportFile(NamedTuple):
    """A file that may be a report, as it was at a time."""

    path: Path
    modified_ns: int
    size_bytes: int


def report_files(home: Path) -> dict[str, ReportFile]:
    """Return the files that may be reports, by the name they are shown under, newest first.

    One that is removed meanwhile is passed over.
    """
    found = []
    for path in (path for pattern in ("*.json", "reports/*.json") for path in home.glob(pattern)):
        with suppress(OSError):
            status = path.stat()
            if stat.S_ISREG(status.st_mode) and status.st_size <= REPORT_MAX_BYTES:
                found.append(ReportFile(path, status.st_mtime_ns, status.st_size))
    newest = sorted(found, key=lambda file: (-file.modified_ns, file.path.name))[:REPORTS_MAX]
    return {file.path.relative_to(home).with_suffix("").as_posix(): file for file in newest}


@lru_cache(maxsize=16)
def parse_report(path: Path, modified_ns: int, size_bytes: int) -> Report | None:
    """Return the report of a file as it was at a time; None where it is none."""
    try:
        return Report.from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError, errors.UsageError):
        return None


def summarise(name: str, file: ReportFile, report: Report, prefix: str) -> EvaluationSummary:
    """Return a report as it stands in the list."""
    means = {each: report.metrics[each].mean for each in HEADLINES if each in report.metrics}
    modified = datetime.fromtimestamp(file.modified_ns / 1e9, UTC).isoformat(timespec="seconds")
    return EvaluationSummary(
        name=name,
        modified_at=modified,
        samples=report.samples,
        model=str(report.setup.get("model", "")),
        metrics={each: mean for each, mean in means.items() if mean is not None},
        url=f"{prefix}/evaluations/{quote(name)}?collection={quote(str(report.setup.get('collection', '')))}",
    )
