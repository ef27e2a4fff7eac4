"""Figures that others have published, with their source; measured on other rows, so anchors and not a league table."""

from __future__ import annotations

from typing import NamedTuple

RAGTRUTH_SOURCE = (
    "KRLabsOrg/LettuceDetect's table for the official RAGTruth test split (18 % of its QA answers are hallucinated); "
    "LettuceDetect, Luna and RAG-HAT were trained on RAGTruth's own training rows"
)
AGGREFACT_SOURCE = "derenlei/FactCG, LLM-AggreFact test rows; fixed threshold"
WICE_SOURCE = f"{AGGREFACT_SOURCE}; Bespoke-MiniCheck from its own notebook"
ATTRIBUTION_SOURCE = "AttributionBench, test part (abstract)"


class Published(NamedTuple):
    """One figure, in percent."""

    who: str
    value: float


RAGTRUTH_QA_RESPONSE_F1 = (
    Published("RAGAS faithfulness", 35.7),
    Published("TruLens groundedness", 36.6),
    Published("ChainPoll (GPT-3.5)", 40.5),
    Published("GPT-4-turbo, prompted", 45.6),
    Published("Luna (440M)", 51.3),
    Published("LettuceDetect-base (149M)", 65.5),
    Published("LettuceDetect-large (395M)", 70.2),
    Published("RAG-HAT (8B)", 74.8),
)
RAGTRUTH_QA_SPAN_F1 = (
    Published("GPT-4-turbo, prompted", 32.6),
    Published("Llama-2-13B, fine-tuned", 58.2),
    Published("LettuceDetect-base", 61.5),
    Published("LettuceDetect-large", 64.4),
)
WICE_BALANCED_ACCURACY = (
    Published("AlignScore (355M)", 66.0),
    Published("MiniCheck-Flan-T5-L (770M)", 72.2),
    Published("FactCG-DeBERTa-L (0.4B)", 74.2),
    Published("GPT-4o", 78.5),
    Published("Bespoke-MiniCheck-7B", 83.0),
)
ATTRIBUTION_MACRO_F1 = (Published("GPT-3.5, fine-tuned", 80.0),)


def line(title: str, figures: tuple[Published, ...], source: str) -> str:
    """Return published figures as one line below a table."""
    listed = ", ".join(f"{each.who} {each.value:g}" for each in figures)
    return f"Published {title}: {listed} ({source})."
