"""LiteLLM, imported late and kept quiet."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import warnings
from typing import Any

ITS_WARNINGS = (
    r"Accessing the 'model_\w+' attribute on the instance",
    r".*`ReadOnly` qualifier",
    r"Pydantic serializer warnings",
    r"coroutine '[A-Z]\w+\.a\w*(?:stream|completion)\w*' was never awaited",  # of a call cancelled at its beginning
)
"""What LiteLLM makes others warn of; nobody here can mend it, and a terminal is no place for it."""


async def vendor() -> Any:  # noqa: ANN401  the vendor's module
    """Return LiteLLM; the first time it is imported in a thread, because that takes seconds."""
    loaded = load_vendor() if load_vendor.cache_info().currsize else await asyncio.to_thread(load_vendor)
    for message in ITS_WARNINGS:  # each time: whoever runs us may have put other filters before these
        warnings.filterwarnings("ignore", message=message)
    warnings.filterwarnings("ignore", module=r"litellm(\.|$)")
    return loaded


@functools.cache
def load_vendor() -> Any:  # noqa: ANN401  the vendor's module
    """Import LiteLLM so that it asks no network, reads no ``.env``, prints nothing and logs nothing."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import litellm
        import openai.resources.chat  # noqa: F401  else the first call imports it, on the event loop

        for part in litellm.ModelResponse, litellm.ModelResponseStream:
            part()  # builds its schema: a second of work, and warnings, that the first call would have
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_aiohttp_transport = True  # httpx says what failed, and closes what it opened
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    for name in ("httpx", "httpcore", "openai"):
        logging.getLogger(name).setLevel(logging.WARNING)  # below, they log addresses and headers
    return litellm


async def close_connections() -> None:
    """Close the connections that LiteLLM keeps open for the running event loop."""
    if not load_vendor.cache_info().currsize:
        return
    cache = load_vendor().in_memory_llm_clients_cache
    for key in [key for key in cache.cache_dict if key.endswith(f"-{id(asyncio.get_running_loop())}")]:
        client = cache.cache_dict.pop(key)
        cache.ttl_dict.pop(key, None)
        if hasattr(client, "close"):
            await client.close()


def price_usd(name: str, input_tokens: int, output_tokens: int) -> float:
    """Return the price by LiteLLM's table; zero for a model that is not in it."""
    try:
        parts = load_vendor().cost_per_token(model=name, prompt_tokens=input_tokens, completion_tokens=output_tokens)
    except Exception:  # noqa: BLE001  the vendor raises a bare Exception for a name it does not know
        return 0.0
    return float(sum(parts))
