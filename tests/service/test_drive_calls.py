from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.channels import Channel, hash_of
from tests.service.receiving import Receiver

HANDLED = (202, {"handled": True, "sources": ["drive"]})
IGNORED = (202, {"handled": False, "sources": []})


def open_channel(receiver: Receiver, source: str = "drive", **other: Any) -> None:
    now = datetime.now(UTC)
    channel = Channel(
        channel_id="c1",
        source=source,
        topic="",
        resource_id="r1",
        address="https://answerable.example/v1/webhooks/drive",
        token_hash=hash_of("token"),
        opened_at=now,
        expires_at=now + timedelta(days=7),
    )
    receiver.index.sources.wakeups.channels.add(replace(channel, **other))


def drive(
    client: TestClient,
    channel: str = "c1",
    token: str = "token",  # noqa: S107 - of these tests
    state: str = "change",
    number: str = "2",
) -> tuple[int, Any]:
    headers = {
        b"x-goog-channel-id": channel.encode(),
        b"x-goog-channel-token": token.encode("latin-1"),
        b"x-goog-resource-state": state.encode(),
        b"x-goog-message-number": number.encode(),
    }
    response = client.post("/v1/webhooks/drive", headers=headers)
    return response.status_code, response.json()


def test_channel_that_we_opened_wakes_its_source(client: TestClient, receiver: Receiver) -> None:
    open_channel(receiver)

    assert drive(client, state="sync", number="1") == IGNORED
    assert receiver.woken == []
    assert drive(client) == HANDLED
    assert receiver.woken == [["drive"]]


def test_call_that_comes_again_counts_once(client: TestClient, receiver: Receiver) -> None:
    open_channel(receiver)

    assert [drive(client, number=n) for n in ("2", "2", "3")] == [HANDLED, IGNORED, HANDLED]


@pytest.mark.parametrize(
    ("channel", "token"),
    [("c1", ""), ("c1", "Token"), ("c2", "token"), ("", ""), ("c1", "tökén")],
)
def test_forged_call_is_401_and_nothing_happens(
    client: TestClient, receiver: Receiver, channel: str, token: str
) -> None:
    open_channel(receiver)
    status, said = drive(client, channel, token)

    assert (status, receiver.woken) == (401, [])
    assert said == drive(client, "c3", "another")[1]  # nobody learns which channels there are
    assert drive(client) == HANDLED  # its number was not used up


def test_call_of_an_expired_channel_is_401(client: TestClient, receiver: Receiver) -> None:
    open_channel(receiver, expires_at=datetime.now(UTC) - timedelta(seconds=1))

    assert drive(client)[0] == 401
    assert receiver.woken == []


def test_call_needs_its_number(client: TestClient, receiver: Receiver) -> None:
    open_channel(receiver)

    assert drive(client, number="")[0] == 400
    assert receiver.woken == []


def test_channel_of_a_source_that_is_gone_wakes_nobody(
    client: TestClient, receiver: Receiver
) -> None:
    open_channel(receiver, source="old")

    assert drive(client) == IGNORED
