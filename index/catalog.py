"""The system of record: what is written here is true, the other stores follow it.

A version of a document is staged (written, not shown), then live, then dead (replaced). A hidden
document has no live version; its last one is kept for some days and then purged.
"""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NewType

from index.database import Database
from index.embeddings import ContentHash, content_hash
from index.types import Block, ChunkDraft, ChunkId, DocId, Document, Revision, contextual_text

VersionId = NewType("VersionId", int)
Item = tuple[Document, Sequence[ChunkDraft]]

_DIRTY = "INSERT OR REPLACE INTO meta VALUES ('dirty', '1')"


@dataclass(frozen=True, slots=True)
class Posting:
    """What the derived stores need of one chunk."""

    chunk_id: ChunkId
    text: str
    content: ContentHash
    readers: frozenset[str]


class Catalog:
    """Writes of versions, and the look-ups that only writers need."""

    def __init__(self, database: Database) -> None:
        """On an open database."""
        self._database = database

    def stage(self, items: Sequence[Item]) -> tuple[list[VersionId], list[Posting]]:
        """Write new versions without showing them."""
        versions: list[VersionId] = []
        postings: list[Posting] = []
        with self._database.transaction() as write:
            write.execute(_DIRTY)
            for document, drafts in items:
                version = _insert_version(write, document)
                versions.append(version)
                postings += _insert_chunks(write, version, document, drafts)
        return versions, postings

    def show(self, versions: Sequence[VersionId]) -> list[ChunkId]:
        """Make staged versions the live ones; gives the chunks of those they replace."""
        with self._database.transaction() as write:
            for version in versions:
                write.execute(
                    """UPDATE versions SET state = 'dead' WHERE state = 'live' AND document =
                       (SELECT document FROM versions WHERE id = ?)""",
                    (version,),
                )
                write.execute("UPDATE versions SET state = 'live' WHERE id = ?", (version,))
                write.execute(
                    """UPDATE documents SET live = ?1, hidden_at = NULL
                       WHERE id = (SELECT document FROM versions WHERE id = ?1)""",
                    (version,),
                )
            dead = write.execute(
                """SELECT c.id FROM chunks c JOIN versions v ON v.id = c.version
                   WHERE v.state = 'dead'"""
            )
            return [ChunkId(row[0]) for row in dead]

    def hide(self, doc_ids: Collection[DocId]) -> tuple[int, list[ChunkId]]:
        """Take documents out of sight at once; gives how many were seen, and their chunks."""
        now = datetime.now(UTC).isoformat()
        count = 0
        chunks: list[ChunkId] = []
        with self._database.transaction() as write:
            write.execute(_DIRTY)
            for doc_id in doc_ids:
                rows = write.execute(
                    """SELECT c.id FROM chunks c JOIN documents d ON d.live = c.version
                       WHERE d.doc_id = ?""",
                    (doc_id,),
                )
                chunks += [ChunkId(row[0]) for row in rows]
                count += write.execute(
                    """UPDATE documents SET live = NULL, hidden_at = ?
                       WHERE doc_id = ? AND live IS NOT NULL""",
                    (now, doc_id),
                ).rowcount
        return count, chunks

    def settle(self) -> None:
        """Drop staged and dead versions; the derived stores must not hold their chunks any more."""
        with self._database.transaction() as write:
            write.execute("DELETE FROM versions WHERE state IN ('dead', 'staged')")
            write.execute(
                """DELETE FROM documents WHERE live IS NULL
                   AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.document = documents.id)"""
            )
            write.execute("DELETE FROM meta WHERE key = 'dirty'")

    def is_dirty(self) -> bool:
        """Whether a write was begun and not finished."""
        return self._database.meta("dirty") is not None

    def purge(self, hidden_for: timedelta, source: str | None = None) -> int:
        """Erase documents hidden for longer, and vectors that no chunk uses; how many documents.

        With a source, only those of that source are erased.
        """
        before = (datetime.now(UTC) - hidden_for).isoformat()
        with self._database.transaction() as write:
            gone = write.execute(
                """SELECT id FROM documents WHERE live IS NULL AND hidden_at <= ?1
                   AND source = coalesce(?2, source)""",
                (before, source),
            ).fetchall()
            write.executemany("DELETE FROM versions WHERE document = ?", gone)
            write.executemany("DELETE FROM documents WHERE id = ?", gone)
            write.execute(
                """DELETE FROM embeddings WHERE NOT EXISTS
                   (SELECT 1 FROM chunks c WHERE c.content = embeddings.content)"""
            )
        return len(gone)

    def live_chunks(self) -> Iterator[tuple[ChunkId, ContentHash, frozenset[str]]]:
        """Every chunk that can be shown: id, content, readers; in the order of ids."""
        known: dict[str, frozenset[str]] = {}
        for chunk_id, content, readers in self._database.connection().execute(
            """SELECT c.id, c.content, v.readers FROM chunks c JOIN versions v ON v.id = c.version
               JOIN documents d ON d.live = v.id ORDER BY c.id"""
        ):
            if readers not in known:
                known[readers] = frozenset(json.loads(readers))
            yield ChunkId(chunk_id), ContentHash(content), known[readers]

    def postings(self, chunk_ids: Collection[ChunkId]) -> list[Posting]:
        """What the derived stores need, made again from the catalog."""
        rows = self._database.connection().execute(
            """SELECT c.id, c.plain, c.content, v.title, v.readers, s.headings
               FROM chunks c JOIN versions v ON v.id = c.version
               JOIN sections s ON s.version = c.version AND s.position = c.section
               WHERE c.id IN (SELECT value FROM json_each(?))""",
            (json.dumps(list(chunk_ids)),),
        )
        return [
            Posting(
                ChunkId(chunk_id),
                contextual_text(title, json.loads(headings), plain),
                ContentHash(content),
                frozenset(json.loads(readers)),
            )
            for chunk_id, plain, content, title, readers, headings in rows
        ]

    def revisions(self, source: str) -> dict[DocId, Revision]:
        """Revision of every document of a source that is shown."""
        rows = self._database.connection().execute(
            """SELECT d.doc_id, v.revision FROM documents d JOIN versions v ON v.id = d.live
               WHERE d.source = ?""",
            (source,),
        )
        return {DocId(doc_id): Revision(revision) for doc_id, revision in rows}

    def readers_of(self, doc_id: DocId) -> frozenset[str] | None:
        """Readers of the live version; None if there is none."""
        row = self._database.connection().execute(
            """SELECT v.readers FROM documents d JOIN versions v ON v.id = d.live
               WHERE d.doc_id = ?""",
            (doc_id,),
        )
        found = row.fetchone()
        return None if found is None else frozenset(json.loads(found[0]))

    def doc_ids(self) -> list[DocId]:
        """Every document that is shown, in order."""
        rows = self._database.connection().execute(
            "SELECT doc_id FROM documents WHERE live IS NOT NULL ORDER BY doc_id"
        )
        return [DocId(row[0]) for row in rows]


