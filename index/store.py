"""The index as its users know it: open, put, delete, search, check, rebuild, close."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self

from index import identity, repair
from index.catalog import Catalog, Item
from index.database import Database
from index.derived import Terms, Vectors
from index.disk import bytes_below
from index.embedding import Embedder
from index.embeddings import Embeddings
from index.errors import StorageError
from index.lock import DirectoryLock
from index.reading import Reader
from index.rows import Rows
from index.search import EXACT_CHUNKS, Search
from index.settings import IndexSettings
from index.sources import Sources
from index.types import ChunkDraft, ChunkId, DocId, Document, Revision

logger = logging.getLogger(__name__)

_REBUILD_BATCH: Final = 64  # documents


@dataclass(frozen=True, slots=True)
class PutReport:
    """What a put did: documents and chunks written, texts that had to be embedded."""

    documents: int = 0
    chunks: int = 0
    embedded: int = 0

    def __add__(self, other: "PutReport") -> "PutReport":
        return PutReport(
            self.documents + other.documents,
            self.chunks + other.chunks,
            self.embedded + other.embedded,
        )


class Index(Search):
    """Documents, their chunks, and who may see them; one writer, many readers.

    A put or delete that returns is durable. One that fails, or a process that dies, leaves every
    document at its old or its new version; what is left over is mended by the next write or the
    next open.
    """

    def __init__(
        self,
        settings: IndexSettings,
        embedder: Embedder,
        *,
        chunker: str,
        command: str = "answerable",
        for_rebuild: bool = False,
        mend: bool = True,
    ) -> None:
        """Open the data directory, or make it.

        Args:
            settings: where the index lives.
            embedder: reads texts and questions.
            chunker: name of the rules that cut the chunks.
            command: what to tell others who want the directory.
            for_rebuild: accept an index made by another model or chunker, to call `rebuild`.
            mend: repair what an earlier process left unfinished.

        Raises:
            IndexLocked: another process has it open.
            IndexMismatch: it was made by another model or chunker.
            StorageError: the catalog is damaged or cannot be written.
        """
        self.settings = settings
        self.embedder = embedder
        self._made_by = {"model": embedder.name, "chunker": chunker}
        self._mends = mend and not for_rebuild
        self._writing = threading.RLock()
        self._damaged = threading.Event()
        self.lock = DirectoryLock(settings.data_dir, command)
        try:
            self._database = Database(settings.data_dir / "catalog.sqlite3")
            if not for_rebuild:
                identity.check(self._database, self._made_by)
            self._catalog = Catalog(self._database)
            self.sources = Sources(self._database)
            self._reader = Reader(self._database, self.sources.wakeups.revocations)
            self._embeddings = Embeddings(self._database, embedder)
            self._rows = Rows(embedder.dimension, self._embeddings.of_chunks, self._reader.withheld)
            self._rows.add(self._reader.live_rows())
            self._vectors = Vectors(
                settings.data_dir / "vectors", self._embeddings, self._mend_if_count_differs
            )
            self._terms = Terms(
                settings.data_dir / "terms",
                self._remake_terms,
                self._reader.rows_of,
                stemming=settings.stemming,
            )
            if self._mends:
                self._settle()
                self._mend_if_count_differs(self._terms)
        except sqlite3.Error as error:
            self.close()
            raise StorageError(f"the catalog in {settings.data_dir} is damaged: {error}") from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every file and of the lock."""
        for part in ("_vectors", "_terms", "_database"):
            if opened := getattr(self, part, None):
                opened.close()
        self.lock.release()

    def put(self, items: Sequence[Item]) -> PutReport:
        """Make these the live versions of their documents; the old ones vanish in the same step.

        Of a document that is named twice, the last one counts.

        Raises:
            StorageError: nothing of it is shown; run it again.
        """
        with self._writing:
            self._begin()
            versions, postings = self._catalog.stage(items)
            embedded = self._embeddings.ensure([(p.content, p.text) for p in postings])
            self._vectors.put(postings)
            self._terms.put(postings)
            # Before they are shown: a search that runs meanwhile has the ids of both versions,
            # and the catalog's check leaves it the one that is live when it looks.
            self._rows.add(self._reader.rows_of([p.chunk_id for p in postings]))
            try:
                replaced = self._catalog.show(versions)
            except BaseException:
                self._rows.drop([p.chunk_id for p in postings])
                raise
            self._forget(replaced)
        return PutReport(len(items), len(postings), embedded)

    def delete(self, doc_ids: Collection[DocId]) -> int:
        """Hide documents at once; `purge` erases them later. Gives how many were shown."""
        with self._writing:
            self._begin()
            count, chunk_ids = self._catalog.hide(doc_ids)
            self._forget(chunk_ids)
        return count

    def purge(self, source: str | None = None) -> int:
        """Erase documents hidden for longer than the settings keep them; how many.

        With a source: every hidden one of it. Their text is then in no file of the index.
        """
        days = 0 if source else self.settings.keep_deleted_days
        with self._writing:
            self._begin()
            count = self._catalog.purge(timedelta(days=days), source)
            if count:
                self._reader.forget()
                self._terms.replace(repair.batches(self._live(), self._catalog))
                self._database.checkpoint()
        return count

    def forget(self, source: str) -> int:
        """Erase everything of a source, hidden documents too; how many were erased."""
        with self._writing:
            self.delete(self.revisions(source).keys())
            count = self.purge(source)
            self.sources.forget(source)
        return count

    def revisions(self, source: str) -> Mapping[DocId, Revision]:
        """Revision of every shown document of a source."""
        return self._catalog.revisions(source)

    def readers_of(self, doc_id: DocId) -> frozenset[str] | None:
        """Readers of a shown document, for the writer's use; None if there is none."""
        return self._catalog.readers_of(doc_id)

    def rebuild(
        self,
        chunk: Callable[[Document], Sequence[ChunkDraft]],
        progress: Callable[[int, int], None] | None = None,
    ) -> PutReport:
        """Cut and index every document again, for another model or chunker; embeds what is new.

        Args:
            chunk: the chunker.
            progress: called with the documents done and those in all.
        """
        with self._writing:
            identity.begin_rebuild(self._database)
            self._vectors.replace([])
            self._terms.replace([])
            self._rows.clear()
            self._catalog.settle()
            doc_ids = self._catalog.doc_ids()
            total = PutReport()
            for start in range(0, len(doc_ids), _REBUILD_BATCH):
                batch = doc_ids[start : start + _REBUILD_BATCH]
                documents = [d for i in batch if (d := self._reader.any_document(i))]
                total += self.put([(document, chunk(document)) for document in documents])
                if progress:
                    progress(total.documents, len(doc_ids))
            self.repair()
            identity.end_rebuild(self._database, self._made_by)
        return total

    def check(self) -> list[repair.Problem]:
        """Every way in which the three stores disagree; empty when they agree."""
        with self._writing:
            live = self._live()
            return [
                *repair.check_catalog(self._database, self._embeddings),
                *repair.compare("vectors", live, self._vectors),
                *repair.compare("terms", live, self._terms),
            ]

    def repair(self) -> None:
        """Mend what `check` finds, as far as the catalog allows."""
        with self._writing:
            live = self._live()
            self._embed_missing()
            moved = repair.mend(live, self._catalog, self._vectors)
            moved += repair.mend(live, self._catalog, self._terms)
            self._rows.replace(self._reader.live_rows())
            self._catalog.settle()
            self._damaged.clear()
            logger.info("mended", extra={"chunks": moved})

    def back_up(self, folder: Path) -> None:
        """Write the catalog to a folder that has none, from which `rebuild` makes an index."""
        self._database.back_up(folder / "catalog.sqlite3")

    def stats(self) -> dict[str, Any]:
        """Counts for the operator: documents and chunks by source, model, bytes on disk."""
        return {
            **self.sources.counts(),
            **self._made_by,
            "data_dir": str(self.settings.data_dir),
            "bytes": bytes_below(self.settings.data_dir),
        }

    def warm(self) -> None:
        """Load what the first search would otherwise wait for."""
        if self._rows.live_count() > EXACT_CHUNKS:
            self._vectors.open()
        else:
            self._rows.warm()

    def _settle(self) -> None:
        """Finish or undo what an earlier write, here or in a process that died, left open."""
        if self._catalog.is_dirty() or self._damaged.is_set():
            logger.warning("an earlier write was not finished, or damage was met; mending")
            self.repair()

    def _begin(self) -> None:
        self._settle()
        # Opened (and mended) in the middle of a write, it is mended to the state before or not.
        self._vectors.open()

    def _forget(self, chunk_ids: Sequence[ChunkId]) -> None:
        self._rows.drop(chunk_ids)
        self._vectors.remove(chunk_ids)
        self._terms.remove(chunk_ids)
        self._catalog.settle()

    def _live(self) -> set[ChunkId]:
        return {chunk_id for chunk_id, _, _ in self._catalog.live_chunks()}

    def _mend_if_count_differs(self, store: Vectors | Terms) -> int:
        if not self._mends or store.count() == self._rows.live_count() or self._catalog.is_dirty():
            return 0
        self._embed_missing()
        return repair.mend(self._live(), self._catalog, store)

    def _embed_missing(self) -> None:
        missing = self._catalog.postings(self._embeddings.missing())
        self._embeddings.ensure([(p.content, p.text) for p in missing])

    def _remake_terms(self, store: Terms, generation: int) -> None:
        with self._writing:
            # Another search may have met the same damage and been first.
            if store.generation == generation:
                store.replace(repair.batches(self._live(), self._catalog))
