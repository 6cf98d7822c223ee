"""Entries of the audit log: what is asked to be recorded, and the line that stands in the file."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

Action = Literal[
    "ask",
    "search",
    "document",
    "documents",
    "status",
    "sync",
    "forget",
    "keys",
    "denied",
    "evidence",
    "gaps",
    "share",
]
"""None is ever taken out: a line with it would be no entry any more. `evidence`: documents that a
streamed answer named before it was whole; the `ask` that ends it names those of the answer."""

Mark = Literal["repaired", "expired"]
"""What the log says of itself: bytes that are no entry, entries that were kept long enough."""

GENESIS: Final = "0" * 64
"""What the first entry has in place of the hash of the one before."""

MOST_DOCUMENTS: Final = 1000
"""That one entry names; `shown` counts all. A list of everything must not fill the disk."""

_LOG_ITSELF: Final = "answerable"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was done for somebody.

    Attributes:
        who: `Identity.name`.
        way: how they proved it, `Identity.way`.
        documents: ids of those that were shown, in the order shown; never their texts or titles.
        withheld: how many the first stage found that this person may not see; None: not counted.
        abstained: whether an answer was refused for lack of evidence; None: nothing was answered.
        question: kept only if the settings say so.
    """

    who: str
    way: str
    action: Action
    key_id: str | None = None
    documents: Sequence[str] = ()
    withheld: int | None = None
    abstained: bool | None = None
    question: str | None = None


class Recorded(BaseModel):
    """A line of the log.

    Attributes:
        n: counts from 1 without a gap; `at` is what the clock said, which may have been set back.
        facts: of a mark: what it is about.
        hash: SHA-256 of the line without it, in its canonical form; `previous` is part of that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int
    at: datetime
    who: str
    way: str
    key_id: str | None
    action: Action | Mark
    documents: tuple[str, ...]
    shown: int
    withheld: int | None
    abstained: bool | None
    question: str | None
    facts: dict[str, int | str]
    previous: str
    hash: str

    def to_line(self) -> bytes:
        """The line as it stands in the file."""
        return _canonical({**self.model_dump(exclude={"at"}), "at": _iso(self.at)}) + b"\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the chain an entry comes: its number, and the hash of the one before."""

    n: int
    previous: str


def line_of(entry: Entry, place: Place, at: datetime, *, questions: bool) -> Recorded:
    """An entry as the next line.

    Args:
        entry: what was done.
        place: where it comes.
        at: when.
        questions: whether its question may be kept.
    """
    fields: dict[str, Any] = {
        "who": entry.who,
        "way": entry.way,
        "key_id": entry.key_id,
        "action": entry.action,
        "documents": list(entry.documents[:MOST_DOCUMENTS]),
        "shown": len(entry.documents),
        "withheld": entry.withheld,
        "abstained": entry.abstained,
        "question": entry.question if questions else None,
        "facts": {},
    }
    return _sealed(fields, place, at)


def mark_of(mark: Mark, facts: Mapping[str, int | str], place: Place, at: datetime) -> Recorded:
    """What the log says of itself, as the next line."""
    nothing: dict[str, Any] = dict.fromkeys(("key_id", "withheld", "abstained", "question"))
    said = {"who": _LOG_ITSELF, "way": "local", "action": mark, "facts": dict(facts)}
    return _sealed({**nothing, **said, "documents": [], "shown": 0}, place, at)


def read_line(raw: bytes) -> Recorded | None:
    """The entry of a line; None if it is none, or any byte of it is not as it was written."""
    try:
        fields = json.loads(raw)
        if not isinstance(fields, dict) or _canonical(fields) + b"\n" != raw:
            return None
        body = {name: value for name, value in fields.items() if name != "hash"}
        if fields.get("hash") != _digest(body):
            return None
        return Recorded.model_validate(fields)
    except (ValueError, RecursionError, ValidationError):
        return None


def _sealed(fields: Mapping[str, Any], place: Place, at: datetime) -> Recorded:
    body = {**fields, "n": place.n, "previous": place.previous, "at": _iso(at)}
    return Recorded.model_validate({**body, "hash": _digest(body)})


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(body)).hexdigest()


def _canonical(fields: Mapping[str, Any]) -> bytes:
    # ASCII: halves of surrogate pairs can be in what people send, and UTF-8 cannot say them.
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
