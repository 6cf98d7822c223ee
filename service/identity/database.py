"""The file of keys and memberships: apart from the index, and open to several processes."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from index.connections import Connections
from index.errors import StorageError

FILE: Final = "access.sqlite3"
_OWNER_ONLY: Final = 0o600
# A key that was revoked stays so, whatever happens to the machine.
_PRAGMAS: Final = ("synchronous = FULL", "secure_delete = ON")
_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,                   -- SHA-256 of the secret, which nobody keeps
    email TEXT NOT NULL,                    -- '': of a service
    service TEXT NOT NULL,                  -- '': of a person
    groups TEXT NOT NULL,                   -- JSON array, of a service
    label TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT
) WITHOUT ROWID;

CREATE TABLE memberships (
    member TEXT PRIMARY KEY,                -- address of a person or of a group
    groups TEXT NOT NULL,                   -- JSON array: those it is directly in
    checked_at TEXT NOT NULL
) WITHOUT ROWID;
"""


class AccessDatabase:
    """One SQLite file in WAL mode, for its owner's eyes; every thread has its own connection."""

    def __init__(self, path: Path) -> None:
        """Open or create the file.

        Raises:
            StorageError: it is not a database, is newer than this program, or cannot be written.
        """
        self.path = path
        self._connections = Connections(path, _PRAGMAS)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Before SQLite does: the files beside it get the same mode.
            path.touch(mode=_OWNER_ONLY, exist_ok=True)
            path.chmod(_OWNER_ONLY)
        except OSError as error:
            raise StorageError(f"cannot use {path}: {error.strerror}") from error
        try:
            self._migrate()
        except StorageError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees what any process has committed so far.

        Raises:
            StorageError: the file cannot be read.
        """
        try:
            yield self._connections.of_this_thread()
        except sqlite3.Error as error:
            raise StorageError(f"cannot use {self.path}: {error}") from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all or nothing.

        Raises:
            StorageError: the file cannot be written; nothing was changed.
        """
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close every thread's connection; who asks afterwards gets a new one."""
        self._connections.close()
        self._connections = Connections(self.path, _PRAGMAS)

    def _migrate(self) -> None:
        with self.writing() as write:
            (done,) = write.execute("PRAGMA user_version").fetchone()
            if done > _SCHEMA_VERSION:
                raise StorageError(f"{self.path} was written by a newer Answerable; install that")
            if not done:
                # Not executescript: it would end the transaction that keeps others out.
                for statement in _SCHEMA.split(";"):
                    write.execute(statement)
                write.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
