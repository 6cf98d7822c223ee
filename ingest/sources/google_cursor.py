"""What the Google Docs source remembers between runs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ingest.shapes import Json, child, moment, word, words
from ingest.source import Cursor

_FORMAT = "1"


@dataclass(frozen=True, slots=True)
class Memory:
    """How far the source has been read.

    Attributes:
        shape: what the settings made of Drive then; other settings begin anew.
        crawled_at: when everything was listed last; None: that listing was not complete.
        tokens: place in the log of each corpus.
        retry: files that could not be read, to be tried again.
        shortcuts: id of each shortcut -> id of its target.
        expiring: file -> when the first of its permissions is over.
    """

    shape: str
    crawled_at: datetime | None
    tokens: Mapping[str, str]
    retry: frozenset[str] = frozenset()
    shortcuts: Mapping[str, str] = field(default_factory=dict)
    expiring: Mapping[str, datetime] = field(default_factory=dict)

    def to_cursor(self) -> Cursor:
        """As text; the same memory gives the same text."""
        content = {
            "format": _FORMAT,
            "shape": self.shape,
            "crawled_at": self.crawled_at.isoformat() if self.crawled_at else "",
            "tokens": dict(self.tokens),
            "retry": sorted(self.retry),
            "shortcuts": dict(self.shortcuts),
            "expiring": {file: at.isoformat() for file, at in self.expiring.items()},
        }
        return Cursor(json.dumps(content, sort_keys=True))


def remembered(cursor: Cursor | None) -> Memory | None:
    """What the cursor says; None for none, or one of another version: everything is listed."""
    try:
        content = json.loads(cursor or "null")
    except ValueError:
        return None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        return None
    expiring = child(content, "expiring")
    moments = ((file, moment(expiring, file)) for file in expiring)
    return Memory(
        shape=word(content, "shape"),
        crawled_at=moment(content, "crawled_at"),
        tokens=_texts(child(content, "tokens")),
        retry=frozenset(words(content, "retry")),
        shortcuts=_texts(child(content, "shortcuts")),
        expiring={file: at for file, at in moments if at},
    )


def _texts(found: Json) -> dict[str, str]:
    return {key: value for key, value in found.items() if isinstance(value, str)}
