"""Threads that are kept apart, so that what waits long never holds up what is quick."""

from typing import Final

from anyio import CapacityLimiter

ANSWERING: Final = CapacityLimiter(32)
"""For answers, which may wait for a language model; everything else has the pool to itself."""
