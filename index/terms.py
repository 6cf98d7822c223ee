"""Tantivy (BM25) behind a few verbs; it and `index.term_view` are all that import it.

Derived from the catalog.
"""

import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import tantivy
from tantivy import Filter, Query, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from index.errors import StorageError
from index.remembered import Remembered
from index.term_view import EVERY, Hits, Scope, TermView
from index.types import ChunkId

_HEAP_BYTES: Final = 32_000_000  # one thread; Tantivy wants at least 15 MB
_LONGEST_TERM: Final = 60
_MAX_QUERY_TERMS: Final = 64
_VIEWS: Final = 64  # that are kept open: as many as ask at a time, or a few more


class TermStore:
    """Chunks by their words; readers are filtered inside the query."""

    def __init__(self, directory: Path, *, stemming: bool) -> None:
        """Open or create the store.

        Raises:
            StorageError: the folder is damaged, or was made with other analysis.
        """
        self._analyzer = _analyzer(stemming)
        self._schema = _schema("english" if stemming else "words")
        self._writer: tantivy.IndexWriter | None = None
        self._writing = threading.Lock()
        self._commits = 0
        self._views: Remembered[tuple[int, Scope], TermView] = Remembered(_VIEWS)
        self._directory = directory
        with self._reading():
            directory.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(self._schema, path=str(directory))
            self._index.register_tokenizer("english" if stemming else "words", self._analyzer)
            self._index.config_reader(reload_policy="manual")

    def add(self, rows: Iterable[tuple[ChunkId, str, str, frozenset[str]]]) -> None:
        """Add chunks as (id, text, source, readers); they are found after `commit`.

        Raises:
            StorageError: it could not be written; nothing since the last commit was.
        """
        with self._changing() as writer:
            for chunk_id, text, source, readers in rows:
                document = tantivy.Document()
                document.add_integer("chunk", chunk_id)
                document.add_text("body", text)
                document.add_text("source", EVERY)
                document.add_text("source", source)
                for reader in readers:
                    document.add_text("readers", reader)
                writer.add_document(document)

    def remove(self, chunk_ids: Iterable[ChunkId]) -> None:
        """Remove chunks; they are gone after `commit`.

        Raises:
            StorageError: it could not be written; nothing since the last commit was.
        """
        with self._changing() as writer:
            for chunk_id in chunk_ids:
                writer.delete_documents_by_term("chunk", chunk_id)

    def commit(self) -> None:
        """Make what was added and removed durable and visible.

        Raises:
            StorageError: it could not be written; nothing since the last commit was.
        """
        with self._changing() as writer:
            writer.commit()
            self._index.reload()
            self._commits += 1
            self._views.clear()

    def search(self, text: str, scope: Scope, limit: int) -> Hits:
        """Chunks of the scope that share words with `text`: (id, BM25 score), best first.

        Args:
            text: its words are looked for, no query language.
            scope: what may be shown; nothing else counts in the scores either.
            limit: how many at most.

        Raises:
            StorageError: the folder is damaged.
        """
        terms = self.analyze(text)[:_MAX_QUERY_TERMS]
        with self._reading():
            return self._view(scope).search(terms, limit) if terms else []

    def best(self, terms: Sequence[str], scope: Scope) -> dict[str, Hits]:
        """For each term the chunk of the scope that says it best, if there is one.

        Raises:
            StorageError: the folder is damaged.
        """
        with self._reading():
            view = self._view(scope)
            return {term: view.best(term) for term in terms}

    def analyze(self, text: str) -> list[str]:
        """The terms of a text as the store has them, each once, in order."""
        return list(dict.fromkeys(self._analyzer.analyze(text)))

    def ids(self) -> Iterator[ChunkId]:
        """Every id in the store.

        Raises:
            StorageError: the folder is damaged.
        """
        with self._reading():
            searcher = self._index.searcher()
            if not searcher.num_docs:
                return
            everything = searcher.search(Query.all_query(), limit=searcher.num_docs, count=False)
            for _, address in everything.hits:
                yield ChunkId(int(searcher.doc(address)["chunk"][0]))

    def count(self) -> int:
        """Chunks in the store."""
        return int(self._index.searcher().num_docs)

    def close(self) -> None:
        """Finish merging and let go of the files."""
        with self._writing:
            writer, self._writer = self._writer, None
            if writer is not None:
                with self._reading():
                    writer.wait_merging_threads()

    @contextmanager
    def _changing(self) -> Iterator[tantivy.IndexWriter]:
        """The writer; what it was given since its last commit is forgotten when this fails."""
        with self._writing, self._reading():
            if self._writer is None:
                self._writer = self._index.writer(_HEAP_BYTES, 1)
            try:
                yield self._writer
            except BaseException:
                # Else the next commit would write half of what failed.
                writer, self._writer = self._writer, None
                writer.rollback()
                self._writer = writer
                raise

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Whatever Tantivy does on a damaged folder or a full disk is a StorageError."""
        try:
            yield
        except BaseException as error:
            # Its Rust core raises panics, which are no Exception, on some damaged files.
            panicked = type(error).__name__ == "PanicException"
            if not panicked and not isinstance(error, (ValueError, OSError)):
                raise
            raise StorageError(
                f"cannot use the term store in {self._directory}: {error}"
            ) from error

    def _view(self, scope: Scope) -> TermView:
        # Read before the searcher is: what is newer than its number is only looked up again.
        key = self._commits, scope
        view = self._views.get(key)
        if view is None:
            view = TermView(self._index.searcher(), self._schema, scope)
            self._views.put(key, view, 1)
        return view


def wipe(directory: Path) -> None:
    """Remove the store's folder, whatever state it is in."""
    if directory.is_dir():
        shutil.rmtree(directory, ignore_errors=True)
    else:
        directory.unlink(missing_ok=True)


def _schema(tokenizer: str) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # Signed: deleting by term silently misses on an unsigned field.
    builder.add_integer_field("chunk", stored=True, indexed=True)
    builder.add_text_field("body", tokenizer_name=tokenizer, index_option="freq")
    builder.add_text_field("readers", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    return builder.build()


def _analyzer(stemming: bool) -> TextAnalyzer:
    builder = (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(_LONGEST_TERM))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
    )
    if stemming:
        builder = builder.filter(Filter.stopword("english")).filter(Filter.stemmer("english"))
    return builder.build()
