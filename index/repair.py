"""Do the three stores agree? The catalog is right, and the others are mended after it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from index.catalog import Catalog, Posting
from index.database import Database
from index.embeddings import Embeddings
from index.types import ChunkId

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
        """Every chunk id in the store."""
        ...


def compare(name: str, live: set[ChunkId], store: Derived) -> list[Problem]:
    """What a derived store lacks of the live chunks, and what it holds beyond them."""
    held = store.held()
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
    held = store.held()
    surplus = sorted(held - live)
    lacking = sorted(live - held)
    if surplus:
        store.remove(surplus)
    for start in range(0, len(lacking), _BATCH):
        store.put(catalog.postings(lacking[start : start + _BATCH]))
    return len(surplus) + len(lacking)


def check_catalog(database: Database, embeddings: Embeddings) -> list[Problem]:
    """Damage of the file itself, unfinished writes, chunks outside their document or unembedded."""
    problems = []
    connection = database.connection()
    for (finding,) in connection.execute("PRAGMA integrity_check"):
        if finding != "ok":
            problems.append(
                Problem("catalog", str(finding), "restore a copy of the data directory")
            )
    (unfinished,) = connection.execute(
        "SELECT count(*) FROM versions WHERE state != 'live'"
    ).fetchone()
    if unfinished:
        problems.append(
            Problem("catalog", f"{unfinished} versions of an unfinished write", "drop them")
        )
    (outside,) = connection.execute(
        """SELECT count(*) FROM chunks c JOIN versions v ON v.id = c.version
           WHERE c.start < 0 OR c.stop <= c.start OR c.stop > length(v.text)"""
    ).fetchone()
    if outside:
        problems.append(
            Problem("catalog", f"{outside} chunks outside of their document", "answerable rebuild")
        )
    if missing := tuple(embeddings.missing()):
        problems.append(
            Problem("catalog", f"{len(missing)} chunks have no embedding", "embed them", missing)
        )
    return problems
