"""A SQLite file for its owner's eyes, beside the catalog: opened, migrated and written safely."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from index.connections import Connections
from index.errors import StorageError

_OWNER_ONLY: Final = 0o600
_VERSION: Final = 1


class PrivateFile:
    """One file in WAL mode; every thread has its own connection."""

    def __init__(
        self,
        path: Path,
        pragmas: tuple[str, ...],
        schema: str,
        begun: Callable[[sqlite3.Connection], object] = lambda _: None,
    ) -> None:
        """Open or create the file.

        Args:
            path: of the file; its folder is made, too.
            pragmas: see `Connections`.
            schema: of a new file; statements end with `;`.
            begun: what else is written into a new file.

        Raises:
            StorageError: it is not a database, is newer than this program, or cannot be written.
        """
        self.path = path
        self._pragmas = pragmas
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Before SQLite does: the files beside it get the same mode.
            path.touch(mode=_OWNER_ONLY, exist_ok=True)
            path.chmod(_OWNER_ONLY)
        except OSError as error:
            raise StorageError(f"cannot use {path}: {error.strerror}") from error
        self._connections = Connections(path, pragmas)
        try:
            self._migrate(schema, begun)
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
        self._connections = Connections(self.path, self._pragmas)

    def _migrate(self, schema: str, begun: Callable[[sqlite3.Connection], object]) -> None:
        with self.writing() as write:
            (done,) = write.execute("PRAGMA user_version").fetchone()
            if done > _VERSION:
                raise StorageError(f"{self.path} was written by a newer Answerable; install that")
            if not done:
                # Not executescript: it would end the transaction that keeps others out.
                for statement in schema.split(";"):
                    write.execute(statement)
                begun(write)
                write.execute(f"PRAGMA user_version = {_VERSION}")
