"""Calls from outside that say that a source has news: verified, counted once, turned into syncs."""

import hashlib
import hmac
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import SecretStr

from index.revocations import Revocation
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
            wakeups: remembers deliveries, and the channels that we opened.
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

        If it takes rights away, the documents of these sources are withheld when this returns,
        until a run that began later has read who may see them.

        Raises:
            StorageError: it could not be noted, and should come again.
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
        if not name or not _is_id(delivery_id):
            raise RequestError("X-GitHub-Event and X-GitHub-Delivery are needed")
        event = read_event(name, delivery.raw)
        if name == "ping":
            return Received(handled=True, sources=[])
        if event is None or self._wakeups.knows(delivery_id):
            return _IGNORED
        concerned = self._concerned(event)
        # Before the delivery counts as received: if this fails, it may come again.
        self._revoke(event, concerned, delivery_id)
        if not self._wakeups.is_new(delivery_id, utc_now()):
            return _IGNORED
        return self._woken(concerned, event=name, delivery=delivery_id)

    def drive(self, delivery: Delivery, sources: Collection[str]) -> Received:
        """Take a call of a push channel that we opened; the body is empty, the headers say it all.

        Raises:
            Unauthenticated: it is from no channel that we opened and that is open still; which of
                the two, and whether only the token is wrong, is not said.
            RequestError: it has no number.
        """
        channel = delivery.header("x-goog-channel-id")
        token = delivery.header("x-goog-channel-token")
        now = utc_now()
        source = self._wakeups.channels.source_of(channel, token, now)
        if source is None:
            raise Unauthenticated("this is no channel that was opened here")
        if delivery.header("x-goog-resource-state") == "sync":  # said once: the channel is open
            return _IGNORED
        number = delivery.header("x-goog-message-number")
        if not _is_id(number):
            raise RequestError("X-Goog-Message-Number is needed")
        delivery_id = f"{channel}/{number}"
        if not self._wakeups.is_new(delivery_id, now):
            return _IGNORED
        return self._woken({source} & set(sources), event="drive", delivery=delivery_id)

    def _revoke(self, event: GithubEvent, sources: Collection[str], delivery: str) -> None:
        if event.revokes == "nothing" or not sources:
            return
        hides_public = event.revokes == "publicity"
        self._wakeups.revocations.add(
            [Revocation(source, delivery, hides_public, utc_now()) for source in sources]
        )
        facts = {"sources": sorted(sources), "hides_public": hides_public, "delivery": delivery}
        logger.info("withheld until they are read", extra=facts)

    def _woken(self, sources: Collection[str], *, event: str, delivery: str) -> Received:
        woken = sorted(sources)
        if not woken:
            return _IGNORED
        self._wake(woken, self._soon)
        logger.info("woken", extra={"sources": woken, "event": event, "delivery": delivery})
        return Received(handled=True, sources=woken)


def _is_id(given: str) -> bool:
    return 0 < len(given) <= _MAX_ID_CHARS


def _verify(secret: SecretStr, delivery: Delivery) -> None:
    key = secret.get_secret_value().encode()
    right = f"sha256={hmac.new(key, delivery.raw, hashlib.sha256).hexdigest()}"
    given = delivery.header("x-hub-signature-256")
    if not hmac.compare_digest(right.encode(), given.encode()):
        raise Unauthenticated("the signature does not hold")
