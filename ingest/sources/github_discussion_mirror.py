"""What was read of discussions, on disk: each as it was last seen, with all its comments.

It stands beside the mirror of the issues and, like that one, may be deleted at any time.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ingest.sources.github_discussion_models import Discussion
from ingest.sources.github_mirror import opened

_SCHEMA: Final = """
CREATE TABLE about (version TEXT NOT NULL, server TEXT NOT NULL);
CREATE TABLE listings (
    repository INTEGER PRIMARY KEY, generation INTEGER NOT NULL, read_until TEXT, swept_at TEXT
);
CREATE TABLE discussions (
    repository INTEGER NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL,
    generation INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (repository, number)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the discussions of a repository were read.

    Attributes:
        generation: counts whole readings that were begun; what has an older one was not met since.
        read_until: `updatedAt` of the newest, at the begin of the last reading that came to its
            end; None before the first, or if there was nothing.
        swept_at: begin of the last whole reading that came to its end; None before the first.
    """

    generation: int = 0
    read_until: datetime | None = None
    swept_at: datetime | None = None


class DiscussionMirror:
    """One file for one source; discussions of all its repositories."""

    def __init__(self, path: Path, server: str) -> None:
        """Open it, or make it anew if it is of another server, of another version, or broken."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db: sqlite3.Connection = opened(path, server, _SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def progress(self, repository: int) -> Progress:
        """How far a repository was read."""
        query = "SELECT generation, read_until, swept_at FROM listings WHERE repository = ?"
        row = self._db.execute(query, (repository,)).fetchone()
        return Progress(row[0], _time(row[1]), _time(row[2])) if row else Progress()

    def reached(self, repository: int, progress: Progress) -> None:
        """Remember how far it was read."""
        until, swept = _text(progress.read_until), _text(progress.swept_at)
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO listings VALUES (?, ?, ?, ?)",
                (repository, progress.generation, until, swept),
            )

    def put(self, repository: int, rows: Sequence[Discussion], generation: int) -> None:
        """Write discussions in place of what was known of them."""
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO discussions VALUES (?, ?, ?, ?, ?)",
                [
                    (repository, row.number, row.id, generation, row.model_dump_json(by_alias=True))
                    for row in rows
                ],
            )

    def unseen(self, repository: int, generation: int) -> list[tuple[int, str]]:
        """Number and id of those that the last whole reading did not meet, by number."""
        query = (
            "SELECT number, id FROM discussions WHERE repository = ? AND generation < ? "
            "ORDER BY number"
        )
        return self._db.execute(query, (repository, generation)).fetchall()

    def drop(self, repository: int, numbers: Collection[int]) -> None:
        """Forget discussions."""
        with self._db:
            self._db.executemany(
                "DELETE FROM discussions WHERE repository = ? AND number = ?",
                [(repository, number) for number in numbers],
            )

    def keep_only(self, repositories: Collection[int]) -> None:
        """Forget the repositories that are no longer read."""
        gone = {row[0] for row in self._db.execute("SELECT repository FROM listings")}
        for repository in gone - set(repositories):
            with self._db:
                self._db.execute("DELETE FROM discussions WHERE repository = ?", (repository,))
                self._db.execute("DELETE FROM listings WHERE repository = ?", (repository,))

    def stored(self, repository: int) -> Iterator[tuple[int, str]]:
        """Number and JSON of every discussion by number, one at a time."""
        query = "SELECT number, body FROM discussions WHERE repository = ? ORDER BY number"
        with closing(self._db.execute(query, (repository,))) as rows:
            yield from rows


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat() if time else None
