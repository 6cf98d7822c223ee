"""Follow the chain of entries, and say where it does not hold."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from service.auditing.entries import GENESIS, Recorded, read_line
from service.auditing.files import Folder, Head, lines

MOST_PROBLEMS: Final = 100
_TRIES: Final = 5  # a file that is kept long enough may go while we read


@dataclass(frozen=True, slots=True)
class Problem:
    """One way in which the log is not as it was written; `line` counts from 1, 0 is none."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.what}"


class Chain:
    """Reads lines in order, from any entry on.

    Attributes:
        first: the first entry; None before it was read.
        last: where the chain ends.
        latest: the latest time in it.
        unread: bytes after the last entry that are none.
        problems: what does not hold between the first entry and the last.
        closed: hashes of the last entries of files that were removed, by their number.
    """

    def __init__(self, head: Head | None = None, expect: str | None = None) -> None:
        """Before the first line.

        Args:
            head: an entry that should be in it.
            expect: a hash that should be in it.
        """
        self.first: Recorded | None = None
        self.last = Head()
        self.latest: datetime | None = None
        self.unread = bytearray()
        self.problems: list[Problem] = []
        self.closed: dict[int, str] = {}
        self.has_head = head is None or head.n == 0
        self.has_expected = expect is None
        self._head, self._expect = head, expect
        self._unread_at = ("", 0)

    def read(self, path: Path) -> None:
        """Follow it through a file.

        Raises:
            OSError: it cannot be read.
        """
        for number, raw in enumerate(lines(path), 1):
            self._take(raw, path.name, number)

    def problem(self, what: str, file: str = "", line: int = 0) -> None:
        """Something does not hold."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(file or "the log", line, what))

    def _take(self, raw: bytes, file: str, number: int) -> None:
        entry = read_line(raw)
        if entry is None:
            if not self.unread:
                self._unread_at = (file, number)
            self.unread += raw
            return
        if self.unread and not _is_repair_of(self.unread, entry):
            self.problem("this is no entry as it was written", *self._unread_at)
        if self.first is None:
            self.first = entry
        elif (entry.n, entry.previous) != (self.last.n + 1, self.last.hash):
            what = f"entry {entry.n} does not follow entry {self.last.n} as it was recorded"
            self.problem(what, file, number)
        self._adopt(entry)

    def _adopt(self, entry: Recorded) -> None:
        self.unread, self.last = bytearray(), Head(entry.n, entry.hash)
        self.latest = max(self.latest or entry.at, entry.at)
        self.has_head = self.has_head or self.last == self._head
        self.has_expected = self.has_expected or entry.hash == self._expect
        if entry.action == "expired":
            through, digest = entry.facts.get("through"), entry.facts.get("hash")
            if isinstance(through, int) and isinstance(digest, str):
                self.closed[through] = digest
                self.has_expected = self.has_expected or digest == self._expect


def repair_facts(unread: bytes | bytearray, unannounced: int) -> dict[str, int | str]:
    """What a mark says of bytes that are no entry, and of entries that the head did not know."""
    digest = hashlib.sha256(unread).hexdigest()
    return {"bytes": len(unread), "sha256": digest, "entries": unannounced}


def verify(folder: Folder, expect: str | None = None) -> list[Problem]:
    """Every way in which the log is not as it was written; empty if it is.

    It only reads, and may be called while another process writes.

    Args:
        folder: where it is.
        expect: hash of an entry that was written down elsewhere.

    Raises:
        OSError: it cannot be read.
    """
    for _ in range(_TRIES):
        # The head first: what is written while we read comes after it.
        head = folder.head()
        chain = Chain(head, expect)
        try:
            for day in folder.days():
                chain.read(day)
        except FileNotFoundError:
            continue
        _check_start(chain)
        _check_end(chain, head)
        _check_excess(chain, folder.head())
        return chain.problems
    raise OSError(None, "its files come and go while they are read", str(folder.path))


def _check_start(chain: Chain) -> None:
    first = chain.first
    if first is None:
        return
    before = GENESIS if first.n == 1 else chain.closed.get(first.n - 1)
    if before != first.previous:
        chain.problem(f"what came before entry {first.n} was removed, and not by the log itself")


def _check_end(chain: Chain, head: Head | None) -> None:
    # Without an end of line it is being written at this moment, or was torn: the next entry says.
    if b"\n" in chain.unread:
        chain.problem("what follows the last entry is no entry")
    if head is None:
        if chain.first or chain.unread:
            chain.problem("head.json is missing or damaged")
    elif chain.last.n < head.n:
        chain.problem(f"it ends with entry {chain.last.n}, but {head.n} were recorded")
    elif not chain.has_head:
        chain.problem(f"entry {head.n} is not the one that head.json names")
    if not chain.has_expected:
        chain.problem(
            "no entry has the expected hash: it was rewritten, or that entry is not kept any more"
        )


def _check_excess(chain: Chain, head: Head | None) -> None:
    # Read after the entries, so that only those are not in it that are just being written.
    if head is not None and chain.last.n > head.n + head.coming:
        chain.problem(
            f"it ends with entry {chain.last.n}, but only {head.n} were recorded: what follows was "
            "added by somebody else"
        )


def _is_repair_of(unread: bytearray, entry: Recorded) -> bool:
    if entry.action != "repaired":
        return False
    facts = repair_facts(unread, 0)
    return all(entry.facts.get(name) == facts[name] for name in ("bytes", "sha256"))
