"""The default answerer: the sentences of the documents that answer, no model of language."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import groupby
from typing import Final, Protocol

from index.access import VisibleTo
from index.plaintext import plain
from index.types import Chunk, DocId, Document, ScoredChunk, Span
from service.answering import evidence as reading
from service.answering.choosing import choose, closest
from service.answering.confidence import coefficients, confidence, features, threshold
from service.answering.disagreement import disagreeing, settled, with_both_sides
from service.answering.evidence import Reading, gather
from service.answering.pieces import Shelf
from service.answering.question import Matches, Question, read_question
from service.answering.scoring import Candidate, candidates
from service.answering.types import Answer, Nearest, Writing, said
from service.answering.verify import Claim, Part, verified
from service.models.types import never
from service.settings import ServiceSettings

NEAREST = 3
"""Documents that an answer names as near to the question."""

_GLANCE_CHARS: Final = 280
"""Of what is quoted of them: enough to see whether it is worth opening."""

_LEFT_OUT: Final = " … "


class Reads(Matches, reading.Documents, Protocol):
    """The reads of the index that answering needs; `index.search.Search` has them."""


class ExtractiveAnswerer:
    """Answers with verified quotes, or says that the documents do not say."""

    def __init__(
        self,
        index: Reads,
        settings: ServiceSettings,
        turns: AbstractContextManager[None] | None = None,
    ) -> None:
        """Reads of `index`; how much evidence and how long an answer, by the settings.

        `turns` is entered to make an answer; None: as many at once as there are.
        """
        self._turns = turns or nullcontext()
        self._index = index
        self._settings = settings
        self._shelf = Shelf(index.analyze)
        self._coefficients = coefficients(settings.answering.confidence)
        self._threshold = threshold(settings.answering)

    def write(
        self,
        question: str,
        evidence: tuple[ScoredChunk, ...],
        *,
        visible_to: VisibleTo,
        should_stop: Callable[[], bool] = never,
    ) -> Writing:
        """An answer whose every citation was verified, or an abstention; all of it at once."""
        del should_stop  # It takes milliseconds.
        answer = self.answer(question, evidence, visible_to=visible_to)
        yield from said(answer)
        return answer

    def answer(
        self, question: str, evidence: tuple[ScoredChunk, ...], *, visible_to: VisibleTo
    ) -> Answer:
        """The same, without the steps to it."""
        with self._turns:
            return self._answer(question, evidence, visible_to)

    def _answer(
        self, question: str, evidence: tuple[ScoredChunk, ...], visible_to: VisibleTo
    ) -> Answer:
        hits = evidence[: self._settings.retrieval.evidence]
        asked = read_question(question, self._index, visible_to=visible_to)
        readings = gather(
            self._index, hits, self._settings.retrieval.neighbours, visible_to=visible_to
        )
        every = self._candidates(asked, readings)
        chosen = choose(asked, every, self._settings.answering.max_sentences)
        readable = {one.document.doc_id for one in readings}
        hits = tuple(hit for hit in hits if hit.chunk.doc_id in readable)
        found = features(asked, hits, chosen)
        likely = confidence(found, self._coefficients)
        if not chosen or likely < self._threshold:
            return Answer((), (), likely, True, _nearest(readings, every), found)
        nearest = _nearest(readings)
        conflicts = disagreeing(asked, chosen, every, self._index.analyze)
        parts = _parts(with_both_sides(chosen, every, conflicts))
        sentences, citations = verified(self._index, parts, visible_to=visible_to)
        if not sentences:
            return Answer((), (), 0.0, True, _nearest(readings, every), found)
        citations, disagreements = settled(conflicts, citations)
        answer = Answer(sentences, citations, likely, False, nearest, found)
        return replace(answer, disagreements=disagreements)

    def _candidates(self, asked: Question, readings: Iterable[Reading]) -> list[Candidate]:
        return [
            candidate
            for one in readings
            for candidate in candidates(asked, one, self._shelf.pieces(one.document))
        ]


def _nearest(readings: Sequence[Reading], every: Sequence[Candidate] = ()) -> tuple[Nearest, ...]:
    """The nearest documents, each with its place and words that come closest among `every`."""
    return tuple(_near(one.best, every) for one in readings[:NEAREST])


def _near(chunk: Chunk, every: Sequence[Candidate]) -> Nearest:
    near = Nearest(
        doc_id=chunk.doc_id,
        title=chunk.title,
        headings=chunk.headings,
        url=chunk.url,
        updated_at=chunk.updated_at,
        authors=chunk.authors,
    )
    inside = [one for one in every if one.doc_id == chunk.doc_id]
    if not inside:
        return near
    best = max(inside, key=lambda one: one.score)
    section = best.document.sections[best.unit.section]
    text = _in_one(closest(inside, _GLANCE_CHARS))
    short = text if len(text) <= _GLANCE_CHARS else f"{text[:_GLANCE_CHARS].rsplit(' ', 1)[0]} …"
    return replace(near, headings=section.headings, url=section.url, quote=short)


def _in_one(units: Sequence[Candidate]) -> str:
    """Their words without markup, with a sign where something between them is left out."""
    text, end = "", 0
    for one in units:
        document, span = one.document, one.unit.span
        if text:
            text += _LEFT_OUT if document.text[end : span.start].strip() else " "
        text += " ".join(plain(one.quote, document.markup).split())
        end = span.end
    return text


def _parts(chosen: Sequence[Candidate]) -> list[Part]:
    """What is shown: each unit, its lead line before it, rows of one table under their header."""
    parts: list[Part] = []
    led: set[tuple[DocId, Span]] = set()
    for _, group in groupby(chosen, key=_row_of):
        units = list(group)
        first = units[0]
        if (lead := first.unit.lead) and (first.doc_id, lead) not in led:
            led.add((first.doc_id, lead))
            parts += _part(first.document, "sentence", [lead])
        spans = [candidate.unit.span for candidate in units]
        header = [first.unit.header] if first.unit.header else []
        parts += _part(first.document, first.unit.kind, spans, header)
    return parts


def _row_of(candidate: Candidate) -> tuple[DocId, Span]:
    """What units are shown as one: rows of the same table."""
    return candidate.doc_id, candidate.unit.header or candidate.unit.span


def _part(
    document: Document, kind: str, spans: Sequence[Span], header: Sequence[Span] = ()
) -> Iterator[Part]:
    """One part, or none if nothing is left of it without its markup; rows are cited first."""
    text = plain("\n".join(s.of(document.text) for s in (*header, *spans)), document.markup)
    if kind == "sentence" and "\n:" not in text:
        text = " ".join(text.split())  # Lines that were only wrapped; a definition keeps its two.
    claims = tuple(Claim(document.doc_id, s, s.of(document.text)) for s in (*spans, *header))
    if text:
        yield Part(text, kind, claims)
