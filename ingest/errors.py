"""Errors of ingest, sorted by what the catcher does.

IngestError
├── RetryLater      the source cannot answer now; its run ends, the cursor stays, others go on
├── SourceRefused   credentials, rights or settings are wrong; stops this source, others go on
│   └── HttpRefused     no to one request; the connector decides whether that concerns the source
└── Unreadable      one item cannot be read; it is skipped by name, the rest goes on
"""

from datetime import timedelta


class IngestError(Exception):
    """Anything that keeps a source or an item from being read."""


class RetryLater(IngestError):
    """The source failed in a way that passes: timeouts, 5xx, rate limits.

    `after` is how long the source asked us to wait; None if it did not say.
    """

    def __init__(self, message: str, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class SourceRefused(IngestError):
    """The source says no, or its settings cannot work: a person has to change something."""


class HttpRefused(SourceRefused):
    """A server says no to one request (403, 404, 410, 422, …)."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unreadable(IngestError):
    """One item has no text that can be read; the message says why."""
