"""Reads of the catalog: each takes `visible_to`, and what it gives has passed that check."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from index.access import VisibleTo
from index.database import Database
from index.liveness import Access, Liveness, chunks_in, document_in
from index.remembered import Remembered
from index.revocations import Revocations
from index.rows import Row
from index.stored import chunk_from, named, readers_from, rows_from, section_from, time_from
from index.tally import Tally
from index.types import Chunk, ChunkId, DocId, Document, Revision
from index.withholding import Withholding

_CHUNKS = """
    SELECT c.id, c.version, c.position, c.start, c.stop, c.first_line, c.last_line, c.plain,
    s.headings, s.url AS section_url,
    d.doc_id, d.source, v.title, v.lines_url, v.markup, v.updated_at, v.status, v.authors
    FROM chunks c
    JOIN versions v ON v.id = c.version
    JOIN documents d ON d.live = v.id
    JOIN sections s ON s.version = c.version AND s.position = c.section
    WHERE c.id IN (SELECT value FROM json_each(?))
"""

_ROOM_CHARS: Final = 4_000_000
"""Of documents, and again of chunks, that are kept as they were parsed: about 50 MB together."""
_OVERHEAD_CHARS: Final = 500  # a chunk or a section takes so much beside its text


@dataclass(frozen=True, slots=True)
class Listing:
    """One line of a list of documents."""

    doc_id: DocId
    source: str
    title: str
    url: str
    updated_at: datetime | None
    status: str


class Reader:
    """What may be shown of the catalog.

    Versions and chunks never change and their ids are never used twice, so what was parsed once is
    kept by them. Which version is live, and who may read it, is what the catalog says since its
    last commit, and it is looked at before what is kept.

    Attributes:
        withheld: what counts beside the readers of a document.
    """

    def __init__(self, database: Database, revocations: Revocations) -> None:
        """On an open database; nothing is withheld but what these revoke."""
        self._database = database
        self.withheld = Withholding(revocations=revocations)
        self._tally = Tally(database)
        self._documents: Remembered[int, Document] = Remembered(_ROOM_CHARS)
        self._shown: Remembered[ChunkId, Chunk] = Remembered(_ROOM_CHARS)
        self._liveness = Liveness(database)

    def forget(self) -> None:
        """Let go of every text that is kept in memory: something was erased."""
        self._documents.clear()
        self._shown.clear()
        self._liveness.clear()

    def chunks(
        self, chunk_ids: Collection[ChunkId], *, visible_to: VisibleTo
    ) -> dict[ChunkId, Chunk]:
        """The live chunks among these that may be shown, by id, in the order of the ids."""

        def kept(live: Mapping[ChunkId, Access]) -> dict[ChunkId, Chunk | None]:
            admitted = (
                i for i, access in live.items() if self.withheld.admits(visible_to, *access)
            )
            return {i: self._shown.get(i) for i in admitted}

        found = kept(self._liveness.chunks(chunk_ids))
        if None in found.values():
            # One moment for all reads: a version that is replaced between them loses its text.
            with self._database.snapshot() as connection:
                found = kept(chunks_in(connection, chunk_ids))
                found |= self._read(connection, [i for i, chunk in found.items() if chunk is None])
        return {i: chunk for i in chunk_ids if (chunk := found.get(i))}

    def neighbours(self, chunk: Chunk, radius: int, *, visible_to: VisibleTo) -> list[Chunk]:
        """The chunks of the same document up to `radius` before and after, in reading order."""
        near = self._liveness.neighbours(chunk.chunk_id, radius)
        found = self.chunks(near, visible_to=visible_to)
        return sorted(found.values(), key=lambda c: c.position)

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        """The live version; None when there is none or it may not be shown: the two look alike.

        They take as long, too: both are one look-up of a document and one of a version, whose text
        is not touched before its readers have admitted this person.
        """
        live = self._liveness.document(doc_id, self.withheld, visible_to=visible_to)
        if live is None:
            return None
        if kept := self._documents.get(live):
            return kept
        with self._database.snapshot() as connection:
            live, access = document_in(connection, doc_id)
            if live is None or not self.withheld.admits(visible_to, *access):
                return None
            return self._parsed(connection, doc_id, live)

    def documents(self, *, visible_to: VisibleTo) -> list[Listing]:
        """Every document that may be shown, by title."""
        rows = named(
            self._database.connection().execute(
                """SELECT d.doc_id, d.source, v.title, v.url, v.updated_at, v.status, v.readers
                   FROM documents d JOIN versions v ON v.id = d.live ORDER BY v.title, d.doc_id"""
            )
        )
        return [
            Listing(
                r["doc_id"],
                r["source"],
                r["title"],
                r["url"],
                time_from(r["updated_at"]),
                r["status"],
            )
            for r in rows
            if self._admits(visible_to, r)
        ]

    def tally(self, *, visible_to: VisibleTo) -> dict[str, int]:
        """Documents of each source that may be shown; a source without any is not in it."""
        return self._tally.of(self.withheld, visible_to=visible_to)

    def any_document(self, doc_id: DocId) -> Document | None:
        """The live version whoever may read it: for the writer's own work, never for a person."""
        # One moment for both reads: a version that is replaced between them loses its sections.
        with self._database.snapshot() as connection:
            row = self._row(connection, doc_id)
            return None if row is None else self._document(connection, row)

    def live_rows(self) -> Iterator[Row]:
        """Every live chunk, in the order of ids: for the writer's own work."""
        return rows_from(
            self._database.connection().execute(
                """SELECT c.id, d.source, v.readers FROM chunks c
                   JOIN versions v ON v.id = c.version JOIN documents d ON d.live = v.id
                   ORDER BY c.id"""
            )
        )

    def rows_of(self, chunk_ids: Collection[ChunkId]) -> Iterator[Row]:
        """These chunks, shown or not, in the order of ids: for the writer's own work."""
        return rows_from(
            self._database.connection().execute(
                """SELECT c.id, d.source, v.readers FROM chunks c
                   JOIN versions v ON v.id = c.version JOIN documents d ON d.id = v.document
                   WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.id""",
                (json.dumps(list(chunk_ids)),),
            )
        )

    def _admits(self, visible_to: VisibleTo, row: dict[str, Any]) -> bool:
        return self.withheld.admits(visible_to, row["source"], readers_from(row["readers"]))

    def _row(self, connection: sqlite3.Connection, doc_id: DocId) -> dict[str, Any] | None:
        rows = named(
            connection.execute(
                """SELECT d.doc_id, d.source, v.* FROM documents d JOIN versions v ON v.id = d.live
                   WHERE d.doc_id = ?""",
                (doc_id,),
            )
        )
        return rows[0] if rows else None

    def _parsed(self, connection: sqlite3.Connection, doc_id: DocId, live: int) -> Document | None:
        row = self._row(connection, doc_id)
        if row is None:
            return None
        document = self._document(connection, row)
        size = len(document.text) + _OVERHEAD_CHARS * (1 + len(document.sections))
        self._documents.put(live, document, size)
        return document

    def _document(self, connection: sqlite3.Connection, row: dict[str, Any]) -> Document:
        sections = named(
            connection.execute(
                "SELECT * FROM sections WHERE version = ? ORDER BY position", (row["id"],)
            )
        )
        return Document(
            doc_id=row["doc_id"],
            source=row["source"],
            title=row["title"],
            url=row["url"],
            text=row["text"],
            markup=row["markup"],
            sections=tuple(section_from(s) for s in sections),
            readers=readers_from(row["readers"]),
            revision=Revision(row["revision"]),
            lines_url=row["lines_url"],
            created_at=time_from(row["created_at"]),
            updated_at=time_from(row["updated_at"]),
            authors=tuple(json.loads(row["authors"])),
            status=row["status"],
        )

    def _read(
        self, connection: sqlite3.Connection, chunk_ids: Collection[ChunkId]
    ) -> dict[ChunkId, Chunk]:
        """These chunks, each of which this person was admitted to."""
        rows = named(connection.execute(_CHUNKS, (json.dumps(list(chunk_ids)),)))
        versions = json.dumps(sorted({row["version"] for row in rows}))
        texts = dict(
            connection.execute(
                "SELECT id, text FROM versions WHERE id IN (SELECT value FROM json_each(?))",
                (versions,),
            ).fetchall()
        )
        found = {ChunkId(row["id"]): chunk_from(row, texts[row["version"]]) for row in rows}
        for chunk_id, chunk in found.items():
            self._shown.put(chunk_id, chunk, 2 * len(chunk.text) + _OVERHEAD_CHARS)
        return found
