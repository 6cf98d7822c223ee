"""Intervals, tests and the measures of confidence, against scipy, scikit-learn and by hand."""

import time
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from eval.confidence_measures import (
    Surenesses,
    calibration,
    confidence_measures,
    confidence_values,
    resampled,
    risk_coverage,
)
from eval.statistics import Resampling, bootstrap_means, draws, holm, permutation_p_value

FEW = Resampling(resamples=200)
SAMPLE = np.random.default_rng(5).normal(0.3, 1.0, 60).tolist()


def test_interval_is_about_that_of_scipy() -> None:
    found = bootstrap_means({"m": SAMPLE}, Resampling(resamples=5000))["m"]
    theirs = stats.bootstrap(
        (SAMPLE,), np.mean, method="percentile", n_resamples=5000, rng=np.random.default_rng(1)
    ).confidence_interval

    assert found.value == pytest.approx(np.mean(SAMPLE), abs=1e-12)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    first, again, other = (
        bootstrap_means({"m": SAMPLE}, Resampling(seed)) for seed in (13, 13, 14)
    )

    assert first == again
    assert first != other


def test_interval_of_a_column_does_not_depend_on_the_columns_beside_it() -> None:
    beside = {"a": SAMPLE[::-1], "m": SAMPLE, "short": SAMPLE[:9]}

    assert bootstrap_means(beside, FEW)["m"] == bootstrap_means({"m": SAMPLE}, FEW)["m"]


def test_four_topics_have_no_interval_and_five_do() -> None:
    found = bootstrap_means({"four": SAMPLE[:4], "five": SAMPLE[:5]}, FEW)

    assert (found["four"].low, found["four"].high) == (None, None)
    assert found["five"].low is not None


def test_measure_of_no_topic_is_left_out() -> None:
    assert bootstrap_means({"m": []}, FEW) == {}


def test_equal_values_have_an_interval_of_no_width() -> None:
    found = bootstrap_means({"m": [1.0] * 30}, FEW)["m"]

    assert (found.low, found.value, found.high) == (1.0, 1.0, 1.0)


def test_each_resample_draws_as_many_topics_as_there_are() -> None:
    blocks = list(draws(3000, Resampling(resamples=700)))

    assert len(blocks) > 1
    assert sum(len(block) for block in blocks) == 700
    assert {int(n) for block in blocks for n in block.sum(axis=1)} == {3000}


@pytest.mark.parametrize("n", [2, 5, 13])
def test_few_topics_are_tested_exactly_as_by_scipy(n: int) -> None:
    theirs = stats.permutation_test(
        (SAMPLE[:n],), np.mean, permutation_type="samples", n_resamples=10_000
    )

    assert permutation_p_value(SAMPLE[:n], FEW) == pytest.approx(theirs.pvalue, abs=1e-12)


def test_many_topics_are_tested_about_as_by_scipy() -> None:
    theirs = stats.permutation_test(
        (SAMPLE,), np.mean, permutation_type="samples", rng=np.random.default_rng(1)
    )

    assert permutation_p_value(SAMPLE, Resampling()) == pytest.approx(theirs.pvalue, abs=0.01)


def test_p_value_of_six_topics_that_all_gain_is_two_in_sixty_four() -> None:
    assert permutation_p_value([0.1, 0.2, 0.3, 0.1, 0.5, 0.1, 0.0, 0.0], FEW) == 2 / 64


def test_no_difference_is_not_significant_and_no_p_value_is_zero() -> None:
    assert permutation_p_value([0.0] * 50, FEW) == 1.0
    assert permutation_p_value([1.0] * 50, Resampling()) == 1 / 10_001


def test_holm_is_as_worked_out_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def sure(*pairs: tuple[float, bool]) -> Surenesses:
    return Surenesses.of(pairs)


def spelt_out(of: Surenesses) -> tuple[float, float]:
    """AURC and ECE, topic by topic, where no two are equally sure."""
    order = np.argsort(-of.confidence)
    right, confidence = of.is_right[order], of.confidence[order]
    risks = [1 - right[:k].mean() for k in range(1, right.size + 1)]
    edges = [i * right.size // 10 for i in range(11)]
    bins = [slice(right.size - b, right.size - a) for a, b in pairwise(edges)]
    gaps = [abs(confidence[b].sum() - right[b].sum()) / right.size for b in bins]
    return float(np.mean(risks)), float(sum(gaps))


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_area_and_calibration_error_are_as_spelt_out(rights: list[bool], random: Random) -> None:
    confidence = np.linspace(0.01, 0.99, len(rights))
    random.shuffle(rights)
    of = Surenesses(confidence, np.array(rights))
    found = confidence_values(of)

    assert (found["AURC"], found["ECE"]) == pytest.approx(spelt_out(of), abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=2))
