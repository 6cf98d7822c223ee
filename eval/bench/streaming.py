"""The first sentence of a streamed answer beside a plain search, over HTTP."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import httpx

from eval.bench.timing import milliseconds, percentile

_LIMIT: Final = 10
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class StreamingFigures:
    """Times of pairs, a search and an answer to the same question right after or before it.

    Attributes:
        streamed: pairs whose answer had a sentence; the others are refusals and do not count.
        first_sentence_ratio: p50 of the first sentence over p50 of the search.
        first_sentence_paired_ratio: median of the quotients of the pairs.
    """

    streamed: int
    plain_search_p50_ms: float
    first_sentence_p50_ms: float
    first_sentence_ratio: float
    first_sentence_paired_ratio: float


def measure_streaming(url: str, questions: Sequence[str]) -> StreamingFigures:
    """Ask a running service, each question three times, search and answer in turn.

    Raises:
        SystemExit: no question has an answer, so there is nothing to measure.
    """
    pairs: list[tuple[float, float]] = []
    with httpx.Client(base_url=url, timeout=30) as client:
        first_sentence(client, questions[0])
        for number, question in enumerate(list(questions) * _ROUNDS):
            # Who is second finds the caches warm: each is second every other time.
            if number % 2:
                searched, first = _search_ms(client, question), first_sentence(client, question)
            else:
                first, searched = first_sentence(client, question), _search_ms(client, question)
            if first is not None:
                pairs.append((searched, first))
    if not pairs:
        raise SystemExit(f"bench: no answer of the service at {url} had a sentence")
    search, sentence = (percentile(times, 50) for times in zip(*pairs, strict=True))
    return StreamingFigures(
        streamed=len(pairs),
        plain_search_p50_ms=search,
        first_sentence_p50_ms=sentence,
        first_sentence_ratio=sentence / search,
        first_sentence_paired_ratio=median(first / searched for searched, first in pairs),
    )


def first_sentence(client: httpx.Client, question: str) -> float | None:
    """Milliseconds until the first sentence has come; None if the answer had none."""
    begun = time.perf_counter()
    with client.stream(
        "POST",
        "/v1/ask",
        json={"question": question},
        headers={"Accept": "text/event-stream"},
    ) as response:
        response.raise_for_status()
        lines = response.iter_lines()
        has_come = _comes(lines)
        took = (time.perf_counter() - begun) * 1000
        for _ in lines:  # Read to its end, so that the connection is used again.
            pass
    return took if has_come else None


def _search_ms(client: httpx.Client, question: str) -> float:
    parameters = {"q": question, "limit": str(_LIMIT)}

    def search() -> None:
        client.get("/v1/search", params=parameters).raise_for_status()

    return milliseconds(search)


def _comes(lines: Iterator[str]) -> bool:
    """Whether an event `sentence` comes, as soon as all of its data has."""
    event = ""
    for line in lines:
        if line.startswith("event:"):
            event = line.partition(":")[2].strip()
        elif not line and event == "sentence":
            return True
    return False
