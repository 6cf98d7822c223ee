"""What an answer is made of: sentences, and citations whose quotes are in the source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from index.access import VisibleTo
from index.types import DocId, ScoredChunk, Span


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence comes from.

    Attributes:
        marker: number in the answer, from 1.
        url: the place in the published page, the comment or the document.
        source_url: the exact lines in the source, where the source has such links.
        quote: verbatim: `document.text[span] == quote`, checked against the catalog.
        span: characters in the document's text.
        lines: first and last line of the quote, from 1.
    """

    marker: int
    doc_id: DocId
    source: str
    title: str
    headings: tuple[str, ...]
    url: str
    source_url: str | None
    quote: str
    span: Span
    lines: tuple[int, int]
    updated_at: datetime | None
    status: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A part of the answer: a sentence, a list of steps, a code block, a table.

    Attributes:
        text: the quote without markup, as people read it.
        kind: how to show it.
        markers: the citations it rests on; never empty.
    """

    text: str
    kind: str
    markers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """A document that comes close to the question."""

    doc_id: DocId
    title: str
    headings: tuple[str, ...]
    url: str
    updated_at: datetime | None
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or the statement that the docs do not say.

    Attributes:
        sentences: in reading order; empty exactly when `abstained`.
        confidence: in [0, 1]; how likely it is that the answer is right.
        nearest: documents nearest to the question, best first.
        features: what the confidence was made of, by name.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    confidence: float
    abstained: bool
    nearest: tuple[Nearest, ...]
    features: Mapping[str, float] = field(default_factory=dict)


class Answerer(Protocol):
    """Makes an answer from the evidence alone."""

    def answer(
        self, question: str, evidence: tuple[ScoredChunk, ...], *, visible_to: VisibleTo
    ) -> Answer:
        """An answer whose every citation was verified, or an abstention."""
        ...
