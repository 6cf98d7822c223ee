"""Threads that are kept apart, so that what waits long never holds up what is quick."""

from typing import Final

from anyio import CapacityLimiter

from index.cores import usable_cores

_WITH_MODEL: Final = 32

ANSWERING: Final = CapacityLimiter(_WITH_MODEL)
"""For answers, which may wait for a language model; everything else has the pool to itself."""

_A_CORE: Final = 2  # one computes while the other is embedded, or recorded


def answer_at_once(*, with_model: bool) -> None:
    """Say how many answers are made at once, in this process.

    Without a model nothing is waited for: more than keep the cores busy only hinder each other.
    """
    ANSWERING.total_tokens = _WITH_MODEL if with_model else _A_CORE * usable_cores()
