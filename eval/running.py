"""Asks every topic of a set, as the person of the topic would, and keeps what came of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from eval.outcomes import Cited, Outcome, Passage, Place
from eval.places import resolve, section_around
from eval.topics import Topic
from index.access import VisibleTo, visible_to
from index.store import Index
from index.types import DocId, Document, ScoredChunk
from service.answering.confidence import threshold
from service.answering.types import Answer, Answerer, Citation, written
from service.retrieval import Retriever, best_of_each_document
from service.settings import ServiceSettings

PASSAGES: Final = 50
"""Chunks that are kept of a ranking: more than any measure looks at."""


@dataclass(frozen=True, slots=True)
class Ids:
    """How a set names the documents of the index."""

    of_set: Callable[[str], DocId]
    to_set: Callable[[DocId], str]


AS_THEY_ARE: Final = Ids(DocId, str)


def without_gold(topic: Topic) -> Topic:
    """The same topic where the documents that answer it do not exist: nothing can answer it."""
    return replace(
        topic,
        answerable=False,
        judgements=(),
        excluded=topic.excluded | {one.document for one in topic.judgements},
    )


class Runner:
    """The service's own retrieval and answering, with a look at what they do on the way.

    An answer is made whatever its confidence, so that the trade between wrong answers and
    refusals can be measured at every threshold; `Outcome.abstained` says what a person gets.
    """

    def __init__(
        self,
        index: Index,
        retriever: Retriever,
        make_answerer: Callable[[ServiceSettings], Answerer],
        settings: ServiceSettings,
        ids: Ids = AS_THEY_ARE,
    ) -> None:
        """Parts are made elsewhere; `make_answerer` gets settings that never abstain, and these.

        What the first one makes is measured; the other is asked what it quotes where it refuses.
        """
        self._index = index
        self._retriever = retriever
        self._ids = ids
        self._settings = settings
        self._threshold = threshold(settings.answering)
        always = settings.answering.model_copy(update={"min_confidence": 0.0})
        self._answerer = make_answerer(settings.model_copy(update={"answering": always}))
        self._refuser = make_answerer(settings)
        # Many topics cite the same documents, and reading one costs more than searching.
        self._document = lru_cache(maxsize=256)(self._read)

    def run(self, topic: Topic) -> Outcome:
        """The topic, answered."""
        viewer = visible_to(topic.principal)
        found = self._retriever.retrieve(
            topic.text, visible_to=viewer, limit=self._settings.retrieval.first_stage
        )
        excluded = {self._ids.of_set(document) for document in topic.excluded}
        hits = tuple(hit for hit in found.ranking if hit.chunk.doc_id not in excluded)
        evidence = hits[: self._settings.retrieval.evidence]
        answer = written(self._answerer.write(topic.text, evidence, visible_to=viewer))
        abstained = answer.abstained or answer.confidence < self._threshold
        closest: tuple[str, ...] = ()
        if abstained and topic.answerable:
            refusal = written(self._refuser.write(topic.text, evidence, visible_to=viewer))
            closest = tuple(near.quote for near in refusal.nearest)
        return Outcome(
            topic=topic,
            places=tuple(self._places(topic, viewer)),
            ranking=self._ranking(hits),
            passages=tuple(
                Passage(self._ids.to_set(hit.chunk.doc_id), hit.chunk.span)
                for hit in hits[:PASSAGES]
            ),
            evidence=len(evidence),
            sentences=tuple(sentence.text for sentence in answer.sentences),
            citations=tuple(self._cited(one, viewer) for one in answer.citations),
            confidence=answer.confidence,
            abstained=abstained,
            closest=closest,
            features=answer.features,
            leaked=self._leaked(topic, hits, answer, viewer),
            timings_ms=found.timings_ms,
        )

    def _ranking(self, hits: tuple[ScoredChunk, ...]) -> tuple[tuple[str, float], ...]:
        best = [
            (self._ids.to_set(hit.chunk.doc_id), hit.score) for hit in best_of_each_document(hits)
        ]
        return tuple(sorted(best, key=lambda pair: (-pair[1], pair[0])))

    def _places(self, topic: Topic, viewer: VisibleTo) -> Iterator[Place]:
        for judgement in topic.judgements:
            if not judgement.has_place:
                yield Place(judgement, None)
                continue
            document = self._document(self._ids.of_set(judgement.document), viewer)
            if document is None:
                yield Place(judgement, None)
                continue
            span = resolve(judgement, document)
            yield Place(judgement, span, section_around(span, document) if span else None)

    def _cited(self, citation: Citation, viewer: VisibleTo) -> Cited:
        document = self._document(citation.doc_id, viewer)
        return Cited(
            marker=citation.marker,
            document=self._ids.to_set(citation.doc_id),
            title=citation.title,
            headings=citation.headings,
            quote=citation.quote,
            span=citation.span,
            lines=citation.lines,
            url=citation.url,
            is_verbatim=document is not None and citation.span.of(document.text) == citation.quote,
        )

    def _leaked(
        self, topic: Topic, hits: tuple[ScoredChunk, ...], answer: Answer, viewer: VisibleTo
    ) -> tuple[str, ...]:
        """Shown although hidden by the set, or although the catalog admits others only."""
        shown = {hit.chunk.doc_id for hit in hits}
        shown |= {one.doc_id for one in answer.citations}
        shown |= {one.doc_id for one in answer.nearest}
        hidden = {self._ids.of_set(document) for document in topic.hidden}
        leaked = {i for i in shown if i in hidden or not self._admits(i, viewer)}
        return tuple(sorted(self._ids.to_set(doc_id) for doc_id in leaked))

    def _admits(self, doc_id: DocId, viewer: VisibleTo) -> bool:
        readers = self._index.readers_of(doc_id)
        return readers is not None and viewer.admits(readers)

    def _read(self, doc_id: DocId, viewer: VisibleTo) -> Document | None:
        return self._index.document(doc_id, visible_to=viewer)
