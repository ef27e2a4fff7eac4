"""What went wrong, in our errors: by what happened underneath, and without any secret."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

from rag.errors import ModelError, ModelRejected, ModelReplyBroken, ModelTimeout, ModelUnavailable
from rag.sanitize import clean_line

NEEDS_KEY = "Set VOUCH_API_KEY to the key of the model's server."
NEEDS_NAME = (
    "Set VOUCH_MODEL to a name with its provider, as openai/NAME or ollama_chat/NAME, "
    "and VOUCH_API_BASE where the server is your own."
)
NEEDS_SERVER = "Check that the server runs and that VOUCH_API_BASE is its address."
NEEDS_PATIENCE = "Try again later."
NEEDS_LESS = "Hand over fewer passages (VOUCH_TOP_K), or set VOUCH_MODEL to a model with a larger context."

SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
SECRET_SHAPE = re.compile(r"(?i)^(?:sk-|bearer|basic$)|[A-Za-z0-9_+/=-]{32}|://[^/\s]*@")
SECRET_PIECE = 6
"""Characters in a row that a word must share with a secret to be hidden; masked keys show a few less."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a call was for, as far as errors need to know.

    Attributes:
        name: The model's name.
        api_base: Address of its server, if given; may hold credentials.
        api_key: The key, if given.
    """

    name: str
    api_base: str | None
    api_key: str | None

    def __repr__(self) -> str:
        return f"Target({self})"

    def __str__(self) -> str:
        where = f" at {without_credentials(self.api_base)}" if self.api_base else ""
        return f"The model '{clean_line(self.name)}'{where}"

    def secrets(self) -> Iterator[str]:
        """Yield all that must not be repeated: the key, what the address holds, keys in the environment."""
        if self.api_key:
            yield self.api_key
        try:
            address = urlsplit(self.api_base or "")
            password = address.password
        except ValueError:
            address, password = urlsplit(""), None
        yield from filter(None, (address.username, password, unquote(password or ""), address.query))
        for variable, value in os.environ.items():
            if SECRET_NAME.search(variable) and len(value) >= SECRET_PIECE:
                yield value


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that failed before its first piece of text, and how long the server asks to be left alone."""

    error: ModelError
    wait_s: float | None = None


def check_address(target: Target) -> None:
    """Refuse an address that is none.

    Raises:
        ModelRejected: It cannot be read, or is not of the web.
    """
    try:
        address = urlsplit(target.api_base or "http://host")
        fine = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:
        fine = False
    if not fine:
        remedy = "Set VOUCH_API_BASE to an address that begins with http:// or https://."
        raise ModelRejected(f"{target}: that is no web address.", remedy=remedy, field="VOUCH_API_BASE")


def failure(error: Exception, target: Target) -> Failure:
    """Return our error for the vendor's.

    The class and often the status that the vendor chose say little (a refused connection is a 500, an unknown
    status a bad request), so what lies under the error is asked first.
    """
    translated = _underneath(error, target) or _by_status(error, target)
    return Failure(translated, asked_wait_s(error))


def _underneath(error: Exception, target: Target) -> ModelError | None:
    """Return our error for what happened before or below an HTTP status; None if nothing did."""
    import httpx

    causes = chain(error)

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(httpx.ConnectError, httpx.ConnectTimeout):
        return ModelUnavailable(f"{target} cannot be reached.", remedy=NEEDS_SERVER)
    if has(httpx.TimeoutException):
        return ModelTimeout(f"{target} did not answer in time.", remedy=NEEDS_PATIENCE)
    if has(httpx.TransportError):
        return ModelUnavailable(f"{target} broke the connection off.", remedy=NEEDS_SERVER)
    if has(json.JSONDecodeError, UnicodeDecodeError):
        return ModelReplyBroken(f"{target} sent what is no JSON.", remedy=NEEDS_SERVER)
    if missing := [cause.name for cause in causes if isinstance(cause, ModuleNotFoundError)]:
        return ModelRejected(
            f"{target} needs a package that is not installed.", remedy=f"Install the one with '{missing[0]}'."
        )
    if re.search(r"(?i)missing\b.{0,40}\b(?:credentials|api.?key)", str(error)):
        return ModelRejected(f"{target} needs a key.", remedy=NEEDS_KEY, field="VOUCH_API_KEY")
    return None


def _by_status(error: Exception, target: Target) -> ModelError:
    """Return our error for a status."""
    status = int(getattr(error, "status_code", None) or 0)
    if "ContextWindow" in type(error).__name__ or status == 413:
        return ModelRejected(f"{target} cannot take a prompt of this length.", remedy=NEEDS_LESS)
    if "LLM Provider NOT provided" in str(error):
        named = f"'{clean_line(target.name)}' is not a model name that LiteLLM knows."
        return ModelRejected(named, remedy=NEEDS_NAME, field="VOUCH_MODEL")
    if status in (401, 403):
        return ModelRejected(f"{target} refuses the key (status {status}).", remedy=NEEDS_KEY, field="VOUCH_API_KEY")
    if status == 404:
        return ModelRejected(f"{target} is not there (status 404).", remedy=NEEDS_NAME, field="VOUCH_MODEL")
    if status == 429:
        return ModelUnavailable(f"{target} has no room for now (status 429).", remedy=NEEDS_PATIENCE)
    if status >= 500 or status in (408, 409, 425):
        return ModelUnavailable(f"{target} failed (status {status}).", remedy=NEEDS_PATIENCE)
    said = redacted(str(error), list(target.secrets()))
    return ModelRejected(f"{target} refuses the request (status {status}): {said}", remedy=NEEDS_NAME)


def chain(error: BaseException) -> list[BaseException]:
    """Return an error and what lies under it, at most sixteen."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 16:
        current = waiting.pop(0)
        if isinstance(current, BaseException) and current not in found:
            found.append(current)
            waiting += [getattr(current, "original_exception", None), current.__cause__, current.__context__]
    return found


def asked_wait_s(error: Exception) -> float | None:
    """Return the seconds that the server asks to be left alone (``Retry-After``), None where it does not."""
    headers = getattr(error, "litellm_response_headers", None) or {}
    value = str(headers.get("retry-after", "")).strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def without_credentials(address: str | None) -> str | None:
    """Return an address without user, password and query, for people."""
    if address is None:
        return None
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(an address that cannot be read)"
    return clean_line(f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}")


def redacted(text: str, secrets: list[str], limit: int = 300) -> str:
    """Return a vendor's text for people, on one line, with every word hidden that shares a piece with a secret."""
    pieces = {
        secret[at : at + SECRET_PIECE] for secret in secrets for at in range(max(len(secret) - SECRET_PIECE + 1, 1))
    }
    words = clean_line(text[: 10 * limit]).split(" ")
    hide = [SECRET_SHAPE.search(word) or any(piece in word for piece in pieces) for word in words]
    return " ".join("(hidden)" if hidden else word for word, hidden in zip(words, hide, strict=True))[:limit]
