"""Which chunks a person may see, and an exact search over just those.

A table in memory beside the stores: chunk ids, their readers, and (once an exact search needs
them) their vectors. It is made from the catalog at open and kept in step by the writer.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.access import VisibleTo
from index.embedding import Vectors
from index.types import ChunkId
from index.withholding import Withholding

_DROPPED: Final = 0  # place of rows that are gone; no visible_to admits it
_SPARE: Final = 1024

Number = TypeVar("Number", bound=np.generic)
Row = tuple[ChunkId, str, frozenset[str]]
"""A chunk, its source, and its readers."""
Loader = Callable[[NDArray[np.int64]], Vectors]


class Rows:
    """Chunk ids, readers and vectors as growing arrays; many readers, one writer."""

    def __init__(
        self, dimension: int, load: Loader, withholding: Withholding | None = None
    ) -> None:
        """Empty.

        Args:
            dimension: length of a vector.
            load: gives the (n, dimension) vectors of n chunk ids, in their order.
            withholding: sources of which only what is public is seen; None: there are none.
        """
        self._lock = threading.RLock()
        self._load = load
        self._withholding = withholding or Withholding()
        self._dimension = dimension
        self.clear()

    def clear(self) -> None:
        """Forget every row."""
        with self._lock:
            self._count = 0
            self._ids = np.zeros(_SPARE, dtype=np.int64)
            self._readers = np.zeros(_SPARE, dtype=np.int32)
            self._vectors: Vectors | None = None
            self._sets: list[tuple[str, frozenset[str]]] = [("", frozenset())]
            self._places: dict[tuple[str, frozenset[str]], int] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Append chunks; ids must be larger than all before."""
        new = list(rows)
        with self._lock:
            stop = self._count + len(new)
            self._grow(stop)
            self._ids[self._count : stop] = [chunk_id for chunk_id, _, _ in new]
            self._readers[self._count : stop] = [self._place(source, who) for _, source, who in new]
            if self._vectors is not None and new:
                self._vectors[self._count : stop] = self._load(self._ids[self._count : stop])
            self._count = stop

    def replace(self, rows: Iterable[Row]) -> None:
        """Hold these and nothing else; a search sees all of the old or all of the new."""
        with self._lock:
            self.clear()
            self.add(rows)

    def drop(self, chunk_ids: Iterable[ChunkId]) -> None:
        """Nobody sees these any more."""
        with self._lock:
            self._readers[self._find(chunk_ids)] = _DROPPED
            if np.count_nonzero(self._readers[: self._count]) < self._count // 2:
                self._compact()

    def live_count(self) -> int:
        """Rows that are not dropped, whoever may see them."""
        with self._lock:
            return int(np.count_nonzero(self._readers[: self._count]))

    def seen_count(self, visible_to: VisibleTo) -> int:
        """Rows that this person may see."""
        with self._lock:
            return int(self._allowed(visible_to)[self._readers[: self._count]].sum())

    def select(self, chunk_ids: Iterable[ChunkId], visible_to: VisibleTo) -> set[ChunkId]:
        """Those of the chunks that this person may see."""
        with self._lock:
            places = self._find(chunk_ids)
            seen = places[self._allowed(visible_to)[self._readers[places]]]
            return {ChunkId(i) for i in self._ids[seen].tolist()}

    def similarities(
        self, vector: Vectors, chunk_ids: Iterable[ChunkId], visible_to: VisibleTo
    ) -> dict[ChunkId, float]:
        """Cosine of `vector` and each of the chunks that this person may see."""
        with self._lock:
            places = self._find(chunk_ids)
            seen = places[self._allowed(visible_to)[self._readers[places]]]
            ids, vectors = self._ids[seen], self._vectors
        rows = self._load(ids) if vectors is None else vectors[seen]
        return {ChunkId(i): float(s) for i, s in zip(ids.tolist(), rows @ vector, strict=True)}

    def search(
        self, vector: Vectors, *, visible_to: VisibleTo, limit: int
    ) -> list[tuple[ChunkId, float]]:
        """The nearest of all chunks that this person may see, exactly: (id, cosine), best first."""
        with self._lock:
            self.warm()
            vectors, ids, count = self._vectors, self._ids, self._count
            places = np.flatnonzero(self._allowed(visible_to)[self._readers[:count]])
        if vectors is None or not len(places):
            return []
        # Gathering rows costs about five times as much as reading them in place.
        if len(places) * 5 < count:
            scores = vectors[places] @ vector
        else:
            scores = (vectors[:count] @ vector)[places]
        best = _top(scores, ids[places], limit)
        return [(ChunkId(int(ids[places[i]])), float(scores[i])) for i in best]

    def hidden_near(self, vector: Vectors, *, visible_to: VisibleTo, limit: int) -> int:
        """How many of the `limit` nearest chunks of all this person may not see."""
        with self._lock:
            self.warm()
            vectors, ids, count = self._vectors, self._ids, self._count
            readers = self._readers[:count]
            live = np.flatnonzero(readers != _DROPPED)
            allowed = self._allowed(visible_to)[readers]
        if vectors is None or not len(live):
            return 0
        scores = (vectors[:count] @ vector)[live]
        return int(np.count_nonzero(~allowed[live[_top(scores, ids[live], limit)]]))

    def warm(self) -> None:
        """Load the vectors, if they are not."""
        with self._lock:
            if self._vectors is None:
                self._vectors = np.zeros((len(self._ids), self._dimension), dtype=np.float32)
                if self._count:
                    self._vectors[: self._count] = self._load(self._ids[: self._count])

    def _allowed(self, visible_to: VisibleTo) -> NDArray[np.bool_]:
        """(s,) bool by place; the place of dropped rows is never allowed."""
        admits = self._withholding.admits
        return np.array([admits(visible_to, source, readers) for source, readers in self._sets])

    def _find(self, chunk_ids: Iterable[ChunkId]) -> NDArray[np.intp]:
        wanted = np.sort(np.fromiter(chunk_ids, dtype=np.int64))
        ids = self._ids[: self._count]
        places = np.searchsorted(ids, wanted)
        inside = places < self._count
        places, wanted = places[inside], wanted[inside]
        found: NDArray[np.intp] = places[ids[places] == wanted]
        return found

    def _place(self, source: str, readers: frozenset[str]) -> int:
        key = source, readers
        if key not in self._places:
            self._places[key] = len(self._sets)
            self._sets.append(key)
        return self._places[key]

    def _grow(self, needed: int) -> None:
        if needed <= len(self._ids):
            return
        size = max(needed + _SPARE, len(self._ids) * 3 // 2)
        # New arrays, never resized in place: a search may still be reading the old ones.
        self._ids = _wider(self._ids, size)
        self._readers = _wider(self._readers, size)
        if self._vectors is not None:
            self._vectors = _wider(self._vectors, size)

    def _compact(self) -> None:
        kept = np.flatnonzero(self._readers[: self._count])
        size = len(kept) + _SPARE
        self._ids = _wider(self._ids[kept], size)
        self._readers = _wider(self._readers[kept], size)
        if self._vectors is not None:
            self._vectors = _wider(self._vectors[kept], size)
        self._count = len(kept)


def _wider(array: NDArray[Number], size: int) -> NDArray[Number]:
    wider = np.zeros((size, *array.shape[1:]), dtype=array.dtype)
    wider[: len(array)] = array
    return wider


def _top(scores: Vectors, ids: NDArray[np.int64], limit: int) -> NDArray[np.intp]:
    """Places of the `limit` highest scores, best first; ties by the smaller id."""
    if len(scores) > limit:
        places = np.argpartition(-scores, limit - 1)[:limit]
    else:
        places = np.arange(len(scores))
    order = np.lexsort((ids[places], -scores[places]))
    return places[order]
