"""Questions by day, counted from the audit log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.access import Principal
from service.auditing.entries import Action, Entry
from service.auditing.log import AuditLog
from service.auditing.settings import AuditSettings
from service.errors import Forbidden
from service.identity.types import Identity
from service.usage import DAYS, Usage, UsageReport

OPERATOR = Identity(Principal("ada@tallow.example"), "oidc", "ada@tallow.example", is_operator=True)
DAY = timedelta(days=1)


class Logged:
    """An audit log, and what is counted of it, by a clock that is set."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
        self.log = AuditLog(folder, AuditSettings(), lambda: self.now)
        self.usage = Usage(folder, now=lambda: self.now)

    def record(self, who: str, action: Action = "ask", *, abstained: bool | None = False) -> None:
        self.log.record(Entry(who, "oidc", action, abstained=abstained))

    def report(self) -> UsageReport:
        return self.usage.report(OPERATOR)

    def today(self) -> tuple[int, int, int]:
        day = self.report().days[-1]
        return day.asked, day.unanswered, day.people


@pytest.fixture
def logged(tmp_path: Path) -> Logged:
    return Logged(tmp_path / "audit")


def test_nobody_but_operators_is_told(logged: Logged) -> None:
    somebody = Identity(Principal("bo@tallow.example"), "oidc", "bo@tallow.example")
    with pytest.raises(Forbidden):
        logged.usage.report(somebody)


def test_log_that_is_not_there_yet_says_nothing_was_asked(logged: Logged) -> None:
    report = logged.report()
    assert (len(report.days), {day.asked for day in report.days}) == (DAYS, {0})


def test_answers_refusals_and_askers_are_counted(logged: Logged) -> None:
    logged.record("ada")
    logged.record("ada", abstained=True)
    logged.record("bo")
    logged.record("bo", "evidence", abstained=None)
    logged.record("cy", "search", abstained=None)
    logged.log.close()

    assert logged.today() == (3, 1, 2)


def test_what_is_added_later_is_counted_once(logged: Logged) -> None:
    logged.record("ada")
    assert logged.today() == (1, 0, 1)
    logged.record("ada")
    logged.record("bo")
    logged.log.close()

    assert logged.today() == (3, 0, 2)
    assert logged.today() == (3, 0, 2)


def test_each_day_has_its_own_number_and_old_ones_are_left_out(logged: Logged) -> None:
    logged.record("ada")
    logged.now += (DAYS - 1) * DAY
    logged.record("ada")
    logged.record("ada")
    report = logged.report()
    assert (report.days[0].asked, report.days[-1].asked) == (1, 2)
    logged.now += DAY
    logged.log.close()

    assert [day.asked for day in logged.report().days[-2:]] == [2, 0]
    assert sum(day.asked for day in logged.report().days) == 2


def test_line_that_is_not_finished_waits_and_what_is_no_entry_is_no_question(
    logged: Logged,
) -> None:
    logged.record("ada")
    logged.log.close()
    (path,) = logged.folder.glob("*.jsonl")
    with path.open("ab") as file:
        file.write(b'not an entry\n[]\n{"action":"ask","who":"bo"')
    assert logged.today() == (1, 0, 1)
    with path.open("ab") as file:
        file.write(b',"abstained":true}\n')

    assert logged.today() == (2, 1, 2)


def test_log_that_is_off_says_so(tmp_path: Path) -> None:
    report = Usage(tmp_path, recorded=False).report(OPERATOR)
    assert (report.recorded, report.days) == (False, [])
