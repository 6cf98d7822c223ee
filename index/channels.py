"""Push channels that a source's server was asked to open: what proves that its calls are ours."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from index.database import Database

_NO_HASH: Final = 64 * "-"
"""Compared where there is no channel, so that this takes no less time."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel, open until it is stopped or expires; nothing renews it by itself.

    Attributes:
        channel_id: our name for it.
        source: the source that its calls are news for.
        topic: what of the source it watches; opaque here.
        resource_id: the server's name for that, needed to stop the channel.
        address: where the calls go.
        token_hash: see `hash_of`; the token itself is kept by nobody but the server.
    """

    channel_id: str
    source: str
    topic: str
    resource_id: str
    address: str
    token_hash: str
    opened_at: datetime
    expires_at: datetime


def hash_of(token: str) -> str:
    """What is kept of a token: it is random and long, so one plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


class Channels:
    """The channels that are open, as far as we know."""

    def __init__(self, database: Database) -> None:
        """On an open database."""
        self._database = database

    def of(self, source: str) -> Sequence[Channel]:
        """Those of a source, oldest first; expired ones among them."""
        rows = self._database.connection().execute(
            "SELECT * FROM channels WHERE source = ? ORDER BY opened_at, id", (source,)
        )
        return [_channel(row) for row in rows]

    def source_of(self, channel_id: str, token: str, now: datetime) -> str | None:
        """The source that a call is news for; None if the call is not from a channel of ours."""
        found = self._database.connection().execute(
            "SELECT * FROM channels WHERE id = ?", (channel_id,)
        )
        row = found.fetchone()
        channel = None if row is None else _channel(row)
        right = _NO_HASH if channel is None else channel.token_hash
        is_ours = hmac.compare_digest(right, hash_of(token))
        if channel is None or not is_ours or channel.expires_at <= now:
            return None
        return channel.source

    def add(self, channel: Channel) -> None:
        """Remember a channel that was opened.

        Raises:
            StorageError: the catalog cannot be written.
        """
        row = (
            channel.channel_id,
            channel.source,
            channel.topic,
            channel.resource_id,
            channel.address,
            channel.token_hash,
            channel.opened_at.isoformat(),
            channel.expires_at.isoformat(),
        )
        with self._database.transaction() as write:
            write.execute("INSERT INTO channels VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def drop(self, channel_id: str) -> None:
        """Forget a channel: its calls are refused from now on.

        Raises:
            StorageError: the catalog cannot be written.
        """
        with self._database.transaction() as write:
            write.execute("DELETE FROM channels WHERE id = ?", (channel_id,))


def _channel(row: tuple[str, ...]) -> Channel:
    channel_id, source, topic, resource_id, address, token_hash, opened_at, expires_at = row
    return Channel(
        channel_id,
        source,
        topic,
        resource_id,
        address,
        token_hash,
        datetime.fromisoformat(opened_at),
        datetime.fromisoformat(expires_at),
    )
