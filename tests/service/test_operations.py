from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta

import pytest

from index.store import Index
from index.types import DocId, Revision
from ingest.errors import RetryLater, SourceRefused
from ingest.source import Change, Checkpoint, Complete, Cursor, Skip
from service.errors import Busy, NotFound, NotReady, RequestError
from service.operator_schemas import SyncOrder
from tests.service.syncing import SECONDS, Desk, Told, upsert

HOUR = timedelta(hours=1)
END = (Complete(), Checkpoint(Cursor("end")))
ALL = SyncOrder()


def test_every_source_with_an_interval_is_read_when_the_service_starts(empty_index: Index) -> None:
    desk = Desk(empty_index, Told("docs"), Told("wiki"), every=HOUR)
    desk.operations.start()
    desk.wait_for("docs", "wiki")
    desk.operations.stop()

    assert desk.status("docs").documents == desk.status("wiki").documents == 1
    assert desk.status("docs").every_seconds == 3600


def test_source_without_interval_is_read_when_it_is_asked_for(empty_index: Index) -> None:
    desk = Desk(empty_index, Told("docs"), Told("wiki"))
    desk.operations.start()
    desk.operations.request("wiki")
    desk.wait_for("wiki")
    desk.operations.stop()

    assert desk.runs == ["wiki"]


def test_runs_never_overlap(empty_index: Index) -> None:
    sources = [Told(name) for name in ("a", "b", "c", "d")]
    desk = Desk(empty_index, *sources, every=HOUR)
    desk.operations.start()
    with ThreadPoolExecutor(4) as pool:
        pool.map(desk.operations.request, ["a", "b", "c", "d"] * 5)
    desk.wait_for("a", "b", "c", "d")
    desk.operations.stop()

    assert desk.most == 1


def test_source_asked_for_many_times_while_it_runs_is_read_once_more(empty_index: Index) -> None:
    wiki = Told("wiki")
    wiki.may_end.clear()
    desk = Desk(empty_index, wiki, Told("last"))
    desk.operations.start()
    desk.operations.request("wiki")
    assert wiki.begun.wait(SECONDS)
    for _ in range(5):
        desk.operations.request("wiki")
    desk.operations.request("last")
    wiki.may_end.set()
    desk.wait_for("last")
    desk.operations.stop()

    assert desk.runs == ["wiki", "wiki", "last"]


def test_order_waits_for_the_scheduled_run_and_another_order_does_not(
    empty_index: Index,
) -> None:
    wiki = Told("wiki")
    wiki.may_end.clear()
    desk = Desk(empty_index, wiki, Told("docs"))
    desk.operations.start()
    desk.operations.request("wiki")
    assert wiki.begun.wait(SECONDS)
    with ThreadPoolExecutor(2) as pool:
        orders = [pool.submit(desk.operations.sync, SyncOrder(sources=["docs"])) for _ in "12"]
        (refused,), (waiting,) = wait(orders, SECONDS, FIRST_COMPLETED)
        assert isinstance(refused.exception(), Busy)
        assert desk.status("wiki").running is not None
        assert desk.status("docs").running is None
        wiki.may_end.set()
        assert [report.source for report in waiting.result().reports] == ["docs"]
    desk.operations.stop()

    assert (desk.runs, desk.most) == (["wiki", "docs"], 1)


def test_progress_is_shown_while_it_runs(empty_index: Index) -> None:
    wiki = Told("wiki", upsert("wiki:a"), upsert("wiki:b"), *END)
    wiki.may_end.clear()
    desk = Desk(empty_index, wiki, batch_chunks=1)
    seen: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(desk.operations.sync, ALL)
        assert wiki.begun.wait(SECONDS)
        while not seen:  # it has begun, and will have written both in a moment
            running = desk.status("wiki").running
            seen = [running.listed] if running and running.indexed == 2 else []
        wiki.may_end.set()
        done.result()

    assert seen == [2]
    assert desk.status("wiki").running is None


def test_source_that_fails_leaves_the_others_running_and_keeps_its_cursor(
    empty_index: Index,
) -> None:
    bad = Told("bad", upsert("bad:a"), Checkpoint(Cursor("half")), RetryLater("timed out"))
    desk = Desk(empty_index, bad, Told("good"), every=HOUR)
    desk.operations.start()
    desk.wait_for("bad", "good")
    desk.operations.stop()

    assert (desk.status("bad").error, desk.status("good").error) == ("timed out", None)
    assert empty_index.sources.cursor("bad") == "half"
    assert desk.status("good").last_success_at is not None
    assert (desk.status("bad").last_success_at, desk.status("bad").lag_seconds) == (None, None)


def test_failed_source_is_planned_sooner_than_its_interval(empty_index: Index) -> None:
    desk = Desk(empty_index, Told("bad", SourceRefused("no")), Told("good"), every=HOUR)
    desk.operations.start()
    desk.wait_for("bad", "good")
    desk.operations.stop()
    bad, good = desk.status("bad").next_run_at, desk.status("good").next_run_at

    assert bad is not None
    assert good is not None
    assert bad < good


