"""How much is asked, by day, as the audit log has it; operators alone are told."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from service.auditing.files import Folder
from service.gate import require_operator
from service.identity.types import Identity
from service.shapes import Model

DAYS: Final = 30
"""That are told; files of older days are not opened."""

_PIECE_BYTES: Final = 1 << 20


class DayOfUse(Model):
    """A day (UTC): questions, how many of them got no answer, and different askers."""

    day: date
    asked: int
    unanswered: int
    people: int


class UsageReport(Model):
    """The last days, the oldest first, also those without a question.

    `recorded` is false when the audit log is off: then nothing is known.
    """

    recorded: bool
    days: list[DayOfUse]


@dataclass(slots=True)
class _Counted:
    """What was read of one file so far; it only ever gets longer."""

    offset: int = 0
    asked: int = 0
    unanswered: int = 0
    people: set[str] = field(default_factory=set)


class Usage:
    """Counts the answers that the audit log records.

    The log has a file for each day and only appends to it, so each byte is read once. It is not
    verified here, which `answerable audit verify` does: these are numbers for a chart.
    """

    def __init__(
        self,
        folder: Path,
        *,
        recorded: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nothing is read yet.

        Args:
            folder: of the audit log.
            recorded: whether it is on.
            now: the clock, aware.
        """
        self._folder = Folder(folder)
        self._recorded = recorded
        self._now = now
        self._counted: dict[str, _Counted] = {}
        self._lock = threading.Lock()

    def report(self, asker: Identity) -> UsageReport:
        """The last days.

        Raises:
            Forbidden: they are no operator.
        """
        require_operator(asker)
        if not self._recorded:
            return UsageReport(recorded=False, days=[])
        today = self._now().astimezone(UTC).date()
        wanted = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
        with self._lock:
            by_day = self._read(set(wanted))
        return UsageReport(recorded=True, days=[_day(day, by_day.get(day, [])) for day in wanted])

    def _read(self, wanted: set[date]) -> dict[date, list[_Counted]]:
        known, self._counted = self._counted, {}
        found: dict[date, list[_Counted]] = {}
        for path in self._folder.days():
            day = _date_of(path)
            if day not in wanted:
                continue
            counted = known.get(path.name, _Counted())
            try:
                _read_on(path, counted)
            except FileNotFoundError:  # it was kept long enough
                continue
            self._counted[path.name] = counted
            found.setdefault(day, []).append(counted)
        return found


def _read_on(path: Path, counted: _Counted) -> None:
    """Count the lines that were added since; one that is not finished waits for the next time."""
    with path.open("rb") as file:
        file.seek(counted.offset)
        while lines := file.readlines(_PIECE_BYTES):
            for line in lines:
                if not line.endswith(b"\n"):
                    return
                counted.offset += len(line)
                _count(line, counted)


def _count(line: bytes, counted: _Counted) -> None:
    try:
        entry: Any = json.loads(line)
    except (ValueError, RecursionError):
        return
    if not isinstance(entry, dict) or entry.get("action") != "ask":
        return
    counted.asked += 1
    counted.unanswered += entry.get("abstained") is True
    counted.people.add(str(entry.get("who")))


def _day(day: date, files: list[_Counted]) -> DayOfUse:
    # A clock that was set back begins a second file for the same day.
    return DayOfUse(
        day=day,
        asked=sum(one.asked for one in files),
        unanswered=sum(one.unanswered for one in files),
        people=len(set[str]().union(*(one.people for one in files))),
    )


def _date_of(path: Path) -> date:
    try:
        return date.fromisoformat(path.stem.partition("-")[2])
    except ValueError:
        return date.min
