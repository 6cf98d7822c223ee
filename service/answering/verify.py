"""Claims -> citations: what is quoted must be what the live document says, and may be shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.access import VisibleTo
from index.types import DocId, Document, Section, Span
from service.answering.types import Citation, Sentence, Validity
from service.answering.validity import validity_of


class Documents(Protocol):
    """The read of the index that quotes are checked with."""

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        """The live version; None when there is none or it may not be shown."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """That a document says `quote` at `span`; not yet checked."""

    doc_id: DocId
    span: Span
    quote: str


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence of an answer before its claims are checked; it stands only if all of them do."""

    text: str
    kind: str
    claims: tuple[Claim, ...]


def verified(
    index: Documents, parts: Sequence[Part], *, visible_to: VisibleTo
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """The parts whose every quote is in the live version of a document this person may read.

    Documents are read again here, whatever was read before: between then and now one may have
    been changed, deleted or shut. Markers count from 1 in the order of the parts; a quote that
    two parts rest on has one marker.
    """
    live = _live(index, parts, visible_to)
    citations: dict[Claim, Citation] = {}
    sentences: list[Sentence] = []
    for part in parts:
        if not part.claims or not all(_holds(claim, live) for claim in part.claims):
            continue
        for claim in part.claims:
            if claim not in citations:
                citations[claim] = _citation(len(citations) + 1, claim, live[claim.doc_id])
        markers = tuple(citations[claim].marker for claim in part.claims)
        sentences.append(Sentence(part.text, part.kind, markers))
    cited = {doc_id: live[doc_id] for doc_id in dict.fromkeys(claim.doc_id for claim in citations)}
    ended = {i: validity_of(one, index, visible_to=visible_to) for i, one in cited.items()}
    return tuple(sentences), tuple(_marked(one, ended[one.doc_id]) for one in citations.values())


def _live(index: Documents, parts: Iterable[Part], visible_to: VisibleTo) -> dict[DocId, Document]:
    doc_ids = dict.fromkeys(claim.doc_id for part in parts for claim in part.claims)
    read = ((i, index.document(i, visible_to=visible_to)) for i in doc_ids)
    return {doc_id: document for doc_id, document in read if document is not None}


def _holds(claim: Claim, live: dict[DocId, Document]) -> bool:
    document = live.get(claim.doc_id)
    if document is None or not claim.quote.strip():
        return False
    return claim.span.of(document.text) == claim.quote


def _citation(marker: int, claim: Claim, document: Document) -> Citation:
    section = _section_at(document, claim.span.start)
    first = document.text.count("\n", 0, claim.span.start) + 1
    last = first + claim.quote.count("\n")
    template = document.lines_url
    return Citation(
        marker=marker,
        doc_id=document.doc_id,
        source=document.source,
        title=document.title,
        headings=section.headings if section else (),
        url=section.url if section else document.url,
        source_url=template.format(start=first, end=last) if template else None,
        quote=claim.quote,
        span=claim.span,
        lines=(first, last),
        updated_at=document.updated_at,
        status=document.status,
    )


def _marked(citation: Citation, validity: Validity | None) -> Citation:
    return replace(citation, validity=validity) if validity else citation


def _section_at(document: Document, offset: int) -> Section | None:
    for section in document.sections:
        if section.span.start <= offset < section.span.end:
            return section
    return None
