"""The audit log: what is shown is recorded first, or it is not shown."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from index.errors import StorageError
from service.auditing.chain import Chain, Problem, repair_facts, verify
from service.auditing.entries import Entry, Mark, Recorded, line_of, mark_of, read_line
from service.auditing.files import Day, Folder, Head, lines
from service.auditing.settings import AuditSettings
from service.errors import NotRecorded

logger = logging.getLogger(__name__)

FOLDER: Final = "audit"
"""Of the data directory."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(eq=False, slots=True)
class _Waiting:
    """An entry that somebody waits for.

    Attributes:
        is_over: it was tried; `is_recorded` or not.
        error: why it was not.
    """

    entry: Entry
    is_over: bool = False
    is_recorded: bool = False
    error: Exception | None = None


class AuditLog:
    """Appends entries, in one process: the one that has the data directory. Anybody may read."""

    def __init__(
        self, folder: Path, settings: AuditSettings, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        """Nothing is written, or made, before `open` or the first `record`.

        Args:
            folder: of the log alone.
            settings: what is recorded, and how long it is kept.
            clock: the time, aware; it may be set back.
        """
        self._folder = Folder(folder)
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._head: Head | None = None
        self._day: Day | None = None

    def open(self) -> None:
        """Find the end of the log and go on there; what a crash left is marked.

        Raises:
            StorageError: it cannot be written, or is not as it was written.
        """
        if not self._settings.enabled:
            return
        with self._lock:
            try:
                self._opened()
            except OSError as error:
                self._let_go()
                raise StorageError(f"cannot write the audit log: {error}") from error

    def record(self, entry: Entry) -> None:
        """Append an entry; when this returns it is on the disk.

        Those that come while the disk is busy are written together, by the first of them.

        Raises:
            NotRecorded: it is not; what it says was shown must not be shown.
        """
        if not self._settings.enabled:
            return
        mine = _Waiting(entry)
        self._waiting.append(mine)
        with self._lock:
            if not mine.is_over:
                self._record_waiting()
        if not mine.is_recorded:
            raise NotRecorded("this cannot be recorded now, so it is not shown") from mine.error

    def close(self) -> None:
        """Let go of its files."""
        with self._lock:
            self._let_go()

    def head(self) -> Head | None:
        """Where it ends, to be written down elsewhere; None if that cannot be read."""
        return self._folder.head()

    def verify(self, expect: str | None = None) -> list[Problem]:
        """Every way in which it is not as it was written; see `chain.verify`."""
        return verify(self._folder, expect)

    def entries(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        who: str | None = None,
    ) -> Iterator[Recorded]:
        """Entries in order, also while another process writes; what is no entry is left out.

        Args:
            since: the earliest time.
            until: the time after the latest one.
            who: of this person, in any case.
        """
        for path in self._folder.days():
            try:
                found = [entry for raw in lines(path) if (entry := read_line(raw))]
            except FileNotFoundError:  # it was kept long enough
                continue
            for entry in found:
                is_in_time = (since is None or entry.at >= since) and (
                    until is None or entry.at < until
                )
                if is_in_time and (who is None or entry.who.lower() == who.lower()):
                    yield entry

    def _record_waiting(self) -> None:
        """Record all that wait, or none of them: each follows the one before."""
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            self._write([one.entry for one in batch])
            for one in batch:
                one.is_recorded = True
        except (OSError, StorageError) as error:
            self._let_go()
            logger.error("cannot write the audit log: %s", error)
            for one in batch:
                one.error = error
        finally:
            for one in batch:
                one.is_over = True

    def _write(self, entries: Sequence[Entry]) -> None:
        head, now = self._opened(), self._clock()
        head = self._turn_over(head, now)
        recorded: list[Recorded] = []
        for entry in entries:
            line = line_of(entry, head.next(), now, questions=self._settings.questions)
            recorded.append(line)
            head = Head(line.n, line.hash)
        self._append(recorded)

    def _opened(self) -> Head:
        if self._head is not None:
            return self._head
        self._folder.make()
        announced = self._folder.head()
        days = [*_without_empty_end(self._folder.days())]
        if announced is None and not days:
            # Before the first entry: files without a head are damage.
            announced = Head()
            self._folder.set_head(announced)
        chain = _end_of(days, announced)
        # More entries after the head than it says is not what a crash leaves.
        is_whole = chain.has_head and not chain.problems
        if announced is None or not is_whole or chain.last.n > announced.n + announced.coming:
            raise StorageError(
                f"the audit log in {self._folder.path} is not as it was written; `answerable audit "
                "verify` says more. Keep a copy and move it away: then a new one begins"
            )
        self._head = chain.last
        self._day = Day(days[-1]) if days else None
        if chain.unread or chain.last != announced:
            self._mark_repair(bytes(chain.unread), chain.last.n - announced.n)
        return self._head

    def _mark_repair(self, unread: bytes, unannounced: int) -> None:
        end = b"\n" if unread and not unread.endswith(b"\n") else b""
        facts = repair_facts(unread + end, unannounced)
        logger.warning("the audit log was not finished; marking that", extra=dict(facts))
        self._append_mark("repaired", facts, self._clock(), after=end)

    def _turn_over(self, head: Head, now: datetime) -> Head:
        """Go on in a new file when the day is another one, and remove old ones."""
        today = now.astimezone(UTC).date()
        if self._day is not None and _date_of(self._day.path) == today:
            return head
        if self._day is not None:
            self._day.close()
            self._day = None  # the next one may not open
        self._day = Day(self._folder.day(head.n + 1, today))
        self._folder.sync()
        self._expire(now)
        assert self._head is not None  # noqa: S101 - it is open
        return self._head

    def _expire(self, now: datetime) -> None:
        """Remove files whose entries are all old; the mark that says so comes before."""
        oldest = now - timedelta(days=self._settings.keep_days)
        for path, _ in pairwise(self._folder.days()):
            chain = Chain()
            chain.read(path)
            if chain.first is None or chain.latest is None or chain.latest >= oldest:
                return
            count = chain.last.n - chain.first.n + 1
            self._append_mark(
                "expired",
                {"through": chain.last.n, "hash": chain.last.hash, "entries": count},
                now,
            )
            path.unlink()
            self._folder.sync()

    def _append_mark(
        self, mark: Mark, facts: dict[str, int | str], at: datetime, after: bytes = b""
    ) -> None:
        assert self._head is not None  # noqa: S101 - it is open
        self._append([mark_of(mark, facts, self._head.next(), at)], after)

    def _append(self, entries: Sequence[Recorded], after: bytes = b"") -> None:
        assert self._day is not None  # noqa: S101 - it is open
        assert self._head is not None  # noqa: S101 - it is open
        if len(entries) > 1:
            # Announced before: what nobody announced was added by somebody else.
            self._folder.set_head(replace(self._head, coming=len(entries)))
        self._day.append(after + b"".join(entry.to_line() for entry in entries))
        head = Head(entries[-1].n, entries[-1].hash)
        self._folder.set_head(head)
        self._head = head

    def _let_go(self) -> None:
        day, self._day, self._head = self._day, None, None
        self._folder.close()
        if day is not None:
            day.close()


def _without_empty_end(days: list[Path]) -> Iterator[Path]:
    """A file that was made and not written yet, when the process ended, is made again."""
    for path in days:
        if path.stat().st_size:
            yield path
        else:
            path.unlink()


def _end_of(days: list[Path], head: Head | None) -> Chain:
    """The chain through the last files, beginning with the one that the head is in."""
    chain = Chain(head)
    for start in reversed(range(len(days))):
        chain = Chain(head)
        for path in days[start:]:
            chain.read(path)
        if chain.first and chain.has_head:
            break
    return chain


def _date_of(path: Path) -> date | None:
    try:
        return date.fromisoformat(path.stem.partition("-")[2])
    except ValueError:
        return None


UNRECORDED: Final = AuditLog(Path(), AuditSettings(enabled=False))
"""An audit log that records nothing."""
