"""What requests hold; what responses hold is `rag.wire`'s."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from api.problems import Problem, replace_surrogates
from rag import wire

ANSWER_MAX_CHARACTERS = 20_000
SENTENCES_MAX = 200
PASSAGES_MAX = 50
PASSAGE_MAX_CHARACTERS = 20_000
QUESTION_MAX_CHARACTERS = 4000

Where = Annotated[
    dict[str, Any] | None,
    Field(
        description=(
            "Only documents whose metadata match: a value, a list (any of them), or a range such as "
            '{"gte": 2020, "lt": 2022}, of dates too ("2023-05" is a whole month); `folder` takes a folder, `source` '
            "a path or a glob, `document` an id."
        ),
        examples=[{"source": ["reports/*.txt", "notes.md"]}],
    ),
]
CollectionName = Annotated[str | None, Field(description="The collection; the server's own if left out.")]
Question = Annotated[
    str,
    Field(
        description="What is asked.",
        examples=["How long could Claude Opus 4 play Pokémon Red?"],
        json_schema_extra={"minLength": 1, "pattern": r"\S"},
    ),
]
TopK = Annotated[int | None, Field(ge=1, le=50, description="Passages to find; the server's number if left out.")]


class Body(BaseModel):
    """A request body; unknown fields are refused, so that a typing mistake is not silently ignored."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def make_encodable(cls, body: object) -> object:
        """Replace what UTF-8 cannot hold, wherever it stands: neither a response nor the history could."""
        try:
            return replace_all_surrogates(body)
        except RecursionError:
            raise ValueError("the body is nested too deeply") from None


def replace_all_surrogates(value: object) -> object:
    """Return a JSON value without halves of surrogate pairs in its texts and keys."""
    match value:
        case str():
            return replace_surrogates(value)
        case list():
            return [replace_all_surrogates(item) for item in value]
        case dict():
            return {replace_all_surrogates(key): replace_all_surrogates(item) for key, item in value.items()}
    return value


class AskBody(Body):
    """A question."""

    question: Question
    collection: CollectionName = None
    where: Where = None
    top_k: TopK = None
    strict: StrictBool | None = Field(default=None, description="Withhold sentences that the documents do not support.")
    conversation_id: str | None = Field(default=None, description="The conversation to go on with.")


class SearchBody(Body):
    """A question to find passages for."""

    question: Question
    collection: CollectionName = None
    where: Where = None
    top_k: TopK = None


def allow_text(schema: dict[str, Any]) -> None:
    """Say in a JSON schema that a bare text will do."""
    whole = dict(schema)
    schema.clear()
    bare = {"type": "string", "minLength": 1, "maxLength": PASSAGE_MAX_CHARACTERS}
    schema |= {"title": whole["title"], "description": whole["description"], "anyOf": [whole, bare]}


class PassageBody(BaseModel):
    """A passage to judge by, or just its text; what else a passage of ours holds may stay in it."""

    model_config = ConfigDict(json_schema_extra=allow_text)

    text: str = Field(min_length=1, max_length=PASSAGE_MAX_CHARACTERS)
    source: str = ""
    title: str = ""

    @model_validator(mode="before")
    @classmethod
    def take_text(cls, passage: object) -> object:
        """Take a text for the passage of that text."""
        return {"text": passage} if isinstance(passage, str) else passage


ANSWER_ONLY: dict[str, Any] = {
    "required": ["answer"],
    "properties": {"answer": {"type": "string"}, "sentences": {"type": "null"}},
}
SENTENCES_ONLY: dict[str, Any] = {
    "required": ["sentences"],
    "properties": {"sentences": {"type": "array"}, "answer": {"type": "null"}},
}


