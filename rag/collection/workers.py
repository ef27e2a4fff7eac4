"""Settings -> the workers they name: embedder and drafter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.config import Settings
from rag.protocols import Drafter, Embedder

if TYPE_CHECKING:
    from rag.llm import LanguageModel


def load_embedder(settings: Settings) -> Embedder:
    """Load the embedder that the settings name.

    Raises:
        EmbedderError: It cannot be loaded.
    """
    from rag import encoders

    return encoders.load_embedder(settings.embedder, device=settings.device, precision=settings.precision)


def make_drafter(settings: Settings, embedder: Embedder) -> Drafter:
    """Make the drafter that the settings name."""
    if settings.model == "extractive":
        from rag.drafting.extractive import ExtractiveDrafter

        return ExtractiveDrafter(embedder)
    from rag.drafting.model import ModelDrafter

    return ModelDrafter(make_model(settings))


def make_model(settings: Settings) -> LanguageModel:
    """Make the language model that the settings name."""
    from rag.llm import LanguageModel

    return LanguageModel(
        settings.model,
        api_base=settings.api_base,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        max_tokens=settings.answer_max_tokens,
        connect_timeout_s=settings.connect_timeout_s,
        first_token_timeout_s=settings.first_token_timeout_s,
        token_timeout_s=settings.token_timeout_s,
        answer_timeout_s=settings.answer_timeout_s,
        retries=settings.model_retries,
    )
