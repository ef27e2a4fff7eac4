"""Settings: flags, then ``VOUCH_*`` in the environment, then ``vouch.toml``, then the defaults below.

Only `rag.collection` and `rag.cli` read settings; the stages take plain values.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import ConfigError

CONFIG_FILE = "vouch.toml"
ENVIRONMENT_PREFIX = "VOUCH_"


class Settings(BaseSettings):
    """Everything that can be set, with its default.

    Attributes:
        home: Folder that holds the collections and the history.
        collection: Name of the collection to work on.
        model: ``extractive``, or any LiteLLM model name.
        api_base: Address of the model's server, where it is not the provider's own.
        api_key: Key for the model's server; never shown.
        verifier: What judges the sentences: ``built-in``, ``cross-encoder:NAME`` (a sentence-transformers model by its
            name or path), or ``llm``.
        verifier_model: LiteLLM name of the model that judges, at the same server as `model`; `model` itself if None.
        verifier_label: The cross-encoder's label that stands for support; read from its configuration if None.
        embedder: ``bundled``, or the name or path of a sentence-transformers model.
        device: Where the embedder and a cross-encoder run.
        precision: Precision of the embedder on CPU; ``auto`` takes bf16 where the CPU has it.
        top_k: Passages handed to the drafter.
        risk: How readily it answers, from 0 (only on strong evidence) to 1 (nearly always).
        strict: Withhold sentences that the sources do not support, instead of flagging them.
        question_max_characters: Longest question taken.
        file_max_bytes: Largest file read.
        file_max_characters: Longest canonical text kept.
        upload_max_bytes: Largest request that uploads files.
        upload_max_files: Most files in one such request.
        import_max_bytes: Largest exported collection taken in over HTTP.
        file_timeout_s: Seconds of computing that reading one file may take; by the clock, four times as long.
        file_memory_mb: Memory that a process which reads files may take, in MB of 2**20 bytes.
        answer_max_tokens: Tokens a model may write.
        connect_timeout_s: To reach the model's server.
        first_token_timeout_s: Until the model's first token.
        token_timeout_s: Between two tokens.
        answer_timeout_s: For a whole answer.
        model_retries: Further tries before the first token.
        repair_max_calls: Sentences of one answer that the model may be asked to correct; 0 for none.
        repair_timeout_s: For the correction of a sentence; 0 for none at all.
        judging_timeout_s: For judging one answer over HTTP, waiting for a place aside.
        host: Address the server binds.
        port: Port the server binds.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        toml_file=CONFIG_FILE,
        extra="forbid",
        frozen=True,
        protected_namespaces=(),
    )

    home: Path = Path(".vouch")
    collection: str = Field(default="default", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    model: str = "extractive"
    api_base: str | None = None
    api_key: SecretStr | None = None
    verifier: str = Field(default="built-in", pattern=r"^(?:built-in|llm|cross-encoder:\s*\S.*)$")
    verifier_model: str | None = Field(default=None, min_length=1)
    verifier_label: str | None = Field(default=None, min_length=1)
    embedder: str = "bundled"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "bf16", "f32"] = "auto"
    top_k: int = Field(default=6, ge=1, le=50)
    risk: float = Field(default=0.5, ge=0.0, le=1.0)
    strict: bool = False
    question_max_characters: int = Field(default=4000, ge=1)
    file_max_bytes: int = Field(default=20_000_000, ge=1)
    file_max_characters: int = Field(default=10_000_000, ge=1)
    upload_max_bytes: int = Field(default=200_000_000, ge=1)
    upload_max_files: int = Field(default=500, ge=1)
    import_max_bytes: int = Field(default=2_000_000_000, ge=1)
    file_timeout_s: float = Field(default=60.0, gt=0)
    file_memory_mb: int = Field(default=1536, ge=64)
    answer_max_tokens: int = Field(default=2048, ge=1)
    connect_timeout_s: float = Field(default=5.0, gt=0)
    first_token_timeout_s: float = Field(default=30.0, gt=0)
    token_timeout_s: float = Field(default=15.0, gt=0)
    answer_timeout_s: float = Field(default=120.0, gt=0)
    model_retries: int = Field(default=2, ge=0, le=10)
    repair_max_calls: int = Field(default=3, ge=0, le=50)
    repair_timeout_s: float = Field(default=10.0, ge=0)
    judging_timeout_s: float = Field(default=120.0, gt=0)
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)

    @property
    def judge_model(self) -> str | None:
        """The language model that judges where the verifier is ``llm``; None where there is none."""
        named = (name for name in (self.verifier_model, self.model) if name not in (None, "extractive"))
        return next(named, None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: flags, environment, ``vouch.toml``."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**flags: Any) -> Settings:  # noqa: ANN401  flags are checked by the model
    """Read the settings; a flag that is None counts as not given.

    Raises:
        ConfigError: A value cannot be used, or a name is unknown; the message names key, value and source.
    """
    given = {key: value for key, value in flags.items() if value is not None}
    known = {ENVIRONMENT_PREFIX + name.upper(): name for name in Settings.model_fields}
    for variable in os.environ:
        if variable.startswith(ENVIRONMENT_PREFIX) and variable.upper() not in known:
            raise ConfigError(
                f"{variable} is not a setting.",
                remedy=f"Known: {', '.join(sorted(known))}.",
                field=variable,
            )
    try:
        settings = Settings(**given)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{CONFIG_FILE} is not valid TOML: {error}.", field=CONFIG_FILE) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{CONFIG_FILE} cannot be read: {error}.", field=CONFIG_FILE) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"Setting '{name}' ({origin(name, given)}) has the value {shown(name, first['input'])}: {first['msg']}.",
            remedy="Correct or remove it.",
            field=name,
        ) from None
    if settings.verifier == "llm":
        require_judge_model(settings)
    return settings


def require_judge_model(settings: Settings) -> str:
    """Return the language model that judges.

    Raises:
        ConfigError: None is named.
    """
    if settings.judge_model is None:
        raise ConfigError(
            "The verifier 'llm' needs a language model, and none is named.",
            remedy="Set VOUCH_VERIFIER_MODEL, or VOUCH_MODEL, to a LiteLLM model name.",
            field="verifier_model",
        )
    return settings.judge_model


def origin(name: str, flags: dict[str, Any]) -> str:
    """Return where the value of a setting comes from, for a person."""
    if name in flags:
        return f"--{name.replace('_', '-')}"
    if ENVIRONMENT_PREFIX + name.upper() in {variable.upper() for variable in os.environ}:
        return ENVIRONMENT_PREFIX + name.upper()
    return CONFIG_FILE


def describe_settings() -> dict[str, str]:
    """Return what each setting is, by its name, in the words of `Settings`.

    >>> describe_settings()["port"]
    'Port the server binds.'
    """
    told = re.findall(r"^ {8}(\w+): (.+(?:\n {9,}.+)*)", Settings.__doc__ or "", re.MULTILINE)
    return {name: " ".join(words.split()).replace("``", "`") for name, words in told}


def shown(name: str, value: object) -> str:
    """Return a setting's value for a message; a key is never shown."""
    return "(hidden)" if "key" in name else repr(value)
