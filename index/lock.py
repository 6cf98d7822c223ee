"""One process owns the data directory; the next one learns who."""

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from index.errors import IndexLocked, StorageError


class DirectoryLock:
    """Exclusive lock on a data directory, held until `release` or the end of the process.

    Chroma is not safe across processes: an open reader never sees another's vectors, and a stale
    process that then writes destroys them silently.
    """

    def __init__(self, directory: Path, command: str) -> None:
        """Take the lock.

        Raises:
            IndexLocked: another process has it; the message says which.
            StorageError: the directory cannot be made or written.
        """
        self._path = directory / "lock"
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file: IO[str] = self._path.open("a+", encoding="utf-8")
            self._path.chmod(0o600)  # it may hold a token
        except OSError as error:
            raise StorageError(f"cannot use {directory}: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._holder = {"pid": str(os.getpid()), "command": command}
            self._write()
        except BlockingIOError as error:
            holder = self._read()
            self._file.close()
            raise IndexLocked(_message(directory, holder), holder) from error
        except OSError as error:
            self._file.close()
            raise StorageError(f"cannot lock {self._path}: {error.strerror}") from error

    def announce(self, url: str, token: str = "") -> None:
        """Tell later comers where the holder listens, and what to send it."""
        self._holder |= {"url": url, "token": token}
        self._write()

    def release(self) -> None:
        """Give the directory back; once."""
        if not self._file.closed:
            self._file.truncate(0)
            self._file.close()

    def _write(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps(self._holder))
        self._file.flush()

    def _read(self) -> dict[str, str]:
        self._file.seek(0)
        try:
            return dict(json.loads(self._file.read()))
        except (ValueError, TypeError):
            return {}


def _message(directory: Path, holder: dict[str, str]) -> str:
    who = f"{holder.get('command', 'another process')} (pid {holder.get('pid', 'unknown')})"
    where = f", listening on {holder['url']}" if "url" in holder else ""
    instead = "ask through it, stop it" if "url" in holder else "wait for its end"
    return (
        f"the index in {directory} is in use by {who}{where}; "
        f"{instead}, or set another index.data_dir"
    )
