"""Questions that mean the same, by their vectors: average linkage, cut at a similarity."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.embedding import Vectors

THRESHOLD: Final = 0.5
"""Least mean cosine of two groups that become one: docs/decisions/0014 has how it was chosen."""


def grouped(vectors: Vectors, threshold: float = THRESHOLD) -> list[list[int]]:
    """Rows that belong together, each group in their order, groups by their first row.

    Average linkage: the two groups whose pairs are most similar on average become one, as long as
    that average is at least `threshold`. One odd pair does not join two groups, as it would by
    single linkage. Source: Sokal & Michener (1958), updated as by Lance & Williams (1967).

    Args:
        vectors: (n, d), rows of unit length.
        threshold: a cosine.
    """
    members = {row: [row] for row in range(len(vectors))}
    if len(vectors) < 2:
        return list(members.values())
    similar = np.asarray(vectors @ vectors.T, dtype=np.float64)
    np.fill_diagonal(similar, -np.inf)
    best = similar.argmax(axis=1)
    while True:
        values = similar[np.arange(len(best)), best]
        one = int(values.argmax())
        if values[one] < threshold:
            return sorted(sorted(group) for group in members.values())
        other = int(best[one])
        one, other = min(one, other), max(one, other)
        _merge(similar, one, other, len(members[one]), len(members[other]))
        members[one] += members.pop(other)
        # Averages are never above the better of the two: only who pointed at them looks anew.
        stale = np.flatnonzero((best == one) | (best == other) | (np.arange(len(best)) == one))
        best[stale] = similar[stale].argmax(axis=1)


def central(vectors: Vectors, weights: Sequence[int]) -> int:
    """The row that is most similar to all, each as often as it counts; the first of equals."""
    pull = np.asarray(weights, dtype=np.float64) @ vectors
    return int(np.argmax(np.round(vectors @ pull, 6)))


def _merge(
    similar: NDArray[np.float64], one: int, other: int, one_size: int, other_size: int
) -> None:
    merged = (similar[one] * one_size + similar[other] * other_size) / (one_size + other_size)
    similar[one], similar[:, one] = merged, merged
    similar[one, one] = -np.inf
    similar[other], similar[:, other] = -np.inf, -np.inf
