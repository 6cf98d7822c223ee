"""Hits of retrieval -> the documents they are in, with the passages worth reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from index.access import VisibleTo
from index.types import Chunk, DocId, Document, ScoredChunk, Span

# What a neighbour is worth of its hit, for each step away: in the same section, and in another.
_FADING: Final = 0.85
_FADING_OUTSIDE: Final = 0.5
_HITS_WITH_NEIGHBOURS: Final = 1  # each costs a query
_DOCUMENTS: Final = 3  # read for an answer; each costs a query, and the best is rarely further down


class Documents(Protocol):
    """The reads of the index that evidence is gathered with."""

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        """The live version; None when there is none or it may not be shown."""
        ...

    def neighbours(self, chunk: Chunk, radius: int, *, visible_to: VisibleTo) -> list[Chunk]:
        """Chunks of the same document up to `radius` before and after, in reading order."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk's place in its document; the score is in [0, 1], that of the best hit is 1."""

    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One document, its best hit, and what of it to read, in reading order."""

    document: Document
    best: Chunk
    passages: tuple[Passage, ...]


def gather(
    index: Documents, hits: Sequence[ScoredChunk], neighbours: int, *, visible_to: VisibleTo
) -> list[Reading]:
    """The documents of the hits that may be read now, best first.

    A hit whose text is no longer at its place in the live version is left out: the document has
    changed since it was found.
    """
    top = max((hit.score for hit in hits), default=0.0)
    scores: dict[DocId, dict[Span, float]] = {}
    best: dict[DocId, Chunk] = {}
    for rank, hit in enumerate(hits):
        chunk = hit.chunk
        if len(scores) == _DOCUMENTS and chunk.doc_id not in scores:
            continue
        passages = scores.setdefault(chunk.doc_id, {})
        best.setdefault(chunk.doc_id, chunk)
        score = hit.score / top if top > 0 else 1.0 / (rank + 1)
        near = [chunk]
        if neighbours and rank < _HITS_WITH_NEIGHBOURS:
            near = index.neighbours(chunk, neighbours, visible_to=visible_to) or near
        for other in near:
            fading = _FADING if other.headings == chunk.headings else _FADING_OUTSIDE
            worth = score * fading ** abs(other.position - chunk.position)
            passages[other.span] = max(worth, passages.get(other.span, 0.0))
    return [
        reading
        for doc_id, passages in scores.items()
        if (document := index.document(doc_id, visible_to=visible_to))
        and (reading := _reading(document, best[doc_id], passages))
    ]


def _reading(document: Document, best: Chunk, passages: dict[Span, float]) -> Reading | None:
    if best.span.of(document.text) != best.text:
        return None
    found = (Passage(span, score) for span, score in sorted(passages.items()))
    return Reading(document, best, tuple(found))
