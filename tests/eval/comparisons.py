"""Comparisons of made-up reports: the same every time."""

from eval.results import Comparison, Difference, Estimate, GateResult, Moved
from tests.eval.reports import MEASURES, SUBJECTS, provenance


def comparison(**changes: object) -> Comparison:
    """A second run that is worse on some measures, and a gate that it fails."""
    made = Comparison(
        first=provenance(),
        second=provenance(retrieval="dense", commit="a0ad2f7c51"),
        changed=("retrieval: hybrid -> dense", "index.weight: 0.6 -> 1.0"),
        topics=60,
        differences=tuple(
            difference(name, value, (-0.13, 0.04, -0.006)[at % 3])
            for at, (name, value) in enumerate(MEASURES)
        ),
        better=tuple(moved(number, 0.4) for number in range(9)),
        worse=tuple(moved(number, -0.6) for number in range(9, 31)),
        only_first=("q00100",),
        only_second=(),
        gate=(
            GateResult(
                condition="nDCG@10>=-0.01",
                holds=False,
                reason="nDCG@10 fell by 0.130 (95 % interval -0.170 … -0.090), and may fall by "
                "0.010 at most",
            ),
            GateResult(condition="abs:quote-validity>=1", holds=True, reason="it is 1.000"),
        ),
    )
    return made.model_copy(update=changes)


def difference(measure: str, first: float, change: float) -> Difference:
    """Clear where it is greater than its interval."""
    is_clear = abs(change) > 0.04
    is_paired = measure not in ("AURC", "AUROC", "ECE")
    return Difference(
        measure=measure,
        first=first,
        second=first + change,
        difference=Estimate(value=change, low=change - 0.04, high=change + 0.04, n=60),
        p_value=(0.0001 if is_clear else 0.21) if is_paired else None,
        p_corrected=(0.0014 if is_clear else 0.84) if is_paired else None,
        better=9,
        worse=22,
        equal=29,
    )


def moved(number: int, change: float) -> Moved:
    """A question that gained or lost, the less the higher its number."""
    by = change * (1 - number / 50)
    return Moved(
        query_id=f"q{number:05}",
        question=f"How should {SUBJECTS[number % len(SUBJECTS)]}? ({number})",
        measure="nDCG@10",
        first=0.5 - by / 2,
        second=0.5 + by / 2,
        first_verdict="right" if change < 0 else "missed",
        second_verdict="wrong" if change < 0 else "right",
    )
