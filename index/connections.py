"""Connections to one SQLite file in WAL mode: one for each thread."""

import sqlite3
import threading
from pathlib import Path


class Connections:
    """Opened as threads ask for them, in autocommit mode, and closed together."""

    def __init__(self, path: Path, pragmas: tuple[str, ...]) -> None:
        """Nothing is opened yet.

        Args:
            path: of the file.
            pragmas: what each connection is told beside WAL, like `synchronous = NORMAL`.
        """
        self._path = path
        self._pragmas = ("journal_mode = WAL", *pragmas)
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._opening = threading.Lock()

    def of_this_thread(self) -> sqlite3.Connection:
        """This thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, timeout=30
            )
            with self._opening:
                self._opened.append(found)
            for pragma in self._pragmas:
                found.execute(f"PRAGMA {pragma}")
            self._local.connection = found
        return found

    def close(self) -> None:
        """Close every thread's connection; what uses one afterwards fails."""
        with self._opening:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