def test_source_that_breaks_does_not_end_the_schedule(empty_index: Index) -> None:
    desk = Desk(empty_index, Told("bad", ZeroDivisionError("x")), Told("good"), every=HOUR)
    desk.operations.start()
    desk.wait_for("bad", "good")
    desk.operations.stop()

    assert desk.status("bad").error == "ZeroDivisionError; the log says more"
    assert desk.status("bad").next_run_at is not None
    assert desk.status("good").error is None


def test_source_that_is_mended_has_no_error_any_more(empty_index: Index) -> None:
    source = Told("docs", ZeroDivisionError("x"))
    desk = Desk(empty_index, source, every=HOUR)
    desk.operations.start()
    desk.wait_for("docs")
    source.changes_to_say = [upsert("docs:a"), *END]
    desk.operations.request("docs")
    desk.wait_for("docs", "docs")
    desk.operations.stop()

    assert desk.status("docs").error is None


def test_stop_in_the_middle_waits_for_the_batch_and_loses_nothing(empty_index: Index) -> None:
    pages = [upsert(f"wiki:{number}") for number in range(9)]
    wiki = Told("wiki", *pages[:3], Checkpoint(Cursor("third")), *pages[3:], *END)
    desk = Desk(empty_index, wiki, every=HOUR)
    stopping = desk.operations._turns.stop
    desk.sources["wiki"] = Interrupted(
        wiki,
        after=6,  # five pages and a checkpoint
        interrupt=stopping,
    )
    desk.operations.start()
    desk.wait_for("wiki")
    assert desk.operations.stop()

    assert len(empty_index.revisions("wiki")) == 5
    assert empty_index.sources.cursor("wiki") == "third"
    assert empty_index.check() == []
    again = Desk(empty_index, wiki)
    again.operations.sync(ALL)
    assert wiki.cursors[-1] == "third"
    assert len(empty_index.revisions("wiki")) == 9


class Interrupted(Told):
    """Has something happen after a number of its changes."""

    def __init__(self, source: Told, after: int, interrupt: Callable[[], None]) -> None:
        super().__init__(source.name, *source.changes_to_say)
        self._after, self._interrupt = after, interrupt

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        for number, change in enumerate(super().changes(since, known)):
            if number == self._after:
                self._interrupt()
            yield change


def test_nothing_begins_after_the_stop(empty_index: Index) -> None:
    desk = Desk(empty_index, Told("docs"))
    desk.operations.start()
    assert desk.operations.stop()
    desk.operations.request("docs")

    with pytest.raises(NotReady, match="being stopped"):
        desk.operations.sync(ALL)
    assert desk.runs == []


def test_document_held_back_is_counted_from_run_to_run(empty_index: Index) -> None:
    desk = Desk(empty_index, Told("docs", Skip(DocId("docs:scan.pdf"), "no text"), *END))
    for _ in range(3):
        desk.operations.sync(ALL)
    run = desk.status("docs").last_run

    assert run is not None
    (held,) = run.held.values()
    assert (held.reason, held.runs) == ("no text", 3)
    assert held.since < run.started_at


def test_counters_of_a_source_are_in_its_report(empty_index: Index) -> None:
    source = Told("docs")
    source.counters = {"requests": 7, "not_modified": 5}  # type: ignore[attr-defined]
    desk = Desk(empty_index, source)
    (report,) = desk.operations.sync(ALL).reports

    assert report.counters == {"requests": 7, "not_modified": 5}


def test_configured_source_is_not_forgotten(empty_index: Index) -> None:
    desk = Desk(empty_index, Told("docs"))
    desk.operations.sync(ALL)

    with pytest.raises(RequestError, match="take it out there first"):
        desk.operations.forget("docs")
    assert desk.status("docs").documents == 1


def test_source_no_more_configured_is_shown_until_it_is_forgotten(empty_index: Index) -> None:
    Desk(empty_index, Told("docs"), Told("old")).operations.sync(ALL)
    files: list[str] = []
    desk = Desk(empty_index, Told("docs"), forget_files=files.append)
    assert (desk.status("old").configured, desk.status("old").documents) == (False, 1)

    assert desk.operations.forget("old").documents == 1
    assert [s.source for s in desk.operations.status().sources] == ["docs"]
    assert files == ["old"]
    assert empty_index.check() == []


def test_unknown_source_cannot_be_forgotten(empty_index: Index) -> None:
    with pytest.raises(NotFound, match="'wiki'"):
        Desk(empty_index, Told("docs")).operations.forget("wiki")


def test_unknown_source_cannot_be_asked_for(empty_index: Index) -> None:
    with pytest.raises(RequestError, match="there are: docs"):
        Desk(empty_index, Told("docs")).operations.request("wiki")
