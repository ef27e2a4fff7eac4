"""Which verifier judges: by setting, flag and environment, in every face, and told with what it said."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

import rag
import rag.encoders
from api import create_app
from api.collections import OpenCollections
from rag import Collection, GivenPassage, Settings, wire
from rag.collection import make_verifier
from rag.config import load_settings
from rag.errors import ConfigError, VerifierError
from rag.llm.vendor import load_vendor
from rag.types import Answer, Answered, Judgement, ProblemKind, Span, Verdict, VerifierIdentity
from rag.verifiers import BuiltInVerifier, CrossEncoderVerifier, JudgeVerifier
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import serving
from tests.fakes.openai_server import ScriptedServer
from tests.fakes.pair_scorer import WordScorer
from tests.test_cli import Vouch, filled, vouch  # noqa: F401  fixtures
from tests.test_verifier_judge import verdict

MOONS = "Saturn has 274 known moons. Titan is the largest moon of Saturn."
QUESTION = "How many known moons has Saturn?"


class PickyVerifier:
    """Finds the word "wrong" unsupported, wherever it stands."""

    identity = VerifierIdentity("picky", "1", 0.5, "eye", "sha256:1")

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        start = claim.find("wrong")
        if start < 0:
            return Judgement(Verdict.NOT_A_CLAIM, None)
        part = Span(start, start + len("wrong"))
        return Judgement(Verdict.UNSUPPORTED, 0.1, (), "wrong", ProblemKind.NAME, (part,))


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def scorers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Let word scorers stand in for cross-encoders, and return what was asked for."""
    asked: list[tuple[str, dict[str, Any]]] = []

    def load(name: str, **options: Any) -> WordScorer:
        asked.append((name, options))
        return WordScorer(max_tokens=256)

    monkeypatch.setattr(rag.encoders, "load_cross_encoder", load)
    return asked


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    load_vendor()
    with ScriptedServer() as server:
        server.reply(verdict("supported", "1.1"))
        yield server


def open_collection(folder: Path, **options: Any) -> Collection:
    (folder / "moons.txt").write_text(MOONS, encoding="utf-8")
    settings = Settings(home=folder / "home", risk=1.0, **options)
    collection = Collection.open(settings=settings, create=True, embedder=HashEmbedder())
    collection.ingest([folder / "moons.txt"])
    return collection


def ask(collection: Collection, question: str = QUESTION) -> Answer:
    async def run() -> Answer:
        async with collection.ask(question) as events:
            async for event in events:
                if isinstance(event, Answered):
                    return event.answer
        raise AssertionError("no answer")

    return asyncio.run(run())


def judging_threads() -> int:
    return sum(thread.name == "language-model" for thread in threading.enumerate())


