"""Whether the time of a refusal tells a forbidden document from one that does not exist."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

import numpy as np

from index.access import Principal, visible_to
from index.types import DocId
from tests.leaks.companies import Company, Page, Permission, State
from tests.leaks.reads import OUTSIDER
from tests.leaks.service import Bug, opened

_SHUFFLES = 2000
_TELLING = 0.001
_ENOUGH_US = 5.0
"""Nobody measures less than this through HTTP: a request takes some thousand."""


@dataclass(frozen=True)
class Difference:
    """Medians of interleaved pairs, and how likely they differ as much by chance."""

    pairs: int
    forbidden_us: float
    absent_us: float
    chance: float

    @property
    def is_telling(self) -> bool:
        """Whether it is no chance, and large enough to be used."""
        large = abs(self.forbidden_us - self.absent_us) > _ENOUGH_US
        return large and self.chance < _TELLING

    def __str__(self) -> str:
        return (
            f"forbidden {self.forbidden_us:.1f} µs, absent {self.absent_us:.1f} µs "
            f"({self.pairs:,} pairs, p = {self.chance:.3f})"
        )


def measured(pairs: int) -> Difference:
    """Read forbidden and absent documents in turns, straight from the index: no HTTP to hide in."""
    page = Page("drive", "salary", permissions=(Permission("user", "p0@one.example"),))
    state = State(pages=dict.fromkeys(range(8), page))
    eve = visible_to(Principal(OUTSIDER))
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), Bug()) as (service, _):
        service.founded()
        service.sync(Company(False, state, state), state, [OUTSIDER])
        random = Random(1)  # noqa: S311 - no secret

        def seconds(doc_id: str) -> float:
            began = time.perf_counter()
            assert service.index.document(DocId(doc_id), visible_to=eve) is None
            return time.perf_counter() - began

        found = [_pair(random, seconds, service.doc_id(n % 8, page)) for n in range(pairs)]
    forbidden, absent = np.array(found).T * 1e6
    chance = _chance(forbidden, absent)
    return Difference(pairs, median(forbidden.tolist()), median(absent.tolist()), chance)


def _pair(random: Random, seconds: Callable[[str], float], doc_id: str) -> tuple[float, float]:
    if random.random() < 0.5:
        return seconds(doc_id), seconds(f"{doc_id}x")
    absent = seconds(f"{doc_id}x")
    return seconds(doc_id), absent


def _chance(one: np.ndarray, other: np.ndarray) -> float:
    """Permutation test of the medians: each pair may have been the other way round."""
    generator = np.random.default_rng(1)
    seen = abs(np.median(one) - np.median(other))
    larger = 0
    for _ in range(_SHUFFLES):
        swap = generator.random(len(one)) < 0.5
        first, second = np.where(swap, other, one), np.where(swap, one, other)
        larger += abs(np.median(first) - np.median(second)) >= seen
    return float(larger + 1) / (_SHUFFLES + 1)
