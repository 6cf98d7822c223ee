"""Rights that were taken away: they count at once, and until somebody read who has some left."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.errors import StorageError
from index.revocations import Revocation, Revocations
from index.store import Index
from tests.index.documents import ADA, FOR_ADA, contents, item, open_index

NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
FIRST = Revocation("notes", "1", hides_public=False, received_at=NOW)
SECOND = Revocation("notes", "2", hides_public=True, received_at=NOW)
OF_ANOTHER = Revocation("drive", "1", hides_public=False, received_at=NOW)


@pytest.fixture
def revocations(index: Index) -> Revocations:
    return index.sources.wakeups.revocations


def test_nothing_is_pending_to_begin_with(revocations: Revocations) -> None:
    assert revocations.pending.restricted == revocations.pending.hidden == frozenset()


def test_source_is_restricted_until_all_of_its_revocations_are_confirmed(
    revocations: Revocations,
) -> None:
    revocations.add([FIRST, OF_ANOTHER])
    before = revocations.of(["notes"])
    revocations.add([SECOND])
    revocations.confirm(before)

    assert revocations.of(["notes"]) == [SECOND]
    assert (revocations.pending.restricted, revocations.pending.hidden) == (
        {"notes", "drive"},
        {"notes"},
    )
    revocations.confirm([SECOND])
    assert revocations.pending.restricted == {"drive"}
    assert revocations.pending.hidden == frozenset()


def test_same_event_is_remembered_once(revocations: Revocations) -> None:
    for _ in range(2):
        revocations.add([FIRST])

    assert revocations.pending.all == (FIRST,)


def test_restart_forgets_nothing_and_withholds_before_anybody_asks(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.put([item("plan", "A plan", [FOR_ADA])])
        index.sources.wakeups.revocations.add([FIRST, SECOND])
    with open_index(tmp_path) as index:
        assert index.sources.revocations("notes") == [FIRST, SECOND]
        assert contents(index, ADA) == {}
        index.sources.wakeups.revocations.confirm([FIRST, SECOND])
    with open_index(tmp_path) as index:
        assert contents(index, ADA) == {"plan": "A plan"}


def test_revocation_that_cannot_be_written_counts_all_the_same(
    index: Index, revocations: Revocations
) -> None:
    index.put([item("plan", "A plan", [FOR_ADA])])
    index._database.connection().execute("PRAGMA query_only = ON")
    with pytest.raises(StorageError):
        revocations.add([FIRST])

    assert contents(index, ADA) == {}
    index._database.connection().execute("PRAGMA query_only = OFF")


def test_confirmation_that_cannot_be_written_does_not_count(
    index: Index, revocations: Revocations
) -> None:
    revocations.add([FIRST])
    index._database.connection().execute("PRAGMA query_only = ON")
    with pytest.raises(StorageError):
        revocations.confirm([FIRST])

    assert revocations.pending.restricted == {"notes"}
    index._database.connection().execute("PRAGMA query_only = OFF")


def test_forgotten_source_leaves_no_revocation(index: Index, revocations: Revocations) -> None:
    revocations.add([FIRST, OF_ANOTHER])
    index.forget("notes")

    assert revocations.pending.all == (OF_ANOTHER,)
    assert Revocations(index._database).pending.all == (OF_ANOTHER,)


def test_index_of_an_earlier_version_gets_its_table(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.put([item("plan", "A plan", [FOR_ADA])])
    catalog = sqlite3.connect(tmp_path / "data" / "catalog.sqlite3")
    catalog.executescript("DROP TABLE revocations; PRAGMA user_version = 3;")
    catalog.close()

    with open_index(tmp_path) as index:
        index.sources.wakeups.revocations.add([FIRST])
        assert contents(index, ADA) == {}
