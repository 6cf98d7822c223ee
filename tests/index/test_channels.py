from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from index.channels import Channel, hash_of
from index.store import Index

NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
OPEN = Channel(
    channel_id="c1",
    source="drive",
    topic="",
    resource_id="r1",
    address="https://answerable.example/v1/webhooks/drive",
    token_hash=hash_of("secret"),
    opened_at=NOW,
    expires_at=NOW + timedelta(days=7),
)


def test_channel_is_kept_as_it_was_opened(index: Index) -> None:
    channels = index.sources.wakeups.channels
    later = replace(OPEN, channel_id="c0", topic="0ADRIVE", opened_at=NOW + timedelta(days=1))
    for channel in (later, OPEN, replace(OPEN, channel_id="c2", source="other")):
        channels.add(channel)

    assert channels.of("drive") == [OPEN, later]


def test_call_with_the_token_is_for_the_source(index: Index) -> None:
    channels = index.sources.wakeups.channels
    channels.add(OPEN)

    assert channels.source_of("c1", "secret", NOW) == "drive"


@pytest.mark.parametrize(
    ("channel", "token"),
    [
        ("c1", ""),
        ("c1", "Secret"),
        ("c1", OPEN.token_hash),
        ("c2", "secret"),
        ("", ""),
        ("c2", "ü"),
    ],
)
def test_call_without_it_is_for_nobody(index: Index, channel: str, token: str) -> None:
    channels = index.sources.wakeups.channels
    channels.add(OPEN)

    assert channels.source_of(channel, token, NOW) is None


def test_expired_channel_is_as_good_as_none(index: Index) -> None:
    channels = index.sources.wakeups.channels
    channels.add(OPEN)

    assert channels.source_of("c1", "secret", OPEN.expires_at) is None


def test_dropped_channel_is_not_known_any_more(index: Index) -> None:
    channels = index.sources.wakeups.channels
    channels.add(OPEN)
    channels.drop("c1")

    assert channels.source_of("c1", "secret", NOW) is None
    assert channels.of("drive") == []


def test_channels_go_with_their_source(index: Index) -> None:
    channels = index.sources.wakeups.channels
    channels.add(OPEN)
    channels.add(replace(OPEN, channel_id="c2", source="other"))
    index.forget("drive")

    assert channels.of("drive") == []
    assert len(channels.of("other")) == 1


def test_token_itself_is_nowhere_on_disk(index: Index) -> None:
    index.sources.wakeups.channels.add(replace(OPEN, token_hash=hash_of("a very secret token")))

    files = [f for f in index.settings.data_dir.rglob("*") if f.is_file()]
    assert not [f for f in files if b"a very secret token" in f.read_bytes()]
