"""From what the service did to a report: every measure, overall, by slice and by topic."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from eval.answer_measures import answer_measures, is_in_place, is_right, verdict
from eval.confidence_measures import (
    Surenesses,
    calibration,
    confidence_measures,
    risk_coverage,
    telling_measure,
)
from eval.measure_names import JUDGED, LEAKS, MEANS
from eval.measures import grades, ranking_measures, span_measures
from eval.outcomes import Outcome
from eval.results import (
    Asked,
    Confusion,
    Estimate,
    Provenance,
    Ranked,
    Report,
    ShownCitation,
    Slice,
    Verdict,
    Wanted,
)
from eval.statistics import Resampling, bootstrap_means
from eval.trouble import trouble

Dimension = Literal["source", "tag", "asker", "type"]

_SHOWN: Final = 10  # ranks of a question that the report shows
_SLICE_RESAMPLES: Final = 1000  # at most: there are many slices, and their intervals are wide


def source_prefix(document: str) -> str:
    """The source in `<source>:<the source's own id>`; empty where an id has none."""
    source, colon, _ = document.partition(":")
    return source if colon else ""


def measure(
    outcomes: Sequence[Outcome],
    provenance: Provenance,
    *,
    skipped: Sequence[str] = (),
    source_of: Callable[[str], str] = source_prefix,
    judged_right: Mapping[str, bool] | None = None,
) -> Report:
    """The report on a run, topics in the order given.

    A measure that is defined on no topic is left out.

    Args:
        outcomes: one for each topic.
        provenance: where they come from; its seed and resamples make the intervals.
        skipped: what was left out of the set, and why.
        source_of: the source of a document by its id in the set; empty for none.
        judged_right: what a judge model said, by query id; a measure beside the others.

    Raises:
        ConfigError: an answerable topic has no judgements.
    """
    ranked = ranking_measures(outcomes)
    said = {i: {JUDGED: float(right)} for i, right in (judged_right or {}).items()}
    asked = tuple(
        _asked(
            o,
            ranked.get(o.topic.query_id, {}),
            said.get(o.topic.query_id, {}),
            provenance.threshold,
            source_of,
        )
        for o in outcomes
    )
    resampling = Resampling(provenance.seed, provenance.resamples)
    sure = surenesses(asked)
    leaks = Estimate(
        value=float(sum(len(a.leaked) for a in asked)), low=None, high=None, n=len(asked)
    )
    return Report(
        provenance=provenance,
        topics=len(asked),
        answerable=sum(a.answerable for a in asked),
        measures={
            **bootstrap_means(columns(asked), resampling),
            **confidence_measures(sure, resampling),
            **telling_measure(
                Surenesses.of([(a.confidence, a.answerable) for a in asked]), resampling
            ),
            LEAKS: leaks,
        },
        slices=tuple(_slices(asked, resampling)),
        confusion=_confusion(a.verdict for a in asked),
        risk_coverage=risk_coverage(sure),
        calibration=calibration(sure),
        skipped=tuple(skipped),
        questions=asked,
    )


def columns(asked: Iterable[Asked]) -> dict[str, list[float]]:
    """The values of each measure that is a mean over topics, in the order of every report."""
    values: dict[str, list[float]] = {name: [] for name in MEANS}
    for one in asked:
        for name, value in one.measures.items():
            values[name].append(value)
    return {name: column for name, column in values.items() if column}


def surenesses(asked: Iterable[Asked]) -> Surenesses:
    """Confidence and rightness of the topics of which the set tells what is right."""
    return Surenesses.of([(a.confidence, a.is_right) for a in asked if a.is_right is not None])


def _answerable(asked: Iterable[Asked]) -> Surenesses:
    return Surenesses.of([(a.confidence, a.answerable) for a in asked])


def _asked(
    outcome: Outcome,
    ranked: Mapping[str, float],
    said: Mapping[str, float],
    threshold: float,
    source_of: Callable[[str], str],
) -> Asked:
    topic, judged = outcome.topic, grades(outcome)
    sources = {source_of(document) for document in judged} - {""}
    return Asked(
        query_id=topic.query_id,
        question=topic.text,
        asked_by=topic.asked_by,
        answerable=topic.answerable,
        tags=topic.tags,
        sources=tuple(sorted(sources)),
        verdict=verdict(outcome),
        is_right=is_right(outcome),
        confidence=outcome.confidence if outcome.sentences else 0.0,
        abstained=outcome.abstained,
        measures={**ranked, **span_measures(outcome), **answer_measures(outcome), **said},
        ranking=tuple(
            Ranked(document=document, score=score, grade=judged.get(document))
            for document, score in outcome.ranking[:_SHOWN]
        ),
        wanted=tuple(_wanted(outcome)),
        answers=topic.answers,
        sentences=outcome.sentences,
        citations=tuple(_citations(outcome)),
        leaked=outcome.leaked,
        trouble=trouble(outcome, threshold),
    )


def _wanted(outcome: Outcome) -> Iterator[Wanted]:
    ranks = {document: rank for rank, (document, _) in enumerate(outcome.ranking, 1)}
    for judgement in outcome.topic.judgements:
        yield Wanted(
            document=judgement.document,
            grade=judgement.grade,
            heading=judgement.heading,
            quote=judgement.quote,
            lines=judgement.lines,
            rank=ranks.get(judgement.document),
        )


def _citations(outcome: Outcome) -> Iterator[ShownCitation]:
    for cited in outcome.citations:
        yield ShownCitation(
            marker=cited.marker,
            document=cited.document,
            title=cited.title,
            headings=cited.headings,
            quote=cited.quote,
            lines=cited.lines,
            url=cited.url,
            is_right=is_in_place(outcome, cited) if outcome.places else None,
        )


def _slices(asked: Sequence[Asked], resampling: Resampling) -> Iterator[Slice]:
    """Topics by what they share; a dimension with one value would only repeat the whole."""
    fewer = Resampling(resampling.seed, min(_SLICE_RESAMPLES, resampling.resamples))
    values: dict[Dimension, Callable[[Asked], Iterable[str]]] = {
        "source": lambda a: a.sources,
        "tag": lambda a: dict.fromkeys(a.tags),
        "asker": lambda a: (a.asked_by,),
        "type": lambda a: ("answerable" if a.answerable else "unanswerable",),
    }
    for dimension, values_of in values.items():
        sharing: dict[str, list[Asked]] = {}
        for one in asked:
            for value in values_of(one):
                sharing.setdefault(value, []).append(one)
        for value, topics in sorted(sharing.items()) if len(sharing) > 1 else ():
            yield Slice(
                dimension=dimension,
                value=value,
                topics=len(topics),
                measures=bootstrap_means(columns(topics), fewer),
            )


def _confusion(verdicts: Iterable[Verdict]) -> Confusion:
    count = Counter(verdicts)
    return Confusion(
        answered_right=count["right"],
        answered_wrong=count["wrong"],
        missed=count["missed"],
        answered_in_vain=count["answered in vain"],
        rightly_refused=count["rightly refused"],
        unjudged=count["unjudged"],
    )
