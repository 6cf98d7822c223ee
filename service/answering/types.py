"""What an answer is made of: sentences, and citations whose quotes are in the source."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

from index.access import VisibleTo
from index.types import DocId, ScoredChunk, Span
from service.models.types import never

EXTRACTIVE: Final = "extractive"
"""Who wrote an answer that is made of sentences of the documents alone."""

State = Literal["superseded", "deprecated", "archived", "rejected", "not_planned", "outdated"]
"""Why a document does not say what is so now; `outdated`: a newer one says otherwise."""


@dataclass(frozen=True, slots=True)
class Validity:
    """That a document does not hold any more.

    Attributes:
        since: when it ceased to; None: unknown.
        by: the document that took its place; None: there is none, or this person may not read it.
    """

    state: State
    since: datetime | None = None
    by: "Nearest | None" = None


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
        validity: None while the document holds.
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
    validity: Validity | None = None


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
    """A document that comes close to the question.

    Attributes:
        quote: what of it comes closest, as people read it; empty where nothing was looked for.
    """

    doc_id: DocId
    title: str
    headings: tuple[str, ...]
    url: str
    updated_at: datetime | None
    authors: tuple[str, ...]
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader should know of how an answer came to be.

    left_out: parts that the documents do not support were dropped. fell_back: the language model
    failed, and the answer is made of sentences of the documents alone.
    """

    kind: Literal["left_out", "fell_back"]
    text: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Documents that hold, and say different things of the same.

    Attributes:
        markers: of the citations that disagree, the newest first; at least two.
    """

    markers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What to do when the documents do not say.

    Attributes:
        documents: how many this person may read, and were searched.
        sources: that these come from, by name.
        ask: who wrote or last changed the nearest documents, the nearest's first.
    """

    documents: int
    sources: tuple[str, ...]
    ask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or the statement that the docs do not say.

    Attributes:
        sentences: in reading order; empty exactly when `abstained`.
        confidence: in [0, 1]; how likely it is that the answer is right.
        nearest: documents nearest to the question, best first.
        features: what the confidence was made of, by name.
        written_by: `EXTRACTIVE`, or the model's name.
        refusal: None exactly when there is an answer, or nothing was searched for one.
        is_courtesy: whether it was said to a greeting or the like; see `courtesy`.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    confidence: float
    abstained: bool
    nearest: tuple[Nearest, ...]
    features: Mapping[str, float] = field(default_factory=dict)
    written_by: str = EXTRACTIVE
    notes: tuple[Note, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    refusal: Refusal | None = None
    is_courtesy: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """The next sentence of an answer, verified, with the citations that it is the first to use."""

    sentence: Sentence
    citations: tuple[Citation, ...]


Writing = Generator[Said, None, Answer]
"""Sentences as each is verified, then (as the value it returns) the whole answer, which has the
same sentences in the same order. Closing it stops whatever is being written."""


class Answerer(Protocol):
    """Makes an answer from the evidence alone."""

    def write(
        self,
        question: str,
        evidence: tuple[ScoredChunk, ...],
        *,
        visible_to: VisibleTo,
        should_stop: Callable[[], bool] = never,
    ) -> Writing:
        """An answer whose every citation was verified, or an abstention."""
        ...


def written(writing: Writing) -> Answer:
    """The whole answer."""
    while True:
        try:
            next(writing)
        except StopIteration as ended:
            answer: Answer = ended.value
            return answer


def said(answer: Answer) -> Iterator[Said]:
    """The sentences of an answer, each with the citations that it is the first to use."""
    known: set[int] = set()
    by_marker = {citation.marker: citation for citation in answer.citations}
    for sentence in answer.sentences:
        new = [marker for marker in dict.fromkeys(sentence.markers) if marker not in known]
        known.update(new)
        yield Said(sentence, tuple(by_marker[marker] for marker in new))
