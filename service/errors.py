"""Errors of the service: what the asker can act on, and the HTTP status it becomes.

RequestError            400
├── Unauthenticated     401  nobody, or an identity that does not hold
├── Forbidden           403  somebody known, who may not do this
├── NotFound            404  no such document, or none this person may read: the two look the same
├── Busy                409  a sync is running already
├── BadQuestion         422  empty, too long, or not text
├── TooManyRequests     429  too many in too short a time; `Retry-After` says when to come back
├── NotReady            503  the index is not open yet, or is being rebuilt
└── NotRecorded         503  the audit log cannot be written, and nothing is shown unrecorded
"""

from collections.abc import Mapping
from typing import ClassVar


class RequestError(Exception):
    """Something the caller can act on; one handler makes the response."""

    status: ClassVar[int] = 400


class Unauthenticated(RequestError):
    """Nobody, or an identity that does not hold."""

    status = 401


class Forbidden(RequestError):
    """Somebody known, who may not do this: `service.auth.operators` names those who may."""

    status = 403


class NotFound(RequestError):
    """No such document, or none this person may read: the two look the same."""

    status = 404


class Busy(RequestError):
    """A sync is running already; the next one has to wait for it."""

    status = 409


class BadQuestion(RequestError):
    """The question is empty, too long, or not text."""

    status = 422


class TooManyRequests(RequestError):
    """Too many requests in too short a time; `Retry-After` says when to come back.

    Attributes:
        headers: of the response.
    """

    status = 429

    def __init__(self, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.headers = headers


class NotRecorded(RequestError):
    """What was asked for is not shown, because that could not be recorded."""

    status = 503


class NotReady(RequestError):
    """The index is not open yet, or is busy with something that shuts readers out."""

    status = 503
