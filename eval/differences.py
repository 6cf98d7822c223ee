"""Differences of the measures of two runs, with paired intervals and tests."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from eval.confidence_measures import confidence_values, resampled
from eval.measure_names import CONFIDENCE, LEAKS, LESS_IS_BETTER, MEANS
from eval.measuring import surenesses
from eval.results import Asked, Difference, Estimate
from eval.statistics import (
    FEWEST_TOPICS,
    Resampling,
    bootstrap_means,
    draws,
    estimate,
    holm,
    interval,
    permutation_p_value,
)

Pairs = Sequence[tuple[Asked, Asked]]
"""Each topic in the first run and in the second."""

_DIGITS: Final = 12  # of a difference: values that are equal but for rounding are equal


def gap(first: float, second: float) -> float:
    """Second minus first, 0 where they differ by rounding alone."""
    return round(second - first, _DIGITS)


def measured_differences(pairs: Pairs, resampling: Resampling) -> tuple[Difference, ...]:
    """The difference of each measure that both runs have, in the order of every report.

    Means over topics are of the topics on which the measure is defined in both, and are tested;
    those of a whole set get an interval, and their topics are not counted as better or worse.
    """
    return (
        *_of_means(pairs, resampling),
        *_of_confidence(pairs, resampling),
        _of_leaks(pairs),
    )


def _of_means(pairs: Pairs, resampling: Resampling) -> Iterator[Difference]:
    values = {name: both for name in MEANS if (both := _both(pairs, name))}
    gaps = {name: [gap(a, b) for a, b in both] for name, both in values.items()}
    estimates = bootstrap_means(gaps, resampling)
    p_values = [permutation_p_value(of_topics, resampling) for of_topics in gaps.values()]
    for name, p_value, corrected in zip(gaps, p_values, holm(p_values), strict=True):
        better, worse = _moves(name, gaps[name])
        yield Difference(
            measure=name,
            first=_mean([a for a, _ in values[name]]),
            second=_mean([b for _, b in values[name]]),
            difference=estimates[name],
            p_value=p_value,
            p_corrected=corrected,
            better=better,
            worse=worse,
            equal=len(gaps[name]) - better - worse,
        )


def _of_confidence(pairs: Pairs, resampling: Resampling) -> Iterator[Difference]:
    judged = [(a, b) for a, b in pairs if a.is_right is not None and b.is_right is not None]
    before, after = surenesses(a for a, _ in judged), surenesses(b for _, b in judged)
    first, second = confidence_values(before), confidence_values(after)
    ends: dict[str, tuple[float, float] | None] = {}
    if len(judged) >= FEWEST_TOPICS:
        # Both runs over the same resamples of topics: that is what makes it paired.
        blocks = [
            (resampled(before, counts), resampled(after, counts))
            for counts in draws(len(judged), resampling)
        ]
        for name in CONFIDENCE:
            ends[name] = interval(np.concatenate([b[name] - a[name] for a, b in blocks]))
    for name in CONFIDENCE:
        if name in first and name in second:
            value = gap(first[name], second[name])
            difference = estimate(value, ends.get(name), len(judged))
            yield _of_set(name, first[name], second[name], difference)


def _of_leaks(pairs: Pairs) -> Difference:
    first = float(sum(len(a.leaked) for a, _ in pairs))
    second = float(sum(len(b.leaked) for _, b in pairs))
    return _of_set(LEAKS, first, second, estimate(second - first, None, len(pairs)))


def _of_set(measure: str, first: float, second: float, difference: Estimate) -> Difference:
    return Difference(
        measure=measure,
        first=first,
        second=second,
        difference=difference,
        p_value=None,
        p_corrected=None,
        better=0,
        worse=0,
        equal=0,
    )


def _both(pairs: Pairs, name: str) -> list[tuple[float, float]]:
    return [
        (a.measures[name], b.measures[name])
        for a, b in pairs
        if name in a.measures and name in b.measures
    ]


def _moves(name: str, gaps: Sequence[float]) -> tuple[int, int]:
    """How many topics got better, and how many worse."""
    up, down = sum(d > 0 for d in gaps), sum(d < 0 for d in gaps)
    return (down, up) if name in LESS_IS_BETTER else (up, down)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
