"""Judging over HTTP, on a real socket: stored answers listed and judged anew, and anyone's answer by anything."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from api import create_app
from api.limits import Gate
from api.routes.answers import ANSWERS_EXAMPLE, CHECK_EXAMPLE
from api.schemas import AnswerPage
from rag import Collection, Settings, wire
from rag.types import Judgement
from rag.verifiers import BuiltInVerifier
from tests.fakes.drafter import ScriptedDrafter
from tests.fakes.embedder import HashEmbedder
from tests.fakes.http_server import leave_once, serving
from tests.test_api import MOONS, QUESTION, wait_until

REPLACED = "Titan is large. Saturn has 285 known moons.\n"


class SlowVerifier(BuiltInVerifier):
    """Takes its time, and counts."""

    def __init__(self, pause_s: float = 0.2) -> None:
        super().__init__()
        self.pause_s = pause_s
        self.judged = 0

    def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
        self.judged += 1
        time.sleep(self.pause_s)
        return super().verify(claim, evidence)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "moons.txt"
    file.write_text(MOONS, encoding="utf-8")
    return file


@pytest.fixture
def collection(file: Path) -> Iterator[Collection]:
    settings = Settings(home=file.parent / "home", risk=1.0)
    with Collection.open(settings=settings, create=True, embedder=HashEmbedder()) as collection:
        collection.ingest([file])
        yield collection


def ask(client: httpx.Client) -> str:
    answer = client.post("/v1/ask", json=QUESTION).json()
    assert answer["citations"]
    return str(answer["id"])


def replace_moons(collection: Collection, file: Path, text: str = REPLACED) -> None:
    file.write_text(text, encoding="utf-8")
    assert collection.ingest([file]).replaced


# Stored answers


def test_stale_answers_are_listed_by_pages_that_new_answers_do_not_shift(
    collection: Collection, client: httpx.Client, file: Path
) -> None:
    given = [ask(client) for _ in range(3)]
    assert client.get("/v1/answers", params={"stale": True}).json() == {"answers": [], "next_cursor": None}
    replace_moons(collection, file)
    fresh = ask(client)
    page = client.get("/v1/answers", params={"stale": True, "limit": 2}).json()
    assert [each["answer_id"] for each in page["answers"]] == given[:0:-1]
    assert page["next_cursor"] == given[1]
    rest = client.get("/v1/answers", params={"stale": True, "limit": 2, "cursor": page["next_cursor"]}).json()
    assert ([each["answer_id"] for each in rest["answers"]], rest["next_cursor"]) == (given[:1], None)
    listed = client.get("/v1/answers").json()
    assert [each["answer_id"] for each in listed["answers"]] == [fresh, *reversed(given)]
    missing = client.get("/v1/answers", params={"cursor": "ans_none"})
    assert (missing.status_code, missing.json()["code"], missing.json()["field"]) == (404, "answer_not_found", "cursor")


def test_an_answer_is_judged_by_what_its_documents_say_now(
    collection: Collection, client: httpx.Client, file: Path
) -> None:
    answer_id = ask(client)
    check = client.get(f"/v1/answers/{answer_id}/check").json()
    assert (check["stale"], check["holds"], check["summary"]) == (False, True, {"unchanged": 1})
    replace_moons(collection, file)
    check = client.get(f"/v1/answers/{answer_id[:9]}/check").json()
    assert (check["stale"], check["holds"], check["summary"]) == (True, False, {"no_longer": 1})
    nearest = check["sentences"][0]["nearest"]
    assert REPLACED[nearest["start"] : nearest["end"]] == nearest["quote"] == "Saturn has 285 known moons."
    collection.delete("moons.txt")
    gone = client.get(f"/v1/answers/{answer_id}/check")
    assert gone.json()["summary"] == {"gone": 1}
    assert "274 known" not in gone.text
    assert client.get("/v1/answers/ans_none/check").status_code == 404


def test_a_collection_shows_no_answer_of_another_one(collection: Collection, client: httpx.Client) -> None:
    answer_id = ask(client)
    other = collection.settings.model_copy(update={"collection": "other"})
    with Collection.open(settings=other, create=True, embedder=HashEmbedder()):
        pass
    foreign = {"collection": "other"}
    assert client.get("/v1/answers", params=foreign).json()["answers"] == []
    for path in (f"/v1/answers/{answer_id}", f"/v1/answers/{answer_id}/check"):
        assert client.get(path, params=foreign).json()["code"] == "answer_not_found"
        assert client.get(path).status_code == 200


def test_a_client_that_leaves_ends_the_checking_after_the_sentence_under_way(
    collection: Collection, file: Path
) -> None:
    gate = Gate()
    collection.drafter = ScriptedDrafter(*["Saturn has 274 known moons.", "Titan is the largest moon of Saturn."] * 5)
    with serving(create_app(collection=collection, gate=gate)) as address:
        with httpx.Client(base_url=address, timeout=20) as client:
            answer_id = ask(client)
        replace_moons(collection, file, "Nothing is left.")
        collection.verifier = verifier = SlowVerifier(0.5)
        leave_once(lambda: verifier.judged > 0, address, "GET", f"/v1/answers/{answer_id}/check")
        wait_until(lambda: gate.inside == 0, timeout_s=10)
        assert gate.inside == 0
        judged = verifier.judged
        assert 0 < judged < 10
        time.sleep(0.8)
        assert verifier.judged == judged


def test_the_examples_are_of_the_schema() -> None:
    assert AnswerPage.model_validate(ANSWERS_EXAMPLE).model_dump(exclude_unset=True) == ANSWERS_EXAMPLE
    check = wire.WireRecheck.model_validate(CHECK_EXAMPLE)
    assert check.model_dump(mode="json", exclude_unset=True) == CHECK_EXAMPLE
    parts = [check, check.verifier, check.answer_verifier, *check.sentences, check.sentences[0].nearest]
    assert [part.model_extra for part in parts if part] == [{}] * len(parts), "a field that the schema has not"


# Anyone's answer


def test_verify_gives_what_it_judged_by_and_what_each_verdict_rests_on(client: httpx.Client) -> None:
    passages = ["Titan is the largest moon.", {"text": "News.\nSaturn has 274 known moons.", "source": "moons.txt"}]
    answer = "Saturn has 274 known moons. Saturn has 900 known moons."
    checked = client.post("/v1/verify", json={"answer": answer, "passages": passages}).json()
    assert [(one["number"], one["source"]) for one in checked["windows"]] == [(1, "passage 1"), (2, "moons.txt")]
    assert checked["windows"][1]["text"] == passages[1]["text"]  # type: ignore[index]
    good, bad = checked["sentences"]
    assert (good["verdict"], bad["verdict"]) == ("supported", "unsupported")
    for sentence in (good, bad):
        (evidence,) = sentence["evidence"]
        assert (evidence["window"], evidence["lines"]) == (2, [2, 2])
        assert checked["windows"][1]["text"][evidence["start"] : evidence["end"]] == evidence["quote"]
        assert evidence["quote"] == "Saturn has 274 known moons."
    assert (len(good["citations"]), bad["citations"], len(checked["citations"])) == (1, [], 1)
    assert "900" in bad["problem"]


def test_verify_gives_the_kind_of_problem_and_the_parts_concerned(collection: Collection, client: httpx.Client) -> None:
    class Telling(BuiltInVerifier):
        def verify(self, claim: str, evidence: Sequence[str]) -> Judgement:
            return Judgement("unsupported", 0.1, (), "number", "number", ((11, 14),))  # type: ignore[arg-type]

    collection.verifier = Telling()
    body = {"sentences": ["Saturn has 900 moons."], "passages": ["Saturn has 274 known moons."]}
    (sentence,) = client.post("/v1/verify", json=body).json()["sentences"]
    assert (sentence["problem_kind"], sentence["unsupported"], sentence["evidence"]) == ("number", [[11, 14]], [])


def test_a_fragment_is_verified_with_the_question_it_answers(client: httpx.Client) -> None:
    body = {"answer": "274.", "passages": ["The bridge weighs 274 tons."]}
    question = "How many known moons has Saturn?"
    assert client.post("/v1/verify", json=body).json()["sentences"][0]["verdict"] == "supported"
    wrong = client.post("/v1/verify", json=body | {"question": question}).json()
    assert wrong["sentences"][0]["verdict"] != "supported"
    right = client.post("/v1/verify", json={"answer": "274.", "question": question}).json()
    assert right["sentences"][0]["verdict"] == "supported"
    assert right["windows"][0]["source"] == "moons.txt"


def test_windows_found_for_several_sentences_have_a_number_each(
    collection: Collection, client: httpx.Client, file: Path
) -> None:
    (file.parent / "rings.txt").write_text("The rings of Saturn were first seen in 1610.", encoding="utf-8")
    collection.ingest([file.parent / "rings.txt"])
    checked = client.post("/v1/verify", json={"sentences": ["Saturn has 274 known moons.", "Rings, 1610."]}).json()
    assert [one["number"] for one in checked["windows"]] == [1, 2]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"passages": [""]}, "passages.0.text"),
        ({"passages": ["a" * 20_001]}, "passages.0.text"),
        ({"passages": [7]}, "passages.0"),
        ({"passages": ["a"] * 51}, "passages"),
        ({"question": "q" * 4001}, "question"),
    ],
)
def test_what_is_too_large_or_no_passage_is_named(client: httpx.Client, body: dict[str, object], field: str) -> None:
    response = client.post("/v1/verify", json={"answer": "Saturn has moons."} | body)
    assert (response.status_code, response.json()["field"]) == (422, field)
    assert response.headers["content-type"] == "application/problem+json"


def test_what_takes_too_long_is_ended_and_told(collection: Collection, client: httpx.Client) -> None:
    collection.settings = collection.settings.model_copy(update={"judging_timeout_s": 2})
    collection.verifier = verifier = SlowVerifier()
    began = time.monotonic()
    body = {"sentences": [f"Saturn has {number} known moons." for number in range(200)], "passages": [MOONS]}
    response = client.post("/v1/verify", json=body)
    assert time.monotonic() - began < 10
    assert (response.status_code, response.json()["code"]) == (503, "deadline_exceeded")
    assert "VOUCH_JUDGING_TIMEOUT_S" in response.json()["remedy"]
    judged = verifier.judged
    time.sleep(0.5)
    assert verifier.judged == judged


def test_openapi_says_that_a_passage_may_be_a_bare_text(client: httpx.Client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert [each["type"] for each in schemas["PassageBody"]["anyOf"]] == ["object", "string"]
    assert {"windows", "sentences", "citations"} <= schemas["WireChecked"]["properties"].keys()
