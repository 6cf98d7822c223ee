"""From a webhook that says that somebody lost a right, to the sync that has read who has some."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index.access import VisibleTo
from index.errors import StorageError
from index.settings import IndexSettings
from index.store import Index
from ingest.errors import RetryLater
from ingest.source import Change, Checkpoint, Complete, Cursor
from service.operator_schemas import Received, SyncOrder
from service.webhooks import Delivery
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import ADA, ANYBODY, FOR_ADA, matching, nearest
from tests.service.receiving import Receiver
from tests.service.syncing import SECONDS, Desk, Told, upsert
from tests.service.test_webhooks import signature

ALL = SyncOrder()
PLAN, MENU, DRAWING = "The salary plan", "The menu of the plan", "The drawing of the plan"
END = (Complete(), Checkpoint(Cursor("end")))
BOATS = {"repository": {"full_name": "tallow/boats"}}
REMOVED = "member", {"action": "removed", **BOATS}
PRIVATIZED = "repository", {"action": "privatized", **BOATS}
Event = tuple[str, Mapping[str, Any]]


@dataclass
class Office:
    """Two sources that were read once, and the receiver of webhooks that concern `issues`."""

    index: Index
    issues: Told
    desk: Desk

    def deliver(self, event: Event, delivery: str = "1") -> Received:
        raw = json.dumps(event[1]).encode()
        headers = {
            "x-github-event": event[0],
            "x-github-delivery": delivery,
            "x-hub-signature-256": signature(raw),
        }
        return Receiver(self.index, self.desk).webhooks().github(Delivery(raw, headers))

    def sync(self) -> None:
        self.desk.operations.sync(ALL)

    def seen(self, visible: VisibleTo = ADA) -> set[str]:
        """By both legs, which find the same."""
        dense = {chunk.text for chunk in nearest(self.index, PLAN, visible)}
        assert dense == {chunk.text for chunk in matching(self.index, "plan", visible)}
        return dense


@contextmanager
def opened(folder: Path) -> Iterator[Office]:
    issues = Told("issues", *pages())
    drive = Told("drive", upsert("drive:drawing", DRAWING, FOR_ADA), *END)
    settings = IndexSettings(data_dir=folder)
    with Index(settings, HashEmbedder(), chunker="whole") as index:
        yield Office(index, issues, Desk(index, issues, drive))


def pages() -> list[Change | Exception]:
    return [upsert("issues:plan", PLAN, FOR_ADA), upsert("issues:menu", MENU), *END]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as office:
        office.sync()
        assert office.seen() == {PLAN, MENU, DRAWING}
        yield office


def test_revocation_hides_what_is_restricted_when_the_delivery_is_answered(
    office: Office,
) -> None:
    assert office.deliver(REMOVED).handled

    assert office.seen() == {MENU, DRAWING}
    assert office.desk.status("issues").withheld
    assert "rights to it were taken away" in str(office.desk.status("issues").withheld_because)
    assert not office.desk.status("drive").withheld


def test_sync_that_it_wakes_brings_back_what_may_be_seen_still(office: Office) -> None:
    office.desk.operations.start()
    office.deliver(REMOVED)
    office.desk.wait_for("issues", "issues", "drive")
    office.desk.operations.stop()

    assert office.seen() == {PLAN, MENU, DRAWING}
    assert not office.desk.status("issues").withheld


def test_who_lost_the_right_does_not_get_it_back(office: Office) -> None:
    office.deliver(REMOVED)
    office.issues.changes_to_say[0] = upsert("issues:plan", PLAN, "user:bob@example.com")
    office.sync()

    assert not office.desk.status("issues").withheld
    assert office.seen() == {MENU, DRAWING}


def test_sync_that_began_before_the_event_proves_nothing(office: Office) -> None:
    office.issues.begun.clear()
    office.issues.may_end.clear()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(office.sync)
        assert office.issues.begun.wait(SECONDS)
        office.deliver(REMOVED)
        office.issues.may_end.set()
        run.result()
    assert office.seen() == {MENU, DRAWING}

    office.sync()
    assert office.seen() == {PLAN, MENU, DRAWING}


def test_sync_that_fails_proves_nothing(office: Office) -> None:
    office.deliver(REMOVED)
    office.issues.changes_to_say = [*pages()[:2], RetryLater("timed out")]
    office.sync()
    assert office.seen() == {MENU, DRAWING}

    office.issues.changes_to_say = pages()
    office.sync()
    assert office.seen() == {PLAN, MENU, DRAWING}


def test_sync_that_breaks_proves_nothing(office: Office) -> None:
    office.deliver(REMOVED)
    office.issues.changes_to_say = [*pages(), ZeroDivisionError("x")]
    with pytest.raises(ZeroDivisionError):
        office.sync()

    assert office.seen() == {MENU, DRAWING}


def test_dry_run_proves_nothing(office: Office) -> None:
    office.deliver(REMOVED)
    office.desk.operations.sync(SyncOrder(dry_run=True))

    assert office.seen() == {MENU, DRAWING}


def test_sync_of_another_source_proves_nothing(office: Office) -> None:
    office.deliver(REMOVED)
    office.desk.operations.sync(SyncOrder(sources=["drive"]))

    assert office.seen() == {MENU, DRAWING}


def test_restart_forgets_no_revocation_and_reads_the_source_without_being_asked(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as office:
        office.sync()
        office.deliver(REMOVED)
    with opened(tmp_path) as office:
        assert office.seen() == {MENU, DRAWING}
        office.desk.operations.start()
        office.desk.wait_for("issues")
        office.desk.operations.stop()

        assert office.desk.runs == ["issues"]
        assert office.seen() == {PLAN, MENU, DRAWING}


def test_privatized_repository_hides_what_was_public_too(office: Office) -> None:
    office.deliver(PRIVATIZED)
    assert (office.seen(), office.seen(ANYBODY)) == ({DRAWING}, set())

    office.issues.changes_to_say[1] = upsert("issues:menu", MENU, FOR_ADA)
    office.sync()
    assert (office.seen(), office.seen(ANYBODY)) == ({PLAN, MENU, DRAWING}, set())


def test_each_of_two_revocations_hides_until_a_sync_after_it(office: Office) -> None:
    office.deliver(REMOVED)
    office.deliver(PRIVATIZED, delivery="2")
    assert office.seen() == {DRAWING}

    office.sync()
    assert office.seen() == {PLAN, MENU, DRAWING}


@pytest.mark.parametrize(
    "event",
    [
        ("member", {"action": "added", **BOATS}),
        ("repository", {"action": "publicized", **BOATS}),
        ("issues", {"action": "opened", **BOATS}),
    ],
)
def test_what_takes_nothing_away_hides_nothing(office: Office, event: Event) -> None:
    assert office.deliver(event).handled

    assert office.seen() == {PLAN, MENU, DRAWING}


def test_delivery_that_comes_again_after_the_sync_hides_nothing_again(office: Office) -> None:
    office.deliver(REMOVED)
    office.sync()

    assert not office.deliver(REMOVED).handled
    assert office.seen() == {PLAN, MENU, DRAWING}


def test_revocation_that_cannot_be_noted_counts_and_may_come_again(office: Office) -> None:
    with unwritable(office.index), pytest.raises(StorageError):
        office.deliver(REMOVED)

    assert office.seen() == {MENU, DRAWING}
    assert office.deliver(REMOVED).handled


def test_forgotten_source_is_pending_no_more(office: Office) -> None:
    office.deliver(REMOVED)
    Desk(office.index, office.desk.sources["drive"]).operations.forget("issues")

    assert office.index.sources.revocations("issues") == []
    assert office.seen() == {DRAWING}


@contextmanager
def unwritable(index: Index) -> Iterator[None]:
    """As if the disk was full, for this thread."""
    connection = index._database.connection()
    connection.execute("PRAGMA query_only = ON")
    yield
    connection.execute("PRAGMA query_only = OFF")
