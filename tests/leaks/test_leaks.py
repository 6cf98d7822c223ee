"""The suite in a small size, and the bugs that it must find."""

import pytest

from tests.leaks.bugs import BUGS, STOPPED
from tests.leaks.running import run
from tests.leaks.service import Bug

COMPANIES = 10
ENOUGH = 40
"""Companies that show each of the bugs; most show in the first."""


def test_everybody_gets_what_they_may_read_and_nothing_else() -> None:
    tally = run(COMPANIES)

    assert (tally.leaks, tally.withheld) == ([], [])
    assert tally.companies == COMPANIES
    assert tally.asked > 50 * COMPANIES


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_bug_is_found(bug: Bug) -> None:
    assert run(ENOUGH, bug=bug, until_leak=True).leaks


def test_last_check_stops_an_unfiltered_leg() -> None:
    assert run(4, bug=STOPPED).leaks == []
