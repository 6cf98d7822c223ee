"""A small grid over the settings of retrieval: quality against latency, on one set."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Final

from eval.evaluating import ask_all, refuse_broken, report_on
from eval.latency import latency
from eval.opening import Configured, opened
from eval.reporting.plots import SweepPoint
from eval.results import Report, Timings
from eval.topics import TopicSet
from index.embedding import Embedder

_QUALITY: Final = "nDCG@10"
_SHOWN: Final = ("R@10", "span-R@evidence", "containment", "citation-recall")


@dataclass(frozen=True, slots=True)
class Setting:
    """One point of the grid; `chunk_tokens` None: as much as the model reads."""

    chunk_tokens: int | None
    rerank: str | None
    dense_weight: float

    @property
    def label(self) -> str:
        """Short enough for a plot."""
        parts = [f"dense {self.dense_weight:g}"]
        if self.chunk_tokens:
            parts.append(f"{self.chunk_tokens} tokens")
        if self.rerank:
            parts.append("rerank")
        return ", ".join(parts)


def grid(
    dense_weights: Sequence[float],
    chunk_tokens: Sequence[int | None],
    reranks: Sequence[str | None],
) -> list[Setting]:
    """Every combination, those that share an index next to each other."""
    return [Setting(*one) for one in product(chunk_tokens, reranks, dense_weights)]


def sweep(
    topic_set: TopicSet,
    configured: Configured,
    embedder: Embedder,
    settings: Sequence[Setting],
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[SweepPoint]:
    """Each setting in turn, evaluated on the whole set."""
    for chunk_tokens, group in groupby(settings, key=lambda one: one.chunk_tokens):
        with opened(topic_set, configured.cut_to(chunk_tokens), embedder, progress) as bench:
            refuse_broken(topic_set, bench)
            for setting in group:
                progress(setting.label)
                tuned = configured.cut_to(chunk_tokens).retrieving(
                    dense_weight=setting.dense_weight, rerank=setting.rerank
                )
                outcomes = ask_all(topic_set, bench, tuned)
                report = report_on(topic_set, outcomes, bench, tuned)
                most = configured.evaluation.latency_topics
                timings = latency(bench.asking(tuned.service), topic_set.topics, most)
                yield _point(setting, report, timings)


def _point(setting: Setting, report: Report, timings: Timings) -> SweepPoint:
    extra: dict[str, float] = {n: report.measures[n].value for n in _SHOWN if n in report.measures}
    p50_ms = timings.percentiles_ms["total_ms"]["p50"]
    return SweepPoint(setting.label, report.measures[_QUALITY], p50_ms, extra)