@settings(max_examples=50, deadline=None)
def test_auroc_is_that_of_scikit_learn(pairs: list[tuple[float, bool]]) -> None:
    of = Surenesses.of(pairs)
    if of.is_right.all() or not of.is_right.any():
        assert "AUROC" not in confidence_values(of)
    else:
        oracle = roc_auc_score(of.is_right, of.confidence)
        assert confidence_values(of)["AUROC"] == pytest.approx(oracle, abs=1e-12)


def test_resampled_measures_are_those_of_the_topics_repeated() -> None:
    rng = np.random.default_rng(2)
    of = Surenesses(rng.integers(0, 12, 40) / 12, rng.random(40) < 0.6)
    counts = next(iter(draws(40, Resampling(resamples=25))))
    found = resampled(of, counts)

    for i, row in enumerate(counts.astype(int)):
        again = Surenesses(np.repeat(of.confidence, row), np.repeat(of.is_right, row))
        expected = confidence_values(again)
        assert {name: found[name][i] for name in found} == pytest.approx(expected, abs=1e-9)


def test_area_under_a_small_curve_is_as_worked_out_by_hand() -> None:
    of = sure((0.9, True), (0.8, False), (0.7, True), (0.2, False))

    assert confidence_values(of)["AURC"] == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
    assert [coverage for coverage, _ in risk_coverage(of)] == [0.25, 0.5, 0.75, 1.0]
    assert [risk for _, risk in risk_coverage(of)] == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])


def test_order_of_equally_sure_topics_does_not_matter() -> None:
    pairs = [(0.5, True), (0.5, True), (0.5, False), (0.9, True), (0.5, False)]
    of, reverse = sure(*pairs), sure(*pairs[::-1])

    assert risk_coverage(of) == risk_coverage(reverse)
    assert calibration(of) == calibration(reverse)
    assert confidence_measures(of, FEW)["AURC"].value == pytest.approx(
        (0 + 0.5 / 2 + 1 / 3 + 1.5 / 4 + 2 / 5) / 5
    )


def test_curve_has_at_most_101_points_and_ends_at_full_coverage() -> None:
    curve = risk_coverage(Surenesses(np.linspace(0, 1, 5000), np.arange(5000) % 2 == 0))

    assert len(curve) == 101
    assert curve[-1] == (1.0, 0.5)


def test_sure_answers_that_are_right_have_no_risk_and_no_calibration_error() -> None:
    found = confidence_values(sure(*[(1.0, True)] * 20, *[(0.0, False)] * 20))

    assert (found["ECE"], found["AUROC"]) == (0.0, 1.0)


def test_bins_hold_equally_many_topics() -> None:
    bins = calibration(sure(*[(i / 100, i >= 50) for i in range(100)]))

    assert [b.n for b in bins] == [10] * 10
    assert (bins[0].low, bins[0].high, bins[0].right) == (0.0, 0.09, 0.0)
    assert bins[-1].confidence == pytest.approx(0.945)


def test_three_topics_fill_three_bins_and_none_fill_none() -> None:
    assert [b.n for b in calibration(sure((0.1, False), (0.5, True), (0.9, True)))] == [1, 1, 1]
    assert (calibration(sure()), risk_coverage(sure()), confidence_values(sure())) == ((), (), {})


def test_intervals_hold_the_values() -> None:
    rng = np.random.default_rng(3)
    confidence = rng.random(80)
    found = confidence_measures(Surenesses(confidence, rng.random(80) < confidence), FEW)

    assert [name for name, e in found.items() if not e.low <= e.value <= e.high] == []
    assert list(found) == ["AURC", "AUROC", "ECE"]


def test_six_thousand_topics_are_resampled_in_seconds() -> None:
    rng = np.random.default_rng(4)
    of = Surenesses(rng.random(6000), rng.random(6000) < 0.7)
    began = time.perf_counter()
    confidence_measures(of, Resampling(resamples=1000))
    permutation_p_value(rng.normal(0, 1, 6000).tolist(), Resampling())

    assert time.perf_counter() - began < 30  # it takes about 2 s; the rest is for a busy machine
