"""The one loop: changes -> chunks -> index -> cursor, with its guards."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, assert_never

from index.access import narrows
from index.types import DocId, Document
from ingest.cleaning import Cleaning
from ingest.deletions import Deletions, withhold
from ingest.errors import RetryLater, SourceRefused, Unreadable
from ingest.report import Phase, Plan, Progress, SyncReport
from ingest.settings import IngestSettings
from ingest.source import (
    Change,
    Checkpoint,
    Complete,
    Counting,
    Cursor,
    Delete,
    Skip,
    Source,
    Unchanged,
    Upsert,
)
from ingest.target import Chunker, Target
from ingest.writing import Writer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mode:
    """How a run is meant.

    Attributes:
        dry_run: write nothing, and give the plan in the report.
        allow_mass_delete: delete however many are gone.
        should_stop: asked before each change; when it says so, what was read is written and the
            run ends like one whose source cannot be reached: the next goes on from its cursor.
    """

    dry_run: bool = False
    allow_mass_delete: bool = False
    should_stop: Callable[[], bool] = bool  # bool() is False: never


NORMAL: Final = Mode()


def sync_all(
    sources: Iterable[Source],
    target: Target,
    *,
    chunker: Chunker,
    settings: IngestSettings,
    mode: Mode = NORMAL,
    progress: Callable[[Progress], None] = lambda _: None,
) -> list[SyncReport]:
    """One run over each source; what stops one does not stop the others."""
    return [
        sync(
            source,
            target,
            chunker=chunker,
            settings=settings,
            mode=mode,
            progress=progress,
        )
        for source in sources
    ]


def sync(
    source: Source,
    target: Target,
    *,
    chunker: Chunker,
    settings: IngestSettings,
    mode: Mode = NORMAL,
    progress: Callable[[Progress], None] = lambda _: None,
) -> SyncReport:
    """Bring the index up to date with one source.

    Written is in batches, deleted only at checkpoints, and the cursor moves last: a run that dies
    anywhere is repeated by the next one from where the cursor stands.

    Args:
        source: what to read.
        target: what to write to.
        chunker: see `ingest.cutting.chunker`.
        settings: the guard against mass deletion, and the size of a batch.
        mode: how the run is meant.
        progress: called after each change.

    Raises:
        StorageError: the index cannot be written; nothing in it is half done.
    """
    if not mode.dry_run:
        withhold(source, target)
    with Writer(target, settings.batch_chunks) as writer:
        run = _Run(source, target, writer, chunker, settings, mode)
        try:
            for change in run.changes():
                if mode.should_stop():
                    raise RetryLater("stopped before the end; the next run goes on from there")
                run.apply(change)
                progress(run.progress())
            run.settle()
        except (RetryLater, SourceRefused) as error:
            writer.settle()  # what was read so far is good, and need not be read again
            run.fail(error)
    report = run.report()
    if not mode.dry_run:
        report = report.following(target.sources.report(source.name))
        target.sources.save_report(source.name, report.to_json())
    facts = {"source": report.source, "indexed": report.indexed, "deleted": report.deleted}
    logger.info("synced", extra=facts)
    return report


class _Run:
    """The state of one run."""

    def __init__(
        self,
        source: Source,
        target: Target,
        writer: Writer,
        chunker: Chunker,
        settings: IngestSettings,
        mode: Mode,
    ) -> None:
        self._source, self._target, self._writer = source, target, writer
        self._chunker = chunker
        self._dry_run = mode.dry_run
        self._started = datetime.now(UTC)
        self._known = target.revisions(source.name)
        share = 1.0 if mode.allow_mass_delete else settings.max_delete_share
        self._deletions = Deletions(len(self._known), share)
        # Dictionaries without values are sets that keep the order in which the source spoke.
        self._listed: dict[DocId, None] = {}
        self._added: dict[DocId, None] = {}
        self._changed: dict[DocId, None] = {}
        self._skipped: dict[DocId, str] = {}
        self._unchanged = 0
        self._cleaning = Cleaning()
        self._complete = False
        self._error: RetryLater | SourceRefused | None = None
        self._seconds: dict[Phase, float] = {"reading": 0.0, "chunking": 0.0}

    def changes(self) -> Iterator[Change]:
        """What the source says, with the time it takes to say it."""
        cursor = self._target.sources.cursor(self._source.name)
        since = None if cursor is None else Cursor(cursor)
        said = iter(self._source.changes(since, self._known))
        while True:
            with self._timed("reading"):
                change = next(said, None)
            if change is None:
                return
            yield change

    def apply(self, change: Change) -> None:
        match change:
            case Upsert(document):
                self._upsert(document)
            case Unchanged(doc_id):
                self._list(doc_id)
                self._unchanged += 1
            case Skip():
                self._skip(change)
            case Delete(doc_id):
                self._gone(doc_id)
            case Complete():
                self._finish_listing()
            case Checkpoint(cursor):
                self._checkpoint(cursor)
            case _:
                assert_never(change)

    def settle(self) -> None:
        """Make the index agree with everything that was said so far, deletions last."""
        self._writer.settle()
        self._delete(self._deletions.take())

    def fail(self, error: RetryLater | SourceRefused) -> None:
        self._error = error

    def _upsert(self, document: Document) -> None:
        doc_id = document.doc_id
        self._list(doc_id)
        try:
            with self._timed("chunking"):
                document = self._cleaning.clean(document)
                drafts = self._chunker(document)
        except Unreadable as error:
            self._skip(Skip(doc_id, str(error), document.readers))
            return
        if not drafts:
            self._skipped[doc_id] = "no text"
            self._gone(doc_id)  # it was read, and the text that an older version had is gone
            return
        (self._changed if doc_id in self._known else self._added)[doc_id] = None
        if not self._dry_run:
            self._writer.add(document, drafts)

    def _skip(self, skip: Skip) -> None:
        self._list(skip.doc_id)
        self._skipped[skip.doc_id] = skip.reason
        if skip.doc_id in self._known:
            self._writer.settle()  # this run may have given it other readers
            readers = self._target.readers_of(skip.doc_id)
            # The old version may be seen by people who may no longer see the document. That is
            # no matter of how many: it is not guarded.
            if readers is not None and (skip.readers is None or narrows(readers, skip.readers)):
                self._delete([skip.doc_id])

    def _finish_listing(self) -> None:
        self._complete = True
        for doc_id in self._known:
            if doc_id not in self._listed:
                self._gone(doc_id)

    def _checkpoint(self, cursor: Cursor) -> None:
        self.settle()
        if not self._deletions.refusal and not self._dry_run:
            self._target.sources.save_cursor(self._source.name, cursor)

    def _list(self, doc_id: DocId) -> None:
        self._listed[doc_id] = None
        self._deletions.spare(doc_id)

    def _gone(self, doc_id: DocId) -> None:
        if doc_id in self._known or doc_id in self._added:
            self._deletions.gather(doc_id)

    def _delete(self, doc_ids: Sequence[DocId]) -> None:
        self._deletions.record(doc_ids)
        if doc_ids and not self._dry_run:
            self._writer.delete(doc_ids)

    @contextmanager
    def _timed(self, phase: Phase) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[phase] += time.perf_counter() - began

    def progress(self) -> Progress:
        return Progress(
            source=self._source.name,
            listed=len(self._listed),
            indexed=self._writer.indexed,
            skipped=len(self._skipped),
            chunks=self._writer.chunks,
            embedded=self._writer.embedded,
        )

    def report(self) -> SyncReport:
        after = self._error.after if isinstance(self._error, RetryLater) else None
        plan = Plan(tuple(self._added), tuple(self._changed), tuple(self._deletions.done))
        return SyncReport(
            source=self._source.name,
            started_at=self._started,
            finished_at=datetime.now(UTC),
            listed=len(self._listed),
            indexed=self._writer.indexed,
            unchanged=self._unchanged,
            deleted=len(self._deletions.done),
            skipped=self._skipped,
            chunks=self._writer.chunks,
            embedded=self._writer.embedded,
            complete=self._complete and not self._deletions.refusal and not self._error,
            error=str(self._error) if self._error else self._deletions.refusal,
            retry_after_seconds=after.total_seconds() if after else None,
            seconds={**self._seconds, "indexing": self._writer.seconds},
            plan=plan if self._dry_run else None,
            counters=dict(self._source.counters) if isinstance(self._source, Counting) else {},
            cleaned=self._cleaning.counts(),
            notes=self._cleaning.notes(),
        )
