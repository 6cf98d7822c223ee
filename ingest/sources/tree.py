"""A tree of files at one moment, whether it lies in a folder or in a git repository."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """A chosen file: its path with `/`, and the name that git gives to its content."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A path that would be chosen, but holds no file of its own to read."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What there is, by path.

    Attributes:
        complete: no folder kept its files from us, so what is missing here is gone.
        cursor: the moment: a commit; empty where there is none.
    """

    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...]
    complete: bool
    cursor: str


@dataclass(frozen=True, slots=True)
class Touched:
    """When and by whom a file's content was changed last; no name where nobody signed."""

    at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a browser finds a file of the repository.

    `exact` says that the file reads the same at `ref`, so that line numbers can be trusted.
    """

    ref: str
    path: str
    exact: bool


Read = Callable[[Entry], bytes]


class Tree(Protocol):
    """What the docs-repository source needs of a folder or a repository."""

    def listing(self) -> Listing:
        """The chosen files now.

        Raises:
            SourceRefused: there is no such place, or nothing in it is chosen.
            RetryLater: the place cannot be reached now.
        """
        ...

    def reading(self, entries: Sequence[Entry]) -> AbstractContextManager[Read]:
        """A reader of these entries; of a file over the limit it gives `limit + 1` bytes.

        The reader raises Unreadable when a file cannot be read after all.
        """
        ...

    def touched(self, entries: Sequence[Entry]) -> Mapping[str, Touched]:
        """The last change of each path, as far as it is known."""
        ...

    def place(self, entry: Entry) -> Place:
        """Where the file is to be found in a browser."""
        ...


def content_name(content: bytes) -> str:
    """The object name of a blob, as git makes it (SHA-1 repositories).

    Sharing git's names lets a file in a checkout be recognised as unmodified.
    """
    header = f"blob {len(content)}\0".encode()
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
