"""Readers that were not confirmed for too long do not count, and the status says so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store import Index
from ingest.errors import RetryLater
from ingest.report import SyncReport
from ingest.source import Checkpoint, Complete, Cursor
from service.freshness import Freshness
from service.operator_schemas import SyncOrder
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import ADA, FOR_ADA
from tests.service.syncing import Desk, Told, upsert, whole

WEEK = timedelta(days=7)
ALL = SyncOrder()
NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
END = (Complete(), Checkpoint(Cursor("end")))
PLAN, MENU = upsert("drive:plan", "The plan", FOR_ADA), upsert("drive:menu", "The menu")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index(IndexSettings(data_dir=tmp_path), HashEmbedder(), chunker="whole") as opened:
        opened.put([(one.document, whole(one.document)) for one in (PLAN, MENU)])
        yield opened


def read_at(index: Index, moment: datetime | None, error: str | None = None) -> None:
    report = SyncReport("drive", NOW, NOW, error=error, last_success_at=moment)
    index.sources.save_report("drive", report.to_json())


def seen(index: Index) -> set[str]:
    return {line.doc_id for line in index.documents(visible_to=ADA)}


def desk_of(index: Index, *changes: Exception, age: timedelta | None = WEEK) -> Desk:
    drive = Told("drive", PLAN, MENU, *(changes or END))
    return Desk(index, drive, max_permission_age=age)


def started(desk: Desk) -> Desk:
    desk.operations.start()
    desk.operations.stop()
    return desk


def test_source_that_was_read_lately_is_shown(index: Index) -> None:
    read_at(index, datetime.now(UTC) - WEEK / 2)
    desk = started(desk_of(index))

    assert seen(index) == {"drive:plan", "drive:menu"}
    assert (desk.status("drive").withheld, desk.status("drive").withheld_because) == (False, None)


def test_source_that_was_read_too_long_ago_shows_what_is_public(index: Index) -> None:
    read_at(index, datetime.now(UTC) - WEEK * 2)
    desk = started(desk_of(index))

    assert seen(index) == {"drive:menu"}
    assert "max_permission_age" in str(desk.status("drive").withheld_because)


def test_failures_do_not_make_readers_younger(index: Index) -> None:
    read_at(index, datetime.now(UTC) - WEEK * 2)
    desk = desk_of(index, RetryLater("timed out"))
    desk.operations.sync(ALL)

    assert seen(index) == {"drive:menu"}
    assert desk.status("drive").withheld


def test_sync_that_succeeds_brings_a_source_back(index: Index) -> None:
    read_at(index, datetime.now(UTC) - WEEK * 2)
    desk = started(desk_of(index))
    desk_of(index).operations.sync(ALL)

    assert seen(index) == {"drive:plan", "drive:menu"}
    assert not desk.status("drive").withheld


@pytest.mark.parametrize("is_known", [True, False])
def test_source_that_was_never_read_without_an_error_is_not_fresh(
    index: Index, is_known: bool
) -> None:
    if is_known:
        read_at(index, None, error="401")
    desk = started(desk_of(index))

    assert seen(index) == {"drive:menu"}
    assert "no run of it has succeeded" in str(desk.status("drive").withheld_because)


def test_report_that_cannot_be_read_proves_nothing(index: Index) -> None:
    index.sources.save_report("drive", '{"of": "another version"}')
    started(desk_of(index))

    assert seen(index) == {"drive:menu"}


def test_source_that_is_configured_no_more_ages_too(index: Index) -> None:
    read_at(index, datetime.now(UTC) - WEEK * 2)
    started(Desk(index, Told("wiki"), max_permission_age=WEEK))

    assert seen(index) == {"drive:menu"}


def test_without_an_age_nothing_is_too_old(index: Index) -> None:
    desk = started(desk_of(index, age=None))

    assert seen(index) == {"drive:plan", "drive:menu"}
    assert not desk.status("drive").withheld


def test_readers_grow_too_old_while_nothing_else_happens(index: Index) -> None:
    read_at(index, NOW)
    clock = [NOW + WEEK]
    freshness = Freshness(index, ["drive"], WEEK, lambda: clock[0])
    freshness.refresh()
    assert seen(index) == {"drive:plan", "drive:menu"}

    clock[0] += timedelta(seconds=1)
    freshness.apply()
    assert seen(index) == {"drive:menu"}


def test_what_was_read_in_the_future_was_not(index: Index) -> None:
    read_at(index, NOW)
    Freshness(index, ["drive"], WEEK, lambda: NOW - WEEK).refresh()

    assert seen(index) == {"drive:menu"}


def test_looking_at_the_age_ends_with_the_service(index: Index) -> None:
    freshness = Freshness(index, ["drive"], WEEK)
    freshness.start()
    freshness.stop()
    freshness._thread.join(30)

    assert not freshness._thread.is_alive()
