"""Push channels of Drive: one for each log of changes, renewed in time; they only wake us."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Final

from index.channels import Channel, Channels, hash_of
from ingest.errors import IngestError
from ingest.google_settings import GoogleDocsSettings
from ingest.shapes import Json, word
from ingest.sources.google_client import GoogleClient, Parameter
from ingest.sources.google_drive import USER
from ingest.sources.google_errors import Denied

LIFE: Final = timedelta(days=7)
"""The longest that Drive gives to a channel on a log of changes."""

_LIFE_UNASKED: Final = timedelta(hours=1)
"""What Drive gives where it does not say."""

_TOKEN_BYTES: Final = 32


def keep_channels(
    source: str,
    settings: GoogleDocsSettings,
    tokens: Mapping[str, str],
    channels: Channels,
    now: datetime,
) -> Sequence[str]:
    """Have one channel open for each log, and stop all others of the source.

    Args:
        source: whose calls they are.
        settings: without `push_url` there are to be no channels.
        tokens: place in the log of each corpus.
        channels: what is open now; kept up to date.
        now: a channel is renewed when half of its life is over by then.

    Returns:
        What did not work, in words; it is tried again the next time.
    """
    kept = channels.of(source)
    if not settings.push_url and not kept:
        return ()
    # Not worth waiting for: the next run tries it again.
    at_once = settings.model_copy(update={"num_retries": 0})
    try:
        with closing(GoogleClient(at_once)) as client:
            keeper = _Keeper(source, settings.push_url or "", client, channels, now)
            return keeper.keep(kept, tokens if settings.push_url else {})
    except IngestError as error:
        return (f"no push channels: {error}",)


class _Keeper:
    """Brings the channels of one source to what they should be."""

    def __init__(
        self, source: str, address: str, client: GoogleClient, channels: Channels, now: datetime
    ) -> None:
        self._source, self._address = source, address
        self._client, self._channels, self._now = client, channels, now

    def keep(self, kept: Sequence[Channel], tokens: Mapping[str, str]) -> Sequence[str]:
        notes: list[str] = []
        # Of two for the same log (the older could not be stopped) the younger stays.
        staying = {one.topic: one for one in kept if one.topic in tokens and self._works(one)}
        for corpus, token in tokens.items():
            old = staying.get(corpus)
            if old and self._now < old.opened_at + (old.expires_at - old.opened_at) / 2:
                continue
            try:
                staying[corpus] = self._open(corpus, token)
            except IngestError as error:
                notes.append(f"no new push channel for {_named(corpus)}: {error}")
                if not _is_of_one_corpus(error):
                    break
        # Last, so that there is no moment without a channel.
        for channel in kept:
            if channel not in staying.values():
                notes += self._close(channel)
        return tuple(notes)

    def _works(self, channel: Channel) -> bool:
        return channel.address == self._address and channel.expires_at > self._now

    def _open(self, corpus: str, page_token: str) -> Channel:
        channel_id, token = str(uuid.uuid4()), secrets.token_urlsafe(_TOKEN_BYTES)
        body: Json = {
            "id": channel_id,
            "type": "web_hook",
            "address": self._address,
            "token": token,
            "expiration": str(int((self._now + LIFE).timestamp() * 1000)),
        }
        where: dict[str, Parameter] = {"driveId": corpus} if corpus != USER else {}
        opened = self._client.drive(
            "changes",
            "watch",
            pageToken=page_token,
            supportsAllDrives=True,
            includeItemsFromAllDrives=True,
            includeCorpusRemovals=True,
            includeRemoved=True,
            body=body,
            **where,
        )
        channel = Channel(
            channel_id=channel_id,
            source=self._source,
            topic=corpus,
            resource_id=word(opened, "resourceId"),
            address=self._address,
            token_hash=hash_of(token),
            opened_at=self._now,
            expires_at=self._end(word(opened, "expiration")),
        )
        self._channels.add(channel)
        return channel

    def _end(self, milliseconds: str) -> datetime:
        if not milliseconds.isdigit():
            return self._now + _LIFE_UNASKED
        given = datetime.fromtimestamp(min(int(milliseconds) / 1000, 1e11), UTC)
        return min(given, self._now + LIFE)

    def _close(self, channel: Channel) -> Sequence[str]:
        try:
            if channel.expires_at > self._now:
                self._client.stop(channel.channel_id, channel.resource_id)
        except Denied:
            pass  # it is gone, or another account's; its calls are refused from now on
        except IngestError as error:
            return (f"an old push channel could not be stopped: {error}",)
        self._channels.drop(channel.channel_id)
        return ()


def _is_of_one_corpus(error: IngestError) -> bool:
    """Whether another log may well be watched."""
    return isinstance(error, Denied) and not error.is_of_push


def _named(corpus: str) -> str:
    return "the account's own files" if corpus == USER else f"the shared drive {corpus!r}"
