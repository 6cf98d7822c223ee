"""A real index, sources that follow a script, and the operations of a service over them."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from index.access import PUBLIC
from index.store import Index
from index.types import ChunkDraft, DocId, Document, Revision, Section, Span
from ingest.settings import IngestSettings
from ingest.source import Change, Checkpoint, Complete, Cursor, Upsert
from ingest.sync import Mode, sync_all
from service.operations import ConfiguredSource, Operations
from service.operator_schemas import SourceStatus, SyncOrder
from service.turns import Running

SECONDS = 30
"""After which a test has failed; nothing waits that long."""


class Told:
    """A source that says what it is told to, each time from the beginning.

    Attributes:
        cursors: what each run began with.
        begun: set when a run has begun.
        may_end: runs go on when it is set; it is.
    """

    def __init__(self, name: str, *changes: Change | Exception) -> None:
        self.name = name
        self.changes_to_say = list(changes) or [
            upsert(f"{name}:page"),
            Complete(),
            Checkpoint(Cursor("end")),
        ]
        self.cursors: list[Cursor | None] = []
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        del known
        self.cursors.append(since)
        self.begun.set()
        for change in self.changes_to_say:
            if isinstance(change, Exception):
                raise change
            yield change
        assert self.may_end.wait(SECONDS)


def upsert(doc_id: str, text: str = "Some words.", reader: str = PUBLIC) -> Upsert:
    whole, url = Span(0, len(text)), f"https://wiki.example.com/{doc_id}"
    document = Document(
        doc_id=DocId(doc_id),
        source=doc_id.partition(":")[0],
        title="Page",
        url=url,
        text=text,
        markup="text",
        sections=(Section((), whole, url),),
        readers=frozenset({reader}),
        revision=Revision(f"{reader} {text}"),
    )
    return Upsert(document)


def whole(document: Document) -> Sequence[ChunkDraft]:
    return [ChunkDraft(0, Span(0, len(document.text)), document.text)]


class Desk:
    """The operations over some sources, and what came of the runs.

    Attributes:
        runs: names of the sources of every run that ended, in order.
        most: how many ran at the same time.
    """

    def __init__(
        self,
        index: Index,
        *sources: Told,
        every: timedelta | None = None,
        batch_chunks: int = 256,
        forget_files: Callable[[str], None] = lambda _: None,
        max_permission_age: timedelta | None = None,
    ) -> None:
        self.index = index
        self.sources = {source.name: source for source in sources}
        self.settings = IngestSettings(batch_chunks=batch_chunks)
        self.runs: list[str] = []
        self.most = self._now = 0
        self._ended = threading.Condition()
        configured = {name: ConfiguredSource("told", every) for name in self.sources}
        self.operations = Operations(index, configured, self._run, forget_files, max_permission_age)

    def status(self, name: str) -> SourceStatus:
        (found,) = [s for s in self.operations.status().sources if s.source == name]
        return found

    def wait_for(self, *runs: str) -> None:
        """Until these runs have ended, others or not."""
        with self._ended:
            assert self._ended.wait_for(lambda: Counter(runs) <= Counter(self.runs), SECONDS)

    def _run(self, names: Sequence[str], order: SyncOrder, running: Running) -> list[str]:
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            reports = sync_all(
                [self.sources[name] for name in names],
                self.index,
                chunker=whole,
                settings=self.settings,
                mode=Mode(order.dry_run, order.allow_mass_delete, running.should_stop),
                progress=running.tell,
            )
        finally:
            self._now -= 1
            with self._ended:
                self.runs += names
                self._ended.notify_all()
        return [report.to_json() for report in reports]
