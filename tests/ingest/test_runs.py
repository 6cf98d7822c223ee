"""What is known from one run to the next, and runs that are stopped."""

from collections.abc import Iterator, Mapping

from index.store import Index
from index.types import DocId, Revision
from ingest.errors import RetryLater
from ingest.report import SyncReport
from ingest.source import Change, Checkpoint, Cursor, Skip
from ingest.sync import Mode, sync
from tests.ingest.scripted import END, ONE_BY_ONE, Scripted, ids, page, run, shown, whole

(SCAN,) = ids("scan")


def saved(index: Index) -> SyncReport:
    report = SyncReport.from_json(index.sources.reports()["wiki"])
    assert report is not None
    return report


def stopping_after(changes: int) -> Mode:
    """Says stop when so many changes were taken."""
    asked = iter(range(1000))
    return Mode(should_stop=lambda: next(asked) >= changes)


def test_skipped_document_is_counted_since_its_first_time(index: Index) -> None:
    first = run(index, Skip(SCAN, "no text"), *END)
    last = run(index, Skip(SCAN, "too large"), *END)

    held = last.held[SCAN]
    assert (held.reason, held.runs, held.since) == ("too large", 2, first.finished_at)
    assert saved(index) == last


def test_document_that_can_be_read_again_is_not_held_any_more(index: Index) -> None:
    run(index, Skip(SCAN, "no text"), *END)

    assert run(index, page("scan"), *END).held == {}


def test_run_that_ended_early_keeps_what_was_held_before(index: Index) -> None:
    run(index, Skip(SCAN, "no text"), *END)
    held = run(index, RetryLater("timed out")).held

    assert held[SCAN].runs == 1


def test_last_success_outlives_the_failures_after_it(index: Index) -> None:
    good = run(index, page("a"), *END)
    run(index, RetryLater("timed out"))

    assert run(index, RetryLater("timed out")).last_success_at == good.finished_at


def test_source_that_never_succeeded_has_no_last_success(index: Index) -> None:
    assert run(index, RetryLater("timed out")).last_success_at is None


def test_dry_run_is_no_success(index: Index) -> None:
    run(index, page("a"), *END, mode=Mode(dry_run=True))

    assert run(index, RetryLater("timed out")).last_success_at is None


def test_report_of_another_version_does_not_stop_a_run(index: Index) -> None:
    index.sources.save_report("wiki", '{"speed": 9}')

    assert run(index, page("a"), *END).error is None


def test_stopped_run_writes_what_it_read_and_keeps_its_last_checkpoint(index: Index) -> None:
    half = (page("a"), Checkpoint(Cursor("half")), page("b"))
    report = run(index, *half, page("c"), *END, mode=stopping_after(3))

    assert shown(index) == ["a", "b"]
    assert index.sources.cursor("wiki") == "half"
    assert "stopped before the end" in (report.error or "")


def test_stopped_run_deletes_nothing(index: Index) -> None:
    run(index, page("a"), page("b"), *END)
    run(index, page("b", "Changed."), *END, mode=stopping_after(1))

    assert shown(index) == ["a", "b"]


def test_index_is_the_same_wherever_a_run_was_stopped(index: Index) -> None:
    changes = (page("a"), page("b"), Checkpoint(Cursor("half")), page("c"), *END)
    for number in range(len(changes) + 1):
        run(index, *changes, mode=stopping_after(number), settings=ONE_BY_ONE)
    run(index, *changes)

    assert shown(index) == ["a", "b", "c"]
    assert index.check() == []


class Counted(Scripted):
    """A source that counts."""

    def __init__(self, *changes: Change) -> None:
        super().__init__(*changes)
        self.counters: Mapping[str, int] = {}

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        yield from super().changes(since, known)
        self.counters = {"requests": 3}


def test_what_a_source_counts_is_in_the_report(index: Index) -> None:
    source = Counted(page("a"), *END)
    report = sync(source, index, chunker=whole, settings=ONE_BY_ONE)

    assert (report.counters, saved(index).counters) == ({"requests": 3}, {"requests": 3})
