"""``vouch answers``: those given before, one again, those whose documents have changed; and deleting some."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from rag.cli import options
from rag.cli.boundary import ABSTAINED, ERROR, OK, guarded
from rag.cli.removing import delete_stored
from rag.cli.session import open_collection, read_settings, run_to_end
from rag.cli.terminal import output, write, write_indented, write_json, write_note, write_table
from rag.errors import UsageError
from rag.sanitize import clean_line

if TYPE_CHECKING:
    from rag.collection import Collection
    from rag.history import AnswerSummary
    from rag.types import Excerpt, Recheck, RecheckedSentence
    from rag.wire import WireAnswer

STANDING_STYLES = {
    "unchanged": "dim",
    "still_supported": "green",
    "no_longer": "bold red",
    "gone": "bold red",
    "not_checked": "yellow",
    "not_cited": "dim",
}
MARGIN = 18
"""Cells that a standing takes before its sentence."""

WHOLE = 1_000_000
"""Characters of a passage shown again: all."""


@guarded
def answers(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="Show this one as it was, or delete these; the beginning of an id is enough. Without, list them.",
            metavar="[show] ID | delete ID...",
            show_default=False,
        ),
    ] = None,
    stale: Annotated[
        bool,
        typer.Option(
            "--stale", help="Only those that cite what has changed or gone; each sentence judged by what is there now."
        ),
    ] = False,
    limit: options.Limit = 20,
    after: Annotated[
        str | None, typer.Option("--after", help="Go on after this answer of the list.", metavar="ID")
    ] = None,
    conversations: Annotated[
        bool, typer.Option("--conversation", help="With delete: the ids are those of conversations, which go whole.")
    ] = False,
    as_json: options.AsJson = False,
    home: options.Home = None,
    collection: options.CollectionName = None,
) -> int:
    """List the answers given, newest first, show one again, delete some, or judge anew those whose documents changed.

    Showing ends as asking did (3 for an abstention); --stale with 1 if an answer does not hold any more. What is
    deleted is overwritten on the disk, and cannot be brought back.
    """
    named = list(words or ())
    deleting = named[:1] == ["delete"]
    require_agreeing(deleting=deleting, conversations=conversations, listing=stale or after is not None)
    answer_id = None if deleting else read_id(named)
    settings = read_settings(context, home=home, collection=collection)
    with open_collection(settings) as opened:
        if deleting:
            return delete_stored(opened, named[1:], conversations=conversations, as_json=as_json)
        if stale:
            return tell_stale(opened, answer_id, limit=limit, after=after, as_json=as_json)
        if answer_id is not None:
            return show_answer(opened.archive.answer(answer_id), as_json=as_json)
        found = opened.archive.answers(limit=limit + 1, after=after)
    return list_answers(found[:limit], more=len(found) > limit, collection=settings.collection, as_json=as_json)


def require_agreeing(*, deleting: bool, conversations: bool, listing: bool) -> None:
    """Refuse options that say nothing of what is to be done.

    Raises:
        UsageError: One does.
    """
    if conversations and not deleting:
        raise UsageError(
            "--conversation goes with delete only.",
            remedy="vouch answers delete --conversation ID; `vouch chat --resume ID` shows one.",
            field="conversation",
        )
    if deleting and listing:
        raise UsageError("What is deleted is named by its id.", remedy="Leave --stale and --after out.", field="words")


def read_id(words: Sequence[str]) -> str | None:
    """Return the id that ``show ID`` or ``ID`` names; None where nothing is named.

    Raises:
        UsageError: The words are neither.
    """
    named = list(words[1:] if words[:1] == ["show"] else words)
    if len(named) > 1 or (words and not named):
        raise UsageError(
            f"'{' '.join(words)}' names no answer.", remedy="Name one: vouch answers show ID.", field="answer_id"
        )
    return named[0] if named else None


def list_answers(found: Sequence[AnswerSummary], *, more: bool, collection: str, as_json: bool) -> int:
    """Show a page of the list."""
    cursor = found[-1].answer_id if more else None
    if as_json:
        told = {"answers": [asdict(each) for each in found], "next_cursor": cursor}
        write_json(json.dumps(told, ensure_ascii=False, indent=2))
        return OK
    rows = [(each.answer_id, minute(each.created_at), outcome(each), each.question) for each in found]
    if rows:
        write_table(("id", "asked", "", "question"), rows, wide=3)
    else:
        write_note(f"No answers are stored for the collection '{collection}'.", style="")
    tell_more(cursor, "vouch answers")
    return OK


def outcome(answer: AnswerSummary) -> str:
    """Return whether it was answered, for a person."""
    return "abstained" if answer.abstained else "answered"


def minute(created_at: str) -> str:
    """Return a time to the minute, for a person."""
    return created_at[:16].replace("T", " ")


def tell_more(cursor: str | None, command: str) -> None:
    """Say how to see the next page, where there is one."""
    if cursor is not None:
        write_note(f"There are more: {command} --after {cursor}")


def show_answer(answer: WireAnswer, *, as_json: bool) -> int:
    """Show a stored answer as it was, and what it was made of; its exit code is that of asking."""
    from rag.cli.rendering import write_answer, write_passages
    from rag.wire import dump

    if as_json:
        write_json(dump(answer, indent=2))
        return ABSTAINED if answer.abstained else OK
    console = output()
    write(console, Text(clean_line(answer.question), style="bold"))
    write(console)
    write_answer(answer)
    if answer.passages and not answer.abstained:
        write(console)
        write(console, Text("Passages", style="bold"))
        write_passages(console, answer.passages, WHOLE)
    write(console)
    write(console, Text("Record", style="bold"))
    for name, value in record_of(answer):
        write_indented(console, Text(clean_line(value)), MARGIN, head=name)
    return ABSTAINED if answer.abstained else OK


def record_of(answer: WireAnswer) -> list[tuple[str, str]]:
    """Return what an answer was made by, in names and values; what it does not have is left out."""
    judge, usage = answer.verifier, answer.usage
    verdicts = [str(sentence.verdict).replace("_", " ") for sentence in answer.sentences]
    scores = ["" if each.score is None else f" {each.score:.2f}" for each in answer.sentences]
    sufficiency = (answer.model_extra or {}).get("sufficiency", getattr(answer, "sufficiency", None))
    rows = [
        ("answer", answer.id),
        ("asked", answer.created_at),
        ("searched for", answer.standalone_question if answer.standalone_question != answer.question else ""),
        ("collection", f"{answer.collection}, generation {answer.generation}"),
        ("status", answer.status.replace("_", " ")),
        ("model", answer.model),
        (
            "verifier",
            f"{' '.join(filter(None, (judge.name, judge.version, judge.model)))}, threshold {judge.threshold:g}",
        ),
        ("verdicts", ", ".join(f"{verdict}{score}" for verdict, score in zip(verdicts, scores, strict=True))),
        ("sufficiency", "" if sufficiency is None else json.dumps(plain(sufficiency), ensure_ascii=False)),
        ("tokens", f"{usage.input_tokens:,} + {usage.output_tokens:,}" if usage.llm_calls else ""),
        ("cost", f"${usage.cost_usd:.4f}" if usage.cost_usd else ""),
        ("timings", ", ".join(f"{stage} {spent:g} ms" for stage, spent in answer.timings_ms.items())),
        ("conversation", answer.conversation_id or ""),
        ("prompt", f"sha256 {answer.prompt_sha256}" if answer.prompt_sha256 else ""),
    ]
    return [(name, value) for name, value in rows if value]


def plain(value: object) -> object:
    """Return a part of an answer as JSON has it."""
    dumped = getattr(value, "model_dump", None)
    return dumped(mode="json") if dumped else value


def tell_stale(collection: Collection, answer_id: str | None, *, limit: int, after: str | None, as_json: bool) -> int:
    """Judge stale answers anew, or the one named, and show what became of them; 1 where one does not hold."""
    checks: list[Recheck] = []

    async def run() -> None:
        if answer_id is not None:
            checks.append(await collection.recheck(answer_id))
        else:
            async for check in collection.stale_answers(limit=limit, after=after):
                checks.append(check)
                if not as_json:
                    write_recheck(check)

    run_to_end(collection, run())
    last = checks[-1].answer_id if checks and answer_id is None else None
    more = last is not None and bool(collection.archive.answers(limit=1, after=last, stale=True))
    cursor = last if more else None
    holding = sum(check.holds for check in checks)
    if as_json:
        from rag.wire import recheck_to_wire

        told = {"answers": [recheck_to_wire(check).model_dump(mode="json") for check in checks], "next_cursor": cursor}
        write_json(json.dumps(told, ensure_ascii=False, indent=2))
        return OK if holding == len(checks) else ERROR
    if answer_id is not None:
        write_recheck(checks[0])
    elif checks:
        style = "bold green" if holding == len(checks) else "bold red"
        write(output(), Text(f"{holding} of {len(checks)} stale answers still hold.", style=style))
    else:
        write_note(f"No answer of the collection '{collection.name}' is stale.", style="")
    tell_more(cursor, "vouch answers --stale")
    return OK if holding == len(checks) else ERROR


def write_recheck(check: Recheck) -> None:
    """Write what became of an answer, sentence by sentence."""
    console = output()
    head = Text.assemble((f"{check.answer_id}  {minute(check.created_at)}  ", "dim"), clean_line(check.question))
    write(console, head)
    for sentence in check.sentences:
        standing = str(sentence.standing)
        shown = Text(clean_line(sentence.text), style=STANDING_STYLES[standing])
        write_indented(console, shown, MARGIN, head=standing.replace("_", " "))
        for line in explain(sentence):
            write_indented(console, Text(line), MARGIN)
    write(console)


def explain(sentence: RecheckedSentence) -> list[str]:
    """Return what a person should know of a sentence that was judged: the new place, or what is wrong."""
    lines = [quoted(excerpt) for excerpt in sentence.found]
    if sentence.problem and not sentence.found:
        lines.append(clean_line(sentence.problem))
    if sentence.nearest is not None:
        lines.append(f"nearest: {quoted(sentence.nearest)}")
    if sentence.passages_judged < sentence.passages and not sentence.found:
        lines.append(f"judged by the best {sentence.passages_judged} of {sentence.passages} passages")
    return lines


def quoted(excerpt: Excerpt) -> str:
    """Return the place of an excerpt and its words, on one line."""
    from rag.cli.rendering import QUOTE_CHARACTERS, place, shorten

    return f"{place(excerpt)}: “{shorten(excerpt.quote, QUOTE_CHARACTERS)}”"
