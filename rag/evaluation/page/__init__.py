"""A report as one HTML page: to be read, passed on and printed; it asks nothing of the network.

Whatever documents, questions and answers say is escaped (Jinja2's autoescaping, after `rag.sanitize.clean_text`), and
a content security policy lets run what is in the page by its hash, and nothing else. The same report gives the same
bytes.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from rag.durable import SHARED_MODE, write_atomically
from rag.evaluation.comparison import Comparison
from rag.evaluation.page.figures import look_at
from rag.evaluation.report import Report
from rag.sanitize import clean_text

__all__ = ["render_page", "write_page"]


def write_page(path: Path, report: Report, comparison: Comparison | None = None) -> None:
    """Write the page of a report to a file, all or nothing.

    Raises:
        CollectionError: It cannot be written.
    """
    write_atomically(path, render_page(report, comparison).encode("utf-8", "replace"), mode=SHARED_MODE)


def render_page(report: Report, comparison: Comparison | None = None) -> str:
    """Return the page of a report.

    Args:
        report: With the texts of its answers, unless they are to stay out.
        comparison: What changed since another run, shown if given.
    """
    css, script = read_part("report.css"), read_part("report.js")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{hash_of(css)}'; script-src '{hash_of(script)}'"
    )
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, finalize=cleaned, keep_trailing_newline=True
    )
    template = environment.from_string(read_part("report.html"))
    return template.render(page=look_at(report, comparison), css=Markup(css), script=Markup(script), policy=policy)


def read_part(name: str) -> str:
    """Return a part of the page that comes with the package."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def hash_of(text: str) -> str:
    """Return the hash by which a content security policy knows an inline style or script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def cleaned(value: Any) -> Any:  # noqa: ANN401  whatever a template shows
    """Return text without what is not seen; markup of our own as it is."""
    return clean_text(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
