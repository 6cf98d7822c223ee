"""Reports that no run made: the same every time, with all that a page has to cope with."""

from random import Random

from eval.results import (
    Asked,
    Bin,
    Confusion,
    Estimate,
    Provenance,
    Ranked,
    Report,
    ShownCitation,
    Slice,
    Timings,
    Verdict,
    Wanted,
)

VERDICTS: tuple[Verdict, ...] = (
    *(("right",) * 6),
    "wrong",
    "wrong",
    "missed",
    "answered in vain",
    "rightly refused",
    "unjudged",
)
TAGS = ("how-to", "fact", "why-did-we-decide", "multi-document", "superseded policy", "near miss")
ASKERS = ("mara.özdemir@example.com", "jonas@example.com", "local")
SUBJECTS = (
    "the staging cluster be drained before the kernel on its nodes is updated",
    "a new colleague get access to the on-call rota when HR has not confirmed the start date",
    "über die Größe des Anhangs entschieden",
    "`retry_after=timedelta(seconds=30)` be set for the webhook consumer, and where",
    "we moved from cron jobs to the scheduler although both were running side by side",
    "invoices over 10,000 € be approved",
)
QUOTES = (
    "Drain the node first: `kubectl drain NODE --ignore-daemonsets`, then wait until no pod runs.",
    "```python\nclient = Client(retry_after=timedelta(seconds=30))\nclient.start()\n```",
    "Beträge über 10.000 € brauchen zwei Unterschriften; eine davon ist die der Geschäftsführung.",
    "The rota is filled by the team lead on the first Monday of a month, and not by HR.",
)
MEASURES = (
    ("nDCG@10", 0.742),
    ("R@5", 0.801),
    ("R@10", 0.868),
    ("R@20", 0.913),
    ("RR@10", 0.711),
    ("AP", 0.668),
    ("Success@1", 0.617),
    ("Success@5", 0.85),
    ("span-R@10", 0.731),
    ("span-R@evidence", 0.655),
    ("containment", 0.548),
    ("answer-recall", 0.694),
    ("refusal-containment", 0.41),
    ("citation-precision", 0.777),
    ("section-precision", 0.812),
    ("citation-recall", 0.604),
    ("quote-validity", 1.0),
    ("answered", 0.78),
    ("wrong-answer", 0.192),
    ("AURC", 0.118),
    ("AUROC", 0.812),
    ("ECE", 0.047),
)


def provenance(**changes: object) -> Provenance:
    """Of the made-up runs."""
    made = Provenance(
        version="0.1.0",
        commit="a0ad2f7c51+",
        set_name="company",
        set_digest="5d" * 32,
        index_digest="c1" * 32,
        documents=214,
        chunks=1893,
        model="all-MiniLM-L6-v2",
        chunker="structure-256",
        retrieval="hybrid",
        without_gold=False,
        threshold=0.5,
        config={"index": {"path": "answerable-index", "weight": 0.6}, "service": {"rerank": None}},
        seed=13,
        resamples=2000,
    )
    return made.model_copy(update=changes)


def asked(number: int, **changes: object) -> Asked:
    """A question with everything, its verdict by its number."""
    random = Random(number)  # noqa: S311 - made-up data
    verdict = VERDICTS[number % len(VERDICTS)]
    refused = verdict in ("missed", "rightly refused")
    answerable = verdict in ("right", "wrong", "missed")
    trouble = {
        "wrong": ("the right passage was in the evidence, and another was quoted",),
        "missed": ("refused with confidence 0.43, below 0.50",),
        "answered in vain": ("answered although the documents do not say",),
    }.get(verdict, ())
    one = Asked(
        query_id=f"q{number:05}",
        question=f"How should {SUBJECTS[number % len(SUBJECTS)]}? ({number})",
        asked_by=ASKERS[number % len(ASKERS)],
        answerable=answerable,
        tags=(TAGS[number % len(TAGS)],),
        sources=("handbook",),
        verdict=verdict,
        is_right={"right": True, "wrong": False}.get(verdict),
        confidence=round(random.random(), 4),
        abstained=refused,
        measures={name: round(random.random(), 6) for name, _ in MEASURES[:14]}
        | {"quote-validity": 1.0, "answered": float(not refused)},
        ranking=tuple(
            Ranked(document=_document(random), score=31.41592653 / rank, grade=_grade(rank))
            for rank in range(1, 11)
        ),
        wanted=(
            Wanted(
                document=_document(random),
                grade=2,
                heading="Draining a node",
                quote=QUOTES[number % len(QUOTES)],
                lines=(40, 44),
                rank=number % 9 or None,
            ),
        ),
        answers=("two signatures",) if answerable else (),
        sentences=(f"{QUOTES[number % len(QUOTES)]} That is for case {number}.",),
        citations=tuple(_citation(random, marker) for marker in (1, 2)),
        leaked=(),
        trouble=trouble,
    )
    return one.model_copy(update=changes)


