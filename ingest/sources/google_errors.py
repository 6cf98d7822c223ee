"""Answers of Google's that are no answers, sorted by what the connector does with them."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from googleapiclient.errors import HttpError  # type: ignore[import-untyped]  # ships no types

from ingest.errors import IngestError, RetryLater, SourceRefused, Unreadable
from ingest.shapes import Json, child, children, word

_RATE_REASONS: Final = frozenset(
    {"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
)
_QUOTA_REASONS: Final = frozenset({"dailyLimitExceeded", "quotaExceeded"})
_SETUP_REASONS: Final = frozenset(
    {
        "accessNotConfigured",
        "SERVICE_DISABLED",
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "insufficientPermissions",
        "domainPolicy",
        "keyInvalid",
        "API_KEY_INVALID",
    }
)
_PUSH: Final = "push."  # push.webhookUrlUnauthorized is a 401, too, and says nothing of the key


class Denied(Unreadable):
    """This one thing is not given to us: not there, not ours, too large, or not understood."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason

    @property
    def is_of_push(self) -> bool:
        """Whether it is the address for push notifications that is not accepted."""
        return self.reason.startswith(_PUSH)

    @property
    def is_gone(self) -> bool:
        """Whether the thing is deleted, or hidden from us as if it were."""
        return self.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class ServerFailed(RetryLater):
    """Google's side failed at this request; another document may well be read."""


def sorted_out(error: HttpError, what: str) -> IngestError:
    """The error as what is done about it: tried again, given up for the run, or one thing only."""
    status, reason = int(error.resp.status), reason_of(error)
    said = f"Google answered {status}{f' ({reason})' if reason else ''} to {what}"
    if status == HTTPStatus.UNAUTHORIZED and not reason.startswith(_PUSH):
        return SourceRefused(f"{said}: the credentials are not accepted; check the key and subject")
    if status == HTTPStatus.FORBIDDEN and reason in _SETUP_REASONS:
        return SourceRefused(f"{said}: enable the Drive and Docs APIs and grant readonly scopes")
    if status == HTTPStatus.FORBIDDEN and reason in _QUOTA_REASONS:
        return RetryLater(f"{said}: the quota of the day is used up")
    if is_rate_limit(status, reason) or status == HTTPStatus.REQUEST_TIMEOUT:
        return RetryLater(said, retry_after(error))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerFailed(said, retry_after(error))
    return Denied(said, status, reason)


def is_rate_limit(status: int, reason: str) -> bool:
    """Whether we asked too often."""
    limited = status == HTTPStatus.FORBIDDEN and reason in _RATE_REASONS
    return limited or status == HTTPStatus.TOO_MANY_REQUESTS


def reason_of(error: HttpError) -> str:
    """Google's own word for it; both of its shapes of errors are read."""
    try:
        body = json.loads(error.content)
    except ValueError:
        return ""
    said: Json = child(body, "error") if isinstance(body, dict) else {}
    for detail in [*children(said, "errors"), *children(said, "details")]:
        if reason := word(detail, "reason"):
            return reason
    return word(said, "status")


def retry_after(error: HttpError) -> timedelta | None:
    """How long Google asks us to wait; None if it does not say."""
    value = str(error.resp.get("retry-after", "")).strip()
    if value.isdigit():
        return timedelta(seconds=int(value))
    try:
        return max(parsedate_to_datetime(value) - datetime.now(UTC), timedelta(0))
    except (TypeError, ValueError):
        return None
