"""BM25 over the words of the chunks: the one module that knows Tantivy.

Tantivy is itself made of snapshots: a searcher goes on showing its commit whatever is committed later. So there is one
index per lineage, the statistics are those of the whole, and each `LexicalIndex` holds its own searcher.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import CollectionError
from rag.index.analysis import QUESTION_STOP_WORDS, spell_out
from rag.index.ranking import take_best
from rag.types import Hit

if TYPE_CHECKING:
    import tantivy

WORD_MAX_BYTES = 255
"""A longer word is no word; it is dropped, from chunks and questions alike."""

WRITER_HEAP_BYTES = 50_000_000

SIFTED_FROM_SHARE = 0.02
"""Share of the chunks from which on a filter is applied to the hits; Tantivy takes 1 ms for each 1,000 to filter by."""

SWEPT_AFTER_S = 60.0
"""A temporary folder that has not changed for so long is locked by now, if anybody uses it."""

_FOLDER_PREFIX = "vouch-index-"
_CLAIM = "claim.lock"
_TOKENIZER = "spelled_out"
_NUMBER = "number"
_WORDS = "words"


class Claimed(NamedTuple):
    """A temporary folder of this process.

    Attributes:
        folder: The folder.
        descriptor: The folder is locked for as long as it is open: however this process ends.
    """

    folder: Path
    descriptor: int

    def remove(self) -> None:
        """Remove the folder, and free its lock."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self.descriptor)


class Lineage:
    """The Tantivy index that successive snapshots share, and the right to write to it.

    Attributes:
        folder: Where its files lie, removed with the last user; None where it is in memory.
        index: The index.
        analyzer: Splits what `spell_out` gives into terms, for chunks and questions alike.
        stop_terms: Terms of the stop words.
        lock: Held while writing.
        head: Counts the commits; only the newest snapshot can be updated.
    """

    def __init__(self, claimed: Claimed | None) -> None:
        if claimed is not None:
            weakref.finalize(self, claimed.remove)
        import tantivy

        folder = None if claimed is None else claimed.folder
        schema = tantivy.SchemaBuilder()
        schema.add_integer_field(_NUMBER, indexed=True, fast=True)
        schema.add_text_field(_WORDS, tokenizer_name=_TOKENIZER, index_option="freq")
        self.schema = schema.build()
        self.folder = folder
        self.index = tantivy.Index(self.schema, None if folder is None else str(folder))
        self.analyzer = _analyzer()
        self.index.register_tokenizer(_TOKENIZER, self.analyzer)
        self.stop_terms = frozenset(self.analyzer.analyze(" ".join(sorted(QUESTION_STOP_WORDS))))
        self.lock = threading.Lock()
        self.head = 0

    def terms(self, question: str) -> list[str]:
        """Return the terms to search for, each once; the stop words only if there is nothing else."""
        every = dict.fromkeys(self.analyzer.analyze(spell_out(question)))
        return [term for term in every if term not in self.stop_terms] or list(every)

    def commit(self, added: Iterable[tuple[int, str]], removed: Iterable[int]) -> tantivy.Searcher:
        """Remove and add chunks, and return a searcher of the result. The caller holds the lock.

        Raises:
            CollectionError: The words cannot be written; the index is as it was.
        """
        try:
            self._write(added, removed)
        except (OSError, ValueError) as error:  # Tantivy tells every failure as a ValueError
            raise CollectionError(
                f"The index of words in {self.folder or 'memory'} cannot be written: {error}.",
                remedy="Free space there, or name another folder for temporary files in TMPDIR, and start again.",
            ) from error
        self.head += 1
        return self.index.searcher()

    def _write(self, added: Iterable[tuple[int, str]], removed: Iterable[int]) -> None:
        """Commit changes, and show them to the searchers made from now on."""
        import tantivy

        writer = self.index.writer(WRITER_HEAP_BYTES, 1)
        for number in removed:
            writer.delete_documents_by_term(_NUMBER, number)
        for number, text in added:
            document = tantivy.Document()
            document.add_integer(_NUMBER, number)
            document.add_text(_WORDS, spell_out(text))
            writer.add_document(document)
        writer.commit()
        # Merging goes on in threads of its own; waiting for it makes the segments, and so the scores, repeat.
        writer.wait_merging_threads()
        self.index.reload()


