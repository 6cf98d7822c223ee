"""What an operator does with a running index: look at it, and bring it up to date."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from index.errors import IndexProblem
from index.store import Index
from service.agenda import Agenda, Outcome
from service.errors import NotFound, RequestError
from service.freshness import Freshness
from service.operator_schemas import Forgotten, Queued, Status, SyncOrder, SyncReport, SyncReports
from service.scheduler import Scheduler
from service.standing import Standing, read_report, status_of
from service.turns import Running, Turns

logger = logging.getLogger(__name__)

SECONDS_TO_STOP: Final = 60.0
"""For the batch that is being embedded, or a request that is being waited for."""


@dataclass(frozen=True, slots=True)
class ConfiguredSource:
    """What the service has to know of a source in config.yaml."""

    kind: str
    every: timedelta | None = None


Run = Callable[[Sequence[str], SyncOrder, Running], Sequence[str]]
"""Reads the named sources into the index; gives their reports as JSON.

It is made by the command line, which knows `ingest` and `service`; they do not know each other.
"""


class Operations:
    """Status and sync of one index; it is synced by one order at a time."""

    def __init__(
        self,
        index: Index,
        sources: Mapping[str, ConfiguredSource],
        run: Run,
        forget_files: Callable[[str], None] = lambda _: None,
        max_permission_age: timedelta | None = None,
    ) -> None:
        """Nothing runs by itself before `start`.

        Args:
            index: what is synced.
            sources: those of config.yaml, by name.
            run: see `Run`.
            forget_files: erases what a source keeps beside the index.
            max_permission_age: how long the readers of a source count after it was read; None:
                for ever.
        """
        self._index = index
        self._sources = sources
        self._run = run
        self._forget_files = forget_files
        self._turns = Turns()
        self._freshness = Freshness(index, sources.keys(), max_permission_age)
        self._broken: dict[str, str] = {}
        agenda = Agenda({name: source.every for name, source in sources.items()})
        self._scheduler = Scheduler(agenda, self._scheduled)

    @property
    def sources(self) -> Collection[str]:
        """Names of the configured sources."""
        return self._sources.keys()

    def start(self) -> None:
        """Read each source in its interval from now on, and those that are woken."""
        self._freshness.start()
        # Those without an interval, too: else nobody would get their documents back.
        self.wake(sorted(self._freshness.revoked & self._sources.keys()))
        self._scheduler.start()

    def stop(self) -> bool:
        """End the sync that goes on after its batch; whether it did in time."""
        self._freshness.stop()
        self._turns.stop()
        # The thread ends when its run does, and a person's order with it or before it.
        return self._scheduler.stop(SECONDS_TO_STOP) and self._turns.ended(SECONDS_TO_STOP)

    def status(self) -> Status:
        """The index and its sources as they stand."""
        # In this order: who sees that a run has ended sees what it wrote.
        running = self._turns.running
        reports = self._index.sources.reports()
        stats = self._index.stats()
        known = sorted({*self._sources, *stats["sources"], *reports})
        standings = [
            Standing(
                name=name,
                configured=self._sources.get(name),
                counts=stats["sources"].get(name, {}),
                report=reports.get(name),
                broken=self._broken.get(name),
                due_at=self._scheduler.due_at(name),
                running=running,
                withheld_because=self._why_withheld(name, reports.get(name)),
            )
            for name in known
        ]
        return status_of(stats, standings, is_syncing=running is not None)

    def sync(self, order: SyncOrder) -> SyncReports:
        """Run the sources of an order, all of them if it names none; after a scheduled run.

        Raises:
            RequestError: a source is not configured, or none is.
            Busy: another order goes on.
        """
        names = self._named(order.sources)
        with self._turns.order(names) as running:
            reports = self._read(names, order, running)
        for name in names:
            self._broken.pop(name, None)
        return SyncReports(reports=[SyncReport.model_validate_json(one) for one in reports])

    def request(self, source: str) -> Queued:
        """Have a source read as soon as no other is; it waits once, however often it is asked for.

        Raises:
            RequestError: it is not configured.
        """
        self._named([source])
        self.wake([source])
        return Queued(source=source)

    def wake(self, sources: Sequence[str], within: timedelta = timedelta(0)) -> None:
        """Have configured sources read within a time."""
        self._scheduler.wake(sources, within)

    def forget(self, source: str) -> Forgotten:
        """Erase everything of a source that is not configured any more.

        Raises:
            RequestError: it is configured.
            NotFound: nothing is known of it.
            Busy: an order goes on.
        """
        if source in self._sources:
            raise RequestError(
                f"{source!r} is in config.yaml; take it out there first, or its documents come back"
            )
        known = {*self._index.stats()["sources"], *self._index.sources.reports()}
        if source not in known:
            raise NotFound(f"nothing is known of a source {source!r}")
        with self._turns.order([source]):
            documents = self._index.forget(source)
            self._forget_files(source)
            self._freshness.refresh()
        logger.info("forgot", extra={"source": source, "documents": documents})
        return Forgotten(source=source, documents=documents)

    def _read(self, names: Sequence[str], order: SyncOrder, running: Running) -> Sequence[str]:
        before = self._freshness.pending(names)
        reports = self._run(names, order, running)
        if not order.dry_run:
            self._freshness.read(before, reports)
        return reports

    def _why_withheld(self, source: str, report: str | None) -> str | None:
        doubt = self._freshness.doubt_of(source, report)
        return doubt.why if doubt else None

    def _scheduled(self, source: str) -> Outcome:
        try:
            with self._turns.wait([source]) as running:
                (text,) = self._read([source], SyncOrder(sources=[source]), running)
        except (IndexProblem, RequestError) as error:
            return self._broke(source, str(error), error)
        except Exception as error:  # noqa: BLE001 - one that breaks must not end the others' schedule
            return self._broke(source, f"{type(error).__name__}; the log says more", error)
        self._broken.pop(source, None)
        report = read_report(text)
        after = report.retry_after_seconds if report else None
        return Outcome(
            has_failed=report is not None and report.error is not None,
            retry_after=None if after is None else timedelta(seconds=after),
        )

    def _broke(self, source: str, what: str, error: Exception) -> Outcome:
        self._broken[source] = what
        logger.error("the sync broke", extra={"source": source}, exc_info=error)
        return Outcome(has_failed=True)

    def _named(self, names: Sequence[str] | None) -> Sequence[str]:
        if not self._sources:
            raise RequestError("no source is configured; add one to ingest.sources in config.yaml")
        if unknown := [name for name in names or () if name not in self._sources]:
            known = ", ".join(sorted(self._sources))
            raise RequestError(f"no source {unknown[0]!r} in config.yaml; there are: {known}")
        return list(dict.fromkeys(names or self._sources))
