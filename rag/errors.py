"""The tree of errors. Each class has a stable code, which all faces show.

::

    VouchError
    |-- UsageError             the caller asked for something that cannot be
    |   |-- QuestionError      empty or overlong question
    |   |-- ConfigError        a setting has a bad value, or is unknown
    |   |-- FilterError        a `where` filter cannot be understood
    |   `-- ArchiveError       no exported collection, or a damaged one
    |-- NotFoundError          no such thing
    |   |-- CollectionNotFound
    |   |-- DocumentNotFound
    |   |-- OriginalNotFound   the file of a document is not kept, and not at its path
    |   |-- IngestNotFound     an upload's ingest
    |   `-- AnswerNotFound     answers and conversations
    |-- SourceError            one file cannot be read; reported, the batch goes on
    |   |-- SourceUnreadable   missing, forbidden, not a file
    |   |-- SourceUnsupported  no reader for its format
    |   |-- SourceTooLarge
    |   |-- SourceEmpty        holds no text
    |   |-- SourceNotText      binary, or not in the encoding
    |   |-- SourceScanned      pictures of text only
    |   |-- SourceEncrypted    needs a password
    |   |-- SourceDamaged      broken, or not what its name says
    |   |-- SourceTimeout      reading it takes longer than it may
    |   |-- SourceDeleted      its document was deleted meanwhile
    |   `-- SourceCrashed      reading it ended the process that reads
    |-- CollectionError        the collection cannot be used as it is
    |   |-- CollectionLocked   another process is writing
    |   |-- CollectionExists   one of this name is there already
    |   |-- CollectionDamaged  the truth does not match its checksums
    |   |-- EmbedderMismatch   made with another embedding model
    |   |-- SchemaTooNew       made by a newer Vouch
    |   |-- StorageFull        no space left
    |   |-- AnswersNotErased   what was deleted is gone, but stored answers may hold its words
    |   `-- NothingIndexed     it holds no documents
    |-- EmbedderError          the embedding model cannot be loaded or run
    |-- VerifierError          the verifier's model cannot be loaded or run
    |-- ModelError             the language model did not answer
    |   |-- ModelUnavailable   worth another try: connection, 429, 5xx
    |   |-- ModelTimeout
    |   |-- ModelRejected      not worth another try: 400, 401, 403, 404, context too long
    |   `-- ModelReplyBroken   the reply cannot be understood
    |-- SampleError            an evaluation set has a bad row (file and line)
    |-- BusyError              the server has no room for another request now
    `-- DeadlineExceeded       the work took longer than it may

An abstention, an unsupported sentence and an unscored sample are values, not errors.
"""

from __future__ import annotations


class VouchError(Exception):
    """Base of all our errors; its message names the thing and is written for the person who asked.

    Attributes:
        code: Stable code of the class.
        remedy: What to do about it; may be empty.
        field: The input it is about (``question``, ``VOUCH_PORT``); empty where it is about none.
    """

    code = "vouch_error"

    def __init__(self, message: str, *, remedy: str = "", field: str = "") -> None:
        """Take the message, what to do about it, and the input it is about."""
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.field = field

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()


class UsageError(VouchError):
    """The caller asked for something that cannot be."""

    code = "usage"


class QuestionError(UsageError):
    """The question is empty or too long."""

    code = "bad_question"


class ConfigError(UsageError):
    """A setting has a bad value, or is unknown."""

    code = "bad_config"


class FilterError(UsageError):
    """A ``where`` filter cannot be understood."""

    code = "bad_filter"


class ArchiveError(UsageError):
    """A file is no exported collection, or a damaged one."""

    code = "bad_archive"


class NotFoundError(VouchError):
    """There is no such thing."""

    code = "not_found"


class CollectionNotFound(NotFoundError):
    """There is no collection of this name."""

    code = "collection_not_found"


class DocumentNotFound(NotFoundError):
    """The collection holds no such document."""

    code = "document_not_found"


class OriginalNotFound(NotFoundError):
    """The file that a document was read from is not kept, and not at its path any more."""

    code = "original_not_found"


class IngestNotFound(NotFoundError):
    """There is no such ingest of uploaded files, or it was long ago."""

    code = "ingest_not_found"


class AnswerNotFound(NotFoundError):
    """The history holds no such answer or conversation."""

    code = "answer_not_found"


class SourceError(VouchError):
    """One file cannot be read; it is reported and the batch goes on."""

    code = "source"


class SourceUnreadable(SourceError):
    """The file is missing, forbidden, or no file."""

    code = "source_unreadable"


class SourceUnsupported(SourceError):
    """There is no reader for its format."""

    code = "source_unsupported"


class SourceTooLarge(SourceError):
    """The file is larger than the limit."""

    code = "source_too_large"


class SourceEmpty(SourceError):
    """The file holds no text."""

    code = "source_empty"


class SourceNotText(SourceError):
    """The file is binary, or not in an encoding that can be read."""

    code = "source_not_text"


class SourceTimeout(SourceError):
    """Reading the file takes longer than it may."""

    code = "source_timeout"


class SourceCrashed(SourceError):
    """Reading the file ended the process that reads, or met a mistake of the reader."""

    code = "source_crashed"


class SourceDeleted(SourceError):
    """The document of this source was deleted while its new content was on its way in."""

    code = "source_deleted"


class SourceScanned(SourceError):
    """The file holds pictures of text only: none of its pages has text."""

    code = "source_scanned"


class SourceEncrypted(SourceError):
    """The file needs a password."""

    code = "source_encrypted"


class SourceDamaged(SourceError):
    """The file is broken, or is not what its name says it is."""

    code = "source_damaged"


class CollectionError(VouchError):
    """The collection cannot be used as it is."""

    code = "collection"


class CollectionLocked(CollectionError):
    """Another process is writing to the collection."""

    code = "collection_locked"


class CollectionExists(CollectionError):
    """There is a collection of this name already."""

    code = "collection_exists"


class CollectionDamaged(CollectionError):
    """What is stored does not match its checksums."""

    code = "collection_damaged"


class EmbedderMismatch(CollectionError):
    """The collection was made with another embedding model."""

    code = "embedder_mismatch"


class SchemaTooNew(CollectionError):
    """The collection was made by a newer Vouch."""

    code = "schema_too_new"


class StorageFull(CollectionError):
    """There is no space left where the collection lies."""

    code = "storage_full"


class AnswersNotErased(CollectionError):
    """What was deleted is gone, but the stored answers could not be rid of its words."""

    code = "answers_not_erased"


class NothingIndexed(CollectionError):
    """The collection holds no documents yet."""

    code = "nothing_indexed"


class EmbedderError(VouchError):
    """The embedding model cannot be loaded or run."""

    code = "embedder"


class VerifierError(VouchError):
    """The verifier's model cannot be loaded or run."""

    code = "verifier"


class ModelError(VouchError):
    """The language model did not answer."""

    code = "model"


class ModelUnavailable(ModelError):
    """The model cannot be reached or has no room now; another try may help."""

    code = "model_unavailable"


class ModelTimeout(ModelError):
    """The model did not answer in time."""

    code = "model_timeout"


class ModelRejected(ModelError):
    """The model's server refuses the request; another try will not help."""

    code = "model_rejected"


class ModelReplyBroken(ModelError):
    """The model's reply cannot be understood."""

    code = "model_reply_broken"


class SampleError(VouchError):
    """An evaluation set has a bad row."""

    code = "bad_sample"


class BusyError(VouchError):
    """There is no room for another request now."""

    code = "busy"


class DeadlineExceeded(VouchError):
    """The work took longer than it may."""

    code = "deadline_exceeded"
