"""What the tests of the HTTP face share: the application over a file's own `collection`, on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from rag import Collection

if TYPE_CHECKING:
    import httpx
    from fastapi import FastAPI


@pytest.fixture
def app(collection: Collection) -> FastAPI:
    from api import create_app

    return create_app(collection=collection)


@pytest.fixture
def client(app: FastAPI) -> Iterator[httpx.Client]:
    import httpx

    from tests.fakes.http_server import serving

    with serving(app) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client
