"""How long calls take."""

import time
from collections.abc import Callable, Sequence

import numpy as np


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def milliseconds(call: Callable[..., object], *args: object, **named: object) -> float:
    """Wall time of one call with these arguments."""
    start = time.perf_counter()
    call(*args, **named)
    return (time.perf_counter() - start) * 1000


def percentile(values: Sequence[float], percent: float) -> float:
    """Linear between the two nearest ranks."""
    return float(np.percentile(values, percent))
