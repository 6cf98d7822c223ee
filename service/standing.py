"""How a source stands, from what the index, the schedule and the running sync know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from pydantic import ValidationError

from service.operator_schemas import (
    IndexStatus,
    RunningNow,
    SourceStatus,
    Status,
    SyncReport,
)
from service.scheduler import utc_now
from service.turns import Running


class _Configured(Protocol):
    @property
    def kind(self) -> str: ...

    @property
    def every(self) -> timedelta | None: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one source.

    Attributes:
        configured: None: config.yaml does not name it any more.
        counts: `documents` and `chunks` that are shown; empty: none are.
        report: of its last run, as JSON.
        broken: why its last run did not even end with a report.
        due_at: when it is read next, if anybody knows.
        running: the sync that goes on, of whatever source.
        withheld_because: why its readers are not believed; None: they are.
    """

    name: str
    configured: _Configured | None
    counts: Mapping[str, int]
    report: str | None
    broken: str | None
    due_at: datetime | None
    running: Running | None
    withheld_because: str | None = None


def status_of(
    stats: Mapping[str, Any], standings: Sequence[Standing], *, is_syncing: bool
) -> Status:
    """The contract's view of it all."""
    now = utc_now()
    return Status(
        index=IndexStatus.model_validate(stats),
        sources=[_source(standing, now) for standing in standings],
        syncing=is_syncing,
    )


def read_report(text: str | None) -> SyncReport | None:
    """A report; None when there is none, or another version of the product wrote it."""
    if text is None:
        return None
    try:
        return SyncReport.model_validate_json(text)
    except ValidationError:
        return None


def _source(standing: Standing, now: datetime) -> SourceStatus:
    run, configured = read_report(standing.report), standing.configured
    last_success_at = run.last_success_at if run else None
    return SourceStatus(
        source=standing.name,
        kind=configured.kind if configured else None,
        configured=configured is not None,
        documents=standing.counts.get("documents", 0),
        chunks=standing.counts.get("chunks", 0),
        every_seconds=configured.every.total_seconds() if configured and configured.every else None,
        next_run_at=standing.due_at,
        running=_running(standing),
        last_success_at=last_success_at,
        lag_seconds=(now - last_success_at).total_seconds() if last_success_at else None,
        error=standing.broken or (run.error if run else None),
        last_run=run,
        withheld=standing.withheld_because is not None,
        withheld_because=standing.withheld_because,
    )


def _running(standing: Standing) -> RunningNow | None:
    running = standing.running
    if running is None or standing.name not in running.sources:
        return None
    progress = running.progress
    is_reading = progress is not None and progress.source == standing.name
    return RunningNow(
        started_at=running.started_at,
        listed=progress.listed if progress and is_reading else 0,
        indexed=progress.indexed if progress and is_reading else 0,
        skipped=progress.skipped if progress and is_reading else 0,
        chunks=progress.chunks if progress and is_reading else 0,
    )
