"""Measures of the confidence over a whole set: does it know which of its answers are right?

Answers of one confidence have no order, so each of them counts as right by the share of them that
is: what comes out is the mean over all their orders, and does not depend on any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from eval.measure_names import CONFIDENCE, TELLING
from eval.results import Bin, Estimate
from eval.statistics import FEWEST_TOPICS, Floats, Resampling, draws, estimate, interval

_POINTS: Final = 100  # of the curve, and one more
_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Surenesses:
    """How sure it was of each answer, and whether the answer is right; topics in a fixed order."""

    confidence: Floats
    is_right: NDArray[np.bool_]

    @classmethod
    def of(cls, pairs: Sequence[tuple[float, bool]]) -> "Surenesses":
        """From (confidence, is_right) of each topic."""
        confidence = np.array([c for c, _ in pairs], dtype=np.float64)
        return cls(confidence, np.array([r for _, r in pairs], dtype=np.bool_))


def confidence_measures(of: Surenesses, resampling: Resampling) -> dict[str, Estimate]:
    """The measures of CONFIDENCE with their intervals; one without a value is left out.

    AURC: mean risk over all coverages (Geifman & El-Yaniv, 2017). AUROC: of the confidence, for
    telling right from wrong; none if all are right, or all wrong. ECE: mean distance of confidence
    and share of right answers over 10 bins of equal mass (Guo et al., 2017). The interval of ECE
    lies high, for resamples add noise to it once more; it is widened to hold the value.
    """
    n = of.confidence.size
    ends: dict[str, tuple[float, float] | None] = {}
    if n >= FEWEST_TOPICS:
        blocks = [resampled(of, counts) for counts in draws(n, resampling)]
        ends = {name: interval(np.concatenate([b[name] for b in blocks])) for name in CONFIDENCE}
    return {
        name: estimate(value, _holding(ends.get(name), value), n)
        for name, value in confidence_values(of).items()
    }


def telling_measure(of: Surenesses, resampling: Resampling) -> dict[str, Estimate]:
    """TELLING, with its interval; nothing where all topics are of one kind.

    Args:
        of: with whether the topic can be answered in the place of whether the answer is right.
        resampling: how the interval is made.
    """
    value, n = confidence_values(of).get("AUROC"), of.confidence.size
    if value is None:
        return {}
    ends = None
    if n >= FEWEST_TOPICS:
        ends = interval(np.concatenate([resampled(of, c)["AUROC"] for c in draws(n, resampling)]))
    return {TELLING: estimate(value, _holding(ends, value), n)}


def confidence_values(of: Surenesses) -> dict[str, float]:
    """The measures of CONFIDENCE that have a value."""
    if not of.confidence.size:
        return {}
    values = resampled(of, np.ones((1, of.confidence.size)))
    return {name: _clean(v[0]) for name, v in values.items() if not np.isnan(v[0])}


def resampled(of: Surenesses, counts: Floats) -> dict[str, Floats]:
    """The measures of CONFIDENCE for each row of counts, which says how often a topic is drawn.

    A value that is not defined for a row is NaN.
    """
    order = np.argsort(-of.confidence, kind="stable")
    starts = _starts(of.confidence[order])
    # (rows, groups): topics of one confidence, the surest first; how many, and how many wrong.
    drawn = np.add.reduceat(counts[:, order], starts, axis=1)
    wrong = np.add.reduceat(counts[:, order] * ~of.is_right[order], starts, axis=1)
    confidence = of.confidence[order][starts]
    return {
        "AURC": _aurc(drawn, wrong),
        "AUROC": _auroc(drawn, wrong),
        "ECE": _ece(drawn, wrong, confidence),
    }


def risk_coverage(of: Surenesses) -> tuple[tuple[float, float], ...]:
    """At most 101 points (coverage, risk): the share answered, the share of these not right."""
    n = of.confidence.size
    if not n:
        return ()
    wrong = np.cumsum(1 - _smoothed(of)[::-1])
    covered = sorted({max(1, round(i * n / _POINTS)) for i in range(_POINTS + 1)})
    return tuple((k / n, _clean(wrong[k - 1] / k)) for k in covered)


def calibration(of: Surenesses) -> tuple[Bin, ...]:
    """The bins of ECE, the least sure first; fewer than 10 where there are fewer topics."""
    n, right = of.confidence.size, _smoothed(of)
    confidence = np.sort(of.confidence)
    edges = _edges(n)
    return tuple(
        Bin(
            low=float(confidence[start]),
            high=float(confidence[end - 1]),
            n=int(end - start),
            confidence=_clean(confidence[start:end].mean()),
            right=_clean(right[start:end].mean()),
        )
        for start, end in pairwise(edges)
        if end > start
    )


def _aurc(drawn: Floats, wrong: Floats) -> Floats:
    """Mean over k of the risk among the k surest.

    In a group of c topics with e wrong, after N topics with E wrong, the risk at N + j is
    (E + j e/c) / (N + j) = e/c + (E - N e/c) / (N + j), and the 1 / (N + j) add up to a difference
    of harmonic numbers: no row needs to be spelt out topic by topic.
    """
    n = int(drawn[0].sum())
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, n + 1))])
    covered = np.cumsum(drawn, axis=1)
    before = covered - drawn
    rate = wrong / np.maximum(drawn, 1)
    lead = np.cumsum(wrong, axis=1) - wrong - rate * before
    spread = harmonic[covered.astype(np.int64)] - harmonic[before.astype(np.int64)]
    area: Floats = (wrong + lead * spread).sum(axis=1) / n
    return area


def _auroc(drawn: Floats, wrong: Floats) -> Floats:
    """Share of the pairs of a right and a wrong answer in which the right one is surer."""
    right = drawn - wrong
    total = wrong.sum(axis=1, keepdims=True)
    less_sure = total - np.cumsum(wrong, axis=1)
    pairs = right.sum(axis=1) * total[:, 0]
    won = (right * (less_sure + wrong / 2)).sum(axis=1)
    share: Floats = np.divide(won, pairs, out=np.full(len(drawn), np.nan), where=pairs > 0)
    return share


def _ece(drawn: Floats, wrong: Floats, confidence: Floats) -> Floats:
    n = int(drawn[0].sum())
    edges = n - _edges(n)[::-1]
    covered = np.pad(np.cumsum(drawn, axis=1), ((0, 0), (1, 0)))
    # Excess of confidence over right answers, summed up: linear within a group.
    excess = np.pad(np.cumsum(drawn * confidence - (drawn - wrong), axis=1), ((0, 0), (1, 0)))
    at_edges = np.array([np.interp(edges, c, e) for c, e in zip(covered, excess, strict=True)])
    distance: Floats = np.abs(np.diff(at_edges, axis=1)).sum(axis=1) / n
    return distance


def _edges(n: int) -> NDArray[np.int64]:
    return np.arange(_BINS + 1) * n // _BINS


def _starts(confidence: Floats) -> NDArray[np.intp]:
    """Where a new confidence begins in sorted ones."""
    return np.flatnonzero(np.concatenate([[True], np.diff(confidence) != 0]))


def _smoothed(of: Surenesses) -> Floats:
    """Whether each is right, least sure first, averaged over those of the same confidence."""
    if not of.confidence.size:
        return np.zeros(0)
    order = np.argsort(of.confidence, kind="stable")
    starts = _starts(of.confidence[order])
    sizes = np.diff(np.append(starts, order.size))
    right: Floats = np.add.reduceat(of.is_right[order].astype(np.float64), starts) / sizes
    return np.repeat(right, sizes)


def _holding(ends: tuple[float, float] | None, value: float) -> tuple[float, float] | None:
    return ends and (min(ends[0], value), max(ends[1], value))


def _clean(value: float) -> float:
    """Without the noise of sums in the last digits."""
    return round(float(value), 12)
