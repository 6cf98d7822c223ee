"""The catalog's SQLite file: connections, transactions, facts about the whole."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.connections import Connections
from index.errors import StorageError
from index.schema import migrate


class Database:
    """One SQLite file in WAL mode; every thread gets a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Open or create the file and bring its schema up to date.

        Raises:
            StorageError: it is not a database, is newer than this program, or cannot be written.
        """
        self.path = path
        self._commits = 0
        self._is_committing = False
        self._committing = threading.Lock()
        # What a source deleted must not stay readable in free pages.
        pragmas = ("synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON")
        self._connections = Connections(path, pragmas)
        try:
            migrate(self.connection())
        except sqlite3.Error as error:
            self.close()
            raise StorageError(
                f"cannot use the catalog {path}: {error}; put back a copy of it, or move the data "
                "directory away and ingest again (docs/operations.md, Backup)"
            ) from error

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit mode."""
        return self._connections.of_this_thread()

    def close(self) -> None:
        """Close every thread's connection."""
        self._connections.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing.

        Raises:
            StorageError: the disk is full or the file cannot be written; nothing was changed.
        """
        connection = self.connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            with self._one_commit():
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StorageError(
                f"cannot write {self.path}: {error}; nothing was changed, mend it and run again"
            ) from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def moment(self) -> int | None:
        """A number that was the same before and after a read: nothing was committed meanwhile.

        None: something is being committed now. Nobody else writes the file.
        """
        # In this order: what was committed before a read is counted, or still under way, after it.
        return None if self._is_committing else self._commits

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Several reads that see the same moment, whatever is written meanwhile."""
        connection = self.connection()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")

    def checkpoint(self) -> None:
        """Empty the write-ahead log into the file: what was erased must not stay in the log.

        Raises:
            StorageError: the file cannot be written.
        """
        try:
            self.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise StorageError(f"cannot write {self.path}: {error}") from error

    def back_up(self, path: Path) -> None:
        """Write all of it to a new file, as it is at this moment.

        Raises:
            StorageError: there is one already, or it cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection().execute("VACUUM INTO ?", (str(path),))
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"cannot write {path}: {error}") from error

    def meta(self, key: str) -> str | None:
        """A fact about the index as a whole; None if it was never set."""
        row = self.connection().execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Remember a fact about the index as a whole."""
        with self.transaction() as write:
            write.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @contextmanager
    def _one_commit(self) -> Iterator[None]:
        with self._committing:
            self._is_committing = True
            try:
                yield
            finally:
                self._commits += 1
                self._is_committing = False
