"""What a sentence is made of: content words, numbers with units, names, dates, negation, script.

Pure and deterministic; English is what the word lists know. Scripts written without spaces are cut into pairs of
characters, so that Chinese can be compared with Chinese.
"""

from rag.terms.analysis import Analysis, Term, analyse
from rag.terms.assertions import left_open, states_it
from rag.terms.claims import is_no_claim, without_references
from rag.terms.contrasts import clauses, opposite, parted, takes_back
from rag.terms.denials import is_excepted, say_by_opposite
from rag.terms.identifiers import Held, Identifier, identifiers_of
from rag.terms.matching import Bag, Question, analyse_question, bag, bag_of, carried, offers, unique, weigh_terms
from rag.terms.numbers import Quantity
from rag.terms.parts import question_parts
from rag.terms.strength import contradicted, overstated
from rag.terms.synonyms import carries_or_means
from rag.terms.words import alike, language, script, stem, tokens

__all__ = [
    "Analysis",
    "Bag",
    "Held",
    "Identifier",
    "Quantity",
    "Question",
    "Term",
    "alike",
    "analyse",
    "analyse_question",
    "bag",
    "bag_of",
    "carried",
    "carries_or_means",
    "clauses",
    "contradicted",
    "identifiers_of",
    "is_excepted",
    "is_no_claim",
    "language",
    "left_open",
    "offers",
    "opposite",
    "overstated",
    "parted",
    "question_parts",
    "say_by_opposite",
    "script",
    "states_it",
    "stem",
    "takes_back",
    "tokens",
    "unique",
    "weigh_terms",
    "without_references",
]
