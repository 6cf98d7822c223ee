"""One sync at a time in this process, and what is known of it while it goes on."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from service.errors import Busy, NotReady
from service.scheduler import utc_now


class Progress(Protocol):
    """How far a run of one source is."""

    @property
    def source(self) -> str:
        """Its name."""
        ...

    @property
    def listed(self) -> int:
        """Documents that the source named."""
        ...

    @property
    def indexed(self) -> int:
        """Documents written."""
        ...

    @property
    def skipped(self) -> int:
        """Documents that could not be read."""
        ...

    @property
    def chunks(self) -> int:
        """Chunks of the written documents."""
        ...


class Running:
    """A sync that goes on: it tells how far it is, and asks whether it has to stop.

    Attributes:
        sources: the names that it reads, in this order.
        started_at: when it began.
        progress: how far it is with one of them; None before the first word.
    """

    def __init__(self, sources: Sequence[str], stopping: threading.Event) -> None:
        self.sources = tuple(sources)
        self.started_at: datetime = utc_now()
        self.progress: Progress | None = None
        self._stopping = stopping

    def tell(self, progress: Progress) -> None:
        """Say how far it is."""
        self.progress = progress

    def should_stop(self) -> bool:
        """Whether the process ends."""
        return self._stopping.is_set()


class Turns:
    """Who may sync: one at a time, and nobody any more once it is stopped."""

    def __init__(self) -> None:
        self._free = threading.Lock()
        self._ordering = threading.Lock()
        self._stopping = threading.Event()
        self._running: Running | None = None

    @property
    def running(self) -> Running | None:
        """The sync that goes on."""
        return self._running

    @contextmanager
    def order(self, sources: Sequence[str]) -> Iterator[Running]:
        """A turn for somebody who waits for the answer; after a scheduled run that goes on.

        Raises:
            Busy: somebody else's order goes on, or waits.
            NotReady: the process ends.
        """
        if not self._ordering.acquire(blocking=False):
            raise Busy("a sync is running already; try again when it is done")
        try:
            with self.wait(sources) as running:
                yield running
        finally:
            self._ordering.release()

    @contextmanager
    def wait(self, sources: Sequence[str]) -> Iterator[Running]:
        """A turn, after whatever goes on.

        Raises:
            NotReady: the process ends.
        """
        with self._free:
            if self._stopping.is_set():
                raise NotReady("the service is being stopped")
            self._running = Running(sources, self._stopping)
            try:
                yield self._running
            finally:
                self._running = None

    def stop(self) -> None:
        """Ask the sync that goes on to end after its batch, and let nobody begin another."""
        self._stopping.set()

    def ended(self, timeout_seconds: float) -> bool:
        """Wait for the sync that goes on; whether it ended."""
        if not self._free.acquire(timeout=timeout_seconds):
            return False
        self._free.release()
        return True
