"""The file of knowledge gaps: apart from the index, for its owner's eyes, and erased by age."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from index.connections import Connections
from index.errors import StorageError

FILE: Final = "gaps.sqlite3"
_OWNER_ONLY: Final = 0o600
# What is erased is gone from the file, too; and an answer never waits long for a busy file.
_PRAGMAS: Final = ("synchronous = NORMAL", "secure_delete = ON", "busy_timeout = 2000")
_KEY_BYTES: Final = 32
_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE asked (
    id TEXT PRIMARY KEY,                    -- of the answer, random
    question TEXT NOT NULL,
    folded TEXT NOT NULL,                   -- the same as it is compared
    person BLOB NOT NULL,                   -- keyed hash
    asked_at TEXT NOT NULL,                 -- UTC, ISO 8601 with microseconds: texts compare
    abstained INTEGER NOT NULL,
    confidence REAL NOT NULL,
    cited TEXT NOT NULL,                    -- JSON array of doc_ids
    verdict TEXT,
    comment TEXT NOT NULL DEFAULT '',
    named TEXT NOT NULL DEFAULT '[]',       -- JSON array of doc_ids, as the asker said
    dismissed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX asked_by_time ON asked (asked_at);
CREATE INDEX asked_by_words ON asked (folded);

CREATE TABLE vectors (
    model TEXT NOT NULL,
    folded TEXT NOT NULL,
    vector BLOB NOT NULL,                   -- float32
    PRIMARY KEY (model, folded)
) WITHOUT ROWID;

CREATE TABLE person_key (key BLOB NOT NULL)
"""


class GapDatabase:
    """One SQLite file in WAL mode; every thread has its own connection.

    Attributes:
        person_key: what people are hashed with. It lies beside the hashes: it keeps names out of
            the file and of copies of single rows, not from somebody with the whole file and a
            list of all addresses.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file.

        Raises:
            StorageError: it is not a database, is newer than this program, or cannot be written.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Before SQLite does: the files beside it get the same mode.
            path.touch(mode=_OWNER_ONLY, exist_ok=True)
            path.chmod(_OWNER_ONLY)
        except OSError as error:
            raise StorageError(f"cannot use {path}: {error.strerror}") from error
        self._connections = Connections(path, _PRAGMAS)
        try:
            self.person_key = self._prepare()
        except StorageError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees what was committed so far; raises StorageError."""
        try:
            yield self._connections.of_this_thread()
        except sqlite3.Error as error:
            raise StorageError(f"cannot use {self.path}: {error}") from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all or nothing; raises StorageError, and then nothing was changed."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close every thread's connection; what uses one afterwards fails."""
        self._connections.close()

    def _prepare(self) -> bytes:
        with self.writing() as write:
            (done,) = write.execute("PRAGMA user_version").fetchone()
            if done > _SCHEMA_VERSION:
                raise StorageError(f"{self.path} was written by a newer Answerable; install that")
            if not done:
                # Not executescript: it would end the transaction that keeps others out.
                for statement in _SCHEMA.split(";"):
                    write.execute(statement)
                key = secrets.token_bytes(_KEY_BYTES)
                write.execute("INSERT INTO person_key VALUES (?)", (key,))
                write.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            row: tuple[bytes] = write.execute("SELECT key FROM person_key").fetchone()
        return row[0]