def _insert_version(write: sqlite3.Connection, document: Document) -> VersionId:
    write.execute(
        "INSERT OR IGNORE INTO documents (doc_id, source) VALUES (?, ?)",
        (document.doc_id, document.source),
    )
    values: dict[str, Any] = {
        "doc_id": document.doc_id,
        "revision": document.revision,
        "title": document.title,
        "url": document.url,
        "lines_url": document.lines_url,
        "markup": document.markup,
        "readers": json.dumps(sorted(document.readers)),
        "created_at": _iso(document.created_at),
        "updated_at": _iso(document.updated_at),
        "authors": json.dumps(document.authors),
        "status": document.status,
        "text": document.text,
    }
    row = write.execute(
        """INSERT INTO versions (document, state, revision, title, url, lines_url, markup, readers,
               created_at, updated_at, authors, status, text)
           SELECT id, 'staged', :revision, :title, :url, :lines_url, :markup, :readers,
               :created_at, :updated_at, :authors, :status, :text
           FROM documents WHERE doc_id = :doc_id RETURNING id""",
        values,
    ).fetchone()
    version = VersionId(row[0])
    write.executemany(
        "INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                version,
                position,
                json.dumps(section.headings),
                section.span.start,
                section.span.end,
                section.url,
                section.anchor,
                json.dumps([_block_row(block) for block in section.blocks]),
            )
            for position, section in enumerate(document.sections)
        ),
    )
    return version


def _insert_chunks(
    write: sqlite3.Connection, version: VersionId, document: Document, drafts: Sequence[ChunkDraft]
) -> Iterator[Posting]:
    breaks = [i for i, character in enumerate(document.text) if character == "\n"]
    for position, draft in enumerate(drafts):
        headings = document.sections[draft.section].headings
        text = contextual_text(document.title, headings, draft.plain)
        content = content_hash(text)
        first = bisect_left(breaks, draft.span.start) + 1
        last = bisect_left(breaks, draft.span.end - 1) + 1
        row = write.execute(
            """INSERT INTO chunks (version, position, section, start, stop, first_line, last_line,
               plain, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
            (
                version,
                position,
                draft.section,
                draft.span.start,
                draft.span.end,
                first,
                last,
                draft.plain,
                content,
            ),
        ).fetchone()
        yield Posting(ChunkId(row[0]), text, content, document.readers)


def _block_row(block: Block) -> list[Any]:
    return [
        block.kind,
        block.span.start,
        block.span.end,
        [_block_row(child) for child in block.children],
    ]


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
