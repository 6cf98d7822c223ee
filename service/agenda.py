"""Which source is read next, and when: what the scheduler knows, without clock or thread."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

JITTER: Final = 0.1
"""Share of an interval by which a run may be late, so that not everybody asks at full hours."""

FIRST_RETRY: Final = timedelta(minutes=5)
LAST_RETRY: Final = timedelta(hours=1)
"""Where a source without interval stops doubling its waits."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `retry_after` is how long the source asked us to wait, if it did."""

    has_failed: bool
    retry_after: timedelta | None = None


class Agenda:
    """The times at which sources are due; each is there once at most."""

    def __init__(
        self,
        every: Mapping[str, timedelta | None],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Nothing is due yet.

        Args:
            every: interval of each source; None: it only comes when it is woken.
            jitter: gives numbers from 0 to 1.
        """
        self._every = every
        self._jitter = jitter
        self._due: dict[str, datetime] = {}
        self._not_before: dict[str, datetime] = {}
        self._failures: dict[str, int] = {}

    def begin(self, now: datetime) -> None:
        """Sources with an interval are due at once: what happened before is not known."""
        self._due |= {name: now for name, every in self._every.items() if every}

    def wake(self, source: str, at: datetime) -> datetime:
        """Have a source read by then, unless it asked for a longer pause; when that will be.

        One that is due earlier stays so: however often it is woken, it is read once.
        """
        at = max(at, self._not_before.get(source, at))
        self._due[source] = min(at, self._due.get(source, at))
        return self._due[source]

    def take(self, now: datetime) -> str | None:
        """The source that has been due for longest; it is not due any more. None: there is none."""
        due = [(at, name) for name, at in self._due.items() if at <= now]
        if not due:
            return None
        _, source = min(due)
        del self._due[source]
        return source

    def ended(self, source: str, outcome: Outcome, now: datetime) -> None:
        """A run of a source ended; plan the next.

        Failed runs are repeated sooner than the interval says, at doubling distances; never sooner
        than the source asked for.
        """
        self._failures[source] = self._failures.get(source, 0) + 1 if outcome.has_failed else 0
        if outcome.retry_after:
            self._not_before[source] = now + outcome.retry_after
        pause = self._pause(source)
        if source not in self._due and pause is not None:
            self._due[source] = now + pause * (1 + JITTER * self._jitter())
        # Else it was woken during the run, which may have been past the news.
        if due := self._due.get(source):
            self._due[source] = max(due, self._not_before.get(source, due))

    def due_at(self, source: str) -> datetime | None:
        """When a source is read next; None: when it is woken."""
        return self._due.get(source)

    def next_at(self) -> datetime | None:
        """When the first is due; None: nothing is."""
        return min(self._due.values(), default=None)

    def _pause(self, source: str) -> timedelta | None:
        every, failures = self._every.get(source), self._failures[source]
        if not failures:
            return every
        return min(every or LAST_RETRY, FIRST_RETRY * (1 << min(failures - 1, 10)))
