"""Answer <-> JSON: the one owner of the wire schema.

The CLI's ``--json``, the HTTP API, the history and ``vouch verify`` all use these models. Fields may be added, never
renamed; unknown ones are kept when a document is read and written again.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import UsageError
from rag.types import (
    Answer,
    Answered,
    DocumentRecord,
    Event,
    Passage,
    ProblemKind,
    Recheck,
    Released,
    Retrieved,
    Standing,
    Verdict,
)

SCHEMA = 1
"""Version of the schema; grows only when a field changes its meaning."""


class WireModel(BaseModel):
    """A part of the schema, made from the noun of the same fields."""

    model_config = ConfigDict(from_attributes=True, extra="allow", protected_namespaces=())


class WireSentence(WireModel):
    """A sentence of an answer; ``answer.text[start:end] == text``."""

    text: str
    start: int
    end: int
    verdict: Verdict
    score: float | None = Field(None, description="Support in [0, 1]; null where nothing was checked.")
    citations: list[int] = Field(default_factory=list, description="Numbers of its citations, best first.")
    problem: str | None = Field(None, description="What is wrong where support falls short.")
    problem_kind: ProblemKind | None = Field(None, description="The same for a program.")
    unsupported: list[tuple[int, int]] = Field(
        default_factory=list, description="Parts of the sentence that the sources do not bear out: start and end in it."
    )
    computed: list[str] = Field(
        default_factory=list, description="Numbers in no source that follow from cited ones: `15% = (23 - 20) / 20`."
    )


class WireCitation(WireModel):
    """Where a sentence stands in a source; the canonical text from start to end is the quote."""

    number: int
    document_id: str
    source: str
    title: str
    revision: str = Field(description="sha256 of the file's bytes.")
    start: int
    end: int
    quote: str
    lines: tuple[int, int]
    page: int | None = None
    heading: list[str] = Field(default_factory=list)
    locator: str | None = Field(None, description="Its place for people: pages 3-4, slide 4, Budget!B7:D7.")
    state: Literal["live", "removed"] = "live"
    text_sha256: str = Field("", description="sha256 of the canonical text, in UTF-8, that start and end count in.")
    reader: str = Field("", description="Name and version of what made that text of the file: text/1, pdf/2.")
    url: str | None = Field(None, description="The page that shows it in its source; null where no server is asked.")
    place: str | None = Field(None, description="Where it stands in its file, for a person; null as `url` is.")


class WirePassage(WireModel):
    """A retrieved stretch of a document: reading text, with its place in the canonical text."""

    number: int
    document_id: str
    source: str
    title: str
    revision: str
    start: int
    end: int
    text: str
    score: float = Field(description="Comparable within one result list only.")
    lines: tuple[int, int]
    heading: list[str] = Field(default_factory=list)
    page: int | None = None
    locator: str | None = Field(None, description="Its place for people: pages 3-4, slide 4, Budget!B7:D7.")
    also_in: list[str] = Field(default_factory=list, description="Other documents that hold the same text.")
    url: str | None = Field(None, description="The page that shows it in its source; null where no server is asked.")
    place: str | None = Field(None, description="Where it stands in its file, for a person; null as `url` is.")


class WireUsage(WireModel):
    """What an answer cost."""

    input_tokens: int = 0
    output_tokens: int = 0
    llm_calls: int = 0
    cost_usd: float = 0.0


class WireVerifier(WireModel):
    """Who judged the sentences."""

    name: str = Field(description="Its tier: built-in, cross-encoder or llm.")
    version: str
    threshold: float = Field(description="Score from which a sentence is supported.")
    model: str | None = Field(None, description="The model behind it; null where it is part of Vouch.")
    revision: str | None = Field(None, description="Hash of that model's files, where they are known.")


class WireSufficiency(WireModel):
    """How sure it was that the documents can answer."""

    score: float = Field(description="How likely they can, in [0, 1].")
    threshold: float = Field(description="The least score that is answered.")
    calibrated: bool = Field(False, description="Whether the threshold was fitted to the collection.")


class WireDisagreement(WireModel):
    """Cited places that say different things of the same; each list goes by the citations."""

    citations: list[int] = Field(description="The first is one that the answer rests on.")
    kind: Literal["differ", "denied", "replaced"]
    said: list[str] = Field(description="The value that each says; empty where it says none.")
    dates: list[str] = Field(description="When its document was written, as far as it says: 2025-06-23, 2025-06, 2025.")
    latest: int | None = Field(None, description="The one whose document is the latest; null where that is not known.")
    only_before: bool = Field(False, description="Whether the answer rests on the latest alone.")
    told: str = Field(description="The same for a person; a warning says it too.")


class WireAnswer(WireModel):
    """An answer, as given, stored and verified."""

    schema_version: int = Field(SCHEMA, alias="schema")
    id: str
    question: str
    standalone_question: str
    status: Literal["complete", "incomplete", "source_removed"]
    abstained: bool
    reason: str | None = None
    text: str
    collection: str
    generation: int
    model: str
    verifier: WireVerifier
    created_at: str
    warnings: list[str] = Field(default_factory=list)
    missing: list[str] = Field(default_factory=list)
    conflicts: list[list[int]] = Field(default_factory=list)
    sentences: list[WireSentence]
    citations: list[WireCitation]
    passages: list[WirePassage]
    usage: WireUsage = WireUsage()
    timings_ms: dict[str, float] = Field(default_factory=dict)
    conversation_id: str | None = None
    prompt_sha256: str | None = None
    false_premises: list[str] = Field(
        default_factory=list, description="What the question takes for granted and the documents say otherwise."
    )
    sufficiency: WireSufficiency | None = None
    disagreements: list[WireDisagreement] = Field(
        default_factory=list, description="What each group of `conflicts` disagrees in."
    )

    model_config = ConfigDict(from_attributes=True, extra="allow", protected_namespaces=(), populate_by_name=True)


class WireRetrieved(WireModel):
    """What a search found; the data of the ``retrieved`` event as well."""

    question: str
    generation: int
    passages: list[WirePassage]


class WireReleased(WireModel):
    """The data of a ``sentence`` event: a final sentence and the citations it is the first to use."""

    sentence: WireSentence
    citations: list[WireCitation]
    lead: str = Field("", description="What stands before it in the answer's text.")


class WireExcerpt(WireModel):
    """A stretch of a source with its words; no citation, and perhaps no support."""

    document_id: str
    source: str
    title: str
    revision: str = Field(description="sha256 of the file's bytes.")
    start: int
    end: int
    quote: str
    lines: tuple[int, int]
    heading: list[str] = Field(default_factory=list)
    page: int | None = None
    locator: str | None = Field(None, description="Its place for people: pages 3-4, slide 4, Budget!B7:D7.")
    window: int | None = Field(None, description="Number of the window it stands in, where there are windows.")
    url: str | None = Field(None, description="The page that shows it in its source; null where no server is asked.")
    place: str | None = Field(None, description="Where it stands in its file, for a person; null as `url` is.")


class WireJudged(WireSentence):
    """A sentence of anyone's answer, judged."""

    evidence: list[WireExcerpt] = Field(
        default_factory=list,
        description="The smallest stretches that the verdict rests on: what supports it, or what is nearest to it.",
    )


