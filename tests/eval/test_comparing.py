"""Two runs of one set are compared topic by topic."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from eval.comparing import compare
from eval.gate import parse_conditions
from eval.measuring import measure
from eval.outcomes import Outcome
from eval.results import Comparison, Difference, Provenance, Report
from index.errors import ConfigError
from tests.eval.outcomes import PROVENANCE, cited, outcome, topic


def ranked(ranks: Sequence[int]) -> list[Outcome]:
    """Topics whose right document is at these ranks; 0: not found."""
    found = []
    for i, rank in enumerate(ranks):
        before = [f"x{n}" for n in range(rank - 1)]
        found.append(outcome(topic(f"q{i:03}", {"right": 1}), [*before, "right"] if rank else []))
    return found


def report(outcomes: Sequence[Outcome], **provenance: object) -> Report:
    return measure(outcomes, Provenance(**{**PROVENANCE.model_dump(), **provenance}))


def of_ranks(first: Sequence[int], second: Sequence[int], *gate: str) -> Comparison:
    return compare(report(ranked(first)), report(ranked(second)), parse_conditions(gate))


def difference(of: Comparison, measure_name: str) -> Difference:
    return next(d for d in of.differences if d.measure == measure_name)


def test_difference_is_the_second_minus_the_first() -> None:
    found = difference(of_ranks([2, 1, 0], [1, 1, 2]), "RR@10")

    assert (found.first, found.second) == (0.5, pytest.approx(2.5 / 3))
    assert found.difference.value == pytest.approx(1 / 3)
    assert (found.better, found.worse, found.equal) == (2, 0, 1)


def test_run_does_not_differ_from_itself() -> None:
    same = of_ranks([1, 2, 3, 0, 5, 6], [1, 2, 3, 0, 5, 6])

    assert {d.difference.value for d in same.differences} == {0.0}
    assert {d.p_corrected for d in same.differences} == {1.0, None}
    assert (same.better, same.worse, same.changed) == ((), (), ())


def test_interval_and_p_value_are_about_those_of_scipy() -> None:
    rng = np.random.default_rng(1)
    first, second = (rng.integers(1, 8, 60).tolist() for _ in range(2))
    found = difference(of_ranks(first, second), "RR@10")
    gaps = [1 / b - 1 / a for a, b in zip(first, second, strict=True)]
    theirs = stats.bootstrap((gaps,), np.mean, method="percentile", rng=rng).confidence_interval
    p_value = stats.permutation_test((gaps,), np.mean, permutation_type="samples", rng=rng).pvalue

    ends = (found.difference.low, found.difference.high)
    assert ends == pytest.approx((theirs.low, theirs.high), abs=0.03)
    assert found.p_value == pytest.approx(p_value, abs=0.02)


def test_p_values_are_corrected_for_the_number_of_measures() -> None:
    found = of_ranks([1] * 8, [2] * 8)
    tested = [d for d in found.differences if d.p_value is not None]

    assert difference(found, "Success@1").p_value == 2 / 2**8
    assert all(d.p_corrected >= d.p_value for d in tested)
    least = min(d.p_value for d in tested)
    assert min(d.p_corrected for d in tested) == pytest.approx(least * len(tested))


def test_topics_that_moved_come_with_the_largest_change_first() -> None:
    found = of_ranks([1, 2, 1, 3, 1], [2, 1, 1, 1, 0])

    assert [(m.query_id, m.measure) for m in found.worse] == [
        ("q004", "nDCG@10"),
        ("q000", "nDCG@10"),
    ]
    assert [m.query_id for m in found.better] == ["q003", "q001"]


def test_changes_of_one_size_are_in_the_order_of_their_ids() -> None:
    assert [m.query_id for m in of_ranks([1] * 3, [2] * 3).worse] == ["q000", "q001", "q002"]


def unanswerable(says: str, leaked: Sequence[str] = (), confidence: float = 0.9) -> Outcome:
    asked = topic("q", answerable=False)
    return outcome(asked, says=says, leaked=leaked, confidence=confidence)


def test_fewer_wrong_answers_are_better() -> None:
    found = compare(report([unanswerable("Yes.")]), report([unanswerable("")]))
    wrong = difference(found, "wrong-answer")

    assert (wrong.difference.value, wrong.better, wrong.worse) == (-1.0, 1, 0)
    assert [(m.measure, m.second_verdict) for m in found.better] == [
        ("wrong-answer", "rightly refused")
    ]
    assert found.worse == ()


def test_topic_whose_answer_alone_changed_is_listed_by_that() -> None:
    first = answering([0.9] * 4)
    second = [*first[:3], replace(first[3], citations=(cited("right"),))]
    found = compare(report(first), report(second))

    assert [(m.query_id, m.measure, m.first_verdict) for m in found.better] == [
        ("q003", "citation-precision", "wrong")
    ]


def test_leaks_are_compared_without_a_test() -> None:
    found = compare(report([unanswerable("")]), report([unanswerable("", ["a", "b"])]))
    leaks = difference(found, "leaks")

    assert (leaks.first, leaks.second, leaks.difference.value) == (0, 2, 2)
    assert (leaks.p_value, leaks.difference.low) == (None, None)


def answering(confidences: Sequence[float]) -> list[Outcome]:
    """Every other answer is right."""
    return [
        outcome(
            topic(f"q{i:03}", {"right": 1}),
            ["right"],
            says="So it is.",
            cites=[cited("wrong" if i % 2 else "right")],
            confidence=confidence,
        )
        for i, confidence in enumerate(confidences)
    ]


def test_measures_of_confidence_are_compared_over_the_same_resamples() -> None:
    unsure = report(answering([0.5] * 40))
    knowing = report(answering([0.1 if i % 2 else 0.9 for i in range(40)]))
    found = compare(unsure, knowing)
    auroc = difference(found, "AUROC")

    assert (auroc.first, auroc.second, auroc.p_value) == (0.5, 1.0, None)
    assert (auroc.difference.low, auroc.difference.high) == (0.5, 0.5)
    assert difference(found, "AURC").difference.high < 0
    assert compare(knowing, knowing).differences[-3].difference.low == 0.0


def test_measure_counts_where_it_is_defined_in_both() -> None:
    first = answering([0.9] * 4)
    second = [replace(first[0], abstained=True), *first[1:]]
    found = difference(compare(report(first), report(second)), "citation-precision")

    assert (found.difference.n, found.equal, found.difference.value) == (3, 3, 0.0)


def test_topics_of_one_run_alone_are_named_and_left_out() -> None:
    found = compare(report(ranked([1, 1, 1])), report(ranked([1, 2])))

    assert (found.topics, found.only_first, found.only_second) == (2, ("q002",), ())


def test_reports_of_different_sets_are_refused() -> None:
    first, other = report(ranked([1])), report(ranked([1]), set_digest="6" * 64, set_name="other")

    with pytest.raises(ConfigError, match=r"different question sets, 'made up' .* 'other'"):
        compare(first, other)
    assert compare(first, other, allow_different=True).topics == 1


def test_reports_without_a_common_topic_are_refused() -> None:
    with pytest.raises(ConfigError, match="no topic in common"):
        compare(report(ranked([1])), report([unanswerable("")]))


def test_what_changed_is_said_in_words() -> None:
    config = {"service": {"dense_weight": 1.0, "rerank": None}}
    second = report(ranked([1]), retrieval="dense", config=config, index_digest="2" * 64)

    assert compare(report(ranked([1])), second).changed == (
        "index_digest: 111111111111 -> 222222222222",
        "retrieval: hybrid -> dense",
        "config.service.dense_weight: 0.6 -> 1.0",
        "config.service.rerank: nothing -> None",
    )


def test_gate_is_judged_on_the_differences() -> None:
    found = of_ranks([1] * 6, [2] * 6, "nDCG@10>=-0.01, R@5>=0")

    assert [(g.condition, g.holds) for g in found.gate] == [
        ("nDCG@10>=-0.01", False),
        ("R@5>=0", True),
    ]


def test_same_reports_give_the_same_bytes() -> None:
    first, second = (of_ranks([1, 2, 3, 0, 5, 6], [2, 1, 0, 4, 5, 1]) for _ in range(2))

    assert first.model_dump_json() == second.model_dump_json()
