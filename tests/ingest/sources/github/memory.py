"""An index in memory that can be killed in the middle of a write."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from index.types import ChunkDraft, DocId, Document, Revision, Span


class Killed(BaseException):
    """The process ends here; nobody catches it."""


@dataclass(frozen=True)
class Written:
    chunks: int
    embedded: int


class Memory:
    """A `Target` that dies at its `dies_at`-th write; a cursor that is saved is a write too."""

    def __init__(self) -> None:
        self.documents: dict[DocId, Document] = {}
        self.texts: set[str] = set()
        self.dies_at = 0
        self.writes = 0
        self._cursors: dict[str, str] = {}

    @property
    def sources(self) -> "Memory":
        return self

    def put(self, items: Sequence[tuple[Document, Sequence[ChunkDraft]]]) -> Written:
        self._write()
        fresh = {document.text for document, _ in items} - self.texts
        self.texts |= fresh
        self.documents |= {document.doc_id: document for document, _ in items}
        return Written(len(items), len(fresh))

    def delete(self, doc_ids: Collection[DocId]) -> int:
        self._write()
        return sum(self.documents.pop(doc_id, None) is not None for doc_id in doc_ids)

    def revisions(self, source: str) -> Mapping[DocId, Revision]:
        return {d.doc_id: d.revision for d in self.documents.values() if d.source == source}

    def readers_of(self, doc_id: DocId) -> frozenset[str] | None:
        found = self.documents.get(doc_id)
        return found.readers if found else None

    def cursor(self, source: str) -> str | None:
        return self._cursors.get(source)

    def save_cursor(self, source: str, cursor: str) -> None:
        self._write()
        self._cursors[source] = cursor

    def report(self, source: str) -> str | None:
        del source
        return None

    def save_report(self, source: str, report: str) -> None:
        pass

    def _write(self) -> None:
        self.writes += 1
        if self.writes == self.dies_at:
            raise Killed


def whole(document: Document) -> Sequence[ChunkDraft]:
    """One chunk a document."""
    return [ChunkDraft(0, Span(0, len(document.text)), document.text.strip())]
