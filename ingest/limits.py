"""How long a server asks to be left alone, and how long to wait when it does not say."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

_BACKOFF_SECONDS: Final = 1.0
_BACKOFF_MAX_SECONDS: Final = 30.0
# What GitHub asks for when it limits without saying for how long.
_UNSTATED_WAIT_SECONDS: Final = 60.0


def limit(response: httpx.Response, now: float) -> float | None:
    """Seconds to wait where an answer is about limits, not about rights; None otherwise.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if stated := stated_wait(response, now):
        return stated.total_seconds()
    if response.headers.get("x-ratelimit-remaining") == "0":
        reset = response.headers.get("x-ratelimit-reset", "")
        return max(float(reset) - now, 1.0) if reset.isdigit() else _UNSTATED_WAIT_SECONDS
    limited = response.status_code == 429 or b"rate limit" in response.content.lower()
    return _UNSTATED_WAIT_SECONDS if limited else None


def limit_in_body(response: httpx.Response, now: float) -> float:
    """Seconds to wait when the body says that there is a limit; the headers say how long."""
    known = limit(response, now)
    return _UNSTATED_WAIT_SECONDS if known is None else known


def stated_wait(response: httpx.Response, now: float) -> timedelta | None:
    """What Retry-After asks for, at least a second: zero would be a storm."""
    stated = response.headers.get("Retry-After", "").strip()
    if not stated:
        return None
    if stated.isdigit():
        return timedelta(seconds=max(int(stated), 1))
    try:
        until = parsedate_to_datetime(stated)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(until - datetime.fromtimestamp(now, UTC), timedelta(seconds=1))


def backoff(tried: int) -> float:
    """Seconds to wait after so many tries, when the server asked for nothing."""
    return float(min(_BACKOFF_SECONDS * 2 ** (tried - 1), _BACKOFF_MAX_SECONDS))
