"""Tantivy (BM25) behind four verbs; the only module that imports it. Derived from the catalog.

Tantivy weighs a word by how many chunks of the whole index have it. Whoever may not read some of
them would learn of their words from scores that move. So each word is boosted by the quotient of
its weight among what this person may read and its weight among all: what comes out is BM25 over
the visible chunks. Only the average length of a chunk, which Tantivy divides lengths by, remains
that of the whole index: see `docs/operations.md`.
"""

import math
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import tantivy
from tantivy import Filter, Occur, Query, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from index.access import PUBLIC, VisibleTo
from index.errors import StorageError
from index.types import ChunkId

_HEAP_BYTES: Final = 32_000_000  # one thread; Tantivy wants at least 15 MB
_LONGEST_TERM: Final = 60
_MAX_QUERY_TERMS: Final = 64
_EVERY: Final = "*"  # in the field of sources; every chunk has it
_DIGITS: Final = 4  # of a score; the next ones move when chunks that nobody here sees come and go


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
                document.add_text("source", _EVERY)
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

    def search(
        self,
        text: str,
        *,
        visible_to: VisibleTo,
        limit: int,
        withheld: frozenset[str] = frozenset(),
        hidden: frozenset[str] = frozenset(),
    ) -> list[tuple[ChunkId, float]]:
        """Chunks that share words with `text` and may be shown: (id, BM25 score), best first.

        Args:
            text: its words are looked for, no query language.
            visible_to: who asks; what they may not see does not count in the scores either.
            limit: how many at most.
            withheld: sources of which only what is public may be shown.
            hidden: sources of which nothing may be shown.

        Raises:
            StorageError: the folder is damaged.
        """
        terms = self.analyze(text)[:_MAX_QUERY_TERMS]
        if not terms:
            return []
        shown = self._shown(visible_to, withheld, hidden)
        with self._reading():
            searcher = self._index.searcher()
            words = [(Occur.Should, query) for query in self._weighed(searcher, terms, shown)]
            if not words:
                return []
            query = _both(Query.boolean_query(words), shown)
            hits = searcher.search(query, limit=limit, count=False).hits
            found = [(self._chunk_id(searcher, address), _rounded(s)) for s, address in hits]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

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
                yield self._chunk_id(searcher, address)

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

    def _shown(
        self, visible_to: VisibleTo, withheld: frozenset[str], hidden: frozenset[str]
    ) -> Query:
        """Matches what may be shown, with a score of 0."""
        admitted = self._any("readers", visible_to.readers)
        if withheld:
            old = self._any("source", withheld)
            believed = Query.boolean_query([(Occur.Must, admitted), (Occur.MustNot, old)])
            public = self._any("readers", visible_to.readers & {PUBLIC})
            admitted = Query.boolean_query([(Occur.Should, believed), (Occur.Should, public)])
        if hidden:
            gone = self._any("source", hidden)
            admitted = Query.boolean_query([(Occur.Must, admitted), (Occur.MustNot, gone)])
        return Query.const_score_query(admitted, 0.0)

    def _any(self, field: str, values: Iterable[str]) -> Query:
        # A set query would read every posting before it is asked for the first: 3-10 times slower.
        return Query.boolean_query(
            [(Occur.Should, Query.term_query(self._schema, field, v)) for v in sorted(values)]
        )

    def _weighed(
        self, searcher: tantivy.Searcher, terms: Sequence[str], shown: Query
    ) -> Iterator[Query]:
        """A query for each term, worth what the term is worth among the chunks that are shown."""
        # Tantivy's own numbers include what was removed and is not merged away yet.
        total, seen = searcher.doc_freq("source", _EVERY), _count(searcher, shown)
        for term in terms:
            query = Query.term_query(self._schema, "body", term)
            if seen == total:
                yield query
            elif having := _count(searcher, _both(query, shown)):
                own = _idf(seen, having)
                yield Query.boost_query(query, own / _idf(total, searcher.doc_freq("body", term)))

    def _chunk_id(self, searcher: tantivy.Searcher, address: tantivy.DocAddress) -> ChunkId:
        return ChunkId(int(searcher.doc(address)["chunk"][0]))


def wipe(directory: Path) -> None:
    """Remove the store's folder, whatever state it is in."""
    if directory.is_dir():
        shutil.rmtree(directory, ignore_errors=True)
    else:
        directory.unlink(missing_ok=True)


def _both(words: Query, shown: Query) -> Query:
    return Query.boolean_query([(Occur.Must, words), (Occur.Must, shown)])


def _count(searcher: tantivy.Searcher, query: Query) -> int:
    found = searcher.search(query, limit=1, count=True)
    return int(found.count)  # type: ignore[attr-defined]  # its stub has forgotten it


def _idf(chunks: int, having: int) -> float:
    """As Tantivy has it: never negative, never 0."""
    return math.log(1.0 + (chunks - having + 0.5) / (having + 0.5))


def _rounded(score: float) -> float:
    return float(f"{score:.{_DIGITS}g}")


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
