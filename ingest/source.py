"""What a connector is: a `Source` that yields changes, in the order they must be applied."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NewType, Protocol, runtime_checkable

from index.channels import Channels
from index.types import DocId, Document, Revision

Cursor = NewType("Cursor", str)
"""How far a source has been read; opaque, only handed back to the source that made it."""


@dataclass(frozen=True, slots=True)
class Upsert:
    """The document is new or changed (body, readers, or place)."""

    document: Document


@dataclass(frozen=True, slots=True)
class Delete:
    """The source said that the document is gone or no longer readable to us."""

    doc_id: DocId


@dataclass(frozen=True, slots=True)
class Skip:
    """The item exists, but cannot be read; it is named in the report and tried again next time.

    `readers` are the item's readers now; None means unknown. An older version stays visible only
    if it has exactly these readers.
    """

    doc_id: DocId
    reason: str
    readers: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The item is there and its revision is the one already known."""

    doc_id: DocId


@dataclass(frozen=True, slots=True)
class Complete:
    """Everything the source has was yielded in this run, as Upsert, Skip or Unchanged.

    Only a listing that proved itself complete (all pages read, nothing refused) may say so: what
    is known and was not listed is then deleted.
    """


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything before this is said; once it is in the index the cursor may be saved."""

    cursor: Cursor


Change = Upsert | Delete | Skip | Unchanged | Complete | Checkpoint


@runtime_checkable
class SameReaders(Protocol):
    """A source whose settings say who may read all of its documents."""

    @property
    def readers(self) -> frozenset[str]:
        """Who may read each of them."""
        ...


class Source(Protocol):
    """A place where knowledge is written, read in changes since the last time."""

    @property
    def name(self) -> str:
        """The source's name in config.yaml; first part of its doc ids."""
        ...

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        """What is new since the cursor (None: everything).

        Args:
            since: cursor of the last checkpoint that was saved, or None at the first run.
            known: revision of every document of this source that is in the index.

        Raises:
            SourceRefused: credentials or settings are refused; nothing was deleted.
            RetryLater: the source cannot be reached now; nothing was deleted.
        """
        ...


@runtime_checkable
class Counting(Protocol):
    """A source that also counts what it does, for the report; no source has to."""

    @property
    def counters(self) -> Mapping[str, int]:
        """Of the last run, by name: `requests`, and `not_modified` of them, which cost nothing."""
        ...


@runtime_checkable
class Watching(Protocol):
    """A source whose server can be asked to call us when it has news; no source has to."""

    def watch(self, since: Cursor, channels: Channels) -> Sequence[str]:
        """Have it call us from now on; does nothing where that goes on already.

        Args:
            since: how far the source has been read.
            channels: those that are open; kept up to date.

        Returns:
            What did not work, in words. That is no failure: the source is read in its interval.
        """
        ...
