"""Which documents and chunks are live, and who may read them: as the last commit left it."""

import json
import sqlite3
from collections.abc import Collection
from typing import Final, NamedTuple

from index.access import VisibleTo
from index.database import Database
from index.remembered import Remembered
from index.stored import readers_from
from index.types import ChunkId, DocId
from index.withholding import Withholding

# Always one row. Where there is no such document, some version is looked up in vain.
_DOCUMENT = """
    SELECT d.live, coalesce(d.source, ''), coalesce(v.readers, '[]')
    FROM (SELECT ? AS asked)
    LEFT JOIN documents d ON d.doc_id = asked
    LEFT JOIN versions v ON v.id = coalesce(d.live, (SELECT max(id) FROM versions))
"""

_CHUNKS = """
    SELECT c.id, d.source, v.readers
    FROM chunks c JOIN versions v ON v.id = c.version JOIN documents d ON d.live = v.id
    WHERE c.id IN (SELECT value FROM json_each(?))
"""

_NEIGHBOURS = """
    SELECT near.id FROM chunks c JOIN chunks near ON near.version = c.version
    WHERE c.id = ? AND near.position BETWEEN c.position - ? AND c.position + ?
"""

_ROOM: Final = 20_000
"""Documents, and again chunks, that are kept."""


class Access(NamedTuple):
    """What decides whether something live is shown; the order is that of `Withholding.admits`."""

    source: str
    readers: frozenset[str]


_DEAD: Final = Access("", frozenset())


class LiveDocument(NamedTuple):
    """The live version of a document, None where there is none, and what decides about it."""

    live: int | None
    access: Access


class Liveness:
    """What was read since the last commit is kept, and no question needs to read it again.

    A statement takes little by itself, but each makes its thread wait for the interpreter where
    others compute.
    """

    def __init__(self, database: Database) -> None:
        """Nothing was read yet."""
        self._database = database
        # By the moment, too: what is older is never asked for again.
        self._documents: Remembered[tuple[int | None, VisibleTo, DocId], LiveDocument] = Remembered(
            _ROOM
        )
        self._chunks: Remembered[tuple[int, ChunkId], Access] = Remembered(_ROOM)
        self._neighbours: Remembered[tuple[ChunkId, int], list[ChunkId]] = Remembered(_ROOM)

    def clear(self) -> None:
        """Let go of all: something was erased."""
        for kept in (self._documents, self._chunks, self._neighbours):
            kept.clear()

    def document(
        self, doc_id: DocId, withheld: Withholding, *, visible_to: VisibleTo
    ) -> int | None:
        """The live version; None when there is none or it may not be shown.

        Only what may be shown is kept, and for this person alone. People name documents as they
        like: how long it takes must not say whether there is one, or whether somebody else read it.
        """
        moment = self._database.moment()
        key = moment, visible_to, doc_id
        found = None if moment is None else self._documents.get(key)
        if found is not None:
            live, access = found
            return live if withheld.admits(visible_to, *access) else None
        live, access = document_in(self._database.connection(), doc_id)
        if not withheld.admits(visible_to, *access):
            return None
        if live is not None and moment is not None and moment == self._database.moment():
            self._documents.put(key, LiveDocument(live, access), 1)
        return live

    def chunks(self, chunk_ids: Collection[ChunkId]) -> dict[ChunkId, Access]:
        """Those of the chunks that are live, all of them at one moment; nobody names chunks."""
        moment = self._database.moment()
        if moment is not None:
            kept = [(i, self._chunks.get((moment, i))) for i in chunk_ids]
            if all(access for _, access in kept):
                return {i: access for i, access in kept if access and access is not _DEAD}
        # All of them, known or not: what is known may be older than what is read now.
        read = chunks_in(self._database.connection(), chunk_ids)
        if moment is not None and moment == self._database.moment():
            for chunk_id in chunk_ids:
                self._chunks.put((moment, chunk_id), read.get(chunk_id, _DEAD), 1)
        return read

    def neighbours(self, chunk_id: ChunkId, radius: int) -> list[ChunkId]:
        """Chunks of the same version up to `radius` before and after, and itself; live or not."""
        key = chunk_id, radius  # versions never change
        found = self._neighbours.get(key)
        if found is None:
            rows = self._database.connection().execute(_NEIGHBOURS, (chunk_id, radius, radius))
            found = [ChunkId(i) for (i,) in rows]
            if found:
                self._neighbours.put(key, found, 1)
        return found


def document_in(connection: sqlite3.Connection, doc_id: DocId) -> LiveDocument:
    """One document, as this connection sees it."""
    live, source, readers = connection.execute(_DOCUMENT, (doc_id,)).fetchone()
    return LiveDocument(live, Access(source, readers_from(readers)))


def chunks_in(
    connection: sqlite3.Connection, chunk_ids: Collection[ChunkId]
) -> dict[ChunkId, Access]:
    """Those of the chunks that are live, as this connection sees it."""
    rows = connection.execute(_CHUNKS, (json.dumps(list(chunk_ids)),))
    return {ChunkId(i): Access(source, readers_from(readers)) for i, source, readers in rows}
