"""The language model, by way of LiteLLM: messages in, pieces of text out, our own errors and nothing of the vendor's.

LiteLLM cannot be leaned on once a stream has begun: it invents ``stop`` for a reply that ended early, gives an empty
reply for a body that is no JSON, estimates a usage nobody sent, and calls every status it does not know a bad request.
So this module owns the state of a stream, its time limits and its retries, and reads the vendor's findings, not its
conclusions. A vendor's text may repeat the key it was sent (real servers have done so): it is quoted only with
everything that could be a secret taken out, and our errors keep no link to the vendor's.
"""

from rag.llm.blocking import BlockingModel
from rag.llm.model import LanguageModel, Message
from rag.llm.reply import Completed

__all__ = ["BlockingModel", "Completed", "LanguageModel", "Message"]
