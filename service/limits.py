"""How often somebody may ask, how much at once, and how often an address may fail to say who."""

# The package `limits` was tried (5.8.0): its storage in memory goes by the wall clock, which may be
# set back, and keeps an entry for every identifier it ever saw, so that addresses could fill it.

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from service.errors import TooManyRequests
from service.identity.addresses import machine

_WINDOW_SECONDS: Final = 60
_MOST_KEPT: Final = 100_000  # identifiers; beyond it, who was quiet for longest is forgotten
_PLACE_SECONDS: Final = 5  # one may be free then; nobody knows when a model has ended
_ASKS: Final = "asks"
_FAILURES: Final = "failures"
_IPV6_SITE_BITS: Final = 64  # one customer has at least so many addresses


class LimitSettings(BaseModel):
    """Requests in any minute, and answers at once; 0: as many as one likes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asks_per_minute: int = Field(60, ge=0, le=10_000)
    failed_auth_per_minute: int = Field(30, ge=0, le=10_000)
    answers_at_once: int = Field(4, ge=0, le=32)


Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a limit: requests, and seconds until there is one more."""

    is_over: bool
    left: int
    seconds: int


class Window:
    """At most so many in any 60 seconds, for each identifier; in memory, for one process."""

    def __init__(
        self,
        most: int,
        clock: Callable[[], float] = time.monotonic,
        most_kept: int = _MOST_KEPT,
    ) -> None:
        """Nobody has asked yet.

        Args:
            most: in a window, at least 1.
            clock: seconds; never goes back.
            most_kept: identifiers that are remembered.
        """
        self._most = most
        self._clock = clock
        self._most_kept = most_kept
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str) -> Standing:
        """Count one, if there is one left; what is refused does not count."""
        with self._lock:
            times, now = self._recent(who), self._clock()
            is_over = len(times) >= self._most
            if not is_over:
                times.append(now)
                self._times[who] = times
                self._times.move_to_end(who)
                if len(self._times) > self._most_kept:
                    self._times.popitem(last=False)
            return self._standing(times, now, is_over=is_over)

    def look(self, who: str) -> Standing:
        """How they stand; counts nothing."""
        with self._lock:
            times = self._recent(who)
            return self._standing(times, self._clock(), is_over=len(times) >= self._most)

    def _recent(self, who: str) -> deque[float]:
        times = self._times.get(who)
        if times is None:
            return deque()
        began = self._clock() - _WINDOW_SECONDS
        while times and times[0] <= began:
            times.popleft()
        if not times:
            del self._times[who]
        return times

    def _standing(self, times: deque[float], now: float, *, is_over: bool) -> Standing:
        seconds = math.ceil(times[0] + _WINDOW_SECONDS - now) if times else 0
        return Standing(is_over, self._most - len(times), max(seconds, 1) if times else 0)


class Places:
    """At most so many answers at once, for each identifier; in memory, for one process.

    Answers that wait for a language model take seconds, and there are few threads for them
    (`service.threads`): without a share, one person who asks often enough takes all.
    """

    def __init__(self, most: int) -> None:
        """All are free; 0: as many as one likes."""
        self._most = most
        self._taken: dict[str, int] = {}
        # What is collected with its block unfinished gives its place back wherever that happens.
        self._lock = threading.RLock()

    @contextmanager
    def hold(self, who: str, shares: int = 1) -> Iterator[None]:
        """Have a place while the block runs.

        Args:
            who: whose share it is part of.
            shares: how many of them they have.

        Raises:
            TooManyRequests: they have all of theirs. Nobody waits for one here: whoever waits
                has a thread, too.
        """
        most = self._most * shares
        with self._lock:
            taken = self._taken.get(who, 0)
            if most and taken >= most:
                wait = {"Retry-After": str(_PLACE_SECONDS)}
                raise TooManyRequests(
                    f"{taken} of your questions are being answered; wait for one of them", wait
                )
            self._taken[who] = taken + 1
        try:
            yield
        finally:
            self._give_back(who)

    def _give_back(self, who: str) -> None:
        with self._lock:
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]


class Limits:
    """The limits of the service on requests."""

    def __init__(
        self,
        settings: LimitSettings,
        clock: Callable[[], float] = time.monotonic,
        exempt: Collection[Network] = (),
    ) -> None:
        """Nobody has asked yet.

        Args:
            settings: how many.
            clock: seconds; never goes back.
            exempt: networks of trusted proxies. Everybody comes from there, so one who fails
                would shut out all; the proxy has to limit them.
        """
        asks, failures = settings.asks_per_minute, settings.failed_auth_per_minute
        self._asks = Window(asks, clock) if asks else None
        self._failures = Window(failures, clock) if failures else None
        self._policy = f'"{_ASKS}";q={asks};w={_WINDOW_SECONDS}'
        self._failure_policy = f'"{_FAILURES}";q={failures};w={_WINDOW_SECONDS}'
        self._exempt = tuple(exempt)

    def count_ask(self, email: str, key_id: str | None) -> Mapping[str, str]:
        """Count a request of somebody, and give the headers of its response.

        A person has one limit however many keys they have; a key without a person has its own.

        Raises:
            TooManyRequests: they have to wait.
        """
        if self._asks is None:
            return {}
        who = f"user:{email.lower()}" if email else f"key:{key_id}"
        standing = self._asks.take(who)
        headers = _headers(_ASKS, self._policy, standing)
        if standing.is_over:
            raise _too_many("too many requests", standing, headers)
        return headers

    def check_address(self, address: str) -> None:
        """Before a credential is looked at.

        Raises:
            TooManyRequests: too many from there have failed; nothing is looked at.
        """
        if self._failures is None or self._is_exempt(address):
            return
        standing = self._failures.look(_site(address))
        if standing.is_over:
            headers = _headers(_FAILURES, self._failure_policy, standing)
            raise _too_many("too many failed authentications", standing, headers)

    def count_failure(self, address: str) -> None:
        """A credential did not hold, or there was none."""
        if self._failures is not None and not self._is_exempt(address):
            self._failures.take(_site(address))

    def _is_exempt(self, address: str) -> bool:
        found = machine(address)
        return found is not None and any(found in network for network in self._exempt)


def _too_many(what: str, standing: Standing, headers: Mapping[str, str]) -> TooManyRequests:
    wait = str(standing.seconds)
    return TooManyRequests(f"{what}; wait {wait} s", {**headers, "Retry-After": wait})


def _headers(name: str, policy: str, standing: Standing) -> Mapping[str, str]:
    # draft-ietf-httpapi-ratelimit-headers: a policy, and what is left of it.
    return {
        "RateLimit-Policy": policy,
        "RateLimit": f'"{name}";r={standing.left};t={standing.seconds}',
    }


def _site(address: str) -> str:
    """What is counted as one address: of IPv6, the network of a site."""
    found = machine(address)
    if not isinstance(found, IPv6Address):
        return address if found is None else str(found)
    return str(IPv6Network((int(found), _IPV6_SITE_BITS), strict=False))
