"""The files of the audit log: one for each day, beside them the head, which says where it ends."""

import errno
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from service.auditing.entries import GENESIS, Place

_HEAD: Final = "head.json"
_HEAD_BYTES: Final = 192  # more than any head takes, less than any sector
_OWNER_ONLY: Final = 0o600
_sync_data: Final = getattr(os, "fdatasync", os.fsync)  # not every system has the first


@dataclass(frozen=True, slots=True)
class Head:
    """Number and hash of the last entry that was told to be recorded.

    Attributes:
        coming: how many entries at most may follow it before it is written anew.
    """

    n: int = 0
    hash: str = GENESIS
    coming: int = field(default=1, compare=False)

    def next(self) -> Place:
        """Where the next entry comes."""
        return Place(self.n + 1, self.hash)


class Folder:
    """Where the log is kept; reading it changes nothing."""

    def __init__(self, path: Path) -> None:
        """It need not be there yet."""
        self.path = path
        self._head_file: int | None = None

    def make(self) -> None:
        """Make the folder, for its owner alone.

        Raises:
            OSError: it cannot be made.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def days(self) -> list[Path]:
        """The files of entries in the order of the chain.

        Their names begin with the number of their first entry: what a clock says has no order.
        """
        return sorted(self.path.glob("*.jsonl"))

    def day(self, first: int, today: date) -> Path:
        """Name of the file that begins with this entry."""
        return self.path / f"{first:012d}-{today.isoformat()}.jsonl"

    def head(self) -> Head | None:
        """Where the log ends as it was written beside it; None if it cannot be read."""
        try:
            fields = json.loads(_settled(self.path / _HEAD))
            n, digest, coming = fields["n"], fields["hash"], fields.get("coming", 1)
        except (OSError, ValueError, TypeError, KeyError):
            return None
        is_one = isinstance(n, int) and isinstance(digest, str) and isinstance(coming, int)
        return Head(n, digest, coming) if is_one else None

    def set_head(self, head: Head) -> None:
        """Write down where the log ends; whole or not at all, and on the disk when it returns.

        Raises:
            OSError: it cannot be written.
        """
        fields = {"n": head.n, "hash": head.hash}
        if head.coming > 1:
            fields["coming"] = head.coming
        written = json.dumps(fields).encode().ljust(_HEAD_BYTES)
        if self._head_file is None or not _is_at(self.path / _HEAD, self._head_file):
            self.close()
            self._head_file = _made(self.path / _HEAD, written)
            self.sync()
            return
        # In place: a new file each time took twice as long (0.74 ms), and gave the interpreter
        # away six times. Disks write less than a sector whole or not at all.
        _write_whole(self._head_file, written)
        _sync_data(self._head_file)

    def close(self) -> None:
        """Let go of the head; it is opened again when it is written."""
        head_file, self._head_file = self._head_file, None
        if head_file is not None:
            os.close(head_file)

    def sync(self) -> None:
        """Have the names of new and removed files on the disk.

        Raises:
            OSError: they cannot be written.
        """
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Day:
    """One file, open for appending.

    Attributes:
        path: of it.
    """

    def __init__(self, path: Path) -> None:
        """Open or make it.

        Raises:
            OSError: it cannot be opened.
        """
        self.path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(path, flags, _OWNER_ONLY)
        self._bytes = os.fstat(self._file).st_size

    def append(self, data: bytes) -> None:
        """Add bytes at the end; they are on the disk when it returns.

        Raises:
            OSError: they are not, or not all of them; or somebody else has changed the file.
        """
        found = os.fstat(self._file)
        if found.st_size != self._bytes or not found.st_nlink:
            raise OSError(None, "somebody else has changed the file", str(self.path))
        left = memoryview(data)
        while left:
            left = left[os.write(self._file, left) :]
        os.fsync(self._file)
        self._bytes += len(data)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)


def _made(path: Path, content: bytes) -> int:
    """A new file of this name with the content, on the disk; open for writing."""
    new = path.with_name(f"{path.name}.new")
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _OWNER_ONLY)
    try:
        _write_whole(file, content)
        os.fsync(file)
        new.replace(path)
    except OSError:
        os.close(file)
        raise
    return file


def _is_at(path: Path, file: int) -> bool:
    """Whether an open file is what stands there under its name, with the length that it has."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(file)) and found.st_size == _HEAD_BYTES


def _write_whole(file: int, content: bytes) -> None:
    if os.pwrite(file, content, 0) < len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _settled(path: Path) -> bytes:
    """What is in a small file that another process may be writing at this moment."""
    found = path.read_bytes()
    while (again := path.read_bytes()) != found:
        found = again
    return found


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file with their ends; the last one may lack its own."""
    with path.open("rb") as file:
        yield from file
