"""Do the three stores agree? The catalog is right, and the others are mended after it."""

import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from index.catalog import Catalog, Posting
from index.database import Database
from index.embeddings import Embeddings
from index.errors import StorageError
from index.types import ChunkId

logger = logging.getLogger(__name__)

_BATCH: Final = 2048


@dataclass(frozen=True, slots=True)
class Problem:
    """One way in which the stores disagree.

    Attributes:
        store: `catalog`, `vectors` or `terms`.
        what: the finding in words.
        repair: what mending it does.
        chunks: the chunks concerned; empty when it is about something else.
    """

    store: str
    what: str
    repair: str
    chunks: tuple[ChunkId, ...] = field(default=(), repr=False)


class Derived(Protocol):
    """A store that can be made again from the catalog."""

    def put(self, postings: Sequence[Posting]) -> None:
        """Add chunks."""
        ...

    def remove(self, chunk_ids: Sequence[ChunkId]) -> None:
        """Remove chunks."""
        ...

    def held(self) -> set[ChunkId]:
        """Every chunk id in the store; StorageError if something in it is lost."""
        ...

    def replace(self, batches: Iterable[Sequence[Posting]]) -> None:
        """Hold these chunks, in new files, and nothing else."""
        ...


def compare(name: str, live: set[ChunkId], store: Derived) -> list[Problem]:
    """What a derived store lacks of the live chunks, and what it holds beyond them."""
    try:
        held = store.held()
    except StorageError as error:
        return [Problem(name, str(error), "make it again from the catalog", tuple(sorted(live)))]
    problems = []
    if lacking := tuple(sorted(live - held)):
        problems.append(
            Problem(name, f"{len(lacking)} chunks are missing", "add them again", lacking)
        )
    if surplus := tuple(sorted(held - live)):
        problems.append(
            Problem(name, f"{len(surplus)} chunks are left over", "remove them", surplus)
        )
    return problems


def mend(live: set[ChunkId], catalog: Catalog, store: Derived) -> int:
    """Make a derived store hold exactly the live chunks; gives how many were out of place."""
    try:
        held = store.held()
    except StorageError as error:
        logger.warning("%s; making it again from the catalog", error)
        store.replace(batches(live, catalog))
        return len(live)
    surplus = sorted(held - live)
    lacking = live - held
    if surplus:
        store.remove(surplus)
    for postings in batches(lacking, catalog):
        store.put(postings)
    return len(surplus) + len(lacking)


def batches(chunk_ids: Collection[ChunkId], catalog: Catalog) -> Iterator[list[Posting]]:
    """What the derived stores need of these chunks, not too much of it at once."""
    ordered = sorted(chunk_ids)
    for start in range(0, len(ordered), _BATCH):
        yield catalog.postings(ordered[start : start + _BATCH])


def check_catalog(database: Database, embeddings: Embeddings) -> list[Problem]:
    """Damage of the file itself, unfinished writes, chunks outside their document or unembedded."""
    try:
        return [*_damage(database), *_contradictions(database, embeddings)]
    except sqlite3.DatabaseError as error:
        return [Problem("catalog", str(error), "restore a copy of the data directory")]


def _damage(database: Database) -> Iterator[Problem]:
    for (finding,) in database.connection().execute("PRAGMA integrity_check"):
        if finding != "ok":
            yield Problem("catalog", str(finding), "restore a copy of the data directory")


def _contradictions(database: Database, embeddings: Embeddings) -> Iterator[Problem]:
    connection = database.connection()
    (unfinished,) = connection.execute(
        "SELECT count(*) FROM versions WHERE state != 'live'"
    ).fetchone()
    if unfinished:
        yield Problem("catalog", f"{unfinished} versions of an unfinished write", "drop them")
    (outside,) = connection.execute(
        """SELECT count(*) FROM chunks c JOIN versions v ON v.id = c.version
           WHERE c.start < 0 OR c.stop <= c.start
           -- SQLite's length() stops at a NUL character.
           OR (c.stop > length(v.text) AND instr(v.text, char(0)) = 0)
           OR NOT EXISTS
              (SELECT 1 FROM sections s WHERE s.version = v.id AND s.position = c.section)"""
    ).fetchone()
    if outside:
        yield Problem(
            "catalog", f"{outside} chunks outside of their document", "answerable rebuild"
        )
    if missing := tuple(embeddings.missing()):
        yield Problem("catalog", f"{len(missing)} chunks have no embedding", "embed them", missing)
