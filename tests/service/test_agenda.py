from datetime import UTC, datetime, timedelta

import pytest

from service.agenda import FIRST_RETRY, LAST_RETRY, Agenda, Outcome

NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
WELL = Outcome(has_failed=False)
FAILED = Outcome(has_failed=True)


def agenda(*, jitter: float = 0.0, **every: timedelta | None) -> Agenda:
    return Agenda(every, lambda: jitter)


def begun(*, jitter: float = 0.0, **every: timedelta | None) -> Agenda:
    """An agenda whose first runs are under way."""
    made = agenda(jitter=jitter, **every)
    made.begin(NOW)
    while made.take(NOW):
        pass
    return made


def taken(agenda: Agenda, now: datetime) -> list[str]:
    return [source for _ in range(9) if (source := agenda.take(now))]


def test_sources_with_an_interval_are_due_at_the_start() -> None:
    made = agenda(docs=HOUR, wiki=None, drive=HOUR)
    made.begin(NOW)

    assert sorted(taken(made, NOW)) == ["docs", "drive"]


def test_source_is_due_again_an_interval_after_its_run() -> None:
    made = begun(docs=HOUR)
    made.ended("docs", WELL, NOW)

    assert made.take(NOW + HOUR - SECOND) is None
    assert made.take(NOW + HOUR) == "docs"


def test_jitter_makes_a_run_later_and_never_earlier() -> None:
    made = begun(docs=HOUR, jitter=1.0)
    made.ended("docs", WELL, NOW)

    assert made.due_at("docs") == NOW + 1.1 * HOUR


def test_source_that_is_woken_many_times_is_read_once() -> None:
    made = agenda(wiki=None)
    for second in range(5):
        made.wake("wiki", NOW + (2 + second) * SECOND)

    assert taken(made, NOW + SECOND) == []
    assert taken(made, NOW + 9 * SECOND) == ["wiki"]


def test_calls_without_end_do_not_put_a_run_off() -> None:
    made = agenda(wiki=None)
    made.wake("wiki", NOW + 2 * SECOND)

    assert made.wake("wiki", NOW + 4 * SECOND) == NOW + 2 * SECOND


def test_source_that_waits_for_longest_comes_first() -> None:
    made = agenda(a=None, b=None)
    made.wake("a", NOW + SECOND)
    made.wake("b", NOW)

    assert taken(made, NOW + HOUR) == ["b", "a"]


def test_source_woken_during_its_run_is_read_again() -> None:
    made = begun(docs=HOUR)
    made.wake("docs", NOW + SECOND)
    made.ended("docs", WELL, NOW + 2 * SECOND)

    assert made.take(NOW + 2 * SECOND) == "docs"


def test_failed_run_is_repeated_sooner_at_doubling_distances() -> None:
    made = begun(docs=HOUR)
    pauses = []
    for _ in range(6):
        made.ended("docs", FAILED, NOW)
        due = made.due_at("docs")
        assert due is not None
        pauses.append(due - NOW)
        made.take(due)

    assert pauses == [FIRST_RETRY * n for n in (1, 2, 4, 8)] + [HOUR, HOUR]


def test_failed_run_of_a_source_without_interval_is_repeated_too() -> None:
    made = agenda(wiki=None)
    for _ in range(20):
        made.ended("wiki", FAILED, NOW)
        made.take(NOW + 2 * LAST_RETRY)
    made.ended("wiki", FAILED, NOW)

    assert made.due_at("wiki") == NOW + LAST_RETRY


def test_success_forgets_the_failures_before() -> None:
    made = begun(docs=HOUR)
    for outcome in (FAILED, FAILED, WELL, FAILED):
        made.take(NOW + HOUR)
        made.ended("docs", outcome, NOW)

    assert made.due_at("docs") == NOW + FIRST_RETRY


def test_source_that_runs_well_without_interval_is_not_due() -> None:
    made = agenda(wiki=None)
    made.ended("wiki", WELL, NOW)

    assert (made.due_at("wiki"), made.next_at()) == (None, None)


@pytest.mark.parametrize("when", ["before", "after"])
def test_pause_that_a_source_asked_for_holds_against_being_woken(when: str) -> None:
    made = begun(docs=FIRST_RETRY)
    if when == "before":
        made.wake("docs", NOW)
    made.ended("docs", Outcome(has_failed=True, retry_after=2 * HOUR), NOW)
    if when == "after":
        made.wake("docs", NOW)

    assert made.due_at("docs") == NOW + 2 * HOUR
