"""What an operator does with a running index: look at it, and bring it up to date."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence

from pydantic import ValidationError

from index.store import Index
from service.errors import Busy, RequestError
from service.operator_schemas import (
    IndexStatus,
    SourceStatus,
    Status,
    SyncOrder,
    SyncReport,
    SyncReports,
)

Run = Callable[[Sequence[str], SyncOrder], Sequence[str]]
"""Reads the named sources into the index; gives their reports as JSON.

It is made by the command line, which knows `ingest` and `service`; they do not know each other.
"""


class Operations:
    """Status and sync of one index; it is synced by one order at a time."""

    def __init__(self, index: Index, sources: Collection[str], run: Run) -> None:
        """`sources` are the configured ones."""
        self._index = index
        self._sources = sources
        self._run = run
        self._syncing = threading.Lock()

    def status(self) -> Status:
        """The index and its sources as they stand."""
        stats, reports = self._index.stats(), self._index.sources.reports()
        known = sorted({*self._sources, *stats["sources"], *reports})
        return Status(
            index=IndexStatus.model_validate(stats),
            sources=[self._source(name, stats["sources"], reports) for name in known],
            syncing=self._syncing.locked(),
        )

    def sync(self, order: SyncOrder) -> SyncReports:
        """Run the sources of an order, all of them if it names none.

        Raises:
            RequestError: a source is not configured, or none is.
            Busy: another order is running.
        """
        names = self._named(order.sources)
        if not self._syncing.acquire(blocking=False):
            raise Busy("a sync is running already; try again when it is done")
        try:
            reports = self._run(names, order)
        finally:
            self._syncing.release()
        return SyncReports(reports=[SyncReport.model_validate_json(one) for one in reports])

    def _named(self, names: Sequence[str] | None) -> Sequence[str]:
        if not self._sources:
            raise RequestError("no source is configured; add one to ingest.sources in config.yaml")
        if unknown := [name for name in names or () if name not in self._sources]:
            known = ", ".join(sorted(self._sources))
            raise RequestError(f"no source {unknown[0]!r} in config.yaml; there are: {known}")
        return list(dict.fromkeys(names or self._sources))

    def _source(
        self, name: str, counts: Mapping[str, Mapping[str, int]], reports: Mapping[str, str]
    ) -> SourceStatus:
        count = counts.get(name, {"documents": 0, "chunks": 0})
        return SourceStatus(
            source=name,
            configured=name in self._sources,
            documents=count["documents"],
            chunks=count["chunks"],
            last_run=_report(reports.get(name)),
        )


def _report(text: str | None) -> SyncReport | None:
    if text is None:
        return None
    try:
        return SyncReport.model_validate_json(text)
    except ValidationError:
        return None  # another version of the product wrote it
