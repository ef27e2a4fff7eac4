"""Settings -> the workers they name: embedder, drafter and verifier."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from rag.collection.folders import collection_folder
from rag.config import Settings, require_judge_model
from rag.errors import EmbedderError
from rag.protocols import Drafter, Embedder, EmbeddingDrafter, PaidVerifier, Verifier

if TYPE_CHECKING:
    from rag.collection.opened import Opened
    from rag.composition import Parts
    from rag.encoders.memory import VectorMemory
    from rag.llm import LanguageModel
    from rag.sufficiency import SufficiencyReader
    from rag.types import EmbedderIdentity


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


def make_verifier(settings: Settings) -> Verifier:
    """Make the verifier that the settings name; a cross-encoder is loaded, which takes seconds.

    Raises:
        ConfigError: A language model is to judge, and none is named.
        VerifierError: The cross-encoder cannot be loaded, or its labels do not tell which one is support.
    """
    tier, _, name = settings.verifier.partition(":")
    if tier == "llm":
        from rag.llm import BlockingModel
        from rag.verifiers import JudgeVerifier

        return JudgeVerifier(BlockingModel(make_model(settings, require_judge_model(settings))))
    if tier == "cross-encoder":
        from rag.encoders import load_cross_encoder
        from rag.verifiers import CrossEncoderVerifier

        model = load_cross_encoder(name.strip(), device=settings.device, label=settings.verifier_label)
        return CrossEncoderVerifier(model)
    from rag.verifiers import BuiltInVerifier

    return BuiltInVerifier()


def begin_loading(settings: Settings) -> None:
    """Begin to open the support encoder in a thread of its own, where answers will be judged with it.

    It opens beside the embedder, which takes as long. Where it fails, whoever needs it meets the error.
    """
    if settings.verifier == "built-in" or settings.embedder == "bundled":
        Thread(target=open_quietly, name="support-encoder").start()


def open_quietly() -> None:
    """Open the support encoder; the error of one that cannot be opened is told where it is needed."""
    from rag.encoders.support import encoder_revision, load_support_encoder

    with suppress(EmbedderError):
        load_support_encoder()
        encoder_revision()  # it names the verifier in the answer, and reads all its files


def close_verifier(verifier: Verifier) -> None:
    """Close what a verifier has opened."""
    if isinstance(verifier, PaidVerifier):
        verifier.close()


def make_model(settings: Settings, name: str | None = None) -> LanguageModel:
    """Make a language model, the settings' own if none is named, at the server and within the limits they name."""
    from rag.llm import LanguageModel

    return LanguageModel(
        name or settings.model,
        api_base=settings.api_base,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        max_tokens=settings.answer_max_tokens,
        connect_timeout_s=settings.connect_timeout_s,
        first_token_timeout_s=settings.first_token_timeout_s,
        token_timeout_s=settings.token_timeout_s,
        answer_timeout_s=settings.answer_timeout_s,
        retries=settings.model_retries,
    )


def make_parts(collection: Opened) -> Parts:
    """Return what answers one question for a collection: its present snapshot, the workers, and its own threshold.

    Finding, judging and drafting look at the same sentences, so they share what has been embedded.

    Raises:
        EmbedderError: The embedder cannot be loaded.
        EmbedderMismatch: The collection was made with another one.
        CollectionError: The collection cannot be read.
    """
    from rag.calibration import cutoff_of
    from rag.composition import Parts
    from rag.encoders import RememberingEmbedder
    from rag.verifiers import for_one_answer

    embedder = RememberingEmbedder(collection.embedder, collection.vectors)
    drafter, identity = collection.drafter, embedder.identity
    reader = make_reader(identity)
    return Parts(
        collection=collection.name,
        embedder=embedder,
        index=collection.snapshot(),
        source=collection.store,
        texts=collection.texts,
        names=collection.names,
        drafter=drafter.embedding_through(embedder) if isinstance(drafter, EmbeddingDrafter) else drafter,
        verifier=for_one_answer(collection.verifier),
        is_live=collection.store.is_live,
        cutoff=cutoff_of(collection_folder(collection.settings), identity, reader),
        reader=reader,
    )


def make_memory(embedder: Embedder) -> VectorMemory | None:
    """Return what the answers of a collection share of its sentences' vectors; None where each answer has its own.

    They share them where a vector is the same to the last bit whatever it was made with, or an answer would depend on
    those before it.
    """
    from rag.encoders.memory import VectorMemory
    from rag.encoders.openvino_runtime import OpenVinoEmbedder

    return VectorMemory() if isinstance(embedder, OpenVinoEmbedder) else None


def make_reader(identity: EmbedderIdentity) -> SufficiencyReader | None:
    """Return what reads question and passages together: beside the bundled embedder, with which it was fitted."""
    if identity.name != "bundled":
        return None
    from rag.encoders.questions import QuestionReader

    return QuestionReader()
