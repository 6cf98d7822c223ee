import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from index.errors import ConfigError
from service.identity.database import FILE, AccessDatabase
from service.identity.directory import PAUSE_SECONDS, Directory
from service.identity.directory_client import DirectoryClient
from service.identity.errors import MembershipUnknown
from service.identity.settings import DirectorySettings
from tests.fakes.directory import FakeDirectory
from tests.fakes.faults import Fault, Request

ADA = "ada@tallow.example"
CREW, STAFF, ALL = "crew@tallow.example", "staff@tallow.example", "all@tallow.example"
NOW = datetime(2026, 6, 4, 9, tzinfo=UTC)
DOWN = Fault("status", 503)


class Asked:
    """A directory that asks a fake Google, and the time."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url, self.now = folder, url, NOW
        self.directory = self.opened()

    def opened(self, **settings: Any) -> Directory:
        given = {"api_endpoint": self.url, "timeout_seconds": 2, **settings}
        made = DirectorySettings.model_validate(given)
        return Directory(
            made,
            AccessDatabase(self.folder / FILE),
            DirectoryClient(made),
            now=lambda: self.now,
            clock=lambda: self.now.timestamp(),
        )

    def reopen(self, **settings: Any) -> None:
        self.directory.close()
        self.directory = self.opened(**settings)

    def groups(self, email: str = ADA) -> set[str]:
        return set(self.directory.groups_of(email).groups)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def asked(tmp_path: Path, google: FakeDirectory) -> Iterator[Asked]:
    google.groups = {ADA: [CREW], CREW: [STAFF], STAFF: [ALL], ALL: []}
    asked = Asked(tmp_path, google.url)
    yield asked
    asked.directory.close()


def test_nested_groups_are_found(asked: Asked) -> None:
    assert asked.groups("Ada@Tallow.example") == {CREW, STAFF, ALL}


def test_direct_groups_are_those_one_step_away(asked: Asked, google: FakeDirectory) -> None:
    assert asked.directory.direct_groups(ADA) == {CREW}
    assert asked.directory.direct_groups(CREW) == {STAFF}
    google.fail(*[DOWN] * 9)
    with pytest.raises(MembershipUnknown):
        asked.directory.direct_groups("bo@tallow.example")


def test_groups_in_a_circle_come_to_an_end(asked: Asked, google: FakeDirectory) -> None:
    google.groups[ALL] = [CREW]

    assert asked.groups() == {CREW, STAFF, ALL}
    assert sorted(google.asked) == sorted([ADA, CREW, STAFF, ALL])


def test_all_pages_are_read(asked: Asked, google: FakeDirectory) -> None:
    google.page, google.groups = 2, {ADA: [f"G{number}@x.y" for number in range(5)]}

    assert asked.groups() == {f"g{number}@x.y" for number in range(5)}


def test_only_groups_of_the_configured_domain_count(asked: Asked, google: FakeDirectory) -> None:
    google.groups[ADA] = [CREW, "chess@club.example"]
    asked.reopen(domain="tallow.example")

    assert asked.groups() == {CREW, STAFF, ALL}


def test_who_is_not_in_the_directory_is_in_no_group(asked: Asked) -> None:
    assert asked.groups("bo@elsewhere.example") == set()


def test_what_is_fresh_is_not_asked_again(asked: Asked, google: FakeDirectory) -> None:
    asked.groups()
    asked.later(minutes=59)
    google.groups[ADA] = []

    assert asked.groups() == {CREW, STAFF, ALL}
    assert len(google.asked) == 4


def test_membership_that_was_taken_away_is_gone_after_the_refresh(
    asked: Asked, google: FakeDirectory
) -> None:
    asked.groups()
    asked.later(minutes=61)
    google.groups[ADA] = []

    assert asked.groups() == set()


def test_two_people_share_what_is_known_of_their_groups(
    asked: Asked, google: FakeDirectory
) -> None:
    asked.groups()
    google.groups["bo@tallow.example"] = [CREW]

    assert asked.groups("bo@tallow.example") == {CREW, STAFF, ALL}
    assert google.asked[4:] == ["bo@tallow.example"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", 403, body=b'{"error": {"code": 403}}'),
        Fault("status", 429),
        Fault("status", 401),
        Fault("cut"),
        Fault("truncated"),
        Fault("status", 200, body=b"[]"),
        Fault("status", 200, body=b'{"groups": [{"name": "x"}]}'),
        Fault("status", 200, body=b'{"groups": "x"}'),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status} {fault.body[:24]!r}",
)
def test_answer_that_is_none_is_not_taken_for_no_groups(
    asked: Asked, google: FakeDirectory, fault: Fault
) -> None:
    google.fail(fault)

    with pytest.raises(MembershipUnknown):
        asked.groups()
    assert asked.directory.problems()


def test_failure_half_way_is_not_taken_for_fewer_groups(
    asked: Asked, google: FakeDirectory
) -> None:
    def fail_for_staff(request: Request) -> None:
        if request.query["userKey"] == STAFF:
            google.fail(Fault("status", 403))

    google.faulty.before = fail_for_staff

    with pytest.raises(MembershipUnknown):
        asked.groups()
    assert google.asked == [ADA, CREW, STAFF]


def test_page_that_is_gone_is_not_the_end(asked: Asked, google: FakeDirectory) -> None:
    google.page, google.groups[ADA] = 1, [CREW, STAFF]

    def fail_for_second_page(request: Request) -> None:
        if "pageToken" in request.query:
            google.fail(Fault("status", 404))

    google.faulty.before = fail_for_second_page

    with pytest.raises(MembershipUnknown):
        asked.groups()


def test_failure_of_google_is_tried_once_more(asked: Asked, google: FakeDirectory) -> None:
    google.fail(DOWN)

    assert asked.groups() == {CREW, STAFF, ALL}
    assert asked.directory.problems() == []


def test_known_groups_count_through_an_outage_until_they_are_too_old(
    asked: Asked, google: FakeDirectory
) -> None:
    asked.groups()
    google.fail(*[DOWN] * 50)

    asked.later(hours=24)
    found = asked.directory.groups_of(ADA)
    assert (found.groups, found.checked_at) == ({CREW, STAFF, ALL}, NOW)
    asked.later(seconds=1)
    with pytest.raises(MembershipUnknown):
        asked.groups()


def test_outage_is_said_with_its_beginning_until_it_ends(
    asked: Asked, google: FakeDirectory
) -> None:
    google.fail(DOWN, DOWN, DOWN, DOWN)
    for _ in range(2):
        with pytest.raises(MembershipUnknown):
            asked.groups()
        asked.later(minutes=1)

    (said,) = asked.directory.problems()
    assert "503" in said
    assert "since 2026-06-04 09:00 UTC" in said
    assert "24 h" in said
    asked.groups()
    assert asked.directory.problems() == []


def test_not_every_request_waits_for_what_just_failed(asked: Asked, google: FakeDirectory) -> None:
    google.fail(*[DOWN] * 50)
    for _ in range(5):
        with pytest.raises(MembershipUnknown):
            asked.groups()
    assert len(google.asked) == 2

    google.faulty.faults.clear()
    asked.later(seconds=PAUSE_SECONDS)

    assert asked.groups() == {CREW, STAFF, ALL}


def test_refusal_for_one_person_keeps_nobody_else_out(asked: Asked, google: FakeDirectory) -> None:
    google.fail(Fault("status", 403))
    with pytest.raises(MembershipUnknown):
        asked.groups("bo@elsewhere.example")

    assert asked.groups() == {CREW, STAFF, ALL}


def test_directory_that_is_not_there_makes_membership_unknown(asked: Asked) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        asked.reopen(api_endpoint=f"http://127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(MembershipUnknown, match="reached"):
        asked.groups()


def test_what_is_known_outlives_the_process(asked: Asked, google: FakeDirectory) -> None:
    asked.groups()
    asked.reopen()
    google.fail(*[DOWN] * 50)

    assert asked.groups() == {CREW, STAFF, ALL}


def test_what_was_found_out_in_the_future_does_not_count(
    asked: Asked, google: FakeDirectory
) -> None:
    asked.groups()
    asked.later(days=-2)
    google.fail(*[DOWN] * 50)

    with pytest.raises(MembershipUnknown):
        asked.groups()


def test_what_is_too_old_to_count_is_erased(asked: Asked) -> None:
    asked.groups()
    asked.later(days=2)
    asked.groups("bo@elsewhere.example")

    with asked.directory._database.reading() as read:
        rows = read.execute("SELECT member FROM memberships").fetchall()
    assert rows == [("bo@elsewhere.example",)]


def test_missing_key_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="GOOGLE_DIRECTORY_KEY"):
        DirectoryClient(DirectorySettings())


def test_key_that_is_none_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(json.dumps({"private_key": "do not repeat"}))

    with pytest.raises(ConfigError) as refusal:
        DirectoryClient(DirectorySettings(key_file=tmp_path / "key.json"))
    assert "do not repeat" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_ages_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValidationError, match="max_age"):
        DirectorySettings.model_validate({"max_age": "1h", "refresh": "2h"})
