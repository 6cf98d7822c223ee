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
        self._opened: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._opening = threading.Lock()

    def of_this_thread(self) -> sqlite3.Connection:
        """This thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, timeout=30
            )
            with self._opening:
                # Threads of pools end when they are idle, and leave theirs open.
                alive = [(one.is_alive(), one, held) for one, held in self._opened]
                for is_alive, _, held in alive:
                    if not is_alive:
                        held.close()
                self._opened = [(one, held) for is_alive, one, held in alive if is_alive]
                self._opened.append((threading.current_thread(), found))
            for pragma in self._pragmas:
                found.execute(f"PRAGMA {pragma}")
            self._local.connection = found
        return found

    def close(self) -> None:
        """Close every thread's connection; what uses one afterwards fails."""
        with self._opening:
            for _, connection in self._opened:
                connection.close()
            self._opened.clear()
