"""Documents on their way into the index: the next are read while the last are embedded."""

import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

from index.types import ChunkDraft, DocId, Document
from ingest.target import Target, Written


@dataclass(frozen=True, slots=True)
class _Done:
    documents: int
    written: Written
    seconds: float


class Writer:
    """Writes documents in batches, one batch at a time, in the order of their adding.

    A batch is embedded and written in a thread of its own, because the model computes outside of
    Python's lock: reading and cutting the next batch then costs little time of its own. Whoever
    needs the index to have it all (a deletion, a cursor) calls `settle` first.

    Attributes:
        indexed: documents written.
        chunks: chunks of them.
        embedded: chunks whose vectors were not known before.
        seconds: spent on writing, partly while the next documents were read.

    All four count a batch once the next one is handed over, or `settle` returns.
    """

    def __init__(self, target: Target, batch_chunks: int) -> None:
        """Hand over to `target` as soon as `batch_chunks` or more chunks wait."""
        self._target = target
        self._batch_chunks = batch_chunks
        self._waiting: dict[DocId, tuple[Document, Sequence[ChunkDraft]]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._under_way: Future[_Done] | None = None
        self.indexed = self.chunks = self.embedded = 0
        self.seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def add(self, document: Document, drafts: Sequence[ChunkDraft]) -> None:
        """Write the document soon; of one that is added twice to a batch, the last counts.

        Raises:
            StorageError: an earlier batch could not be written.
        """
        self._waiting[document.doc_id] = (document, drafts)
        if sum(len(drafts) for _, drafts in self._waiting.values()) >= self._batch_chunks:
            self._hand_over()

    def settle(self) -> None:
        """Come back when everything that was added is written.

        Raises:
            StorageError: some of it could not be.
        """
        self._hand_over()
        self._join()

    def delete(self, doc_ids: Collection[DocId]) -> None:
        """Take documents out, after everything that was handed over is written."""
        self._join()
        began = time.perf_counter()
        self._target.delete(doc_ids)
        self.seconds += time.perf_counter() - began

    def _hand_over(self) -> None:
        self._join()
        if self._waiting:
            items, self._waiting = list(self._waiting.values()), {}
            self._under_way = self._thread.submit(self._put, items)

    def _join(self) -> None:
        under_way, self._under_way = self._under_way, None
        if under_way:
            done = under_way.result()
            self.indexed += done.documents
            self.chunks += done.written.chunks
            self.embedded += done.written.embedded
            self.seconds += done.seconds

    def _put(self, items: Sequence[tuple[Document, Sequence[ChunkDraft]]]) -> _Done:
        began = time.perf_counter()
        written = self._target.put(items)
        return _Done(len(items), written, time.perf_counter() - began)
