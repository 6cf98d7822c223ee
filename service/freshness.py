"""Which sources' readers are believed, and why those of the others are not."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from index.revocations import Revocation
from index.store import Index
from service.scheduler import utc_now
from service.standing import read_report

SECONDS_BETWEEN_LOOKS: Final = 60.0
"""How much older than allowed readers may get before they are withheld."""

_CLOCKS_DIFFER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the readers of a source are not believed, so that only public ones count.

    Attributes:
        hides_public: these do not count either.
    """

    why: str
    hides_public: bool = False


def doubt(
    confirmed_at: datetime | None,
    revoked: Sequence[Revocation],
    oldest: datetime | None,
    newest: datetime | None = None,
) -> Doubt | None:
    """Why the readers of a source are not believed; None: they are.

    Args:
        confirmed_at: when they were last read; None: never.
        revoked: what was taken away since.
        oldest: readers that were confirmed before are too old; None: no age is too high.
        newest: later than this nothing can have been read; None: that is not looked at.
    """
    if revoked:
        hides = any(one.hides_public for one in revoked)
        what = "and what was public may not be any more" if hides else "so only public ones count"
        return Doubt(
            f"rights to it were taken away at {_said(revoked[0].received_at)}, and no run that "
            f"began later has succeeded, {what}",
            hides,
        )
    if oldest is None:
        return None
    if confirmed_at is None:
        return Doubt("no run of it has succeeded, so only public readers count")
    # What was read in the future was not: the clock was changed.
    if confirmed_at < oldest or (newest is not None and confirmed_at > newest):
        return Doubt(
            f"its readers were last confirmed at {_said(confirmed_at)}, further back than "
            "service.auth.max_permission_age allows, so only public ones count"
        )
    return None


class Freshness:
    """Has the index withhold the sources that were not read for too long, and those revoked."""

    def __init__(
        self,
        index: Index,
        sources: Collection[str],
        max_age: timedelta | None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Nothing is withheld for its age before `start`.

        Args:
            index: what is withheld from.
            sources: the configured ones.
            max_age: how long readers count after a run that succeeded; None: for ever.
            now: the clock, aware and UTC.
        """
        self._index, self._sources = index, sources
        self._max_age, self._now = max_age, now
        self._revocations = index.sources.wakeups.revocations
        self._confirmed: Mapping[str, datetime | None] = {}
        self._applying = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="permission age", daemon=True)

    def start(self) -> None:
        """Withhold what is too old, from now on."""
        self.refresh()
        if self._max_age is not None:
            self._thread.start()

    def stop(self) -> None:
        """Look no more; what is withheld stays so."""
        self._stopped.set()

    def refresh(self) -> None:
        """Look up when each source was read, and withhold by that."""
        reports, counts = self._index.sources.reports(), self._index.sources.counts()["sources"]
        confirmed = {name: confirmed_at(reports.get(name)) for name in {*self._sources, *counts}}
        with self._applying:
            self._confirmed = confirmed
        self.apply()

    def apply(self) -> None:
        """Withhold what has become too old since the last look, and nothing else."""
        if self._max_age is None:
            return
        with self._applying:
            self._index.withhold([name for name, at in self._confirmed.items() if self._by_age(at)])

    def doubt_of(self, source: str, report: str | None) -> Doubt | None:
        """Why a source is withheld now, by the report of its last run; None: it is not."""
        at, revoked = confirmed_at(report), self._revocations.of([source])
        return self._by_age(at, revoked)

    @property
    def revoked(self) -> frozenset[str]:
        """Sources to which rights were taken away, and that were not read since."""
        return self._revocations.pending.restricted

    def pending(self, sources: Collection[str]) -> Sequence[Revocation]:
        """What was taken away and not read since; a run that begins now will have read it."""
        return self._revocations.of(sources)

    def read(self, before: Sequence[Revocation], reports: Sequence[str]) -> None:
        """Believe the readers of sources that were read.

        Args:
            before: what was pending when the runs began.
            reports: of these runs, as JSON; one that failed, or cannot be understood, confirms
                nothing.

        Raises:
            StorageError: the catalog cannot be written; what was revoked stays so.
        """
        runs = [run for text in reports if (run := read_report(text))]
        succeeded = {run.source for run in runs if run.error is None}
        self._revocations.confirm(one for one in before if one.source in succeeded)
        self.refresh()

    def _by_age(self, at: datetime | None, revoked: Sequence[Revocation] = ()) -> Doubt | None:
        now = self._now()
        oldest = None if self._max_age is None else now - self._max_age
        return doubt(at, revoked, oldest, now + _CLOCKS_DIFFER)

    def _loop(self) -> None:
        while not self._stopped.wait(SECONDS_BETWEEN_LOOKS):
            self.apply()


def confirmed_at(report: str | None) -> datetime | None:
    """When a run last succeeded, by the report of the last one; None: never, as far as we know."""
    run = read_report(report)
    return run.last_success_at if run else None


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
