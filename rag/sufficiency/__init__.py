"""Can this question be answered from these passages? And does it take for granted what they do not say?"""

from rag.sufficiency.assessment import AssessedPart, Assessment, Cutoff
from rag.sufficiency.decision import (
    Sufficiency,
    SufficiencyReader,
    judge_sufficiency,
)
from rag.sufficiency.evidence import Absent, Weighed, absent_from, weigh_passages
from rag.sufficiency.expecting import holds_what_is_expected
from rag.sufficiency.features import features_of
from rag.sufficiency.model import (
    BY_MEANING,
    BY_READING,
    BY_WORDS,
    MODEL_VERSION,
    FittedModel,
    threshold_at,
)
from rag.sufficiency.premises import FalsePremise, PremiseKind, find_false_premise

__all__ = [
    "BY_MEANING",
    "BY_WORDS",
    "MODEL_VERSION",
    "BY_READING",
    "Absent",
    "AssessedPart",
    "Assessment",
    "Cutoff",
    "FalsePremise",
    "FittedModel",
    "PremiseKind",
    "Sufficiency",
    "SufficiencyReader",
    "Weighed",
    "absent_from",
    "features_of",
    "find_false_premise",
    "holds_what_is_expected",
    "judge_sufficiency",
    "threshold_at",
    "weigh_passages",
]
