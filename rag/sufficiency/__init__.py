"""Can this question be answered from these passages? And does it take for granted what they do not say?"""

from rag.sufficiency.assessment import AssessedPart, Assessment, Cutoff
from rag.sufficiency.decision import (
    Sufficiency,
    SufficiencyReader,
    judge_sufficiency,
    listing,
)
from rag.sufficiency.evidence import Absent, Weighed, absent_from, called, names_in, weigh_passages
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
    "called",
    "features_of",
    "find_false_premise",
    "holds_what_is_expected",
    "judge_sufficiency",
    "listing",
    "names_in",
    "threshold_at",
    "weigh_passages",
]
