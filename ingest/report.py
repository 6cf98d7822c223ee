"""What a sync did, for `status`, for scripts, and for whoever watches it run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from index.types import DocId

Phase = Literal["reading", "chunking", "indexing"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running sync of one source is; `listed` has no known end."""

    source: str
    listed: int
    indexed: int
    skipped: int
    chunks: int
    embedded: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a dry run would have done, each list in the order the source said it."""

    added: tuple[DocId, ...]
    changed: tuple[DocId, ...]
    deleted: tuple[DocId, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A document that has no (new) version in the index, run after run."""

    reason: str
    since: datetime
    runs: int


@dataclass(frozen=True, slots=True)
class SyncReport:
    """One run over one source.

    Attributes:
        listed: documents that the source named, read or not.
        indexed: documents written because they are new or changed.
        deleted: documents taken out of the index.
        skipped: why each document that exists has no (new) version in the index.
        chunks: chunks of the indexed documents; `embedded` of them were not known before.
        complete: the source said everything it has and nothing was held back.
        error: why the run ended early or held deletions back; None when it did neither.
        retry_after_seconds: how long the source asked us to wait; None if it did not say.
        seconds: wall time by phase; indexing goes on while the next documents are read and cut.
        plan: only of a dry run, which counts but writes nothing.
        counters: what the source counted of its own accord, such as requests; see `Counting`.
        held: what is skipped now, and what an earlier run skipped that this one did not reach,
            with how often and since when.
        last_success_at: when a run of this source last ended without an error; None: never.
        notes: what a person should know although nothing is missing in the index.
        cleaned: what nobody sees and was taken out, by kind (see `ingest.cleaning`), and of how
            many `documents`; empty when there was nothing.
    """

    source: str
    started_at: datetime
    finished_at: datetime
    listed: int = 0
    indexed: int = 0
    unchanged: int = 0
    deleted: int = 0
    skipped: Mapping[DocId, str] = field(default_factory=dict)
    chunks: int = 0
    embedded: int = 0
    complete: bool = False
    error: str | None = None
    retry_after_seconds: float | None = None
    seconds: Mapping[Phase, float] = field(default_factory=dict)
    plan: Plan | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[DocId, Held] = field(default_factory=dict)
    last_success_at: datetime | None = None
    notes: tuple[str, ...] = ()
    cleaned: Mapping[str, int] = field(default_factory=dict)

    def following(self, text: str | None) -> "SyncReport":
        """This report with what has to be known of the runs before it.

        Args:
            text: the report of the run before, as JSON; None if there was none.
        """
        before = SyncReport.from_json(text) if text else None
        earlier = before.held if before else {}
        # A run that ended early has not tried everything again; one that did not, has.
        kept = {i: h for i, h in earlier.items() if self.error and i not in self.skipped}
        for doc_id, reason in self.skipped.items():
            known = earlier.get(doc_id)
            since, runs = (known.since, known.runs) if known else (self.finished_at, 0)
            kept[doc_id] = Held(reason, since, runs + 1)
        last = before.last_success_at if before else None
        return replace(self, held=kept, last_success_at=last if self.error else self.finished_at)

    def to_json(self) -> str:
        """This report as JSON; `from_json` reads it back."""
        return _ADAPTER.dump_json(self).decode()

    @staticmethod
    def from_json(text: str) -> "SyncReport | None":
        """The report in `text`; None when another version of the product wrote it."""
        try:
            return _ADAPTER.validate_json(text)
        except ValidationError:
            return None


_ADAPTER = TypeAdapter(SyncReport)
