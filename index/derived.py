"""The derived stores as the index uses them: opened when needed, made again when damaged."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from index import terms
from index.catalog import Posting
from index.embedding import Vectors as Array
from index.embeddings import Embeddings
from index.errors import StorageError
from index.rows import Row
from index.term_view import Hits, Scope
from index.types import ChunkId

if TYPE_CHECKING:
    from index.vectors import VectorStore

logger = logging.getLogger(__name__)

RowsOf = Callable[[Sequence[ChunkId]], Iterable[Row]]
"""The rows of chunks, staged or shown, in the order of ids."""

Read = TypeVar("Read")


class Vectors:
    """Chroma, opened at its first use: importing it takes longer than a first answer may."""

    def __init__(
        self, directory: Path, embeddings: Embeddings, mend: Callable[["Vectors"], int]
    ) -> None:
        """Nothing is opened yet.

        Args:
            directory: Chroma's folder.
            embeddings: where the vectors to put come from.
            mend: makes the store agree with the catalog; called when its count does not.
        """
        self._directory = directory
        self._embeddings = embeddings
        self._mend = mend
        self._store: VectorStore | None = None
        self._opening = threading.RLock()

    def put(self, postings: Sequence[Posting]) -> None:
        """Add chunks, whose texts are embedded already."""
        vectors = self._embeddings.of(p.content for p in postings)
        if postings:
            array = np.stack([vectors[p.content] for p in postings])
            self.open().add([p.chunk_id for p in postings], array)

    def remove(self, chunk_ids: Sequence[ChunkId]) -> None:
        """Remove chunks."""
        if chunk_ids:
            self.open().remove(chunk_ids)

    def held(self) -> set[ChunkId]:
        """Every chunk id in the store."""
        return set(self.open().ids())

    def count(self) -> int:
        """Chunks in the store."""
        return self.open().count()

    def search(self, vector: Array, limit: int) -> list[tuple[ChunkId, float]]:
        """The nearest chunks of all with their cosine, whoever may see them."""
        return self.open().search(vector, limit)

    def open(self) -> "VectorStore":
        """The store, opened now if it was not; a damaged folder is thrown away and filled again."""
        with self._opening:
            if self._store is None:
                # Not at the top: see the class. Searches of a small index never come here.
                from index.vectors import VectorStore, wipe

                try:
                    self._store = VectorStore(self._directory)
                except StorageError as error:
                    logger.warning("%s; making it again from the catalog", error)
                    wipe(self._directory)
                    self._store = VectorStore(self._directory)
                self._mend(self)
            return self._store

    def replace(self, batches: Iterable[Sequence[Posting]]) -> None:
        """Hold these chunks, in new files, and nothing else."""
        from index.vectors import VectorStore, wipe

        with self._opening:
            self.close()
            wipe(self._directory)
            self._store = VectorStore(self._directory)
            for postings in batches:
                self.put(postings)

    def close(self) -> None:
        """Let go of the files."""
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = None


class Terms:
    """Tantivy; each put or remove is durable and visible when it returns."""

    def __init__(
        self,
        directory: Path,
        remake: Callable[["Terms", int], None],
        rows_of: RowsOf,
        *,
        stemming: bool,
    ) -> None:
        """Open; a damaged folder, or one made with other analysis, is replaced by an empty one.

        Args:
            directory: Tantivy's folder.
            remake: makes the store again from the catalog; called with the store and the
                generation that turned out to be damaged.
            rows_of: where the sources of chunks are looked up.
            stemming: whether words are compared by their English stems.
        """
        self._directory = directory
        self._remake = remake
        self._rows_of = rows_of
        self._stemming = stemming
        self.generation = 0
        terms.wipe(self._next)
        try:
            self._store = self._open(directory)
        except StorageError as error:
            logger.warning("%s; making it again from the catalog", error)
            terms.wipe(directory)
            self._store = self._open(directory)

    def put(self, postings: Sequence[Posting]) -> None:
        """Add chunks."""
        self._fill(self._store, postings)
        self._store.commit()

    def remove(self, chunk_ids: Sequence[ChunkId]) -> None:
        """Remove chunks."""
        if chunk_ids:
            self._store.remove(chunk_ids)
            self._store.commit()

    def held(self) -> set[ChunkId]:
        """Every chunk id in the store."""
        return set(self._store.ids())

    def count(self) -> int:
        """Chunks in the store."""
        return self._store.count()

    def search(self, text: str, scope: Scope, limit: int) -> Hits:
        """Chunks of the scope that share words with `text`, best first."""
        return self._read(lambda store: store.search(text, scope, limit))

    def best(self, words: Sequence[str], scope: Scope) -> dict[str, Hits]:
        """For each term the chunk of the scope that says it best, if there is one."""
        return self._read(lambda store: store.best(words, scope))

    def analyze(self, text: str) -> list[str]:
        """The terms of a text as the store has them."""
        return self._store.analyze(text)

    def replace(self, batches: Iterable[Sequence[Posting]]) -> None:
        """Hold these chunks, in new files and nothing else; until then the old ones are searched.

        Tantivy keeps the words of removed chunks in its files until it happens to merge them.
        """
        terms.wipe(self._next)
        fresh = self._open(self._next)
        try:
            for postings in batches:
                self._fill(fresh, postings)
            fresh.commit()
        finally:
            fresh.close()
        self.close()
        terms.wipe(self._directory)
        self._next.rename(self._directory)
        self._store = self._open(self._directory)
        self.generation += 1

    def close(self) -> None:
        """Let go of the files."""
        self._store.close()

    def _read(self, read: Callable[[terms.TermStore], Read]) -> Read:
        generation = self.generation
        try:
            return read(self._store)
        except StorageError as error:
            logger.warning("%s; making it again from the catalog", error)
            self._remake(self, generation)
            return read(self._store)

    @property
    def _next(self) -> Path:
        return self._directory.with_name(f"{self._directory.name}.new")

    def _open(self, directory: Path) -> terms.TermStore:
        return terms.TermStore(directory, stemming=self._stemming)

    def _fill(self, store: terms.TermStore, postings: Sequence[Posting]) -> None:
        sources = {i: source for i, source, _ in self._rows_of([p.chunk_id for p in postings])}
        store.add((p.chunk_id, p.text, sources[p.chunk_id], p.readers) for p in postings)
