"""Settings: their order, and errors that name key, value and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.config import load_settings
from rag.errors import ConfigError


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_flags_win_over_the_environment_which_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("vouch.toml").write_text('collection = "file"\ntop_k = 3\nmodel = "openai/file"\n')
    monkeypatch.setenv("VOUCH_COLLECTION", "environment")
    monkeypatch.setenv("VOUCH_TOP_K", "4")
    settings = load_settings(collection="flag", top_k=None)
    assert (settings.collection, settings.top_k, settings.model) == ("flag", 4, "openai/file")


@pytest.mark.parametrize(
    ("variable", "value"),
    [("VOUCH_TOP_K", "many"), ("VOUCH_RISK", "2"), ("VOUCH_COLLECTION", "../x"), ("VOUCH_DEVICE", "tpu")],
)
def test_a_bad_value_names_the_variable_and_the_value(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert variable in str(caught.value)
    assert repr(value) in str(caught.value)


def test_unknown_names_are_errors_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("vouch.toml").write_text("colour = 1\n")
    with pytest.raises(ConfigError, match=r"colour.*vouch\.toml"):
        load_settings()
    Path("vouch.toml").unlink()
    monkeypatch.setenv("VOUCH_MODLE", "x")
    with pytest.raises(ConfigError, match="VOUCH_MODLE"):
        load_settings()


@pytest.mark.parametrize("content", [b"top_k = ", b"\xff\xfe\x00"])
def test_a_file_that_is_not_toml_is_named(content: bytes) -> None:
    Path("vouch.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"vouch\.toml"):
        load_settings()


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCH_API_KEY", "sk-canary")
    settings = load_settings()
    assert "sk-canary" not in repr(settings)
    Path("vouch.toml").write_text('api_key = ["sk-canary"]\n')
    monkeypatch.delenv("VOUCH_API_KEY")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert "sk-canary" not in str(caught.value)
    assert caught.value.__cause__ is None
