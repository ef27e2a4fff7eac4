"""Where the sources contradict one another on what is asked.

Precise before complete: a reader who is told of a contradiction that is none stops reading such notes. Two sentences
are compared if they carry the same words of the question, speak of the same names and years, and say nearly the same
but for one value; or, in whatever words, if each carries the question itself and just one value of the kind that it
asks for: a date, an amount, a length of time, a person, a place, what kind of thing something is, yes or no.
"""

from rag.conflicts.conflict import Conflict, Place
from rag.conflicts.dates import OPENING_CHARACTERS, DocumentDate, date_of
from rag.conflicts.finding import find_conflicts
from rag.conflicts.standing import ASKS_BEFORE, Standing, find_standing

__all__ = [
    "ASKS_BEFORE",
    "OPENING_CHARACTERS",
    "Conflict",
    "DocumentDate",
    "Place",
    "Standing",
    "date_of",
    "find_conflicts",
    "find_standing",
]
