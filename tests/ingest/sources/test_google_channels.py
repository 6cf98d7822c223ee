"""Channels are opened, renewed and stopped; what fails about them never fails a run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from index.channels import Channel, Channels, hash_of
from index.database import Database
from ingest.google_settings import GoogleDocsSettings
from tests.fakes.faults import Fault
from tests.fakes.google import FakeGoogle, fault
from tests.fakes.google_contract import problems, request_problems
from tests.ingest.sources.google_reading import Reader

ADDRESS = "https://answerable.example/v1/webhooks/drive"
OWN = "the account's own files"
UNREGISTERED = fault(401, "push.webhookUrlUnauthorized", path="watch")


@dataclass
class Watcher:
    """Reads, then watches, as runs do.

    Attributes:
        notes: what did not work the last time.
    """

    reader: Reader
    channels: Channels
    notes: Sequence[str] = ()

    def run(self) -> None:
        self.reader.read()
        self.watch()

    def watch(self) -> None:
        assert self.reader.cursor
        self.notes = self.reader.source().watch(self.reader.cursor, self.channels)

    @property
    def open(self) -> list[Channel]:
        return list(self.channels.of("g"))


@pytest.fixture
def watcher(google: FakeGoogle, reader: Reader, tmp_path: Path) -> Iterator[Watcher]:
    google.world.add("doc1")
    reader.settings = {"push_url": ADDRESS}
    database = Database(tmp_path / "catalog.sqlite3")
    yield Watcher(reader, Channels(database))
    database.close()


def asked_to_open(google: FakeGoogle) -> list[dict[str, Any]]:
    return [channel.asked for channel in google.push.opened.values()]


def test_first_run_opens_a_channel_on_each_log(google: FakeGoogle, watcher: Watcher) -> None:
    google.world.add_drive("0ADRIVE")
    watcher.run()

    assert watcher.notes == ()
    assert {channel.topic for channel in watcher.open} == {"", "0ADRIVE"}
    assert {one.drive for one in google.push.opened.values()} == {"", "0ADRIVE"}


def test_channel_is_as_google_describes_it(google: FakeGoogle, watcher: Watcher) -> None:
    watcher.run()
    (asked,) = asked_to_open(google)
    (channel,) = watcher.open

    assert problems("drive.v3", "Channel", asked) == []
    assert (asked["type"], asked["address"]) == ("web_hook", ADDRESS)
    assert channel.channel_id == asked["id"]
    assert channel.token_hash == hash_of(asked["token"])
    assert (channel.expires_at - watcher.reader.today).days == 7


def test_requests_fit_what_google_describes(google: FakeGoogle, watcher: Watcher) -> None:
    google.world.add_drive("0ADRIVE")
    watcher.run()
    watcher.reader.later(days=4)
    watcher.run()
    requests = [r for r in google.faulty.requests if r.method == "POST"]

    assert len(requests) == 6
    assert [p for r in requests for p in request_problems(r.method, r.path, r.query)] == []
    answers = [answer for schema, answer in google.answers if schema == "Channel"]
    assert [p for answer in answers for p in problems("drive.v3", "Channel", answer)] == []


def test_tokens_of_two_channels_differ(google: FakeGoogle, watcher: Watcher) -> None:
    google.world.add_drive("0ADRIVE")
    watcher.run()

    assert len({asked["token"] for asked in asked_to_open(google)}) == 2


def test_channel_is_left_alone_in_the_first_half_of_its_life(
    google: FakeGoogle, watcher: Watcher
) -> None:
    watcher.run()
    watcher.reader.later(days=3)
    watcher.run()

    assert len(google.asked("watch")) == 1
    assert google.asked("stop") == []


def test_channel_is_renewed_in_the_second_half(google: FakeGoogle, watcher: Watcher) -> None:
    watcher.run()
    (old,) = watcher.open
    watcher.reader.later(days=3, hours=12)
    watcher.run()

    (new,) = watcher.open
    assert new.channel_id != old.channel_id
    assert google.push.stopped == [old.channel_id]
    assert [*google.push.opened] == [new.channel_id]
    posts = [r.path for r in google.faulty.requests if r.method == "POST"]
    assert [path.rpartition("/")[2] for path in posts] == ["watch", "watch", "stop"]


def test_life_that_google_shortens_counts(google: FakeGoogle, watcher: Watcher) -> None:
    end = datetime(2026, 6, 4, 11, tzinfo=UTC)  # two hours
    google.push.gives = int(end.timestamp() * 1000)
    watcher.run()
    assert watcher.open[0].expires_at == end

    watcher.reader.later(minutes=59)
    watcher.run()
    assert len(google.asked("watch")) == 1
    watcher.reader.later(minutes=1)
    watcher.run()
    assert len(google.asked("watch")) == 2


def test_expired_channel_is_replaced_and_not_stopped(google: FakeGoogle, watcher: Watcher) -> None:
    watcher.run()
    watcher.reader.later(days=8)
    watcher.run()

    assert len(watcher.open) == 1
    assert (len(google.asked("watch")), google.asked("stop")) == (2, [])


@pytest.mark.parametrize(
    "failure",
    [
        fault(403, "insufficientFilePermissions", path="watch"),
        fault(403, "rateLimitExceeded", path="watch"),
        fault(500, path="watch"),
        fault(401, "authError", path="watch"),
        UNREGISTERED,
        Fault("truncated", path="watch"),
        Fault("cut", path="watch"),
    ],
)
def test_failure_to_open_is_a_note_and_tried_again_next_time(
    google: FakeGoogle, watcher: Watcher, failure: Fault
) -> None:
    google.fail(failure)
    watcher.run()

    assert len(watcher.notes) == 1
    assert watcher.notes[0].startswith(f"no new push channel for {OWN}: Google")
    assert (watcher.open, watcher.reader.shown) == ([], ["doc1"])
    assert watcher.reader.waits == []
    watcher.run()
    assert (len(watcher.open), watcher.notes) == (1, ())


def test_address_that_google_refuses_is_not_said_to_be_the_key(
    google: FakeGoogle, watcher: Watcher
) -> None:
    google.world.add_drive("0ADRIVE")
    google.fail(UNREGISTERED, UNREGISTERED)
    watcher.run()

    assert len(google.asked("watch")) == 1  # the address is the same for every log
    assert "push.webhookUrlUnauthorized" in watcher.notes[0]
    assert "credentials" not in watcher.notes[0]


def test_log_that_cannot_be_watched_does_not_keep_others_from_it(
    google: FakeGoogle, watcher: Watcher
) -> None:
    google.world.add_drive("0ADRIVE")
    google.fail(fault(403, "insufficientFilePermissions", path="watch"))
    watcher.run()

    assert [channel.topic for channel in watcher.open] == ["0ADRIVE"]
    assert len(watcher.notes) == 1


def test_channel_that_cannot_be_renewed_goes_on_while_it_lives(
    google: FakeGoogle, watcher: Watcher
) -> None:
    watcher.run()
    (old,) = watcher.open
    watcher.reader.later(days=4)
    google.fail(fault(500, path="watch"))
    watcher.run()
    assert (watcher.open, google.asked("stop")) == ([old], [])

    watcher.reader.later(days=4)
    google.fail(fault(500, path="watch"))
    watcher.run()
    assert watcher.open == []


def test_channel_that_cannot_be_stopped_is_tried_again(
    google: FakeGoogle, watcher: Watcher
) -> None:
    watcher.run()
    watcher.reader.later(days=4)
    google.fail(fault(500, path="stop"))
    watcher.run()
    assert (len(watcher.open), "could not be stopped" in watcher.notes[0]) == (2, True)

    watcher.run()
    assert (len(watcher.open), len(google.push.opened), watcher.notes) == (1, 1, ())


def test_channel_that_google_does_not_know_any_more_is_dropped(
    google: FakeGoogle, watcher: Watcher
) -> None:
    watcher.run()
    google.push.opened.clear()
    watcher.reader.later(days=4)
    watcher.run()

    assert (len(watcher.open), watcher.notes) == (1, ())


def test_other_address_makes_other_channels(google: FakeGoogle, watcher: Watcher) -> None:
    watcher.run()
    watcher.reader.settings = {"push_url": "https://elsewhere.example/v1/webhooks/drive"}
    watcher.run()

    (asked,) = asked_to_open(google)
    assert asked["address"] == "https://elsewhere.example/v1/webhooks/drive"
    assert len(google.push.stopped) == 1


def test_channels_are_stopped_when_the_address_is_taken_out(
    google: FakeGoogle, watcher: Watcher
) -> None:
    watcher.run()
    watcher.reader.settings = {}
    watcher.run()

    assert (watcher.open, google.push.opened) == ([], {})


def test_channel_of_a_log_that_is_not_followed_any_more_is_stopped(
    google: FakeGoogle, watcher: Watcher
) -> None:
    google.world.add_drive("0ADRIVE")
    google.world.add("doc2", drive="0ADRIVE")
    watcher.run()
    watcher.reader.settings["drives"] = ["0ADRIVE"]
    watcher.run()

    assert [channel.topic for channel in watcher.open] == ["0ADRIVE"]


def test_without_an_address_google_is_asked_for_nothing(
    google: FakeGoogle, watcher: Watcher
) -> None:
    watcher.reader.settings = {}
    watcher.reader.read()
    before = len(google.asked())
    watcher.watch()

    assert (len(google.asked()), watcher.notes) == (before, ())


def test_key_that_is_gone_is_a_note(watcher: Watcher, tmp_path: Path) -> None:
    watcher.reader.read()
    watcher.reader.settings["key_file"] = str(tmp_path / "gone.json")
    watcher.watch()

    assert watcher.notes[0].startswith("no push channels: ")


@pytest.mark.parametrize(
    "address",
    ["http://answerable.example/", "https:///v1", "https://me:pw@answerable.example/", "x", ""],
)
def test_address_must_be_https_and_hold_no_password(address: str) -> None:
    with pytest.raises(ValidationError, match="push_url must be an https address"):
        GoogleDocsSettings(kind="google_docs", push_url=address)
