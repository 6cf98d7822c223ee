"""The HTTP contract; `--json` of the command line prints the same."""

from datetime import datetime
from typing import Literal, Self

from pydantic import AliasChoices, Field

from index.types import ScoredChunk
from service import examples
from service.answering import types
from service.answering.courtesy import COURTESY
from service.asking import Answered, Evidence, Found
from service.retrieval import best_of_each_document
from service.shapes import Lines, Model, Place, Span, like

REFUSAL = "The documents that you may read give no sure answer."
_BLOCKS = ("code", "table")


class Error(Model):
    """What every refusal looks like."""

    error: str = Field(description="Name of the error, for programs", examples=["BadQuestion"])
    detail: str = Field(description="What is wrong, for people", examples=["the question is empty"])


class Alive(Model):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(Model):
    """The index is open and the model is loaded."""

    status: Literal["ready"] = "ready"


class Question(Model):
    """What to answer."""

    model_config = like(examples.QUESTION)

    question: str
    conversation: str | None = Field(
        None,
        description="The `conversation` of an earlier answer, for a question that follows it up; "
        "`new` begins one; null: the question stands alone and is not remembered",
    )


class Nearest(Model):
    """A document that comes close to the question.

    `quote` is what of it comes closest, without markup; empty where nothing was looked for.
    """

    doc_id: str
    title: str
    headings: list[str]
    url: str
    updated_at: datetime | None
    authors: list[str]
    quote: str = ""


class Validity(Model):
    """That a document does not hold any more, since when, and what took its place, as known."""

    state: types.State
    since: datetime | None
    by: Nearest | None


class Citation(Place):
    """What a sentence of the answer rests on; the quote stands in the document, word for word.

    `validity` is null while the document holds.
    """

    marker: int
    quote: str
    validity: Validity | None = None


class Sentence(Model):
    """A part of the answer, and the markers of its citations."""

    text: str
    kind: str
    citations: list[int] = Field(validation_alias=AliasChoices("citations", "markers"))


class Note(Model):
    """Something to know of how the answer came to be."""

    kind: Literal["left_out", "fell_back"]
    text: str


class Disagreement(Model):
    """Citations of documents that hold and say different things, the newest first."""

    citations: list[int] = Field(validation_alias=AliasChoices("citations", "markers"))


class Refusal(Model):
    """What was searched in vain, and who may know."""

    documents: int = Field(description="How many were searched: all that you may read")
    sources: list[str]
    ask: list[str] = Field(description="Who wrote or last changed the nearest documents")


class Answer(Model):
    """An answer with its citations, or the statement that the documents do not say.

    `answer` is the sentences as one text with markers like [1]. `nearest` are the documents that
    come closest, best first. `standalone` is what was searched for: the question, or what it means
    after the earlier ones of its conversation. `answer_id` is what feedback names; null where none
    is taken.
    """

    model_config = like(examples.ANSWER)

    question: str
    standalone: str
    conversation: str | None = None
    answer_id: str | None = None
    answer: str
    sentences: list[Sentence]
    citations: list[Citation]
    confidence: float
    abstained: bool
    nearest: list[Nearest]
    refusal: Refusal | None = None
    notes: tuple[Note, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    written_by: str = Field(types.EXTRACTIVE, description="`extractive`, or a language model")
    timings_ms: dict[str, float]

    @classmethod
    def of(
        cls,
        answered: Answered,
        conversation: str | None = None,
        answer_id: str | None = None,
    ) -> Self:
        """The answer as others read it."""
        answer = answered.answer
        return cls(
            question=answered.question,
            standalone=answered.standalone,
            conversation=conversation,
            answer_id=answer_id,
            answer=marked_text(answer),
            sentences=[Sentence.model_validate(sentence) for sentence in answer.sentences],
            citations=[Citation.model_validate(citation) for citation in answer.citations],
            confidence=round(answer.confidence, 4),
            abstained=answer.abstained,
            nearest=[Nearest.model_validate(document) for document in answer.nearest],
            refusal=Refusal.model_validate(answer.refusal) if answer.refusal else None,
            notes=tuple(Note.model_validate(note) for note in answer.notes),
            disagreements=tuple(Disagreement.model_validate(one) for one in answer.disagreements),
            written_by=answer.written_by,
            timings_ms=answered.timings_ms,
        )


class EvidenceEvent(Model):
    """First event of a streamed answer: what was searched for, and where the answer may come from.

    `documents` are those of the evidence, best first; none of them is a citation yet.
    """

    question: str
    standalone: str
    documents: list[Nearest]

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """The evidence as others see it: each document once, by its best chunk."""
        best = best_of_each_document(evidence.hits)
        return cls(
            question=evidence.question,
            standalone=evidence.standalone,
            documents=[Nearest.model_validate(hit.chunk) for hit in best],
        )


class SentenceEvent(Model):
    """A verified sentence of a streamed answer, with the citations that it is the first to use."""

    sentence: Sentence
    citations: list[Citation]


class Hit(Place):
    """A chunk that fits a query; `signals` are the scores that `score` was made of."""

    score: float
    signals: dict[str, float]
    text: str

    @classmethod
    def of(cls, hit: ScoredChunk) -> Self:
        """The chunk as others read it, its text without markup."""
        chunk = hit.chunk
        first, last = chunk.lines
        lines_url = chunk.lines_url
        return cls(
            doc_id=chunk.doc_id,
            source=chunk.source,
            title=chunk.title,
            headings=list(chunk.headings),
            url=chunk.url,
            source_url=lines_url.format(start=first, end=last) if lines_url else None,
            lines=Lines(first=first, last=last),
            span=Span.model_validate(chunk.span),
            updated_at=chunk.updated_at,
            status=chunk.status,
            score=round(hit.score, 6),
            signals={name: round(score, 6) for name, score in hit.signals.items()},
            text=chunk.plain,
        )


class Hits(Model):
    """What fits a query, best first; scores are comparable within one query only."""

    model_config = like(examples.HITS)

    query: str
    hits: list[Hit]
    timings_ms: dict[str, float]

    @classmethod
    def of(cls, found: Found) -> Self:
        """The ranking as others read it."""
        hits = [Hit.of(hit) for hit in found.ranking]
        return cls(query=found.query, hits=hits, timings_ms=found.timings_ms)


class Listing(Model):
    """One line of the list of documents."""

    doc_id: str
    source: str
    title: str
    url: str
    updated_at: datetime | None
    status: str


class Documents(Model):
    """Every document that may be shown, by title."""

    documents: list[Listing]


class Section(Model):
    """A heading's path, and the text up to the next heading."""

    headings: list[str]
    url: str
    anchor: str
    span: Span


class Document(Listing):
    """A document as the source has it; every span counts characters of `text`."""

    text: str
    markup: str
    authors: list[str]
    created_at: datetime | None
    sections: list[Section]


def marked_text(answer: types.Answer) -> str:
    """The sentences with their markers as one text: sentences run on, blocks stand alone."""
    if answer.abstained:
        return COURTESY if answer.is_courtesy else REFUSAL
    text, before = "", ""
    for sentence in answer.sentences:
        markers = "".join(f"[{marker}]" for marker in sentence.markers)
        between = " " if sentence.kind == before == "sentence" else "\n\n"
        text += between if text else ""
        text += (
            f"{sentence.text}\n{markers}"
            if sentence.kind in _BLOCKS
            else f"{sentence.text} {markers}"
        )
        before = sentence.kind
    return text
