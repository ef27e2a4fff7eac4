"""Follow-ups without a model: a question that leans on the conversation becomes one that stands alone.

Where it only names another thing, that is put in the place of what was asked about: after "What does the Tern 24 cost?"
"And the Tern 28?" becomes "What does the Tern 28 cost?". Else what it leans on is put behind it: "How long did it run?"
becomes "How long did it run? (Claude Opus 4, Pokémon Red)": readable, and found by both searches. A question that
stands by itself is left alone, as is anything but English.
"""

from rag.followups.rewriting import rewrite

__all__ = ["rewrite"]
