"""Reads of the index: each takes `visible_to`, filters before ranking, and fails closed."""

import logging
import threading
from collections.abc import Collection, Sequence
from typing import Final

from index.access import VisibleTo
from index.derived import Terms, Vectors
from index.embedding import Vectors as Array
from index.errors import StorageError
from index.reading import Listing, Reader
from index.rows import Rows
from index.term_view import Hits, Scope
from index.types import Chunk, ChunkId, DocId, Document

logger = logging.getLogger(__name__)

# Measured with 384 dimensions on two cores: scanning 20,000 vectors takes 1.6 ms and 100,000 take
# 8 ms, about what Chroma takes for its 500 nearest. Below these sizes exact is also faster.
EXACT_CHUNKS: Final = 20_000
EXACT_FILTERED_CHUNKS: Final = 200_000
_OVERFETCH: Final = 1.5
_MAX_FETCH: Final = 1000


class Search:
    """What may be found and shown; hits of both legs are ids until `chunks` has checked them."""

    _rows: Rows
    _terms: Terms
    _vectors: Vectors
    _reader: Reader
    _damaged: threading.Event  # set by a search that met damage; the next write mends it

    def withhold(self, sources: Collection[str]) -> None:
        """From now on show nobody more of these sources than what is public.

        For sources whose readers were not confirmed for too long. It holds until it is said
        again, of other sources or none, and nothing is written: their readers stay as they are.
        Those with a pending revocation (`sources.wakeups.revocations`) are withheld beside them.
        """
        self._reader.withheld.sources = frozenset(sources)

    def nearest(self, vector: Array, *, visible_to: VisibleTo, limit: int) -> Hits:
        """Dense leg: (chunk id, cosine), best first, only of what may be shown.

        Args:
            vector: (d,) float32 of unit length.
            visible_to: who asks.
            limit: how many; fewer come back only if fewer may be shown.
        """
        seen, total = self._rows.seen_count(visible_to), self._rows.live_count()
        is_filtered = seen < total
        exact = EXACT_FILTERED_CHUNKS if is_filtered else EXACT_CHUNKS
        if seen <= EXACT_CHUNKS or total <= exact or self._damaged.is_set():
            return self._rows.search(vector, visible_to=visible_to, limit=limit)
        fetch = min(int(limit * total / seen * _OVERFETCH), _MAX_FETCH) if is_filtered else limit
        try:
            hits = self._vectors.search(vector, max(fetch, limit))
        except StorageError as error:
            logger.warning("vector store failed, searching exactly: %s", error)
            self._damaged.set()
            hits = []
        allowed = self._rows.select((i for i, _ in hits), visible_to)
        kept = [(i, score) for i, score in hits if i in allowed][:limit]
        if len(kept) == min(limit, seen):
            return kept
        return self._rows.search(vector, visible_to=visible_to, limit=limit)

    def hidden_near(self, vector: Array, *, visible_to: VisibleTo, limit: int) -> int:
        """How many of the `limit` nearest chunks this person may not see: for the audit alone.

        Exact, whatever the size of the index; never part of what the person gets.
        """
        return self._rows.hidden_near(vector, visible_to=visible_to, limit=limit)

    def matching(self, text: str, *, visible_to: VisibleTo, limit: int) -> Hits:
        """Lexical leg: (chunk id, BM25 score), best first, only of what may be shown."""
        hits = self._terms.search(text, self._scope(visible_to), limit)
        allowed = self._rows.select((i for i, _ in hits), visible_to)
        return [hit for hit in hits if hit[0] in allowed]

    def best(self, terms: Sequence[str], *, visible_to: VisibleTo) -> dict[str, float]:
        """How well the chunk that says it best says each term, as BM25 scores.

        Args:
            terms: as `analyze` makes them.
            visible_to: who asks; a term that none of their chunks has is left out.
        """
        found = self._terms.best(terms, self._scope(visible_to))
        hits = {term: first[0] for term, first in found.items() if first}
        allowed = self._rows.select((i for i, _ in hits.values()), visible_to)
        return {term: score for term, (i, score) in hits.items() if i in allowed}

    def similarities(
        self, vector: Array, chunk_ids: Collection[ChunkId], *, visible_to: VisibleTo
    ) -> dict[ChunkId, float]:
        """Cosine of `vector` and each of the chunks that may be shown."""
        return self._rows.similarities(vector, chunk_ids, visible_to)

    def analyze(self, text: str) -> list[str]:
        """The terms of a text as the lexical leg compares them, each once, in order."""
        return self._terms.analyze(text)

    def chunks(
        self, chunk_ids: Collection[ChunkId], *, visible_to: VisibleTo
    ) -> dict[ChunkId, Chunk]:
        """The live chunks among these that may be shown; the last check before they leave."""
        return self._reader.chunks(chunk_ids, visible_to=visible_to)

    def neighbours(self, chunk: Chunk, radius: int, *, visible_to: VisibleTo) -> list[Chunk]:
        """Chunks of the same document up to `radius` before and after, in reading order."""
        return self._reader.neighbours(chunk, radius, visible_to=visible_to)

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        """The live version; None when there is none or it may not be shown."""
        return self._reader.document(doc_id, visible_to=visible_to)

    def documents(self, *, visible_to: VisibleTo) -> list[Listing]:
        """Every document that may be shown."""
        return self._reader.documents(visible_to=visible_to)

    def tally(self, *, visible_to: VisibleTo) -> dict[str, int]:
        """Documents of each source that may be shown; a source without any is not in it."""
        return self._reader.tally(visible_to=visible_to)

    def _scope(self, visible_to: VisibleTo) -> Scope:
        withheld = self._reader.withheld
        return Scope(visible_to.readers, withheld.restricted, withheld.hidden)
