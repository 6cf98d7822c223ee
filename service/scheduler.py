"""One thread that reads sources when they are due, one after the other."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from service.agenda import Agenda, Outcome

_LONGEST_WAIT: Final = 60.0
"""Seconds; the clock of the machine may be set, or it may have slept."""


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


class Scheduler:
    """Runs what an agenda says, in a thread of its own, until it is stopped."""

    def __init__(
        self,
        agenda: Agenda,
        run: Callable[[str], Outcome],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Nothing runs before `start`.

        Args:
            agenda: from now on only used through this object.
            run: reads a source; does not raise.
            now: the clock, aware and UTC.
        """
        self._agenda = agenda
        self._run = run
        self._now = now
        self._changed = threading.Condition()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._loop, name="sync", daemon=True)

    def start(self) -> None:
        """Begin; sources with an interval are read at once."""
        with self._changed:
            self._agenda.begin(self._now())
        self._thread.start()

    def wake(self, sources: Iterable[str], within: timedelta = timedelta(0)) -> None:
        """Have sources read soon; several calls within that time lead to one run of each."""
        with self._changed:
            for source in sources:
                self._agenda.wake(source, self._now() + within)
            self._changed.notify()

    def due_at(self, source: str) -> datetime | None:
        """When a source is read next; None if nobody knows."""
        with self._changed:
            return self._agenda.due_at(source)

    def stop(self, timeout_seconds: float) -> bool:
        """Start no further run, wait for the one that goes on; whether it ended."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        while (source := self._next()) is not None:
            outcome = self._run(source)
            with self._changed:
                self._agenda.ended(source, outcome, self._now())

    def _next(self) -> str | None:
        with self._changed:
            while not self._is_stopped:
                now = self._now()
                if source := self._agenda.take(now):
                    return source
                self._changed.wait(self._seconds_to_wait(now))
        return None

    def _seconds_to_wait(self, now: datetime) -> float:
        at = self._agenda.next_at()
        return _LONGEST_WAIT if at is None else min((at - now).total_seconds(), _LONGEST_WAIT)
