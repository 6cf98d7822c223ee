"""Calls from outside that say that a source has news: verified, counted once, turned into syncs."""

import hashlib
import hmac
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import SecretStr

from index.wakeups import Wakeups
from service.errors import NotFound, RequestError, Unauthenticated
from service.github_events import GithubEvent, read_event
from service.operator_schemas import Received
from service.scheduler import utc_now

logger = logging.getLogger(__name__)

SOON: Final = timedelta(seconds=2)
"""One change upstream often makes several deliveries; they lead to one sync."""

_IGNORED: Final = Received(handled=False, sources=[])
_MAX_ID_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as it came: its body, before anybody parsed it, and its headers."""

    raw: bytes
    headers: Mapping[str, str]

    def header(self, name: str) -> str:
        """A header's value; empty if it is missing."""
        return self.headers.get(name, "")


class Webhooks:
    """The receivers of GitHub's webhooks and of Drive's push channels."""

    def __init__(
        self,
        wakeups: Wakeups,
        wake: Callable[[Sequence[str], timedelta], None],
        concerned: Callable[[GithubEvent], Collection[str]],
        github_secret: SecretStr | None,
        soon: timedelta = SOON,
    ) -> None:
        """Make them.

        Args:
            wakeups: remembers deliveries, and has the key of our channels' tokens.
            wake: has sources synced within a time.
            concerned: the configured sources that an event is news for.
            github_secret: what GitHub signs with; None: its webhooks are off.
            soon: how long to wait for more of the same.
        """
        self._wakeups = wakeups
        self._wake = wake
        self._concerned = concerned
        self._github_secret = github_secret
        self._soon = soon

    def github(self, delivery: Delivery) -> Received:
        """Take a delivery of GitHub; it is `handled` when a source will be synced for it.

        Raises:
            NotFound: no secret is configured.
            Unauthenticated: the signature does not hold; nothing was read.
            RequestError: it is no delivery of GitHub.
        """
        if self._github_secret is None:
            raise NotFound(
                "webhooks of GitHub are off: ANSWERABLE_GITHUB_WEBHOOK_SECRET is not set"
            )
        _verify(self._github_secret, delivery)
        name, delivery_id = delivery.header("x-github-event"), delivery.header("x-github-delivery")
        if not name or not 0 < len(delivery_id) <= _MAX_ID_CHARS:
            raise RequestError("X-GitHub-Event and X-GitHub-Delivery are needed")
        event = read_event(name, delivery.raw)
        if name == "ping":
            return Received(handled=True, sources=[])
        if event is None or not self._wakeups.is_new(delivery_id, utc_now()):
            return _IGNORED
        return self._woken(self._concerned(event), event=name, delivery=delivery_id)

    def drive(self, delivery: Delivery, sources: Collection[str]) -> Received:
        """Take a call of a push channel that we opened; the body is empty, the headers say it all.

        Raises:
            Unauthenticated: we did not open this channel.
        """
        channel = delivery.header("x-goog-channel-id")
        source = self.source_of(channel, delivery.header("x-goog-channel-token"))
        if delivery.header("x-goog-resource-state") == "sync":  # said once: the channel is open
            return _IGNORED
        return self._woken({source} & set(sources), event="drive", delivery=channel)

    def channel_token(self, source: str, channel: str) -> str:
        """What to give Drive with a new channel, so that its calls are known for ours.

        Nothing has to be remembered for it: the token says which source the channel wakes.
        """
        return f"{source}.{self._signature(source, channel)}"

    def source_of(self, channel: str, token: str) -> str:
        """The source that a channel wakes.

        Raises:
            Unauthenticated: the token is not ours, or that of another channel.
        """
        source, _, signature = token.rpartition(".")
        right = self._signature(source, channel)
        if not hmac.compare_digest(right.encode(), signature.encode()):
            raise Unauthenticated("this is no channel that was opened here")
        return source

    def _signature(self, source: str, channel: str) -> str:
        said = f"{source}\0{channel}".encode()
        return hmac.new(self._wakeups.key(), said, hashlib.sha256).hexdigest()

    def _woken(self, sources: Collection[str], *, event: str, delivery: str) -> Received:
        woken = sorted(sources)
        if not woken:
            return _IGNORED
        self._wake(woken, self._soon)
        logger.info("woken", extra={"sources": woken, "event": event, "delivery": delivery})
        return Received(handled=True, sources=woken)


def _verify(secret: SecretStr, delivery: Delivery) -> None:
    key = secret.get_secret_value().encode()
    right = f"sha256={hmac.new(key, delivery.raw, hashlib.sha256).hexdigest()}"
    given = delivery.header("x-hub-signature-256")
    if not hmac.compare_digest(right.encode(), given.encode()):
        raise Unauthenticated("the signature does not hold")
