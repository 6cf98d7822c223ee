"""What ingest needs of the index."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from index.types import ChunkDraft, DocId, Document, Revision

Chunker = Callable[[Document], Sequence[ChunkDraft]]
"""Cuts a document; raises Unreadable if it cannot."""


class Written(Protocol):
    """What a write says of itself."""

    @property
    def chunks(self) -> int:
        """Chunks of the written documents."""
        ...

    @property
    def embedded(self) -> int:
        """Those of them whose vectors were not known before."""
        ...


class Ledger(Protocol):
    """What the index remembers of each source from run to run."""

    def cursor(self, source: str) -> str | None:
        """The cursor that was saved last."""
        ...

    def save_cursor(self, source: str, cursor: str) -> None:
        """Remember how far the source has been read."""
        ...

    def report(self, source: str) -> str | None:
        """What the last run did, as JSON; None if there was none."""
        ...

    def save_report(self, source: str, report: str) -> None:
        """Remember what the last run did, as JSON."""
        ...


class Target(Protocol):
    """What ingest needs of the index."""

    def put(self, items: Sequence[tuple[Document, Sequence[ChunkDraft]]]) -> Written:
        """Write documents, each wholly or not at all."""
        ...

    def delete(self, doc_ids: Collection[DocId]) -> int:
        """Take documents out; how many there were."""
        ...

    def revisions(self, source: str) -> Mapping[DocId, Revision]:
        """The known documents of a source."""
        ...

    def readers_of(self, doc_id: DocId) -> frozenset[str] | None:
        """Who may read a document; None if it is not known."""
        ...

    @property
    def sources(self) -> Ledger:
        """What is remembered of each source."""
        ...
