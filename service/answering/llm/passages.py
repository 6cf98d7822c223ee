"""Hits of retrieval -> the numbered passages that a language model reads."""

from collections.abc import Sequence
from typing import Final

from index.access import VisibleTo
from index.types import Chunk, DocId, Document, ScoredChunk, Section, Span
from service.answering.evidence import Documents
from service.answering.llm.types import Passage
from service.answering.validity import validity_of, worded

_SMALL: Final = 1600  # characters of a section that is read whole; a larger one by its chunks
_WITH_NEIGHBOURS: Final = 3  # hits; each costs a query
_MOST: Final = 12  # passages; small models lose their way among more


def passages_of(
    index: Documents, hits: Sequence[ScoredChunk], neighbours: int, *, visible_to: VisibleTo
) -> list[Passage]:
    """What of the documents answers are made from, best first; no two overlap.

    Documents are read now, as this person may. A hit whose text is no longer at its place is left
    out: the document has changed since it was found.
    """
    documents: dict[DocId, Document | None] = {}
    spans: dict[DocId, list[Span]] = {}
    for rank, hit in enumerate(hits):
        chunk = hit.chunk
        if chunk.doc_id not in documents:
            documents[chunk.doc_id] = index.document(chunk.doc_id, visible_to=visible_to)
        document = documents[chunk.doc_id]
        if document is None or chunk.span.of(document.text) != chunk.text:
            continue
        near = [chunk]
        if neighbours and rank < _WITH_NEIGHBOURS:
            near = index.neighbours(chunk, neighbours, visible_to=visible_to) or near
        _join(spans.setdefault(chunk.doc_id, []), _around(document, chunk, near))
    ended = {
        doc_id: validity_of(document, index, visible_to=visible_to)
        for doc_id, document in documents.items()
        if document is not None and doc_id in spans
    }
    states = {doc_id: worded(one) for doc_id, one in ended.items() if one}
    places = _ranked(spans, hits)
    return [
        _passage(number, document, span, states.get(doc_id, ""))
        for number, (doc_id, span) in enumerate(places[:_MOST], 1)
        if (document := documents[doc_id])
    ]


def _around(document: Document, chunk: Chunk, near: Sequence[Chunk]) -> Span:
    """The section if it is small, else the chunk with its neighbours in the same section."""
    section = _section_at(document, chunk.span.start)
    if section and section.span.contains(chunk.span):
        if section.span.end - section.span.start <= _SMALL:
            return section.span
        near = [one for one in near if section.span.contains(one.span)] or [chunk]
    else:
        near = [one for one in near if one.headings == chunk.headings] or [chunk]
    # What lies between two chunks of a document is of the document, too: nothing is skipped.
    return Span(min(one.span.start for one in near), max(one.span.end for one in near))


def _join(spans: list[Span], new: Span) -> None:
    """Adds it, at the place of the first that it overlaps, as one with all that it overlaps."""
    met = [span for span in spans if span.overlaps(new)]
    if not met:
        spans.append(new)
        return
    whole = Span(min(new.start, *(s.start for s in met)), max(new.end, *(s.end for s in met)))
    spans[spans.index(met[0])] = whole
    for span in met[1:]:
        spans.remove(span)


def _ranked(
    spans: dict[DocId, list[Span]], hits: Sequence[ScoredChunk]
) -> list[tuple[DocId, Span]]:
    """Each place at the rank of the best hit in it."""
    places = (
        (hit.chunk.doc_id, span)
        for hit in hits
        for span in spans.get(hit.chunk.doc_id, ())
        if span.contains(hit.chunk.span)
    )
    return list(dict.fromkeys(places))


def _passage(number: int, document: Document, span: Span, state: str) -> Passage:
    section = _section_at(document, span.start)
    changed = document.updated_at
    return Passage(
        number=number,
        document=document,
        span=span,
        title=document.title,
        headings=" > ".join(section.headings) if section else "",
        date=changed.date().isoformat() if changed else "",
        state=state,
    )


def _section_at(document: Document, offset: int) -> Section | None:
    for section in document.sections:
        if section.span.start <= offset < section.span.end:
            return section
    return None
