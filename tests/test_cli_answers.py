"""``vouch answers``: the list by pages, an answer as it was, and those whose documents have changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.wire import WireAnswer, load_answer
from tests.test_cli import MOONS, QUESTION, Vouch, filled, script, vouch

__all__ = ["filled", "vouch"]

REPLACED = "Titan is large. Saturn has 285 known moons.\n"


def ask(run: Vouch, question: str = QUESTION) -> WireAnswer:
    return load_answer(run("ask", question, "--json").out)


def replace_moons(run: Vouch, text: str) -> None:
    (Path(run.folder) / "docs/moons.txt").write_text(text, encoding="utf-8")
    assert run("ingest", "docs").code == 0


def test_the_list_goes_on_where_its_page_ended(filled: Vouch) -> None:
    given = [ask(filled).id for _ in range(3)]
    page = filled("answers", "--limit", "2")
    assert [line.split("\t")[0] for line in page.out.splitlines()] == given[:0:-1]
    assert f"vouch answers --after {given[1]}" in page.err
    rest = filled("answers", "--limit", "2", "--after", given[1])
    assert [line.split("\t")[0] for line in rest.out.splitlines()] == given[:1]
    assert "--after" not in rest.err
    told = json.loads(filled("answers", "--limit", "2", "--json").out)
    assert ([each["answer_id"] for each in told["answers"]], told["next_cursor"]) == (given[:0:-1], given[1])
    assert json.loads(filled("answers", "--json").out)["next_cursor"] is None
    assert filled("answers", "--after", "ans_none").code == 1


def test_a_beginning_of_its_id_shows_the_whole_answer_and_what_it_was_made_by(filled: Vouch) -> None:
    given = ask(filled)
    shown = filled("answers", "show", given.id[:10])
    assert shown.code == 0
    assert shown.out.startswith(f"{QUESTION}\n\nSaturn has 274 known moons. [1]")
    for part in (
        "“Saturn has 274 known moons.”",
        "Passages",
        given.passages[0].text.split("\n")[0],
        f"default, generation {given.generation}",
        "extractive",
        f"{given.verifier.name} {given.verifier.version}, threshold {given.verifier.threshold:g}",
        "supported 1.00",
        given.created_at,
        f"total {given.timings_ms['total']:g} ms",
        given.id,
    ):
        assert part in shown.out
    assert filled("answers", "show", given.id).out == shown.out == filled("answers", given.id).out
    assert load_answer(filled("answers", "show", given.id, "--json").out) == given


def test_the_sufficiency_of_an_answer_is_shown_where_it_has_one(
    filled: Vouch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rag.cli.answers import show_answer

    given = ask(filled).model_dump(by_alias=True, mode="json")
    assert "sufficiency" not in dict(shown_record(load_answer(json.dumps(given | {"sufficiency": None}))))
    judged = {"score": 0.83, "threshold": 0.15, "calibrated": False}
    more = load_answer(json.dumps(given | {"sufficiency": judged}))
    assert show_answer(more, as_json=False) == 0
    assert "0.83" in capsys.readouterr().out


def shown_record(answer: WireAnswer) -> list[tuple[str, str]]:
    from rag.cli.answers import record_of

    return record_of(answer)


def test_what_was_erased_is_shown_as_erased(filled: Vouch) -> None:
    given = ask(filled)
    filled("delete", "docs/moons.txt")
    shown = filled("answers", "show", given.id).out
    assert "274 known" not in shown
    assert "[removed with its source]" in shown
    assert "(removed or replaced since)" in shown
    assert "(its words were erased)" in shown
    assert "source removed" in shown


@pytest.mark.parametrize("words", [("show",), ("show", "a", "b"), ("a", "b")])
def test_words_that_name_no_answer_are_refused(filled: Vouch, words: tuple[str, ...]) -> None:
    run = filled("answers", *words)
    assert run.code == 2
    assert "names no answer" in run.err


def test_without_stale_answers_it_says_so_and_ends_with_0(filled: Vouch) -> None:
    ask(filled)
    run = filled("answers", "--stale")
    assert (run.code, run.out) == (0, "")
    assert "No answer of the collection 'default' is stale." in run.err
    assert json.loads(filled("answers", "--stale", "--json").out) == {"answers": [], "next_cursor": None}


def test_a_stale_answer_that_still_holds_ends_with_0_and_has_its_new_place(filled: Vouch) -> None:
    given = ask(filled)
    replace_moons(filled, "A new first line.\n\n" + MOONS)
    run = filled("answers", "--stale")
    assert run.code == 0
    assert given.id in run.out
    assert "still supported   Saturn has 274 known moons." in run.out
    assert "docs/moons.txt, line 3: “Saturn has 274 known moons.”" in run.out
    assert run.out.endswith("1 of 1 stale answers still hold.\n")


def test_a_stale_answer_that_no_longer_holds_ends_with_1_and_says_what_is_there_now(filled: Vouch) -> None:
    given = ask(filled)
    replace_moons(filled, REPLACED)
    run = filled("answers", "--stale")
    assert run.code == 1
    assert "no longer         Saturn has 274 known moons." in run.out
    assert "nearest: docs/moons.txt, line 1: “Saturn has 285 known moons.”" in run.out
    assert run.out.endswith("0 of 1 stale answers still hold.\n")
    told = json.loads(filled("answers", "--stale", "--json").out)
    (check,) = told["answers"]
    assert (check["answer_id"], check["holds"], check["sentences"][0]["standing"]) == (given.id, False, "no_longer")
    assert check["sentences"][0]["nearest"]["quote"] == "Saturn has 285 known moons."
    one = filled("answers", "--stale", given.id[:9])
    assert one.code == 1
    assert "Saturn has 285" in one.out


def test_a_stale_answer_whose_document_was_deleted_ends_with_1_and_shows_nothing_of_it(filled: Vouch) -> None:
    ask(filled)
    filled("delete", "docs/moons.txt")
    for run in (filled("answers", "--stale"), filled("answers", "--stale", "--json")):
        assert run.code == 1
        assert "gone" in run.out
        assert "274 known" not in run.out


def test_stale_answers_go_on_where_their_page_ended(filled: Vouch) -> None:
    given = [ask(filled).id for _ in range(3)]
    replace_moons(filled, "A new first line.\n\n" + MOONS)
    page = filled("answers", "--stale", "--limit", "2")
    assert page.out.endswith("2 of 2 stale answers still hold.\n")
    assert f"vouch answers --stale --after {given[1]}" in page.err
    rest = json.loads(filled("answers", "--stale", "--after", given[1], "--json").out)
    assert [each["answer_id"] for each in rest["answers"]] == given[:1]


def test_what_a_document_says_cannot_steer_the_terminal(filled: Vouch, monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, "Saturn has 274 known moons\u202e.")
    ask(filled)
    replace_moons(filled, "Saturn has \x1b[31m285\x1b[0m known moons.\n")
    for arguments in (("--stale",), ("--stale", "--json")):
        out = filled("answers", *arguments).out
        assert "285" in out
        assert not {"\x1b", "\u202e"} & set(out)


# Deleting


def listed(run: Vouch) -> list[str]:
    return [each["answer_id"] for each in json.loads(run("answers", "--json").out)["answers"]]


def test_answers_are_deleted_by_their_ids_or_beginnings_and_are_nowhere_left(filled: Vouch) -> None:
    first, second, third = (ask(filled).id for _ in range(3))
    run = filled("answers", "delete", first, second[:-1], first)
    assert (run.code, run.out) == (0, "")
    assert run.err == f"Deleted the answer {first}.\nDeleted the answer {second}.\n"
    assert listed(filled) == [third]
    assert filled("answers", "show", first).code == 1
    assert json.loads(filled("answers", "delete", third, "--json").out) == {"deleted": [third]}
    assert listed(filled) == []
    files = b"".join(path.read_bytes() for path in Path(filled.folder).rglob("history.db*"))
    assert not [word for word in (first, second, third, QUESTION) if word.encode() in files]


def test_a_conversation_is_deleted_whole(filled: Vouch) -> None:
    talk, other = ask(filled), ask(filled)
    filled("ask", "--resume", talk.conversation_id or "", "And Jupiter?")
    run = filled("answers", "delete", "--conversation", talk.conversation_id or "")
    assert (run.code, run.err) == (0, f"Deleted the conversation {talk.conversation_id}.\n")
    assert listed(filled) == [other.id]
    assert filled("ask", "--resume", talk.conversation_id or "", "And Jupiter?").code == 1


def test_where_one_of_those_named_is_not_there_none_is_deleted(filled: Vouch) -> None:
    first, second = ask(filled), ask(filled)
    assert filled("answers", "delete", first.id, "ans_none").code == 1
    shared = filled("answers", "delete", "ans_")
    assert shared.code == 1
    assert "several answers that begin with 'ans_'" in shared.err
    assert filled("answers", "delete", "--conversation", first.conversation_id or "", "conv_none").code == 1
    assert filled("answers", "delete", "--conversation", first.id).code == 1
    assert listed(filled) == [second.id, first.id]


@pytest.mark.parametrize(
    "arguments",
    [
        ("delete",),
        ("delete", "--conversation"),
        ("--conversation",),
        ("show", "ID", "--conversation"),
        ("delete", "ID", "--stale"),
        ("delete", "ID", "--after", "ID"),
    ],
)
def test_a_deletion_that_does_not_say_what_is_refused(filled: Vouch, arguments: tuple[str, ...]) -> None:
    given = ask(filled).id
    assert filled("answers", *(given if each == "ID" else each for each in arguments)).code == 2
    assert listed(filled) == [given]
