"""What was read from GitHub, on disk: issues and comments as they were last seen.

A comment that changes makes one issue new, and only the comment is sent again: the rest of the
issue is here. How far each listing was read stands beside the rows it brought and is written
together with them, so that a crash at any moment costs at most the page being read. The mirror may
be deleted at any time; it is then read anew.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from ingest.sources.github_models import Comment, Issue

_VERSION: Final = "1"
"""Raised with the schema and with what the models keep; an older mirror is thrown away."""

_SCHEMA: Final = """
CREATE TABLE about (version TEXT NOT NULL, server TEXT NOT NULL);
CREATE TABLE answers (
    url TEXT PRIMARY KEY, etag TEXT NOT NULL, next TEXT, body BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE listings (
    repository INTEGER NOT NULL, kind TEXT NOT NULL, generation INTEGER NOT NULL,
    read_until TEXT, sweep_began TEXT, swept_at TEXT, etag TEXT NOT NULL,
    PRIMARY KEY (repository, kind)
) WITHOUT ROWID;
CREATE TABLE issues (
    repository INTEGER NOT NULL, number INTEGER NOT NULL, generation INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (repository, number)
) WITHOUT ROWID;
CREATE TABLE comments (
    repository INTEGER NOT NULL, number INTEGER NOT NULL, id INTEGER NOT NULL,
    generation INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (repository, number, id)
) WITHOUT ROWID;
"""
_TABLES_OF_A_REPOSITORY: Final = ("listings", "issues", "comments")

Kind = Literal["issues", "comments"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that holds until its ETag changes."""

    etag: str
    next: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Listing:
    """How far one listing of a repository was read.

    Attributes:
        generation: counts sweeps; a row of an older one was not seen in this one.
        read_until: `updated_at` of the last row that was read; None at the beginning.
        sweep_began: begin of the sweep that is under way; None when none is.
        swept_at: begin of the last sweep that came to its end; None before the first.
        etag: of the newest page, as it was before it was read for the last time.
    """

    generation: int = 0
    read_until: datetime | None = None
    sweep_began: datetime | None = None
    swept_at: datetime | None = None
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """An issue with its comments, as kept; JSON of the models."""

    number: int
    issue: str
    comments: tuple[str, ...]


class Mirror:
    """One file for one source; rows of all its repositories."""

    def __init__(self, path: Path, server: str) -> None:
        """Open it, or make it anew if it is of another server, of another version, or broken."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = opened(path, server, _SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def answer(self, url: str) -> Answer | None:
        """What the address said last."""
        query = "SELECT etag, next, body FROM answers WHERE url = ?"
        row = self._db.execute(query, (url,)).fetchone()
        return Answer(*row) if row else None

    def keep(self, url: str, answer: Answer) -> None:
        """Remember what an address said."""
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
                (url, answer.etag, answer.next, answer.body),
            )

    def listing(self, repository: int, kind: Kind) -> Listing:
        """How far a listing was read."""
        query = (
            "SELECT generation, read_until, sweep_began, swept_at, etag FROM listings "
            "WHERE repository = ? AND kind = ?"
        )
        row = self._db.execute(query, (repository, kind)).fetchone()
        if row is None:
            return Listing()
        generation, read_until, sweep_began, swept_at, etag = row
        return Listing(generation, _time(read_until), _time(sweep_began), _time(swept_at), etag)

    def save(
        self,
        repository: int,
        kind: Kind,
        listing: Listing,
        rows: Sequence[Issue] | Sequence[Comment] = (),
    ) -> list[int]:
        """Write rows and how far they are read, at once.

        Returns:
            Numbers of the issues whose own row is new or changed.
        """
        changed: list[int] = []
        with self._db:
            for row in rows:
                self._put(repository, row, listing.generation, changed)
            self._db.execute(
                "INSERT OR REPLACE INTO listings VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(repository, kind, listing.generation, _text(listing.read_until)),
                    *(_text(listing.sweep_began), _text(listing.swept_at), listing.etag),
                ),
            )
        return changed

    def _put(
        self, repository: int, row: Issue | Comment, generation: int, changed: list[int]
    ) -> None:
        body = row.model_dump_json(exclude_defaults=True)
        if isinstance(row, Comment):
            statement = "INSERT OR REPLACE INTO comments VALUES (?, ?, ?, ?, ?)"
            self._db.execute(statement, (repository, row.number, row.id, generation, body))
            return
        query = "SELECT body FROM issues WHERE repository = ? AND number = ?"
        if self._db.execute(query, (repository, row.number)).fetchone() != (body,):
            changed.append(row.number)
        statement = "INSERT OR REPLACE INTO issues VALUES (?, ?, ?, ?)"
        self._db.execute(statement, (repository, row.number, generation, body))

    def unseen_issues(self, repository: int, generation: int) -> list[Issue]:
        """Issues that the last sweep did not meet, by number."""
        query = "SELECT body FROM issues WHERE repository = ? AND generation < ? ORDER BY number"
        rows = self._db.execute(query, (repository, generation)).fetchall()
        return [Issue.model_validate_json(body) for (body,) in rows]

    def unseen_comments(self, repository: int, generation: int) -> list[tuple[int, int]]:
        """Issue number and id of the comments that the last sweep did not meet."""
        query = (
            "SELECT number, id FROM comments WHERE repository = ? AND generation < ? "
            "ORDER BY number, id"
        )
        return self._db.execute(query, (repository, generation)).fetchall()

    def issue(self, repository: int, number: int) -> Issue | None:
        """One issue as it was last seen."""
        query = "SELECT body FROM issues WHERE repository = ? AND number = ?"
        row = self._db.execute(query, (repository, number)).fetchone()
        return Issue.model_validate_json(row[0]) if row else None

    def comment_ids(self, repository: int, number: int) -> set[int]:
        """The comments that are known of one issue."""
        query = "SELECT id FROM comments WHERE repository = ? AND number = ?"
        return {found for (found,) in self._db.execute(query, (repository, number))}

    def drop_issues(self, repository: int, numbers: Collection[int]) -> None:
        """Forget issues with their comments."""
        keys = [(repository, number) for number in numbers]
        with self._db:
            for table in ("issues", "comments"):
                statement = f"DELETE FROM {table} WHERE repository = ? AND number = ?"  # noqa: S608
                self._db.executemany(statement, keys)

    def drop_comments(self, repository: int, comments: Collection[tuple[int, int]]) -> None:
        """Forget comments, given as issue number and id."""
        with self._db:
            self._db.executemany(
                "DELETE FROM comments WHERE repository = ? AND number = ? AND id = ?",
                [(repository, number, comment) for number, comment in comments],
            )

    def keep_only(self, repositories: Collection[int]) -> None:
        """Forget the repositories that are no longer read."""
        query = "SELECT DISTINCT repository FROM listings"
        gone = {row[0] for row in self._db.execute(query)} - set(repositories)
        with self._db:
            for table in _TABLES_OF_A_REPOSITORY:
                statement = f"DELETE FROM {table} WHERE repository = ?"  # noqa: S608
                self._db.executemany(statement, [(repository,) for repository in gone])
            if gone:
                self._db.execute("DELETE FROM answers")  # theirs among them; asked for again

    def stored(self, repository: int) -> Iterator[Stored]:
        """Every issue by number with its comments in the order of their ids, one at a time."""
        # Two sorted streams side by side: a join would repeat the issue's row for each comment.
        issues_query = "SELECT number, body FROM issues WHERE repository = ? ORDER BY number"
        comments_query = (
            "SELECT number, body FROM comments WHERE repository = ? ORDER BY number, id"
        )
        with (
            closing(self._db.execute(issues_query, (repository,))) as issues,
            closing(self._db.execute(comments_query, (repository,))) as rows,
        ):
            grouped = groupby(rows, key=lambda row: row[0])
            waiting = next(grouped, None)
            for number, issue in issues:
                while waiting is not None and waiting[0] < number:
                    waiting = next(grouped, None)
                comments: tuple[str, ...] = ()
                if waiting is not None and waiting[0] == number:
                    comments = tuple(body for _, body in waiting[1])
                yield Stored(number, issue, comments)


def swept(listing: Listing, etag: str) -> Listing:
    """The listing after its sweep came to the end."""
    return replace(listing, swept_at=listing.sweep_began, sweep_began=None, etag=etag)


def opened(path: Path, server: str, schema: str) -> sqlite3.Connection:
    """A mirror's file as it is, or anew: of another server or version, or broken, it is nothing."""
    with suppress(sqlite3.DatabaseError):
        db = _connected(path)
        if db.execute("SELECT version, server FROM about").fetchall() == [(_VERSION, server)]:
            return db
        db.close()
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    db = _connected(path)
    with db:
        db.executescript(schema)
        db.execute("INSERT INTO about VALUES (?, ?)", (_VERSION, server))
    return db


def _connected(path: Path) -> sqlite3.Connection:
    # Sources of one index run one after the other, but not always in the thread that opened them.
    db = sqlite3.connect(path, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA secure_delete = ON")  # what was deleted upstream is not kept here either
    return db


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat() if time else None
