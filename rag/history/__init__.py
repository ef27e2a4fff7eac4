"""Answers and conversations, kept apart from the collections.

Here an answer is text (JSON, whose schema `rag.wire` owns) with what it is looked up by. The file is made when the
first one is saved. A crash loses nothing; a power cut may lose the last moments (``synchronous=NORMAL``).
"""

from rag.history.history import AnswerSummary, ConversationSummary, History
from rag.history.schema import Revision
from rag.history.typed import TYPED_FILE, forget_typed

__all__ = ["AnswerSummary", "ConversationSummary", "History", "Revision", "TYPED_FILE", "forget_typed"]
