"""Who may read a Google Doc is who may read it in Drive, and nobody where that is not known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.sources.google_readers import granted
from tests.fakes.google import FakeGoogle, fault
from tests.fakes.google_world import permission
from tests.ingest.sources.google_reading import Reader, anyone, documents, kinds, readers, skipped

NOW = datetime(2026, 6, 4, tzinfo=UTC)


def who(*permissions: Any, **more: Any) -> set[str]:
    return set(granted(permissions, **{"now": NOW, "link_shared": False, **more}).readers)


def test_people_groups_domains_and_everyone() -> None:
    assert who(
        permission("Ada@Example.com", "owner"),
        {"type": "group", "role": "reader", "emailAddress": "Staff@example.com"},
        {"type": "domain", "role": "commenter", "domain": "X.example", "allowFileDiscovery": True},
        anyone(allowFileDiscovery=True),
    ) == {"user:ada@example.com", "group:staff@example.com", "domain:x.example", "public"}


@pytest.mark.parametrize(
    "more",
    [
        {"deleted": True},
        {"expirationTime": "2026-06-03T23:59:59.000Z"},
        {"expirationTime": "soon"},
        {"view": "published"},
        {"view": "metadata"},
        {"role": "publishedReader"},
        {"emailAddress": ""},
        {"type": "robot"},
    ],
)
def test_permission_that_lets_nobody_read_is_ignored(more: dict[str, Any]) -> None:
    assert who(permission("bo@example.com", "reader") | more) == set()


def test_permission_without_address_is_ignored() -> None:
    assert who({"type": "user", "role": "reader"}, {"type": "group", "role": "reader"}) == set()


def test_owner_to_be_reads_already() -> None:
    assert who(permission("bo@example.com", "writer") | {"pendingOwner": True}) == {
        "user:bo@example.com"
    }


@pytest.mark.parametrize("found", [{}, {"allowFileDiscovery": False}])
def test_whom_only_the_link_admits_finds_nothing(found: dict[str, Any]) -> None:
    shared = [anyone(**found), {"type": "domain", "role": "reader", "domain": "x.example", **found}]

    assert who(*shared) == set()
    assert who(*shared, link_shared=True) == {"public", "domain:x.example"}


def test_limited_file_takes_nothing_from_its_folders() -> None:
    inherited = {"permissionDetails": [{"inherited": True}]}
    both = {"permissionDetails": [{"inherited": True}, {"inherited": False}]}
    permissions = [
        permission("far@example.com", "reader") | inherited,
        permission("near@example.com", "reader") | both,
        permission("boss@example.com", "organizer") | inherited,
    ]

    assert who(*permissions, is_limited=True) == {"user:near@example.com", "user:boss@example.com"}
    assert len(who(*permissions)) == 3


def test_end_of_a_permission_is_remembered() -> None:
    ends = [{"expirationTime": (NOW + timedelta(days=n)).isoformat()} for n in (9, 5)]
    permissions = [permission(f"p{n}@example.com", "reader") | end for n, end in enumerate(ends)]

    assert granted(permissions, now=NOW, link_shared=False).until == NOW + timedelta(days=5)


def test_readers_in_a_shared_drive_are_asked_for(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_drive("0ADRIVE")
    google.world.add("doc1", drive="0ADRIVE", readers=["ada@example.com", "bo@example.com"])

    assert readers(reader.read()) == {"doc1": {"user:ada@example.com", "user:bo@example.com"}}
    assert google.asked("/permissions") == ["/drive/v3/files/doc1/permissions"]


def test_readers_that_the_listing_gives_are_not_asked_for(
    google: FakeGoogle, reader: Reader
) -> None:
    google.world.add("doc1")

    assert readers(reader.read()) == {"doc1": {"user:ada@example.com"}}
    assert google.asked("/permissions") == []


def test_unknown_readers_are_nobody_and_named(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_drive("0ADRIVE")
    google.world.add("doc1", drive="0ADRIVE")
    google.forbidden.add("doc1")
    changes = reader.read()

    assert documents(changes) == {}
    assert "who may read it is not known" in skipped(changes)["doc1"]
    google.forbidden.clear()
    assert kinds(reader.read()) == ["upsert doc1", "checkpoint"]


def test_readers_that_fail_to_come_once_hide_only_this_document(
    google: FakeGoogle, reader: Reader
) -> None:
    google.world.add_drive("0ADRIVE")
    google.world.add("doc1", drive="0ADRIVE")
    google.world.add("doc2", drive="0ADRIVE")
    reader.settings = {"num_retries": 0}
    google.fail(fault(503, path="/doc1/permissions"))

    assert kinds(reader.read()) == ["skip doc1", "upsert doc2", "complete", "checkpoint"]


def test_share_and_unshare_are_told_by_the_log(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1")
    reader.read()
    google.world.share("doc1", "bo@example.com")
    assert readers(reader.read())["doc1"] == {"user:ada@example.com", "user:bo@example.com"}

    google.world.unshare("doc1", "bo@example.com")
    assert readers(reader.read())["doc1"] == {"user:ada@example.com"}


def test_permission_that_ends_between_two_runs_is_over(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1")
    end = (reader.today + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    google.world.share("doc1", "bo@example.com", expirationTime=end)
    assert "user:bo@example.com" in readers(reader.read())["doc1"]
    assert kinds(reader.read()) == ["checkpoint"]

    reader.later(hours=1)
    assert readers(reader.read()) == {"doc1": {"user:ada@example.com"}}
    assert kinds(reader.read()) == ["checkpoint"]


def test_folder_shared_without_word_in_the_log_is_seen_by_the_full_listing(
    google: FakeGoogle, reader: Reader
) -> None:
    google.world.add_drive("0ADRIVE")
    google.world.add("doc1", drive="0ADRIVE")
    reader.read()
    google.world.permissions["doc1"].append(permission("bo@example.com", "reader"))
    reader.later(days=1)

    assert "user:bo@example.com" in readers(reader.read())["doc1"]
