"""The plots of a comparison, as SVG."""

from typing import Final

from matplotlib.axes import Axes

from eval.measure_names import LESS_IS_BETTER
from eval.reporting import wording
from eval.reporting.figures import BAD, GOOD, INK, MUTED, draw
from eval.reporting.plots import draw_estimate, rows_height, set_rows
from eval.results import Comparison, Difference

_MOST_POINTS: Final = 400
"""More topics than the plot has pixels are drawn by as many evenly spaced ones."""


def differences_plot(comparison: Comparison) -> str:
    """The difference of each measure with its interval, around no difference."""
    rows = [one for one in comparison.differences if one.measure not in wording.COUNTS]
    colours = {"better": GOOD, "worse": BAD}

    def paint(axes: Axes) -> None:
        axes.axvline(0, color=INK, linewidth=0.8)
        for place, one in enumerate(rows):
            draw_estimate(axes, one.difference, place, colours.get(wording.reading(one), MUTED))
        set_rows(axes, [_row_label(one) for one in rows])
        reach = max([0.01, *(abs(edge) for one in rows for edge in _edges(one))]) * 1.08
        axes.set_xlim(-reach, reach)
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel("second minus first, 95 % interval", loc="right")

    return draw(
        "Difference of each measure (n questions)",
        "; ".join(
            f"{one.measure}: {wording.signed(one.difference.value)}, {wording.reading(one)}"
            for one in rows
        ),
        rows_height(len(rows)),
        paint,
    )


def topics_plot(comparison: Comparison, measure: str) -> str:
    """The difference of each question, from the greatest gain to the greatest loss."""
    values = _per_topic(comparison, measure)
    step = max(1, -(-len(values) // _MOST_POINTS))
    drawn = [(place, values[place]) for place in range(0, len(values), step)]

    def paint(axes: Axes) -> None:
        axes.axhline(0, color=INK, linewidth=0.8)
        for colour, is_gain in ((GOOD, True), (BAD, False)):
            part = [(x, y) for x, y in drawn if y != 0 and (y > 0) == is_gain]
            if part:
                places, heights = zip(*part, strict=True)
                axes.bar(places, heights, width=step, color=colour, edgecolor=colour, linewidth=0.4)
        axes.set_xlim(-0.5, max(len(values) - 0.5, 0.5))
        axes.set_xlabel("questions, sorted by difference")
        axes.set_ylabel("second minus first")

    gained, lost = sum(value > 0 for value in values), sum(value < 0 for value in values)
    return draw(
        f"{measure} by question (n = {len(values):,})",
        f"{gained} questions gained, {lost} lost, {len(values) - gained - lost} are the same.",
        3.0,
        paint,
    )


def _per_topic(comparison: Comparison, measure: str) -> list[float]:
    moved = [
        one.second - one.first
        for one in (*comparison.better, *comparison.worse)
        if one.measure == measure
    ]
    equal = sum(one.equal for one in comparison.differences if one.measure == measure)
    return sorted([*moved, *([0.0] * equal)], reverse=True)


def _row_label(one: Difference) -> str:
    less = ", less is better" if one.measure in LESS_IS_BETTER else ""
    return f"{one.measure}{less} ({one.difference.n})"


def _edges(one: Difference) -> tuple[float, ...]:
    estimate = one.difference
    return tuple(edge for edge in (estimate.value, estimate.low, estimate.high) if edge is not None)
