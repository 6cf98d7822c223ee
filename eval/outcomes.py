"""What the service did with each topic: what measures are computed from, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from eval.topics import Judgement, Topic
from index.types import Span


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was retrieved; `document` as the set has its id."""

    document: str
    span: Span


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation of the answer.

    Attributes:
        is_verbatim: whether the quote is the slice of the document that it says it is, looked up
            again by the evaluation.
    """

    marker: int
    document: str
    title: str
    headings: tuple[str, ...]
    quote: str
    span: Span
    lines: tuple[int, int]
    url: str
    is_verbatim: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A judgement as characters of the document's text.

    Attributes:
        span: what is meant; None: the whole document.
        around: the section, or the comment, that it begins in: what a link to it opens.
    """

    judgement: Judgement
    span: Span | None
    around: Span | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One topic, answered.

    Attributes:
        places: the topic's judgements, resolved in the documents as they are in the index.
        ranking: documents, best first, each once, at its best chunk's score; ties by document id.
        passages: the best chunks, best first; more than the answerer saw.
        evidence: how many of the passages the answerer saw.
        sentences: of the answer as it would be if it never abstained for want of confidence.
        citations: of the same answer.
        abstained: whether the person would have been told that the documents do not say.
        closest: what such a refusal quotes of the nearest documents, where they do say.
        features: what the confidence was made of, by name.
        leaked: documents that showed up anywhere although this person may not read them.
        timings_ms: by step; `total_ms` is all of it.
    """

    topic: Topic
    places: tuple[Place, ...]
    ranking: tuple[tuple[str, float], ...]
    passages: tuple[Passage, ...]
    evidence: int
    sentences: tuple[str, ...]
    citations: tuple[Cited, ...]
    confidence: float
    abstained: bool
    closest: tuple[str, ...]
    features: Mapping[str, float]
    leaked: tuple[str, ...]
    timings_ms: Mapping[str, float]
