"""Rows as other systems write them -> records. Which system it was is told by the names of the fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rag.errors import SampleError, UsageError
from rag.evaluation.details import Quote
from rag.evaluation.fields import (
    ANSWER_FIELDS,
    SURROGATE,
    decoded,
    find,
    has,
    read_contexts,
    read_flag,
    read_label,
    read_latency_ms,
    read_text,
    read_texts,
    read_usage,
)
from rag.evaluation.records import GivenSentence, Record
from rag.evaluation.refusals import is_refusal
from rag.evaluation.rows import Row
from rag.evaluation.samples import Gold, Sample
from rag.types import Span

FALSE_PREMISE = "false_premise"
"""Kind of the samples whose question takes something wrong for granted."""

QUESTIONS = "questions"
"""Name of the format that holds no answers yet."""

SAMPLE_FIELDS = ("gold", "without", "review", "any_of")
"""What a question to be asked may hold, and no answer does."""

RECOGNISED_ROWS = 100
"""Rows that are looked at to find out what a file holds."""


@dataclass(frozen=True, slots=True)
class Format:
    """Where a system puts what we need: paths, the first that is there is taken.

    Attributes:
        name: What ``--format`` takes.
        title: For people: ``RAGAS``.
        question: Paths of the question; one must be there for a row to be of this format.
        answer: Paths of the answer; likewise.
        contexts: Paths of the passages it was drafted from.
        reference: Paths of the right answer.
        marks: Paths of which one must be there, too, where question and answer have names that others use as well.
    """

    name: str
    title: str
    question: tuple[str, ...]
    answer: tuple[str, ...]
    contexts: tuple[str, ...]
    reference: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row has the fields of this format."""
        return all(has(row, paths) for paths in (self.question, self.answer, self.marks) if paths)


FORMATS = (
    Format("vouch", "Vouch", ("question",), ("text",), ("passages",), ("reference",), ("standalone_question",)),
    Format("ragas", "RAGAS", ("user_input",), ("response",), ("retrieved_contexts",), ("reference",)),
    Format(
        "ragas",
        "RAGAS",
        ("question",),
        ("answer",),
        ("contexts", "retrieved_contexts"),
        ("ground_truth", "ground_truths"),
        ("ground_truth", "ground_truths"),
    ),
    Format(
        "deepeval",
        "DeepEval",
        ("input",),
        ("actual_output", "actualOutput"),
        ("retrieval_context", "retrievalContext", "context"),
        ("expected_output", "expectedOutput"),
    ),
    Format(
        "langsmith",
        "LangSmith",
        ("inputs.question", "inputs.input", "inputs.query", "inputs.user_input", "input.question", "input.input"),
        tuple(f"{outputs}.{name}" for outputs in ("outputs", "output") for name in ANSWER_FIELDS),
        tuple(
            f"{outputs}.{name}"
            for outputs in ("outputs", "output", "inputs", "input")
            for name in ("documents", "contexts", "context", "source_documents", "retrieved_contexts")
        ),
        tuple(
            f"{outputs}.{name}"
            for outputs in ("reference_outputs", "reference", "reference_output")
            for name in ("answer", "reference", "output", "response", "expected", "text")
        ),
    ),
    Format(
        "langchain", "LangChain", ("query", "question"), ("result",), ("source_documents",), ("answer", "reference")
    ),
    Format(
        "haystack",
        "Haystack",
        ("query", "question"),
        ("replies", "predicted_answer", "answers", "answer", "response"),
        ("documents", "retrieved_documents"),
        ("ground_truth_answer", "expected_answer", "reference"),
        ("documents", "retrieved_documents"),
    ),
    Format("trulens", "TruLens", ("main_input",), ("main_output",), ("contexts", "context"), ("reference",)),
    Format(
        "answers",
        "plain",
        ("question", "query"),
        ("answer", "response", "prediction"),
        ("contexts", "context", "passages"),
        ("reference", "ground_truth", "expected_answer", "target"),
    ),
)
"""In the order in which a row is compared with them."""

FORMAT_NAMES = (*dict.fromkeys(each.name for each in FORMATS), QUESTIONS)

ID_FIELDS = ("id", "example_id", "sample_id", "run_id", "record_id", "question_id")
KIND_FIELDS = ("kind", "category", "type", "synthesizer_name", "metadata.kind", "metadata.category")


def recognise(rows: Iterable[Row], name: str | None = None) -> Format | None:
    """Return the format of the first row that fits one, or None for questions without answers.

    Args:
        rows: The first rows of a file.
        name: Only formats of this name.

    Raises:
        UsageError: There is no format of this name.
        SampleError: No row fits.
    """
    if name is not None and name not in FORMAT_NAMES:
        raise UsageError(f"There is no format '{name}'.", remedy=f"Known: {', '.join(FORMAT_NAMES)}.", field="format")
    given = list(rows)
    readable = [row for row in given if row.values is not None]
    for row in readable:
        assert row.values is not None
        if name in (None, QUESTIONS) and is_question(row.values):
            return None
        for each in FORMATS:
            if name in (None, each.name) and each.fits(row.values):
                return each
    if name in (None, QUESTIONS) and any(row.values and "question" in row.values for row in readable):
        return None
    first = next((row for row in readable), None)
    if first is None:
        broken = next(iter(given), None)
        raise SampleError(
            f"The file holds no answers: {broken.place}: {broken.problem}." if broken else "The file holds no answers.",
            remedy="Give JSON, JSONL or CSV with a head line, whole and in UTF-8.",
            field="file",
        )
    names = ", ".join(sorted(map(str, first.values or {}))[:12])
    raise SampleError(
        f"The file holds no answers{f' of the format {name}' if name else ''}: its first row has {names:.300}.",
        remedy="Give question, answer and contexts, or the fields of RAGAS, DeepEval, LangSmith, LangChain, Haystack "
        "or TruLens; for questions to be asked, question alone.",
        field="file",
    )


