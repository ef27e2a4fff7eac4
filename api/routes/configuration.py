"""What the server is set to, as far as a client may know."""

from __future__ import annotations

import anyio.to_thread
from fastapi import APIRouter, Request

from api.dependencies import CollectionDep
from api.problems import PROBLEM_RESPONSES
from api.schemas import Abilities, ServerSettings, VerifierSetting
from rag import Collection, list_collections, wire

router = APIRouter(prefix="/v1", tags=["settings"], responses=PROBLEM_RESPONSES)


@router.get("/settings")
async def show_settings(request: Request, collection: CollectionDep) -> ServerSettings:
    """Return the model, the verifier and what a question may choose; no key, no address, no path."""

    def read() -> ServerSettings:
        settings = request.app.state.collections.settings
        return ServerSettings(
            collection=settings.collection,
            collections=list_collections(settings.home),
            verifier=VerifierSetting(name=settings.verifier.partition(":")[0], identity=loaded_verifier(collection)),
            abilities=Abilities(upload=True, delete=True),
            **{name: getattr(settings, name) for name in SHOWN},
        )

    return await anyio.to_thread.run_sync(read)


SHOWN = ("model", "embedder", "top_k", "risk", "strict", "question_max_characters")


def loaded_verifier(collection: Collection) -> wire.WireVerifier | None:
    """Return who judges, with its threshold; None before it is loaded, which this does not do."""
    verifier = vars(collection).get("verifier") or collection.given_verifier
    return None if verifier is None else wire.WireVerifier.model_validate(verifier.identity)
