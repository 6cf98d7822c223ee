from index.store import Index
from ingest.errors import SourceRefused
from ingest.report import Plan, SyncReport
from ingest.source import (
    Change,
    Unchanged,
)
from ingest.sync import Mode
from tests.ingest.scripted import END, ids, page, run, shown, ten


def test_dry_run_gives_the_plan_and_writes_nothing(index: Index) -> None:
    names = ten(index)
    changes: tuple[Change, ...] = (
        page("new"),
        page("p0", "Changed."),
        *map(Unchanged, ids(*names[2:])),
        *END,
    )

    report = run(index, *changes, mode=Mode(dry_run=True))

    assert report.plan == Plan(
        added=tuple(ids("new")), changed=tuple(ids("p0")), deleted=tuple(ids("p1"))
    )
    assert (report.unchanged, report.indexed) == (8, 0)
    assert shown(index) == names
    assert SyncReport.from_json(index.sources.reports()["wiki"]) != report


def test_report_survives_json(index: Index) -> None:
    report = run(index, page("bad", "unreadable"), *END, mode=Mode(dry_run=True))

    assert SyncReport.from_json(report.to_json()) == report


def test_report_is_kept_also_of_a_run_that_failed(index: Index) -> None:
    report = run(index, SourceRefused("no"))

    assert SyncReport.from_json(index.sources.reports()["wiki"]) == report


def test_report_of_another_version_reads_as_none() -> None:
    assert SyncReport.from_json('{"speed": 9}') is None


def test_report_says_where_the_time_went(index: Index) -> None:
    report = run(index, page("a"), *END)

    assert set(report.seconds) == {"reading", "chunking", "indexing"}
    assert report.started_at <= report.finished_at
