"""How long the service takes for the topics, asked as a person asks: one after the other."""

import platform
import time
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from eval.results import Timings
from eval.topics import Topic
from index.access import visible_to
from service.asking import Asking
from service.errors import BadQuestion


def latency(asking: Asking, topics: Sequence[Topic], most: int) -> Timings:
    """Percentiles by step over at most `most` topics, spread evenly over the set."""
    steps: dict[str, list[float]] = defaultdict(list)
    began = time.perf_counter()
    for topic in topics[:: -(-len(topics) // most)]:
        try:
            answered = asking.ask(topic.text, visible_to=visible_to(topic.principal))
        except BadQuestion:  # longer than the service takes
            continue
        for step, milliseconds in answered.timings_ms.items():
            steps[step].append(milliseconds)
    return Timings(
        seconds=round(time.perf_counter() - began, 1),
        percentiles_ms={
            step: {f"p{q}": round(float(np.percentile(values, q)), 2) for q in (50, 90, 99)}
            for step, values in steps.items()
        },
        machine=f"{platform.machine()}, Python {platform.python_version()}",
    )