def report(questions: int = 60, **changes: object) -> Report:
    """A run with everything in it."""
    all_asked = tuple(asked(number) for number in range(questions))
    made = Report(
        provenance=provenance(),
        topics=questions,
        answerable=sum(one.answerable for one in all_asked),
        measures={name: estimate(value, questions) for name, value in MEASURES}
        | {"leaks": Estimate(value=0, low=None, high=None, n=questions)},
        slices=slices(),
        confusion=confusion(all_asked),
        risk_coverage=tuple((step / 50, 0.02 + 0.3 * (step / 50) ** 2) for step in range(1, 51)),
        calibration=tuple(
            Bin(low=at / 10, high=at / 10 + 0.1, n=6 + at, confidence=at / 10 + 0.04,
                right=min(1.0, at / 10 + (0.09 if at % 3 else -0.02)))
            for at in range(1, 10)
        ),
        skipped=("q-old: marked as withdrawn",),
        questions=all_asked,
    )  # fmt: skip
    return made.model_copy(update=changes)


def bare_report(*questions: Asked) -> Report:
    """A run of which nothing could be measured."""
    return report(0).model_copy(
        update={
            "topics": len(questions),
            "measures": {},
            "slices": (),
            "confusion": confusion(questions),
            "risk_coverage": (),
            "calibration": (),
            "skipped": (),
            "questions": questions,
        }
    )


def confusion(questions: tuple[Asked, ...]) -> Confusion:
    """The verdicts, counted."""
    verdicts = [one.verdict for one in questions]
    return Confusion(
        answered_right=verdicts.count("right"),
        answered_wrong=verdicts.count("wrong"),
        missed=verdicts.count("missed"),
        answered_in_vain=verdicts.count("answered in vain"),
        rightly_refused=verdicts.count("rightly refused"),
        unjudged=verdicts.count("unjudged"),
    )


def slices() -> tuple[Slice, ...]:
    """Of three dimensions; the last is too small for intervals."""
    cut = [("source", name, 40) for name in ("handbook", "issues", "an-unusually-long-source-name")]
    cut += [("tag", name, 10 + at) for at, name in enumerate(TAGS)]
    cut += [("asker", "mara.özdemir@example.com", 30), ("asker", "jonas@example.com", 3)]
    return tuple(
        Slice.model_validate(
            {
                "dimension": dimension,
                "value": value,
                "topics": n,
                "measures": {
                    name: estimate(0.9 * mean if at % 2 else mean, n)
                    for name, mean in MEASURES[:17]
                },
            }
        )
        for at, (dimension, value, n) in enumerate(cut)
    )


def estimate(value: float, n: int) -> Estimate:
    """With an interval that is the wider the fewer there are."""
    if n < 5:
        return Estimate(value=value, low=None, high=None, n=n)
    half = 0.8 / n**0.5
    return Estimate(value=value, low=max(0.0, value - half), high=min(1.0, value + half), n=n)


def timings() -> Timings:
    """Of a run on a small machine."""
    return Timings(
        seconds=41.7,
        percentiles_ms={
            "embed_ms": {"p50": 7.4, "p90": 9.8, "p99": 21.0},
            "dense_ms": {"p50": 3.1, "p90": 4.0, "p99": 8.8},
            "lexical_ms": {"p50": 0.9, "p90": 1.6, "p99": 3.2},
            "answer_ms": {"p50": 18.2, "p90": 44.0, "p99": 97.5},
            "total_ms": {"p50": 31.0, "p90": 61.0, "p99": 128.0},
        },
        machine="2 cores, x86_64, Python 3.11",
    )


def _document(random: Random) -> str:
    number = random.randrange(3000)
    if number % 5 == 0:
        return f"github_issues:acme/platform-infrastructure#{number}"
    folder = ("runbooks/kubernetes", "people/onboarding-and-offboarding", "größe")[number % 3]
    return f"docs_repo:handbook/{folder}/{number:04}-a-file-name-nobody-would-abbreviate.md"


def _grade(rank: int) -> int | None:
    return {1: 2, 3: 1, 4: 0}.get(rank)


def _citation(random: Random, marker: int) -> ShownCitation:
    document = _document(random)
    return ShownCitation(
        marker=marker,
        document=document,
        title=f"Runbook {document[-30:-3]}",
        headings=("Kubernetes", "Draining a node"),
        quote=f"{random.choice(QUOTES)} {random.randrange(10**9)}",
        lines=(40, 44),
        url=f"https://git.example.com/handbook/{document.partition(':')[2]}#L40-L44",
        is_right=marker == 1,
    )