class WireChecked(WireModel):
    """Sentences judged by passages: what ``verify`` gives."""

    text: str
    sentences: list[WireJudged]
    citations: list[WireCitation]
    verifier: WireVerifier
    windows: list[WirePassage] = Field(
        default_factory=list, description="The passages that every sentence was judged by, each read whole."
    )


class WireRecheckedSentence(WireModel):
    """A sentence of a stored answer, judged by what its documents say now."""

    text: str = Field(description="The sentence; erased where a document that it rests on was deleted.")
    start: int
    end: int
    before: Verdict = Field(description="The verdict in the answer.")
    standing: Standing = Field(description="What became of it.")
    verdict: Verdict | None = Field(None, description="The verdict now; null where nothing was judged.")
    score: float | None = Field(None, description="Support in [0, 1]; null where nothing was judged.")
    found: list[WireExcerpt] = Field(default_factory=list, description="Where the present text bears it out.")
    nearest: WireExcerpt | None = Field(None, description="What the present text says nearest, where it does not.")
    problem: str | None = None
    problem_kind: ProblemKind | None = None
    unsupported: list[tuple[int, int]] = Field(default_factory=list)
    passages_judged: int = Field(0, description="How many passages of its documents it was judged by.")
    passages: int = Field(0, description="How many they have.")