@pytest.mark.parametrize("value", ["", "builtin", "llm:gpt", "cross-encoder", "cross-encoder:", "cross-encoder:  "])
def test_a_verifier_that_there_is_not_is_refused_by_name(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCH_VERIFIER", value)
    with pytest.raises(ConfigError, match="VOUCH_VERIFIER"):
        load_settings()


def test_a_language_model_that_is_to_judge_must_be_named() -> None:
    with pytest.raises(ConfigError, match="needs a language model") as caught:
        load_settings(verifier="llm")
    assert "VOUCH_VERIFIER_MODEL" in caught.value.remedy
    with pytest.raises(ConfigError):
        make_verifier(Settings(verifier="llm"))
    assert load_settings(verifier="llm", model="openai/a").judge_model == "openai/a"
    assert load_settings(verifier="llm", model="openai/a", verifier_model="openai/b").judge_model == "openai/b"
    assert load_settings(verifier="llm", verifier_model="openai/b").judge_model == "openai/b"


def test_each_setting_makes_its_verifier(scorers: list[tuple[str, dict[str, Any]]]) -> None:
    assert isinstance(make_verifier(Settings()), BuiltInVerifier)
    settings = Settings(verifier="cross-encoder:some/model", verifier_label="good", device="cpu")
    assert isinstance(make_verifier(settings), CrossEncoderVerifier)
    assert scorers == [("some/model", {"device": "cpu", "label": "good"})]
    judge = make_verifier(Settings(verifier="llm", model="openai/a", verifier_model="openai/b"))
    assert isinstance(judge, JudgeVerifier)
    assert judge.identity.model == "openai/b"
    assert judging_threads() == 0


def test_no_two_verifiers_have_the_same_identity(scorers: list[tuple[str, dict[str, Any]]]) -> None:
    settings = [
        Settings(),
        Settings(verifier="cross-encoder:a"),
        Settings(verifier="llm", model="openai/a"),
        Settings(verifier="llm", model="openai/b"),
    ]
    identities = [make_verifier(each).identity for each in settings]
    assert len(set(identities)) == len({str(identity) for identity in identities}) == 4


def test_an_answer_tells_who_judged_it_and_what_the_judging_cost(tmp_path: Path, server: ScriptedServer) -> None:
    options = {"verifier": "llm", "verifier_model": "openai/ok", "api_base": server.url, "api_key": "sk-none-of-it"}
    with open_collection(tmp_path, **options) as collection:
        first, second = ask(collection), ask(collection, "What is the largest moon of Saturn?")
        asyncio.run(collection.disconnect())
        assert judging_threads() == 1
    assert judging_threads() == 0, "closing the collection closes its verifier"
    told = wire.answer_to_wire(first).verifier
    assert (told.name, told.model, told.revision) == ("llm", "openai/ok", None)
    assert first.usage.llm_calls >= 1
    assert first.usage.llm_calls + second.usage.llm_calls == server.calls
    assert [claim.score for claim in first.sentences] == [0.95] * len(first.sentences)


def test_a_judge_that_fails_leaves_the_answer_standing_and_unchecked(tmp_path: Path, server: ScriptedServer) -> None:
    options = {"verifier": "llm", "verifier_model": "openai/status-401", "api_base": server.url, "api_key": "sk-canary"}
    with open_collection(tmp_path, **options) as collection:
        answer = ask(collection)
    assert [claim.verdict for claim in answer.sentences] == [Verdict.NOT_CHECKED]
    assert "the judge did not answer" in str(answer.sentences[0].problem)
    assert "sk-canary" not in wire.dump(wire.answer_to_wire(answer))


def test_a_change_of_model_changes_the_judge_that_is_the_same_model(tmp_path: Path, server: ScriptedServer) -> None:
    with open_collection(tmp_path, verifier="llm", model="openai/ok", api_base=server.url) as collection:
        assert collection.verifier.identity.model == "openai/ok"
        asyncio.run(collection.use_model("openai/nousage"))
        assert collection.verifier.identity.model == "openai/nousage"
        with pytest.raises(ConfigError):
            asyncio.run(collection.use_model("extractive"))
        assert collection.verifier.identity.model == "openai/nousage"


def test_a_given_verifier_is_used_shared_and_left_open(tmp_path: Path) -> None:
    class Closing(PickyVerifier):
        closed = 0
        usage = rag.types.Usage()

        def counting_anew(self) -> Closing:
            return self

        def close(self) -> None:
            self.closed += 1

    verifier = Closing()
    open_collection(tmp_path).close()
    settings = Settings(home=tmp_path / "home", risk=1.0)
    with Collection.open(settings=settings, embedder=HashEmbedder(), verifier=verifier) as collection:
        assert ask(collection).verifier == verifier.identity
        other = Settings(home=tmp_path / "home", collection="other")
        Collection.open(settings=other, create=True, embedder=HashEmbedder()).close()
        assert OpenCollections(settings, collection).find("other").verifier is verifier
    assert verifier.closed == 0


def test_a_cross_encoder_that_is_not_there_is_an_error_of_the_question(tmp_path: Path) -> None:
    with (
        open_collection(tmp_path, verifier="cross-encoder:./absent") as collection,
        pytest.raises(VerifierError, match=r"\./absent"),
    ):
        ask(collection)


def test_verify_judges_sentences_by_texts_alone() -> None:
    check = rag.verify(f"{MOONS} Saturn has 300 known moons.", [GivenPassage(MOONS, "moons.txt"), "Noise."])
    assert [claim.verdict for claim in check.sentences] == [
        Verdict.SUPPORTED,
        Verdict.SUPPORTED,
        Verdict.UNSUPPORTED,
    ]
    assert {citation.source for citation in check.citations} == {"moons.txt"}
    assert check.verifier == BuiltInVerifier().identity
    assert rag.verify("Saturn has 274 known moons.", []).sentences[0].verdict is Verdict.UNSUPPORTED
    assert rag.verify("", [MOONS]).sentences == ()


def test_verify_takes_the_verifier_of_the_settings_and_closes_what_it_made(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_VERIFIER", "llm")
    monkeypatch.setenv("VOUCH_VERIFIER_MODEL", "openai/ok")
    monkeypatch.setenv("VOUCH_API_BASE", server.url)
    check = rag.verify("Saturn has 274 moons.", [MOONS])
    assert (check.sentences[0].verdict, check.verifier.name) == (Verdict.SUPPORTED, "llm")
    assert judging_threads() == 0
    given = make_verifier(load_settings())
    assert rag.verify("Saturn has 274 moons.", [MOONS], verifier=given).verifier.model == "openai/ok"
    assert judging_threads() == 1, "a verifier that was given is its giver's to close"
    assert isinstance(given, JudgeVerifier)
    given.close()
    settings = Settings(verifier="built-in")
    assert rag.verify("Saturn has 274 moons.", [MOONS], settings=settings).verifier.name == "built-in"


@pytest.mark.parametrize("text", ["It is wrong.", "It [2] is [1, 3] wrong [4].", "[1] It is all wrong.", "wrong"])
def test_what_is_unsupported_is_told_by_its_place_in_the_sentence_as_given(text: str) -> None:
    check = rag.verify(["Fine.", text], [MOONS], verifier=PickyVerifier())
    claim = check.sentences[1]
    assert [claim.text[start:end] for start, end in claim.unsupported] == ["wrong"]
    assert claim.problem_kind is ProblemKind.NAME


def test_a_fragment_read_with_its_question_is_told_by_its_place_in_the_fragment() -> None:
    from rag.citations import cite
    from rag.types import DraftSentence
    from tests.fakes.passages import passages

    cited = cite(DraftSentence("wrong 9"), passages(MOONS), PickyVerifier(), question="Is it?")
    assert cited.judgement.unsupported == (Span(0, 5),)
    cited = cite(DraftSentence("right 9"), passages(MOONS), PickyVerifier(), question="Is it wrong?")
    assert cited.judgement.unsupported == ()


def test_the_http_face_shows_kind_place_and_verifier(tmp_path: Path) -> None:
    with open_collection(tmp_path) as collection:
        collection.verifier = PickyVerifier()
        with serving(create_app(collection=collection)) as address:
            body = {"answer": "It is [1] wrong.", "passages": [{"text": MOONS}]}
            told = httpx.post(f"{address}/v1/verify", json=body, timeout=10).json()
    sentence = told["sentences"][0]
    assert (sentence["problem_kind"], sentence["unsupported"]) == ("name", [[10, 15]])
    assert sentence["text"][10:15] == "wrong"
    assert told["verifier"] == {
        "name": "picky",
        "version": "1",
        "threshold": 0.5,
        "model": "eye",
        "revision": "sha256:1",
    }


JUDGING = [
    ("ask", QUESTION, "--json"),
    ("chat",),
    ("evaluate", "questions.jsonl"),
    ("verify", "answer.json", "--support", "--json"),
]


@pytest.mark.parametrize("command", JUDGING, ids=lambda command: command[0])
def test_every_command_that_judges_takes_the_verifier_by_flag(
    filled: Vouch,  # noqa: F811
    scorers: list[tuple[str, dict[str, Any]]],
    command: tuple[str, ...],
) -> None:
    Path("answer.json").write_text(filled("ask", QUESTION, "--json").out)
    Path("questions.jsonl").write_text(json.dumps({"question": QUESTION}) + "\n")
    assert scorers == []
    filled(*command, "--verifier", "cross-encoder:some/model", stdin=f"{QUESTION}\n")
    assert [name for name, _ in scorers] == ["some/model"]


def test_the_flag_wins_over_the_environment_and_both_show_in_the_answer(
    filled: Vouch,  # noqa: F811
    scorers: list[tuple[str, dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOUCH_VERIFIER", "cross-encoder:some/model")
    by_environment = json.loads(filled("ask", QUESTION, "--json").out)["verifier"]
    by_flag = json.loads(filled("ask", QUESTION, "--json", "--verifier", "built-in").out)["verifier"]
    assert (by_environment["name"], by_environment["model"]) == ("cross-encoder", "words")
    assert (by_flag["name"], by_flag["model"]) == ("built-in", None)


def test_a_verifier_is_named_in_vain_where_nothing_is_judged(filled: Vouch) -> None:  # noqa: F811
    run = filled("verify", "answer.json", "--verifier", "built-in")
    assert run.code == 2
    assert "Add --support." in run.err


def test_judging_anew_by_another_verifier_is_said(
    filled: Vouch,  # noqa: F811
    scorers: list[tuple[str, dict[str, Any]]],
) -> None:
    Path("answer.json").write_text(filled("ask", QUESTION, "--json").out)
    same = filled("verify", "answer.json", "--support")
    assert "verifier" not in same.err
    other = filled("verify", "answer.json", "--support", "--verifier", "cross-encoder:some/model")
    assert "Another verifier judged the answer" in other.err
    assert other.code == 0


def test_doctor_tells_the_verifier_and_what_keeps_it_from_judging(
    filled: Vouch,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {finding["check"]: finding for finding in json.loads(filled("doctor", "--json").out)["findings"]}
    assert told["verifier"]["detail"] == str(BuiltInVerifier().identity)
    monkeypatch.setenv("VOUCH_VERIFIER", "cross-encoder:./absent")
    run = filled("doctor", "--json")
    assert run.code == 1
    assert "./absent" in run.out


def test_anyones_answers_are_scored_by_the_verifier_that_is_named_and_its_cost_is_told(
    filled: Vouch,  # noqa: F811
    scorers: list[tuple[str, dict[str, Any]]],
    server: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = {"question": QUESTION, "answer": "Saturn has 274 moons.", "contexts": [MOONS]}
    Path("given.jsonl").write_text(json.dumps(row) + "\n")
    run = filled("evaluate", "given.jsonl", "--json", "--verifier", "cross-encoder:some/model")
    assert json.loads(run.out)["setup"]["verifier"] == "cross-encoder/1 words sha256:0 from 0.5"
    assert "model calls" not in run.err
    monkeypatch.setenv("VOUCH_VERIFIER_MODEL", "openai/ok")
    monkeypatch.setenv("VOUCH_API_BASE", server.url)
    run = filled("evaluate", "given.jsonl", "--json", "--verifier", "llm")
    assert json.loads(run.out)["setup"]["verifier"] == "llm/1 openai/ok from 0.5"
    assert f"Judging took {server.calls} model calls" in run.err
    assert server.calls > 0
    assert judging_threads() == 0


def test_results_by_two_verifiers_are_kept_apart(
    filled: Vouch,  # noqa: F811
    scorers: list[tuple[str, dict[str, Any]]],
) -> None:
    Path("questions.jsonl").write_text(json.dumps({"question": QUESTION}) + "\n")
    setups = [
        json.loads(filled("evaluate", "questions.jsonl", "--json", *flags).out)["setup"]["verifier"]
        for flags in ((), ("--verifier", "cross-encoder:some/model"))
    ]
    assert setups == [str(BuiltInVerifier().identity), "cross-encoder/1 words sha256:0 from 0.5"]
    assert len(list(Path(".vouch/evaluations").glob("questions-*.jsonl"))) == 2