class VerifyBody(Body):
    """Sentences to judge, by the passages given or by what a collection holds."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"oneOf": [ANSWER_ONLY, SENTENCES_ONLY]})

    answer: str | None = Field(
        default=None, max_length=ANSWER_MAX_CHARACTERS, examples=["Saturn has 274 known moons. Titan is the largest."]
    )
    sentences: list[str] | None = Field(default=None, max_length=SENTENCES_MAX)
    passages: list[PassageBody] | None = Field(
        default=None,
        max_length=PASSAGES_MAX,
        description="What to judge by; left out, what the collection holds on each sentence.",
        examples=[[{"text": "Saturn has 274 moons.", "source": "moons.txt"}, "Titan is the largest moon."]],
    )
    question: str | None = Field(
        default=None,
        max_length=QUESTION_MAX_CHARACTERS,
        description="What was asked; it completes a sentence that is no whole one, such as `24 hours.`",
    )
    collection: CollectionName = None

    @model_validator(mode="after")
    def require_one_answer(self) -> Self:
        """Refuse a body that holds both an answer and sentences, or neither."""
        if (self.answer is None) == (self.sentences is None):
            raise ValueError("give either `answer` or `sentences`")
        if sum(map(len, self.sentences or ())) > ANSWER_MAX_CHARACTERS:
            raise ValueError(f"the sentences have more than {ANSWER_MAX_CHARACTERS} characters")
        return self


class ConversationBody(Body):
    """A conversation to begin."""

    collection: CollectionName = None


class Conversation(BaseModel):
    """A conversation: its answers, oldest first."""

    id: str
    collection: str
    answers: list[wire.WireAnswer] = Field(default_factory=list)


class ConversationSummary(BaseModel):
    """A conversation in a list."""

    model_config = ConfigDict(from_attributes=True)

    conversation_id: str
    collection: str
    started_at: str
    turns: int
    question: str = Field(default="", description="Its first question.")
    latest_question: str = Field(default="", description="Its last question.")


class AnswerSummary(BaseModel):
    """An answer in a list."""

    model_config = ConfigDict(from_attributes=True)

    answer_id: str
    created_at: str
    collection: str
    question: str
    abstained: bool
    conversation_id: str | None = None


class DocumentPage(BaseModel):
    """Documents, by source."""

    documents: list[wire.WireDocument]
    total: int = Field(description="How many match in all.")
    chunks: int | None = Field(default=None, description="Chunks of all that match; null where nothing was filtered.")
    generation: int


class AnswerPage(BaseModel):
    """Answers, newest first."""

    answers: list[AnswerSummary]
    next_cursor: str | None = Field(
        default=None, description="Give it as `cursor` for the next page; null on the last.", examples=["ans_4f1d2c"]
    )


class ConversationPage(BaseModel):
    """Conversations, newest first."""

    conversations: list[ConversationSummary]


class Health(BaseModel):
    """Whether the server is well."""

    status: str = Field(examples=["ok"])
    reasons: list[str] = Field(default_factory=list)


class VerifierSetting(BaseModel):
    """What judges the sentences."""

    name: str = Field(description="Its tier: built-in, cross-encoder or llm.")
    identity: wire.WireVerifier | None = Field(None, description="All of it; null before it is loaded.")


class Abilities(BaseModel):
    """What the server lets a client change: by now all of it. Kept for clients that ask."""

    upload: bool = Field(description="Whether documents can be added over HTTP.")
    delete: bool = Field(description="Whether they can be deleted over HTTP.")


class ServerSettings(BaseModel):
    """What a server is set to, as far as a client may know."""

    collection: str = Field(description="The server's own collection.")
    collections: list[str] = Field(description="All that can be asked, by name.")
    model: str
    verifier: VerifierSetting
    embedder: str
    top_k: int = Field(description="Passages read for a question that names no number.")
    risk: float
    strict: bool = Field(description="Whether unsupported sentences are withheld where a question does not say.")
    question_max_characters: int
    abilities: Abilities


class EvaluationSummary(BaseModel):
    """A report of an evaluation in a list."""

    name: str
    modified_at: str
    samples: int
    model: str
    metrics: dict[str, float] = Field(description="Its headline metrics, as far as they could be scored.")
    url: str = Field(description="The report as a page.")


class EvaluationPage(BaseModel):
    """Reports of evaluations, newest first."""

    reports: list[EvaluationSummary]
    folder: str = Field(
        description="The home folder, in which reports are found; its name where it is set by its whole path."
    )


class MetadataBody(Body):
    """Metadata to set; a key with null is taken away."""

    metadata: dict[str, str | int | float | bool | None] = Field(examples=[{"year": 2023, "draft": None}])


class RefusedFile(BaseModel):
    """A file that was not ingested, and why."""

    source: str
    code: str
    reason: str


class PartlyReadFile(BaseModel):
    """A file that was ingested though something of it could not be read, and what."""

    model_config = ConfigDict(from_attributes=True)

    source: str
    reason: str = Field(examples=["pages 2-3 have no text layer: recognise the text (OCR) and ingest the result"])


class IngestProgress(BaseModel):
    """How far an ingest is."""

    done: int = Field(default=0, description="Files finished: committed, unchanged or refused.")
    total: int = Field(default=0, description="Files received.")
    source: str = Field(default="", description="The file at hand.")
    share: float = Field(default=0.0, description="How much is done, from 0 to 1, by bytes.")
    chunks: int = Field(default=0, description="Chunks embedded.")
    chunks_per_s: float = 0.0
    file_chunks_done: int = Field(default=0, description="Chunks embedded of the file at hand.")
    file_chunks: int = Field(default=0, description="All its chunks; 0 where it is finished.")
    refused: int = 0
    seconds: float = 0.0
    remaining_s: float | None = Field(default=None, description="At the rate so far; null where nobody can tell.")


class IngestOutcome(BaseModel):
    """What an ingest did: each file stands in one of four lists, or in none where the ingest ended before it.

    Those of which something could not be read stand in `partial` as well.
    """

    added: list[str] = Field(default_factory=list)
    replaced: list[str] = Field(default_factory=list)
    unchanged: list[str] = Field(default_factory=list)
    refused: list[RefusedFile] = Field(default_factory=list)
    partial: list[PartlyReadFile] = Field(
        default_factory=list,
        description="Of those added and replaced: what of them could not be read. Empty where the ingest ended early.",
    )
    document_ids: dict[str, str] = Field(default_factory=dict, description="Documents that are there now, by source.")
    duplicate_of: dict[str, str] = Field(
        default_factory=dict,
        description="Of those added and replaced, which are taken all the same: another document of equal bytes.",
    )
    chunks: int = 0
    seconds: float = 0.0


class Ingest(BaseModel):
    """Files that were uploaded, on their way into the collection."""

    id: str
    collection: str
    state: Literal["waiting", "running", "done", "failed", "cancelled", "interrupted"] = Field(
        description=(
            "`cancelled` and `interrupted` (the server was stopped): what was committed by then stays, and stands in "
            "the report."
        )
    )
    created_at: str
    finished_at: str | None = None
    sources: list[str] = Field(description="The names that the files got.")
    progress: IngestProgress = Field(default_factory=IngestProgress)
    report: IngestOutcome | None = None
    problem: Problem | None = Field(default=None, description="Why it failed or was interrupted.")


class IngestCreated(BaseModel):
    """An ingest that has been accepted."""

    ingest: Ingest


class IngestPage(BaseModel):
    """Ingests, newest first."""

    ingests: list[Ingest]


class CollectionBody(Body):
    """A collection to make."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", examples=["reports"])


class CollectionSummary(BaseModel):
    """A collection in a list."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    documents: int | None = Field(description="How many it holds; null where it cannot be read, as with the others.")
    size_bytes: int = Field(description="What lies in its folder, the index and the kept files included.")
    embedder: str | None = Field(description="What it was made with.")
    changed_at: str | None = Field(description="When its latest document came; null where it holds none.")
    problem: str = Field(default="", description="Code of the error that keeps it from being read.")


class CollectionList(BaseModel):
    """Collections, by name."""

    collections: list[CollectionSummary]
