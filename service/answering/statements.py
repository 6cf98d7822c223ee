"""Sentence of a document -> what it says, as far as that can be held against another's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from index.plaintext import plain
from index.types import DocId, Document, Span
from service.answering.scoring import Candidate
from service.answering.values import Asserted, asserted
from service.stale import stale

Analyze = Callable[[str], list[str]]

_SHORTEST: Final = 15  # characters
_LONGEST: Final = 400
_UNSETTLED: Final = ("draft", "propos", "rfc", "pending", "open", "closed", "merged", "answered")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a document.

    Attributes:
        words: its terms without numbers.
        named: those of them that are in names.
        around: terms of the title and headings that it stands under.
    """

    document: Document
    span: Span
    words: frozenset[str]
    named: frozenset[str]
    around: frozenset[str]
    asserts: Asserted

    @property
    def place(self) -> tuple[DocId, Span]:
        """Where it stands; a citation of it has the same."""
        return self.document.doc_id, self.span


class _Cites(Protocol):
    @property
    def doc_id(self) -> DocId: ...
    @property
    def span(self) -> Span: ...


def of_candidate(candidate: Candidate, analyze: Analyze) -> Statement | None:
    """What a sentence of the evidence says; None: it can contradict nothing."""
    if candidate.unit.kind != "sentence" or candidate.unit.is_whole or candidate.unit.header:
        return None
    return _statement(candidate.document, candidate.unit.span, analyze)


def of_citation(citation: _Cites, document: Document, analyze: Analyze) -> Statement | None:
    """The same of a quote."""
    return _statement(document, citation.span, analyze)


def _statement(document: Document, span: Span, analyze: Analyze) -> Statement | None:
    quote = span.of(document.text)
    if not _SHORTEST <= len(quote) <= _LONGEST or not _settled(document):
        return None
    text = " ".join(plain(quote, document.markup).split())
    said = asserted(text)
    if said is None:
        return None
    around: set[str] = set(analyze(document.title))
    for section in document.sections:
        if section.span.start <= span.start < section.span.end:
            around |= set(analyze(" ".join(section.headings)))
    words = frozenset(term for term in analyze(text) if not any(c.isdigit() for c in term))
    named = words & frozenset(analyze(" ".join(said.names)))
    return Statement(document, span, words, named, frozenset(around), said)


def _settled(document: Document) -> bool:
    """Whether it says what is so now: an issue is talk, a draft a plan, and the old has a state."""
    status = document.status.lower()
    unsettled = any(word in status for word in _UNSETTLED)
    return not unsettled and stale(document.status, document.title, document.doc_id) is None
