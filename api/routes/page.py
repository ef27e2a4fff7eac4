"""The web page and the files it loads."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api import pages

router = APIRouter(include_in_schema=False)


class Assets(StaticFiles):
    """Scripts and styles; a browser asks whether they are still the same, so that a newer Vouch is seen at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


@router.get("/")
async def show_page() -> HTMLResponse:
    """Show the page to ask and check."""
    return pages.render("index.html")
