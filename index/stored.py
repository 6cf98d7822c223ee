"""Rows of the catalog as the values that they stand for."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from index.rows import Row
from index.types import Block, Chunk, ChunkId, Section, Span


def rows_from(found: Iterable[tuple[int, str, str]]) -> Iterator[Row]:
    """Chunks with their sources and readers."""
    for chunk_id, source, readers in found:
        yield ChunkId(chunk_id), source, readers_from(readers)


def chunk_from(row: dict[str, Any], document_text: str) -> Chunk:
    """A chunk, out of the text of its document."""
    span = Span(row["start"], row["stop"])
    return Chunk(
        chunk_id=row["id"],
        doc_id=row["doc_id"],
        source=row["source"],
        title=row["title"],
        headings=tuple(json.loads(row["headings"])),
        position=row["position"],
        span=span,
        lines=(row["first_line"], row["last_line"]),
        text=span.of(document_text),
        plain=row["plain"],
        url=row["section_url"],
        lines_url=row["lines_url"],
        markup=row["markup"],
        updated_at=time_from(row["updated_at"]),
        status=row["status"],
        authors=tuple(json.loads(row["authors"])),
    )


def section_from(row: dict[str, Any]) -> Section:
    """A section with its blocks."""
    return Section(
        headings=tuple(json.loads(row["headings"])),
        span=Span(row["start"], row["stop"]),
        url=row["url"],
        anchor=row["anchor"],
        blocks=tuple(_block(block) for block in json.loads(row["blocks"])),
    )


def _block(row: list[Any]) -> Block:
    kind, start, stop, children = row
    return Block(kind, Span(start, stop), tuple(_block(child) for child in children))


def named(cursor: Any) -> list[dict[str, Any]]:
    """Rows by the names of their columns."""
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def time_from(value: str | None) -> datetime | None:
    """A time as the catalog has it."""
    return None if value is None else datetime.fromisoformat(value)


@lru_cache(maxsize=1000)
def readers_from(written: str) -> frozenset[str]:
    """Readers as the catalog has them; kept, so that a long list takes no longer than a short."""
    return frozenset(json.loads(written))
