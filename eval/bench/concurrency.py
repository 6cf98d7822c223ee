"""One asker and many at once, over HTTP, from a process of their own."""

import http.client
import json
import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Final

import psutil

from eval.bench.timing import percentile

ASKERS: Final = 16
_ROUNDS: Final = 5
_REQUESTS: Final = 160  # a round, of one asker and again of all together
_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of requests took.

    Attributes:
        times_ms: of the requests that were answered.
        errors: of the others.
    """

    seconds: float
    times_ms: list[float]
    errors: int

    @property
    def throughput(self) -> float:
        """Answers a second."""
        return len(self.times_ms) / self.seconds


@dataclass(frozen=True, slots=True)
class ConcurrencyFigures:
    """One asker beside `askers` at once; the rounds of both take turns.

    Attributes:
        requests: of each.
        errors: requests of either that were not answered with 200.
        one_throughput: answers a second, the median of the rounds.
        throughput_ratio: of many over one, the median of the pairs of rounds.
        p99_ratio: p99 of many over p50 of one, of all rounds together.
        cpu_ms: processor time of the service a request, of all rounds; what else runs on the
            machine hardly changes it. None: its process was not named.
        load: how many wanted a processor in the last minute, at the end.
    """

    askers: int
    requests: int
    errors: int
    one_throughput: float
    one_p50_ms: float
    one_p99_ms: float
    many_throughput: float
    many_p50_ms: float
    many_p99_ms: float
    throughput_ratio: float
    p99_ratio: float
    cpu_ms: float | None
    load: float


def measure_concurrency(
    port: int,
    questions: Sequence[str],
    *,
    askers: int = ASKERS,
    requests: int = _REQUESTS,
    rounds: int = _ROUNDS,
    pid: int | None = None,
) -> ConcurrencyFigures:
    """Ask the service on this machine's `port`, `requests` a round; `pid` is its process.

    The askers live in a process of their own: in ours they would wait for each other.
    """
    spawning = multiprocessing.get_context("spawn")
    one, many = [], []
    with ProcessPoolExecutor(1, mp_context=spawning) as process:
        process.submit(ask_at_once, port, questions, askers, 2 * askers).result()  # warms up
        before = _cpu_ms(pid)
        for _ in range(rounds):
            one.append(process.submit(ask_at_once, port, questions, 1, requests).result())
            many.append(process.submit(ask_at_once, port, questions, askers, requests).result())
        used = _cpu_ms(pid) - before
    alone = [ms for each in one for ms in each.times_ms]
    together = [ms for each in many for ms in each.times_ms]
    return ConcurrencyFigures(
        askers=askers,
        requests=rounds * requests,
        errors=sum(each.errors for each in (*one, *many)),
        one_throughput=median(each.throughput for each in one),
        one_p50_ms=percentile(alone, 50),
        one_p99_ms=percentile(alone, 99),
        many_throughput=median(each.throughput for each in many),
        many_p50_ms=percentile(together, 50),
        many_p99_ms=percentile(together, 99),
        throughput_ratio=median(
            b.throughput / a.throughput for a, b in zip(one, many, strict=True)
        ),
        p99_ratio=percentile(together, 99) / percentile(alone, 50),
        cpu_ms=None if pid is None else used / (2 * rounds * requests),
        load=os.getloadavg()[0],
    )


def ask_at_once(port: int, questions: Sequence[str], askers: int, requests: int) -> Round:
    """`requests` questions by `askers` at once, each over a connection of its own."""
    shares = [
        [questions[i % len(questions)] for i in islice(range(requests), asker, None, askers)]
        for asker in range(askers)
    ]
    begun = time.perf_counter()
    with ThreadPoolExecutor(askers) as threads:
        asked = list(threads.map(lambda share: _ask_in_turn(port, share), shares))
    took = time.perf_counter() - begun
    times = [ms for each in asked for ms in each if ms is not None]
    return Round(took, times, sum(each.count(None) for each in asked))


def _cpu_ms(pid: int | None) -> float:
    """What a process has used so far, in its own code and in the system's."""
    if pid is None:
        return 0.0
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system) * 1000


def _ask_in_turn(port: int, questions: Sequence[str]) -> list[float | None]:
    """Milliseconds of each; None where it was not answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    took: list[float | None] = []
    for question in questions:
        begun = time.perf_counter()
        try:
            connection.request(
                "POST",
                "/v1/ask",
                json.dumps({"question": question}),
                {"Content-Type": "application/json"},
            )
            response = connection.getresponse()
            response.read()
            is_answered = response.status == http.client.OK
        except (OSError, http.client.HTTPException):
            connection.close()  # The next request opens it again.
            is_answered = False
        took.append((time.perf_counter() - begun) * 1000 if is_answered else None)
    connection.close()
    return took
