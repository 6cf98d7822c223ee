"""From a question to ranked chunks: first stage (both legs) → fusion → rerank → cut."""

import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Protocol

from index.access import VisibleTo
from index.embedding import Vectors
from index.search import Search
from index.types import Chunk, ChunkId, ScoredChunk, contextual_text
from service.settings import RetrievalSettings
from service.stale import asks_about_the_past, ranks_lower


class Reranker(Protocol):
    """Scores pairs of question and text with more care than a first stage can afford."""

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One score a text, higher is better."""
        ...


class Embeds(Protocol):
    """The part of an embedder that asking needs."""

    def embed_query(self, text: str) -> Vectors:
        """(d,) float32 of unit length."""
        ...


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question.

    Attributes:
        ranking: best first; the signals of each chunk are `dense` (cosine), `lexical` (BM25), and
            `rerank` where there is one.
        timings_ms: how long each step took.
        withheld: how many of the nearest chunks this person may not see; for the audit log
            alone. None: nothing was compared by meaning.
    """

    question: str
    ranking: tuple[ScoredChunk, ...]
    timings_ms: dict[str, float]
    withheld: int | None = None


class Retriever:
    """Retrieval over one index, as one person."""

    def __init__(
        self,
        index: Search,
        embedder: Embeds,
        settings: RetrievalSettings,
        reranker: Reranker | None = None,
        *,
        counts_withheld: bool = False,
        turns: AbstractContextManager[None] | None = None,
    ) -> None:
        """Over parts that are made elsewhere.

        Args:
            index: what is searched.
            embedder: of questions; it says itself how many at once.
            settings: how it is searched.
            reranker: None: nothing is reranked.
            counts_withheld: whether the audit log wants `Retrieval.withheld`.
            turns: entered for all but embedding; None: as many at once as there are.
        """
        self._index = index
        self._embedder = embedder
        self._settings = settings
        self._reranker = reranker
        self._counts_withheld = counts_withheld
        self._turns = turns or nullcontext()

    def retrieve(self, question: str, *, visible_to: VisibleTo, limit: int) -> Retrieval:
        """The best chunks for a question among those that may be shown."""
        timings: dict[str, float] = {}
        clock = _Clock(timings)
        vector = None
        if self._settings.mode != "lexical":
            vector = self._embedder.embed_query(question)
            clock.lap("embed_ms")
        with self._turns:
            clock.restart()
            ranking, withheld = self._ranked(question, vector, visible_to, limit, clock)
        return Retrieval(question, ranking, timings, withheld)

    def _ranked(
        self,
        question: str,
        vector: Vectors | None,
        visible_to: VisibleTo,
        limit: int,
        clock: "_Clock",
    ) -> tuple[tuple[ScoredChunk, ...], int | None]:
        signals, withheld = self._first_stage(question, vector, visible_to, clock)
        scores = _fuse(signals, self._settings.dense_weight)
        cutoff = max(limit, self._settings.rerank_cutoff) if self._reranker else limit
        best = sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))
        chunks = self._index.chunks(best[:cutoff], visible_to=visible_to)
        weight = 1.0 if asks_about_the_past(question) else self._settings.stale_weight
        if weight < 1.0 and any(map(_is_stale, chunks.values())):
            # Those behind them may take their places.
            following = best[cutoff : 2 * cutoff]
            chunks |= self._index.chunks(following, visible_to=visible_to)
            scores |= {i: scores[i] * weight for i, chunk in chunks.items() if _is_stale(chunk)}
            best = sorted(chunks, key=lambda chunk_id: (-scores[chunk_id], chunk_id))
        best = best[:cutoff]
        ranking = [ScoredChunk(chunks[i], scores[i], signals[i]) for i in best if i in chunks]
        clock.lap("fusion_ms")
        if self._reranker:
            ranking = _rerank(self._reranker, question, ranking, self._settings.rerank_cutoff)
            clock.lap("rerank_ms")
        return tuple(ranking[:limit]), withheld

    def _first_stage(
        self, question: str, vector: Vectors | None, visible_to: VisibleTo, clock: "_Clock"
    ) -> tuple[dict[ChunkId, dict[str, float]], int | None]:
        withheld = None
        limit = self._settings.first_stage
        signals: dict[ChunkId, dict[str, float]] = {}
        if self._settings.mode != "dense":
            for chunk_id, score in self._index.matching(
                question, visible_to=visible_to, limit=limit
            ):
                signals[chunk_id] = {"lexical": score}
            clock.lap("lexical_ms")
        if vector is not None:
            hits = dict(self._index.nearest(vector, visible_to=visible_to, limit=limit))
            # A chunk that only its words found still gets its true cosine.
            found_by_words = signals.keys() - hits.keys()
            hits |= self._index.similarities(vector, found_by_words, visible_to=visible_to)
            for chunk_id, cosine in hits.items():
                signals.setdefault(chunk_id, {})["dense"] = cosine
            clock.lap("dense_ms")
            if self._counts_withheld:
                # No lap of its own: it would tell the person what it is about.
                withheld = self._index.hidden_near(vector, visible_to=visible_to, limit=limit)
                clock.restart()
        return signals, withheld