class LexicalIndex:
    """The words of the chunks at one commit; immutable.

    Attributes:
        dead: Chunks removed since the index was built, which still count in how rare a word is (Tantivy's statistics
            leave them out only where it happens to merge their segment).
    """

    def __init__(self, lineage: Lineage, searcher: tantivy.Searcher, version: int, dead: int = 0) -> None:
        self._lineage = lineage
        self._searcher = searcher
        self._version = version
        self.dead = dead

    @classmethod
    def of(cls, texts: Sequence[tuple[int, str]], *, on_disk: bool) -> LexicalIndex:
        """Return the index of these chunks (number and text), in a temporary folder if that is wanted and can be."""
        if on_disk:
            with suppress(OSError, CollectionError):
                return cls._made(Lineage(_temporary_folder()), texts)
        return cls._made(Lineage(None), texts)

    @classmethod
    def _made(cls, lineage: Lineage, texts: Iterable[tuple[int, str]]) -> LexicalIndex:
        """Return the first index of a lineage."""
        with lineage.lock:
            return cls(lineage, lineage.commit(texts, ()), lineage.head)

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> LexicalIndex:
        """Return the index that `files` came from, in a temporary folder.

        Raises:
            ValueError: Tantivy cannot read them.
            OSError: They cannot be copied.
        """
        claimed = _temporary_folder()
        try:
            for name, data in files.items():
                (claimed.folder / name).write_bytes(data)
        except BaseException:
            claimed.remove()
            raise
        lineage = Lineage(claimed)
        return cls(lineage, lineage.index.searcher(), lineage.head)

    def files(self) -> dict[str, bytes] | None:
        """Return the index's files by name; None if it is in memory, or has been updated since."""
        folder = self._lineage.folder
        if folder is None:
            return None
        with self._lineage.lock:
            if self._version != self._lineage.head:
                return None
            return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix != ".lock"}

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def updated(self, added: Iterable[tuple[int, str]], removed: Collection[int]) -> LexicalIndex:
        """Return a new index without the `removed` chunks and with the `added` ones (number and text).

        Raises:
            ValueError: This is not the newest of its lineage.
            CollectionError: The words cannot be written; this index is still the newest.
        """
        with self._lineage.lock:
            if self._version != self._lineage.head:
                raise ValueError("only the newest snapshot can be updated")
            dead = self.dead + len(removed)
            return LexicalIndex(self._lineage, self._lineage.commit(added, removed), self._lineage.head, dead)

    def search(self, question: str, k: int, allowed: Collection[int] | None) -> list[Hit]:
        """Return at most `k` chunks by BM25 (k1 1.2, b 0.75) over the question's terms, best first."""
        import tantivy

        schema = self._lineage.schema
        should = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, _WORDS, term, "freq"))
            for term in self._lineage.terms(question)
        ]
        if not should or (allowed is not None and not allowed):
            return []
        query = tantivy.Query.boolean_query(should)
        if allowed is None:
            return take_best(lambda n: self._run(query, n), k, len(self))
        if len(allowed) >= SIFTED_FROM_SHARE * len(self):
            among = frozenset(allowed)
            return take_best(lambda n: self._sifted(query, n, among), k, len(self))
        wanted = tantivy.Query.term_set_query(schema, _NUMBER, list(allowed))
        wanted = tantivy.Query.const_score_query(wanted, 0.0)
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, wanted)])
        return take_best(lambda n: self._run(query, n), k, len(self))

    def _sifted(self, query: tantivy.Query, n: int, allowed: frozenset[int]) -> list[Hit]:
        """Return the best `n` of a query among many `allowed` chunks, by asking for more than `n`."""
        asked = max(n, 2 * n * len(self) // len(allowed))
        while True:
            hits = self._run(query, min(asked, len(self)))
            kept = [hit for hit in hits if hit.chunk_id in allowed]
            if len(kept) >= n or len(hits) < asked:
                return kept[:n]
            asked *= 4

    def _run(self, query: tantivy.Query, n: int) -> list[Hit]:
        """Return the best `n` of a query."""
        hits = self._searcher.search(query, limit=n, count=False).hits
        numbers = self._searcher.fast_field_values(_NUMBER, [address for _, address in hits])
        return [Hit(int(number or 0), float(score)) for number, (score, _) in zip(numbers, hits, strict=True)]


def _temporary_folder() -> Claimed:
    """Return a new folder, which only we can read, claimed before anything lies in it.

    Those of processes that were killed go.

    Raises:
        OSError: None can be made.
    """
    import fcntl

    with suppress(OSError):
        _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX))
    try:
        claimed = Claimed(folder, os.open(folder / _CLAIM, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError:
        folder.rmdir()
        raise
    with suppress(OSError):  # where nothing can be locked, nothing is swept either
        fcntl.flock(claimed.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return claimed


def _sweep(temporary: Path) -> None:
    """Remove our folders whose process has ended without doing so: they hold words of documents.

    Raises:
        OSError: They cannot be listed.
    """
    import fcntl

    for folder in temporary.glob(f"{_FOLDER_PREFIX}*"):
        with suppress(OSError):
            status = folder.lstat()
            if status.st_uid != os.getuid() or time.time() - status.st_mtime < SWEPT_AFTER_S:
                continue
            descriptor = os.open(folder / _CLAIM, os.O_RDWR | os.O_CREAT, 0o600)  # killed before it had one, perhaps
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(descriptor)


def _analyzer() -> tantivy.TextAnalyzer:
    """Return what splits, folds and stems: letters and digits, ASCII where there is one, English endings off."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(WORD_MAX_BYTES))
        .filter(Filter.ascii_fold())
        .filter(Filter.stemmer("english"))
        .build()
    )