def is_question(row: Mapping[str, Any]) -> bool:
    """Return whether a row is a question to be asked, though it may tell an answer: what only our samples hold."""
    return any(name in row for name in SAMPLE_FIELDS) and not any(name in row for name in ("contexts", "passages"))


def read_record(row: Row, form: Format) -> Record:
    """Return the record of a row.

    Raises:
        SampleError: The row cannot be read, or a field is missing or of a type that does not fit; the place is named.
    """
    if row.values is None:
        raise SampleError(f"{row.place}: {row.problem}.")
    try:
        return record_of(row.values, form, default_id=f"{row.number}")
    except SampleError as error:
        raise SampleError(f"{row.place}: {error.message}", field=error.field) from None


def record_of(values: Mapping[str, Any], form: Format, default_id: str) -> Record:
    """Return the record of a row's values.

    Raises:
        SampleError: A field is missing or of a type that does not fit.
    """
    reference = read_texts(find(values, form.reference), "reference") if form.reference else ""
    answerable = read_flag(find(values, ["answerable"]), "answerable")
    if answerable is None and reference.strip():
        answerable = not is_refusal(reference)
    false_premise = read_flag(find(values, [FALSE_PREMISE]), FALSE_PREMISE)
    sample = Sample(
        id=read_text(find(values, ID_FIELDS) or default_id, "id")[:200],
        question=require_text(values, form.question, "question"),
        answerable=answerable,
        reference=reference,
        gold=read_gold_ids(values, "reference_context_ids"),
        kind=FALSE_PREMISE if false_premise else read_label(find(values, KIND_FIELDS)),
    )
    contexts = read_contexts(find(values, form.contexts), "contexts")
    return Record(
        sample=sample,
        answer=read_answer(values, form),
        contexts=contexts,
        quotes=read_quotes(find(values, ["quotes" if values.get("markers") else "citations"])),
        sentences=read_sentences(find(values, ["sentences"]), find(values, ["markers"])),
        ranking=read_gold_ids(values, "retrieved_context_ids"),
        usage=read_usage(values),
        latency_ms=read_latency_ms(values),
        abstained=values.get("abstained") is True,
    )


def require_text(values: Mapping[str, Any], paths: tuple[str, ...], name: str) -> str:
    """Return a text that must be there.

    Raises:
        SampleError: It is missing, null, or no text.
    """
    value = find(values, paths)
    if value is None:
        raise SampleError(f"'{name}' is missing or null.", field=name)
    return read_text(value, name, within=(*ANSWER_FIELDS, "question", "query", "data"))


def read_answer(values: Mapping[str, Any], form: Format) -> str:
    """Return the answer; empty where it is there and says nothing.

    Raises:
        SampleError: It is missing, null, or no text. A system that failed to answer is no system that answered
            with nothing.
    """
    for path in form.answer:
        if values.get(path) == "":
            return ""
    return require_text(values, form.answer, "answer")


def read_quotes(value: object) -> tuple[Quote, ...]:
    """Return an answer's own citations: numbers of passages, quotes, or objects that hold either; none for null.

    Raises:
        SampleError: It is nothing of the kind.
    """
    value = decoded(value)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise SampleError(f"'citations' is {value!r:.60}; it should be a list.", field="citations")
    flat = [each for item in value for each in (item if isinstance(item, list) else [item])]
    return tuple(read_quote(item, position) for position, item in enumerate(flat, 1))


def read_quote(item: object, position: int) -> Quote:
    """Return one citation.

    Raises:
        SampleError: It is no number, no text and no object.
    """
    if isinstance(item, int) and not isinstance(item, bool):
        return Quote(item, context=item)
    if isinstance(item, str):
        return Quote(position, SURROGATE.sub("\ufffd", item))
    if not isinstance(item, Mapping):
        raise SampleError(f"'citations' holds {item!r:.60}; it should be a number, a quote or an object.")
    number = item.get("number", position)
    context = item.get("context")
    text = next((item[name] for name in ("quote", "text") if isinstance(item.get(name), str)), "")
    return Quote(
        number if isinstance(number, int) else position,
        SURROGATE.sub("\ufffd", text),
        context if isinstance(context, int) else None,
    )


def read_sentences(value: object, markers: object) -> tuple[GivenSentence, ...]:
    """Return the sentences of an answer that was cut into them before; none where it was not, or is not sound.

    Where `markers` says what each of them cites, that counts; else the citations that each of them holds.
    """
    if not isinstance(value, list):
        return ()
    cited = markers if isinstance(markers, list) and len(markers) == len(value) else None
    sentences = []
    for position, item in enumerate(value):
        if not isinstance(item, Mapping):
            return ()
        numbers = cited[position] if cited is not None else item.get("citations", [])
        start, end = item.get("start"), item.get("end")
        if not isinstance(start, int) or not isinstance(end, int):
            return ()
        if not isinstance(numbers, list) or not all(isinstance(number, int) for number in numbers):
            return ()
        sentences.append(GivenSentence(Span(start, end), tuple(numbers)))
    return tuple(sentences)


def read_gold_ids(values: Mapping[str, Any], name: str) -> tuple[Gold, ...]:
    """Return the passages that a list of their ids names, as places; none where there is no such list."""
    value = decoded(values.get(name))
    return tuple(Gold(f"{each}", 0, 1) for each in value if each is not None) if isinstance(value, list) else ()
