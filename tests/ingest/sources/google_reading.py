"""Reading a fake Google in tests, and sorting what comes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from index.types import DocId, Document, Revision
from ingest.google_settings import GoogleDocsSettings
from ingest.source import Change, Checkpoint, Complete, Cursor, Delete, Skip, Unchanged, Upsert
from ingest.sources.google_docs import GoogleDocs
from tests.fakes.google import FakeGoogle

UNPACED = {"docs_requests_per_minute": 0, "drive_requests_per_minute": 0}
TODAY = datetime(2026, 6, 4, 9, tzinfo=UTC)


@dataclass
class Reader:
    """Reads again and again, as the sync loop would, and keeps what it would keep."""

    fake: FakeGoogle
    settings: dict[str, Any] = field(default_factory=dict)
    today: datetime = TODAY
    cursor: Cursor | None = None
    known: dict[DocId, Revision] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)

    def source(self) -> GoogleDocs:
        given = {"kind": "google_docs", "api_endpoint": self.fake.url} | UNPACED | self.settings
        return GoogleDocs(
            "g",
            GoogleDocsSettings.model_validate(given),
            waiting=self.waits.append,
            now=lambda: self.today,
        )

    def read(self) -> list[Change]:
        source = self.source()
        changes = list(source.changes(self.cursor, dict(self.known)))
        self.counters = dict(source.counters)
        self.keep(changes)
        return changes

    def keep(self, changes: Iterable[Change]) -> None:
        listed: set[DocId] = set()
        for change in changes:
            match change:
                case Upsert(document):
                    self.known[document.doc_id] = document.revision
                    listed.add(document.doc_id)
                case Unchanged(doc_id) | Skip(doc_id):
                    listed.add(doc_id)
                case Delete(doc_id):
                    self.known.pop(doc_id, None)
                case Complete():
                    self.known = {d: r for d, r in self.known.items() if d in listed}
                case Checkpoint(cursor):
                    self.cursor = cursor

    def later(self, **time: float) -> None:
        self.today += timedelta(**time)

    @property
    def shown(self) -> list[str]:
        return sorted(doc_id.removeprefix("g:") for doc_id in self.known)


def documents(changes: Iterable[Change]) -> dict[str, Document]:
    upserts = [c.document for c in changes if isinstance(c, Upsert)]
    return {d.doc_id.removeprefix("g:"): d for d in upserts}


def readers(changes: Iterable[Change]) -> dict[str, set[str]]:
    return {name: set(found.readers) for name, found in documents(changes).items()}


def skipped(changes: Iterable[Change]) -> dict[str, str]:
    return {c.doc_id.removeprefix("g:"): c.reason for c in changes if isinstance(c, Skip)}


def kinds(changes: Iterable[Change]) -> list[str]:
    """What came, in words: `upsert a`, `delete b`, `complete`, …"""
    return [_kind(change) for change in changes]


def _kind(change: Change) -> str:
    match change:
        case Upsert(document):
            return f"upsert {document.doc_id.removeprefix('g:')}"
        case Delete(doc_id) | Unchanged(doc_id) | Skip(doc_id):
            return f"{type(change).__name__.lower()} {doc_id.removeprefix('g:')}"
        case Complete() | Checkpoint():
            return type(change).__name__.lower()


def anyone(**more: Any) -> Mapping[str, Any]:
    return {"id": "anyone", "type": "anyone", "role": "reader", **more}
