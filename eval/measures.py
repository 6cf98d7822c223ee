"""Measures of the ranking, through ir_measures, and of the passages, by our own spans.

nDCG takes the grades themselves as gains, as trec_eval does (not 2^grade - 1).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import ir_measures

from eval.measure_names import RANKING
from eval.outcomes import Outcome, Passage, Place
from index.errors import ConfigError
from index.types import Span

_MEASURES: Final = tuple(ir_measures.parse_measure(name) for name in RANKING)
_PASSAGES: Final = 10  # cutoff of span-R@10


def ranking_measures(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """The measures of RANKING by query id, of the answerable topics; 0 where nothing was found.

    Raises:
        ConfigError: an answerable topic has no judgements; its recall is undefined, not 0.
        ValueError: a query id, or a document in one ranking, comes twice.
    """
    asked = [o for o in outcomes if o.topic.answerable]
    values: dict[str, dict[str, float]] = {o.topic.query_id: {} for o in asked}
    if len(values) < len(asked):
        raise ValueError("two topics have the same query_id; measures would be of only one of them")
    if not asked:
        return values
    found: dict[tuple[str, str], float] = {}
    for metric in ir_measures.iter_calc(_MEASURES, list(_qrels(asked)), list(_run(asked))):
        found[metric.query_id, str(metric.measure)] = float(metric.value)
    for query_id, by_name in values.items():
        by_name.update({name: found[query_id, name] for name in RANKING})
    return values


def grades(outcome: Outcome) -> dict[str, int]:
    """The judged documents, each at the best grade that one of its places has."""
    best: dict[str, int] = {}
    for judgement in outcome.topic.judgements:
        best[judgement.document] = max(judgement.grade, best.get(judgement.document, 0))
    return best


def _qrels(asked: Iterable[Outcome]) -> Iterator[ir_measures.Qrel]:
    for outcome in asked:
        query_id, judged = outcome.topic.query_id, grades(outcome)
        if not judged:
            raise ConfigError(
                f"topic {query_id!r} is answerable and no document is judged relevant for it: "
                "judge one, or mark it as not answerable"
            )
        for document, grade in judged.items():
            yield ir_measures.Qrel(query_id, document, grade)


def _run(asked: Iterable[Outcome]) -> Iterator[ir_measures.ScoredDoc]:
    """The rankings, scored by rank: tools break ties each in their own way, so none are left."""
    for outcome in asked:
        documents = [document for document, _ in outcome.ranking]
        if len(set(documents)) < len(documents):
            raise ValueError(f"the ranking of topic {outcome.topic.query_id!r} repeats a document")
        for rank, document in enumerate(documents):
            score = float(len(documents) - rank)
            yield ir_measures.ScoredDoc(outcome.topic.query_id, document, score)


def span_measures(outcome: Outcome) -> dict[str, float]:
    """Share of the places of the highest grade that a passage overlaps; empty without any."""
    wanted = {(p.judgement.document, p.span) for p in best_places(outcome) if p.span}
    if not outcome.topic.answerable or not wanted:
        return {}
    return {
        "span-R@10": _overlapped(wanted, outcome.passages[:_PASSAGES]),
        "span-R@evidence": _overlapped(wanted, outcome.passages[: outcome.evidence]),
    }


def best_places(outcome: Outcome) -> tuple[Place, ...]:
    """The places of the highest grade that the topic has."""
    best = max((p.judgement.grade for p in outcome.places), default=0)
    return tuple(p for p in outcome.places if p.judgement.grade == best)


def holds(place: Place, document: str, span: Span) -> bool:
    """Whether a span of a document lies in a place, at least in part."""
    if place.judgement.document != document:
        return False
    return place.span is None or place.span.overlaps(span)


def _overlapped(wanted: set[tuple[str, Span]], passages: Sequence[Passage]) -> float:
    hit = sum(
        any(p.document == document and p.span.overlaps(span) for p in passages)
        for document, span in wanted
    )
    return hit / len(wanted)