def best_of_each_document(ranking: Iterable[ScoredChunk]) -> list[ScoredChunk]:
    """The ranking of documents: each by its best chunk."""
    seen: dict[str, ScoredChunk] = {}
    for hit in ranking:
        seen.setdefault(hit.chunk.doc_id, hit)
    return list(seen.values())


def readable(chunk: Chunk) -> str:
    """A chunk as models read it: its place, then its text."""
    return contextual_text(chunk.title, chunk.headings, chunk.plain)


def _is_stale(chunk: Chunk) -> bool:
    return ranks_lower(chunk.status, chunk.title, chunk.doc_id)


def _fuse(signals: dict[ChunkId, dict[str, float]], dense_weight: float) -> dict[ChunkId, float]:
    """Convex combination of the min-max-normalised scores of both legs, each in [0, 1].

    A leg that found nothing leaves the whole weight to the other.
    Source: Bruch, Gai & Ingber, An Analysis of Fusion Functions for Hybrid Retrieval (2023).
    """
    weights = {"dense": dense_weight, "lexical": 1.0 - dense_weight}
    fused = dict.fromkeys(signals, 0.0)
    total = 0.0
    for leg, weight in weights.items():
        found = {i: s[leg] for i, s in signals.items() if leg in s}
        if not found:
            continue
        # BM25 of what shares no word is 0, and that is the worst a chunk can have.
        low = min(found.values()) if leg == "dense" else 0.0
        width = (max(found.values()) - low) or 1.0
        for chunk_id, score in found.items():
            fused[chunk_id] += weight * (score - low) / width
        total += weight
    return {chunk_id: score / (total or 1.0) for chunk_id, score in fused.items()}


def _rerank(
    reranker: Reranker, question: str, ranking: list[ScoredChunk], cutoff: int
) -> list[ScoredChunk]:
    """The first `cutoff` in the reranker's order; the others stay behind them as they were."""
    head, tail = ranking[:cutoff], ranking[cutoff:]
    scores = reranker.score(question, [readable(hit.chunk) for hit in head])
    hits = [
        replace(hit, score=score, signals={**hit.signals, "rerank": score})
        for hit, score in zip(head, scores, strict=True)
    ]
    lowest = min(scores, default=0.0) - 1.0  # fused scores are at most 1
    return [
        *sorted(hits, key=lambda hit: (-hit.score, hit.chunk.chunk_id)),
        *(replace(hit, score=lowest + hit.score) for hit in tail),
    ]


class _Clock:
    def __init__(self, timings: dict[str, float]) -> None:
        self._timings = timings
        self._last = time.perf_counter()

    def restart(self) -> None:
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._timings[name] = round((now - self._last) * 1000, 3)
        self._last = now
