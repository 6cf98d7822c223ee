"""From an open index and a question set to outcomes, and from these to a report."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from eval.beir_index import BeirCorpus
from eval.errors import BrokenSet
from eval.judging import UNASKED, Opinions
from eval.measuring import measure
from eval.opening import Bench, Configured
from eval.outcomes import Outcome
from eval.provenance import commit, index_digest, package_version
from eval.results import Provenance, Report
from eval.running import without_gold
from eval.sets.checking import check
from eval.topics import FOREIGN, Topic, TopicSet
from service.answering.confidence import threshold

Watch = Callable[[int, int], None]
"""Called with the topics done and those in all."""


def refuse_broken(topic_set: TopicSet, bench: Bench) -> None:
    """Nothing, if the set fits the documents.

    Raises:
        BrokenSet: it does not; with the lines that are wrong.
    """
    # A corpus by what its file holds: lines without a word are not in the index.
    documents = BeirCorpus(topic_set.corpus) if topic_set.corpus else bench.index
    if problems := check(topic_set, documents, bench.ids.of_set):
        raise BrokenSet(problems)


def ask_all(
    topic_set: TopicSet, bench: Bench, configured: Configured, watch: Watch = lambda _, __: None
) -> list[Outcome]:
    """Every topic of the set, asked in its order."""
    runner = bench.runner(configured.service)
    outcomes = []
    for topic in topic_set.topics:
        outcomes.append(runner.run(topic))
        watch(len(outcomes), len(topic_set.topics))
    return outcomes


def report_on(
    topic_set: TopicSet,
    outcomes: Sequence[Outcome],
    bench: Bench,
    configured: Configured,
    opinions: Opinions = UNASKED,
) -> Report:
    """What came of the topics, measured; `opinions` are a judge model's."""
    origin = provenance(topic_set, bench, configured).model_copy(update={"judge": opinions.judge})
    skipped = (*topic_set.skipped, *opinions.skipped)
    return measure(outcomes, origin, skipped=skipped, judged_right=opinions.right)


def absent(topic_set: TopicSet) -> TopicSet:
    """The topics that can be answered, each asked as if what answers it did not exist."""
    gone = tuple(without_gold(topic) for topic in topic_set.topics if topic.answerable)
    return replace(topic_set, name=f"{topic_set.name}, answers removed", topics=gone)


def answerable(topic_set: TopicSet) -> TopicSet:
    """The topics that can be answered."""
    kept = tuple(topic for topic in topic_set.topics if topic.answerable)
    return replace(topic_set, topics=kept)


def with_foreign(topic_set: TopicSet, other: TopicSet) -> TopicSet:
    """The topics, and those of another set, about which nothing is here."""
    foreign = tuple(
        Topic(f"{other.name}:{topic.query_id}", topic.text, answerable=False, tags=(FOREIGN,))
        for topic in other.topics
    )
    return replace(
        topic_set,
        name=f"{topic_set.name}, with questions of {other.name}",
        topics=topic_set.topics + foreign,
        digest=hashlib.sha256(f"{topic_set.digest} {other.digest}".encode()).hexdigest(),
    )


def provenance(topic_set: TopicSet, bench: Bench, configured: Configured) -> Provenance:
    """What has to be the same for the same report to come out."""
    stats = bench.index.stats()
    return Provenance(
        version=package_version(),
        commit=commit(),
        set_name=topic_set.name,
        set_digest=topic_set.digest,
        index_digest=index_digest(bench.index),
        documents=stats["documents"],
        chunks=stats["chunks"],
        model=stats["model"],
        chunker=stats["chunker"],
        retrieval=configured.service.retrieval.mode,
        without_gold=_is_absent(topic_set.topics),
        threshold=threshold(configured.service.answering),
        config=configured.facts(),
        seed=configured.evaluation.seed,
        resamples=configured.evaluation.resamples,
    )


def _is_absent(topics: Iterable[Topic]) -> bool:
    return all(topic.excluded and not topic.answerable for topic in topics)
