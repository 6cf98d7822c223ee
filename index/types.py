"""The types that cross package borders: documents, their sections, and chunks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NewType

DocId = NewType("DocId", str)
"""`<source>:<the source's own id>`, stable for ever."""

ChunkId = NewType("ChunkId", int)
"""Given out by the catalog, never used twice: a stale id can only miss, not mislead."""

Revision = NewType("Revision", str)
"""Version of a document's body and readers. Only compared, never parsed."""

Markup = Literal["markdown", "rst", "text"]
BlockKind = Literal["heading", "paragraph", "code", "list", "item", "table", "row", "metadata"]


CLOSING_COMMENT: Final = "Closing comment by"
"""Begins the heading of what a maintainer wrote when closing an issue: it counts for more."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of character offsets into `Document.text`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Slice of `text` that the span covers."""
        return text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Span") -> bool:
        """Whether every character of `other` is in this span."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a section that reads as one: paragraph, code block, list item, table row.

    `children` (items of a list, rows of a table, paragraphs of an item) are in reading order and
    lie inside `span`; a chunk boundary may fall between children only when the whole does not fit.
    """

    kind: BlockKind
    span: Span
    children: tuple["Block", ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text up to the next heading, whatever its level.

    The sections of a document are in reading order, do not overlap, and cover all of its text.

    Attributes:
        headings: path of heading texts from the outermost down to this section's own; empty
            before the first heading.
        span: the section's text, its heading line included.
        url: where a reader lands: the page with this heading, comment or lines.
        anchor: fragment of that place without `#`; empty where there is none.
        blocks: what the section is made of; together they cover all its non-blank text.
    """

    headings: tuple[str, ...]
    span: Span
    url: str
    anchor: str = ""
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One source item: a file, a Google Doc, an issue with its comments.

    Attributes:
        text: the whole text, as the source has it; every span points into it.
        url: the document's own page.
        lines_url: template with `{start}` and `{end}` (line numbers from 1) that leads to lines
            of `text`; None where the source has no such links.
        readers: who may read it (see `index.access`); empty means nobody.
        status: state in the source's own word (`open`, `superseded`, …); empty where it has none.
    """

    doc_id: DocId
    source: str
    title: str
    url: str
    text: str
    markup: Markup
    sections: tuple[Section, ...]
    readers: frozenset[str]
    revision: Revision
    lines_url: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    authors: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk before the index has given it an id.

    Attributes:
        section: position of the section that the chunk begins in.
        span: exact slice of the document's text.
        plain: the slice without markup, as people and models read it.
    """

    section: int
    span: Span
    plain: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """The unit of retrieval: `text == document.text[span]` exactly.

    Attributes:
        position: rank in the document from 0; the neighbours are `position ± 1`.
        lines: first and last line of the span in the document, counted from 1.
        url: where a reader lands: the section's place, or the chunk's lines.
    """

    chunk_id: ChunkId
    doc_id: DocId
    source: str
    title: str
    headings: tuple[str, ...]
    position: int
    span: Span
    lines: tuple[int, int]
    text: str
    plain: str
    url: str
    lines_url: str | None
    markup: Markup
    updated_at: datetime | None
    status: str
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """A chunk with its score: higher is better, comparable within one query only.

    `signals` holds the scores that the final one was made of, by name (`dense`, `lexical`, …).
    """

    chunk: Chunk
    score: float
    signals: dict[str, float] = field(default_factory=dict)


def contextual_text(title: str, headings: Sequence[str], plain: str) -> str:
    """What both legs of retrieval read of a chunk: its place, then its text.

    A heading that repeats the one before it (a page's first heading and its title) is said once.
    """
    path = [title] if title else []
    path += [h for h in headings if h and (not path or h != path[-1])]
    return f"{' > '.join(path)}\n{plain}" if path else plain
