"""Rights that were taken away where a source is, and that no run of it has read since."""

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from index.database import Database


@dataclass(frozen=True, slots=True)
class Revocation:
    """Somebody lost a right to what a source holds; of whose documents is not known.

    Attributes:
        source: its name.
        event: who told us, so that the same is not remembered twice.
        hides_public: what was public may not be any more, either.
        received_at: when we heard of it.
    """

    source: str
    event: str
    hides_public: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """All that no run has confirmed yet, at one moment.

    Attributes:
        restricted: sources of which only what is public may be shown; `hidden` are among them.
        hidden: sources of which nothing may be shown.
    """

    all: tuple[Revocation, ...] = ()
    restricted: frozenset[str] = field(init=False)
    hidden: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        hidden = frozenset(one.source for one in self.all if one.hides_public)
        object.__setattr__(self, "restricted", frozenset(one.source for one in self.all))
        object.__setattr__(self, "hidden", hidden)


NONE: Final = Pending()


class Revocations:
    """What is pending, in memory for every read and in the catalog for the next process.

    They are not compared with the times of runs: who reads a source looks up what is pending
    before, and confirms exactly that after. So a clock that is set changes nothing.

    Attributes:
        pending: replaced as a whole, so that a read sees the old or the new ones.
    """

    def __init__(self, database: Database) -> None:
        """On an open database, with what an earlier process left."""
        self._database = database
        self._changing = threading.Lock()
        rows = database.connection().execute(
            "SELECT source, event, hides_public, received_at FROM revocations ORDER BY rowid"
        )
        self.pending = Pending(
            tuple(
                Revocation(source, event, bool(hides), datetime.fromisoformat(at))
                for source, event, hides, at in rows
            )
        )

    def of(self, sources: Collection[str]) -> list[Revocation]:
        """Those of some sources, oldest first."""
        return [one for one in self.pending.all if one.source in sources]

    def add(self, revocations: Iterable[Revocation]) -> None:
        """Count them from now on; those that are known already stay as they are.

        Raises:
            StorageError: the catalog cannot be written. They count in this process all the same.
        """
        with self._changing:
            known = {_key(one) for one in self.pending.all}
            new = [one for one in revocations if _key(one) not in known]
            # First here, then on the disk: a full disk must not keep anybody's rights alive.
            self.pending = Pending((*self.pending.all, *new))
            with self._database.transaction() as write:
                write.executemany(
                    "INSERT OR IGNORE INTO revocations VALUES (?, ?, ?, ?)", map(_row, new)
                )

    def confirm(self, revocations: Iterable[Revocation]) -> None:
        """Forget these: a run that began after them has read who may see what.

        Raises:
            StorageError: the catalog cannot be written; they still count.
        """
        keys = {_key(one) for one in revocations}
        if not keys:
            return
        with self._changing:
            with self._database.transaction() as write:
                write.executemany("DELETE FROM revocations WHERE source = ? AND event = ?", keys)
            self.pending = Pending(tuple(one for one in self.pending.all if _key(one) not in keys))


def _key(revocation: Revocation) -> tuple[str, str]:
    return revocation.source, revocation.event


def _row(revocation: Revocation) -> tuple[str, str, int, str]:
    at = revocation.received_at.isoformat()
    return revocation.source, revocation.event, int(revocation.hides_public), at
