"""Plots: titles, units, numbers, colours of the page, and the same bytes every time."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from eval.reporting import comparison_plots, plots
from eval.reporting.plots import SweepPoint
from eval.results import Bin, Estimate
from tests.eval import comparisons, reports

POINTS = [
    SweepPoint("fast and poor", Estimate(value=0.6, low=0.55, high=0.65, n=50), 5.0, {}),
    SweepPoint("slow and poor", Estimate(value=0.5, low=None, high=None, n=50), 50.0, {}),
    SweepPoint("slow and good", Estimate(value=0.8, low=0.7, high=0.9, n=50), 60.0, {}),
]
PLOTS: dict[str, tuple[Callable[[], str], tuple[str, ...]]] = {
    "risk": (
        lambda: plots.risk_coverage_plot(reports.report().risk_coverage, 0.78, 60),
        ("Risk and coverage (n = 60)", "coverage: share of questions answered (0 to 1)",
         "risk: share of answers not right (0 to 1)", "answered: 78 %"),
    ),
    "calibration": (
        lambda: plots.calibration_plot(reports.report().calibration),
        ("Calibration (n = 99 in 9 bins)", "confidence, mean of the bin (0 to 1)",
         "share right, 95 % interval (0 to 1)", "15"),
    ),
    "slices": (
        lambda: plots.slices_plot(reports.slices()[3:9], "nDCG@10", "By tag"),
        ("nDCG@10 by tag (n questions)", "nDCG@10 (0 to 1), 95 % interval", "near miss (15)"),
    ),
    "latency": (
        lambda: plots.latency_plot(reports.timings()),
        ("Latency by step (ms)", "milliseconds, logarithmic", "total", "p50", "p99"),
    ),
    "sweep": (
        lambda: plots.sweep_plot(POINTS),
        ("Quality and latency (n = 50 questions)", "latency, p50 (ms)",
         "nDCG@10 (0 to 1), 95 % interval", "2: slow and poor"),
    ),
    "differences": (
        lambda: comparison_plots.differences_plot(comparisons.comparison()),
        ("Difference of each measure (n questions)", "second minus first, 95 % interval",
         "wrong-answer, less is better (60)"),
    ),
    "topics": (
        lambda: comparison_plots.topics_plot(comparisons.comparison(), "nDCG@10"),
        ("nDCG@10 by question (n = 60)", "questions, sorted by difference",
         "second minus first"),
    ),
}  # fmt: skip
every_plot = pytest.mark.parametrize("name", PLOTS)


@every_plot
def test_plot_has_its_title_its_axes_with_units_and_its_labels(name: str) -> None:
    make, words = PLOTS[name]

    texts = [element.text for element in ElementTree.fromstring(make()).iter() if element.text]  # noqa: S314

    for word in words:
        assert word in texts


@every_plot
def test_plot_is_the_same_every_time(name: str) -> None:
    make, _ = PLOTS[name]

    assert make() == make()


@every_plot
def test_plot_takes_colours_and_width_from_the_page(name: str) -> None:
    svg = PLOTS[name][0]()

    assert re.search(r"var\(--(first|good|bad), ", svg)
    assert "var(--ink, " in svg
    assert not re.findall(r"(?<!, )#[0-9a-f]{6}\b", svg)
    assert 'width="100%"' in svg
    assert "viewBox" in svg


@every_plot
def test_plot_says_what_it_shows_to_those_who_do_not_see_it(name: str) -> None:
    root = ElementTree.fromstring(PLOTS[name][0]())  # noqa: S314

    assert root.get("role") == "img"
    assert len(root.get("aria-label") or "") > 40
    assert next(iter(root)).tag.endswith("title")


def test_labels_from_outside_are_neither_markup_nor_formulas() -> None:
    odd = [
        one.model_copy(update={"value": value})
        for one, value in zip(
            reports.slices(), ["<script>x</script>", "$\\frac{$", "料金表", 'a"b\\1'], strict=False
        )
    ]

    svg = plots.slices_plot(odd, "nDCG@10", "By tag")

    texts = [element.text for element in ElementTree.fromstring(svg).iter()]  # noqa: S314
    assert "<script>x</script> (40)" in texts
    assert "$\\frac{$ (40)" in texts
    assert "料金表 (40)" in texts
    assert "<script" not in svg


def test_slice_without_the_measure_is_left_out() -> None:
    bare = reports.slices()[0].model_copy(update={"value": "bare", "measures": {}})

    svg = plots.slices_plot([bare, reports.slices()[1]], "nDCG@10", "By source")

    assert "issues (40)" in svg
    assert "bare" not in svg


def test_estimate_without_interval_is_a_point() -> None:
    point = reports.slices()[0].model_copy(
        update={"measures": {"nDCG@10": Estimate(value=0.5, low=None, high=None, n=1)}}
    )

    with_line = plots.slices_plot(reports.slices()[:1], "nDCG@10", "By source")
    without = plots.slices_plot([point], "nDCG@10", "By source")

    assert with_line.count("var(--first") > without.count("var(--first") > 0


def test_one_bin_and_one_point_can_be_drawn() -> None:
    assert "in 1 bin)" in plots.calibration_plot([Bin(low=0, high=1, n=1, confidence=0.5, right=1)])
    assert "Risk and coverage" in plots.risk_coverage_plot([(1.0, 0.0)], None, None)


def test_questions_are_drawn_by_a_sample_when_there_are_more_than_pixels() -> None:
    many = tuple(
        comparisons.moved(number % 40, 0.4).model_copy(update={"query_id": f"q{number}"})
        for number in range(5000)
    )

    svg = comparison_plots.topics_plot(
        comparisons.comparison(better=many, worse=(), differences=()), "nDCG@10"
    )

    assert "nDCG@10 by question (n = 5,000)" in svg
    assert len(svg) < 200_000


def test_comparison_of_equal_runs_can_be_drawn() -> None:
    same = comparisons.comparison(
        better=(), worse=(), differences=(comparisons.difference("nDCG@10", 0.5, 0.0),)
    )

    assert "nDCG@10 (60)" in comparison_plots.differences_plot(same)
    assert "(n = 29)" in comparison_plots.topics_plot(same, "nDCG@10")