class WireRecheck(WireModel):
    """A stored answer judged by what its documents say now."""

    answer_id: str
    question: str
    created_at: str
    collection: str
    answer_generation: int = Field(description="The generation of the collection that the answer was drawn from.")
    generation: int = Field(description="The one that it was judged by.")
    verifier: WireVerifier
    answer_verifier: WireVerifier
    stale: bool = Field(description="Whether a cited revision has changed or gone.")
    holds: bool = Field(description="Whether no sentence is no_longer, gone or not_checked.")
    summary: dict[Standing, int] = Field(description="Sentences by standing; those that none has are left out.")
    sentences: list[WireRecheckedSentence]


class WireDocument(WireModel):
    """A document of a collection, without its text."""

    document_id: str
    source: str
    title: str
    revision: str
    metadata: dict[str, str | int | float | bool] = Field(default_factory=dict)
    reader: str
    size_bytes: int
    characters: int
    chunks: int
    added_at: str
    generation: int


def answer_to_wire(answer: Answer) -> WireAnswer:
    """Return the wire form of an answer."""
    return WireAnswer.model_validate(answer)


def passages_to_wire(question: str, generation: int, passages: tuple[Passage, ...]) -> WireRetrieved:
    """Return the wire form of what a search found."""
    found = [WirePassage.model_validate(passage) for passage in passages]
    return WireRetrieved(question=question, generation=generation, passages=found)


def released_to_wire(released: Released) -> WireReleased:
    """Return the wire form of a released sentence."""
    return WireReleased.model_validate(released)


def document_to_wire(record: DocumentRecord) -> WireDocument:
    """Return the wire form of a stored document."""
    return WireDocument.model_validate(record)


def recheck_to_wire(recheck: Recheck) -> WireRecheck:
    """Return the wire form of a stored answer that was judged again."""
    return WireRecheck.model_validate(recheck)


def event_to_wire(event: Event) -> tuple[str, WireRetrieved | WireReleased | WireAnswer]:
    """Return an event's name on the wire (``retrieved``, ``sentence``, ``answer``) and its data."""
    match event:
        case Retrieved(standalone_question=question, generation=generation, passages=passages):
            return "retrieved", passages_to_wire(question, generation, passages)
        case Released():
            return "sentence", released_to_wire(event)
        case Answered(answer=answer):
            return "answer", answer_to_wire(answer)


def dump(model: BaseModel, *, indent: int | None = None) -> str:
    """Return a wire model as JSON text."""
    return model.model_dump_json(by_alias=True, indent=indent)


def load_answer(text: str | bytes) -> WireAnswer:
    """Read an answer from JSON text.

    Raises:
        UsageError: It is not an answer of this schema; the message names the first field that is wrong.
    """
    try:
        answer = WireAnswer.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "document"
        raise UsageError(
            f"This is not an answer of Vouch: {place}: {first['msg']}.",
            remedy="Give the JSON that `vouch ask --json` or `POST /v1/ask` printed.",
            field=place,
        ) from None
    if answer.schema_version > SCHEMA:
        raise UsageError(
            f"The answer has schema {answer.schema_version}; this Vouch reads up to {SCHEMA}.",
            remedy="Use a newer Vouch.",
            field="schema",
        )
    return answer


def cited_revisions(text: str | bytes) -> set[tuple[str, str]]:
    """Return document_id and revision of each citation of a stored answer; none where it is no answer of ours."""
    try:
        answer = load_answer(text)
    except UsageError:
        return set()
    return {(citation.document_id, citation.revision) for citation in answer.citations}
