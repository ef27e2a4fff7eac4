"""The pages: templates filled, whatever documents and questions say escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi.responses import HTMLResponse

from api.security import PAGE_HEADERS
from rag import sanitize

FOLDER = Path(__file__).parent / "web"
"""Templates, and in ``assets`` what they load."""


@cache
def environment() -> jinja2.Environment:
    """Return what templates are rendered with: everything shown is escaped, and free of what is not seen."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=cleaned,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def cleaned(value: Any) -> Any:  # noqa: ANN401  whatever a template shows
    """Return text without what is not seen; markup of our own as it is."""
    return sanitize.clean_text(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def render(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page that may load our own files, and nothing else."""
    text = environment().get_template(template).render(**values)
    return HTMLResponse(text.encode("utf-8", "replace"), status, PAGE_HEADERS)
