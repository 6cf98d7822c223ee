"""Small documents of paragraphs, an index to put them in, and what a person finds there."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from index.access import PUBLIC, Principal, VisibleTo, visible_to
from index.catalog import Item
from index.embedding import Embedder
from index.settings import IndexSettings
from index.store import Index
from index.types import Chunk, ChunkDraft, DocId, Document, Revision, Section, Span
from tests.fakes.embedder import HashEmbedder

ANYBODY = visible_to(None)
ADA = visible_to(Principal("ada@example.com"))
BOB = visible_to(Principal("bob@example.com"))
FOR_ADA = "user:ada@example.com"


def paragraphs(text: str) -> list[Span]:
    """Where the paragraphs of a text are; a blank line lies between two."""
    spans, start = [], 0
    for part in text.split("\n\n"):
        spans.append(Span(start, start + len(part)))
        start += len(part) + 2
    return [span for span in spans if span.end > span.start]


def document(
    name: str, text: str, readers: Iterable[str] = (PUBLIC,), revision: str = "1"
) -> Document:
    """A document of the source `notes` with one section."""
    return Document(
        doc_id=DocId(f"notes:{name}"),
        source="notes",
        title=name,
        url=f"https://example.com/{name}",
        text=text,
        markup="text",
        sections=(Section((), Span(0, len(text)), f"https://example.com/{name}"),),
        readers=frozenset(readers),
        revision=Revision(revision),
    )


def by_paragraph(whole: Document) -> list[ChunkDraft]:
    """The chunker of these tests: one chunk a paragraph."""
    return [ChunkDraft(0, span, span.of(whole.text)) for span in paragraphs(whole.text)]


def item(name: str, text: str, readers: Iterable[str] = (PUBLIC,), revision: str = "1") -> Item:
    """A document and its chunks."""
    whole = document(name, text, readers, revision)
    return whole, by_paragraph(whole)


def settings(folder: Path, **values: Any) -> IndexSettings:
    """Settings with this data directory."""
    return IndexSettings(data_dir=folder / "data", **values)


def open_index(
    folder: Path,
    embedder: Embedder | None = None,
    *,
    chunker: str = "paragraphs",
    for_rebuild: bool = False,
    mend: bool = True,
    **values: Any,
) -> Index:
    """An index below `folder`."""
    return Index(
        settings(folder, **values),
        embedder or HashEmbedder(),
        chunker=chunker,
        for_rebuild=for_rebuild,
        mend=mend,
    )


def nearest(
    index: Index, question: str, visible: VisibleTo = ANYBODY, limit: int = 10
) -> list[Chunk]:
    """What the dense leg finds, after the last check."""
    vector = HashEmbedder(index.embedder.dimension).embed_query(question)
    hits = index.nearest(vector, visible_to=visible, limit=limit)
    chunks = index.chunks([i for i, _ in hits], visible_to=visible)
    return [chunks[i] for i, _ in hits if i in chunks]


def matching(
    index: Index, question: str, visible: VisibleTo = ANYBODY, limit: int = 10
) -> list[Chunk]:
    """What the lexical leg finds, after the last check."""
    hits = index.matching(question, visible_to=visible, limit=limit)
    chunks = index.chunks([i for i, _ in hits], visible_to=visible)
    return [chunks[i] for i, _ in hits if i in chunks]


def texts(chunks: Iterable[Chunk]) -> list[str]:
    """What the chunks say."""
    return [chunk.text for chunk in chunks]


def contents(index: Index, visible: VisibleTo = ANYBODY) -> dict[str, str]:
    """Text of every document that may be shown, by the name after `notes:`."""
    listed = index.documents(visible_to=visible)
    found = [index.document(line.doc_id, visible_to=visible) for line in listed]
    return {d.doc_id.partition(":")[2]: d.text for d in found if d}
