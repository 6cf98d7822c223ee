"""A source that follows a script, and short words for running it."""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence

from index.errors import StorageError
from index.store import Index
from index.types import ChunkDraft, DocId, Document, Revision, Section, Span
from ingest.errors import IngestError, Unreadable
from ingest.report import SyncReport
from ingest.settings import IngestSettings
from ingest.source import (
    Change,
    Checkpoint,
    Complete,
    Cursor,
    Upsert,
)
from ingest.sync import Mode, sync
from ingest.target import Ledger, Written

PUBLIC = frozenset({"public"})
STAFF = frozenset({"group:staff"})
END = (Complete(), Checkpoint(Cursor("end")))
USUAL = IngestSettings()
ONE_BY_ONE = IngestSettings(batch_chunks=1)


class Scripted:
    """A source that says what it is told to, and keeps what it was asked."""

    def __init__(self, *changes: Change | IngestError, name: str = "wiki") -> None:
        self._name = name
        self._changes = changes
        self.asked: list[tuple[Cursor | None, Mapping[DocId, Revision]]] = []

    @property
    def name(self) -> str:
        return self._name

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        self.asked.append((since, dict(known)))
        for change in self._changes:
            if isinstance(change, IngestError):
                raise change
            yield change


class FullDisk:
    """An index that takes a number of writes and then no more."""

    def __init__(self, index: Index, writes: int) -> None:
        self._index, self._left = index, writes

    @property
    def sources(self) -> Ledger:
        return self._index.sources

    def revisions(self, source: str) -> Mapping[DocId, Revision]:
        return self._index.revisions(source)

    def readers_of(self, doc_id: DocId) -> frozenset[str] | None:
        return self._index.readers_of(doc_id)

    def put(self, items: Sequence[tuple[Document, Sequence[ChunkDraft]]]) -> Written:
        self._spend()
        return self._index.put(items)

    def delete(self, doc_ids: Collection[DocId]) -> int:
        self._spend()
        return self._index.delete(doc_ids)

    def _spend(self) -> None:
        if not self._left:
            raise StorageError("disk full")
        self._left -= 1


class Gated(FullDisk):
    """An index that writes nothing until its gate is open."""

    def __init__(self, index: Index) -> None:
        super().__init__(index, writes=1000)
        self.gate = threading.Event()

    def put(self, items: Sequence[tuple[Document, Sequence[ChunkDraft]]]) -> Written:
        assert self.gate.wait(10), "the gate stays shut"
        return super().put(items)


def page(
    name: str, text: str = "Some words.", readers: frozenset[str] = PUBLIC, revision: str = ""
) -> Upsert:
    return Upsert(
        Document(
            doc_id=DocId(f"wiki:{name}"),
            source="wiki",
            title=name,
            url=f"https://wiki.example.com/{name}",
            text=text,
            markup="text",
            sections=(Section((), Span(0, len(text)), f"https://wiki.example.com/{name}"),),
            readers=readers,
            revision=Revision(revision or f"{text}|{sorted(readers)}"),
        )
    )


def ids(*names: str) -> list[DocId]:
    return [DocId(f"wiki:{name}") for name in names]


def whole(document: Document) -> Sequence[ChunkDraft]:
    """One chunk a document; a text that says so cannot be cut."""
    if document.text == "unreadable":
        raise Unreadable("cannot be cut")
    words = document.text.strip()
    return [ChunkDraft(0, Span(0, len(document.text)), words)] if words else []


def run(
    index: Index | FullDisk,
    *changes: Change | IngestError,
    mode: Mode | None = None,
    settings: IngestSettings = USUAL,
) -> SyncReport:
    source = Scripted(*changes)
    return sync(source, index, chunker=whole, settings=settings, mode=mode or Mode())


def shown(index: Index) -> list[str]:
    return sorted(name.removeprefix("wiki:") for name in index.revisions("wiki"))


def ten(index: Index) -> list[str]:
    names = [f"p{i}" for i in range(10)]
    run(index, *map(page, names), *END)
    return names
