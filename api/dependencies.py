"""What routes get handed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.collections import OpenCollections
from api.limits import Gate


def get_collections(request: Request) -> OpenCollections:
    """Return the open collections of the application."""
    found = request.app.state.collections
    assert isinstance(found, OpenCollections)
    return found


def get_gate(request: Request) -> Gate:
    """Return the application's gate."""
    gate = request.app.state.gate
    assert isinstance(gate, Gate)
    return gate


CollectionsDep = Annotated[OpenCollections, Depends(get_collections)]
GateDep = Annotated[Gate, Depends(get_gate)]
