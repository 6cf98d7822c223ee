"""The report as data: what report.json holds, and all that the readable reports are made from."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

Verdict = Literal["right", "wrong", "missed", "answered in vain", "rightly refused", "unjudged"]
"""right, wrong: answered and answerable. missed: refused although answerable. answered in vain:
answered although the documents do not say. rightly refused: they do not, and it said so. unjudged:
answered, and the set does not say what would be right."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Estimate(_Frozen):
    """A measure over topics, with the 95 % interval of a bootstrap over them.

    `low` and `high` are None where there are too few topics for one; `n` topics count.
    """

    value: float
    low: float | None
    high: float | None
    n: int


class Slice(_Frozen):
    """The measures over the topics that share something."""

    dimension: Literal["source", "tag", "asker", "type"]
    value: str
    topics: int
    measures: dict[str, Estimate]


class Confusion(_Frozen):
    """Topics by whether they can be answered and whether they were."""

    answered_right: int
    answered_wrong: int
    missed: int
    answered_in_vain: int
    rightly_refused: int
    unjudged: int


class Bin(_Frozen):
    """Answers of like confidence: how sure they were on average, how many of them were right."""

    low: float
    high: float
    n: int
    confidence: float
    right: float


class Ranked(_Frozen):
    """A document in a ranking; `grade` None: not judged."""

    document: str
    score: float
    grade: int | None


class Wanted(_Frozen):
    """A judged document; `rank` from 1, None where it was not found."""

    document: str
    grade: int
    heading: str | None
    quote: str | None
    lines: tuple[int, int] | None
    rank: int | None


class ShownCitation(_Frozen):
    """A citation; `is_right`: it is in a judged place, None where nothing is judged."""

    marker: int
    document: str
    title: str
    headings: tuple[str, ...]
    quote: str
    lines: tuple[int, int]
    url: str
    is_right: bool | None


class Asked(_Frozen):
    """One topic with all that came of it.

    Attributes:
        measures: those that are means over topics; a missing one is not defined for this topic.
        sentences: the answer; of an abstention what it would have said.
        trouble: what went wrong, in plain words; empty when nothing did.
    """

    query_id: str
    question: str
    asked_by: str
    answerable: bool
    tags: tuple[str, ...]
    sources: tuple[str, ...]
    verdict: Verdict
    is_right: bool | None
    confidence: float
    abstained: bool
    measures: dict[str, float]
    ranking: tuple[Ranked, ...]
    wanted: tuple[Wanted, ...]
    answers: tuple[str, ...]
    sentences: tuple[str, ...]
    citations: tuple[ShownCitation, ...]
    leaked: tuple[str, ...]
    trouble: tuple[str, ...]


class Provenance(_Frozen):
    """What has to be the same for the same bytes to come out.

    Attributes:
        config: every setting of index and service that was in force, as JSON would have it.
        commit: of the checkout, with `+` if it has changes; empty outside of one.
        index_digest: SHA-256 over the documents' ids, revisions and readers, model and chunker.
        judge: the model that was asked for its opinion of the answers; empty: none.
    """

    version: str
    commit: str
    set_name: str
    set_digest: str
    index_digest: str
    documents: int
    chunks: int
    model: str
    chunker: str
    retrieval: str
    without_gold: bool
    threshold: float
    config: dict[str, object]
    seed: int
    resamples: int
    judge: str = ""


class Report(_Frozen):
    """A run of a question set, measured."""

    provenance: Provenance
    topics: int
    answerable: int
    measures: dict[str, Estimate]
    slices: tuple[Slice, ...]
    confusion: Confusion
    risk_coverage: tuple[tuple[float, float], ...]
    calibration: tuple[Bin, ...]
    skipped: tuple[str, ...]
    questions: tuple[Asked, ...]

    @classmethod
    def of_json(cls, text: str) -> Self:
        """The report in a file's text."""
        return cls.model_validate_json(text)


class Timings(_Frozen):
    """Latency of the run, apart from the report because it is never the same twice.

    `percentiles_ms`: by step, then by percentile (`p50`, `p90`, `p99`).
    """

    seconds: float
    percentiles_ms: dict[str, dict[str, float]]
    machine: str


class Difference(_Frozen):
    """A measure in two runs, paired by topic; above 0 the second is higher.

    Attributes:
        difference: second minus first, with the interval of a paired bootstrap.
        p_value: two-sided, of a paired permutation test; None for measures of a whole set.
        p_corrected: the same, corrected (Holm) for the number of measures tested.
        better: topics on which the second is better; `worse` and `equal` likewise. Of measures
            where less is better, better means less.
    """

    measure: str
    first: float
    second: float
    difference: Estimate
    p_value: float | None
    p_corrected: float | None
    better: int
    worse: int
    equal: int


class Moved(_Frozen):
    """A topic whose value of a measure is not the same in both runs."""

    query_id: str
    question: str
    measure: str
    first: float
    second: float
    first_verdict: Verdict
    second_verdict: Verdict


class GateResult(_Frozen):
    """A condition such as `nDCG@10>=-0.01` on the difference, and whether it holds."""

    condition: str
    holds: bool
    reason: str


class Comparison(_Frozen):
    """Two reports of one set, the first being the baseline.

    Attributes:
        changed: what differs in the two provenances, in words (`retrieval: hybrid -> dense`).
        better: topics that gained, the largest gain first; `worse` likewise.
        only_first: query ids that only the first has; they are left out of every difference.
    """

    first: Provenance
    second: Provenance
    changed: tuple[str, ...]
    topics: int
    differences: tuple[Difference, ...]
    better: tuple[Moved, ...]
    worse: tuple[Moved, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    gate: tuple[GateResult, ...]
