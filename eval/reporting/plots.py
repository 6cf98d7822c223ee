"""The plots of a report, and of a sweep, as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from matplotlib.axes import Axes

from eval.reporting import wording
from eval.reporting.figures import FIRST, INK, MUTED, SECOND, draw
from eval.results import Bin, Estimate, Slice, Timings

_SQUARE_INCHES: Final = 3.4
_LABEL_CHARS: Final = 26
_MOST_ROWS: Final = 40
"""A slice plot with more rows than this is a wall; the table has them all."""


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """A setting that was tried.

    Attributes:
        quality: nDCG@10.
        extra: other measures, by name; for tables, not drawn.
    """

    label: str
    quality: Estimate
    latency_p50_ms: float
    extra: dict[str, float]


def risk_coverage_plot(
    curve: Sequence[tuple[float, float]], answered: float | None, n: int | None
) -> str:
    """Risk against coverage over `n` judged questions.

    `answered` is the coverage at the threshold that was in force; None where they are not known.
    """
    coverage, risk = [point[0] for point in curve], [point[1] for point in curve]

    def paint(axes: Axes) -> None:
        axes.plot(coverage, risk, color=FIRST, linewidth=1.8)
        axes.fill_between(coverage, risk, color=FIRST, alpha=0.12, linewidth=0)
        if answered is not None:
            axes.axvline(answered, color=SECOND, linewidth=1.2, linestyle=(0, (4, 3)))
            is_left = answered > 0.5
            axes.annotate(
                f"answered: {wording.percent(answered)}",
                (answered, 1),
                xytext=(-4 if is_left else 4, -4),
                textcoords="offset points",
                ha="right" if is_left else "left",
                va="top",
                fontsize=9,
            )
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.set_xlabel("coverage: share of questions answered (0 to 1)")
        axes.set_ylabel("risk: share of answers not right (0 to 1)")

    return draw(
        "Risk and coverage" + ("" if n is None else f" (n = {n:,})"),
        f"If only the surest share of questions is answered: how many answers are not right. "
        f"With all answered {wording.number(risk[-1])}.",
        _SQUARE_INCHES,
        paint,
    )


def calibration_plot(bins: Sequence[Bin]) -> str:
    """How sure it was against how often it was right, with the answers in each bin."""

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        axes.plot(
            [one.confidence for one in bins],
            [one.right for one in bins],
            color=FIRST,
            linewidth=0.6,
        )
        for one in bins:
            axes.plot([one.confidence] * 2, _likely_share(one), color=FIRST, linewidth=1.6)
            axes.plot(one.confidence, one.right, "o", color=FIRST, markersize=5)
        _count_bins(axes, bins)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.12), yticks=[0, 0.2, 0.4, 0.6, 0.8, 1])
        axes.set_xlabel("confidence, mean of the bin (0 to 1)")
        axes.set_ylabel("share right, 95 % interval (0 to 1)")

    total = sum(one.n for one in bins)
    return draw(
        f"Calibration (n = {total:,} in {wording.counted(len(bins), 'bin')})",
        "On the dashed diagonal confidence is exactly the share that is right. "
        + "; ".join(f"{one.confidence:.2f}: {one.right:.2f} of {one.n}" for one in bins),
        _SQUARE_INCHES,
        paint,
    )


def slices_plot(slices: Sequence[Slice], measure: str, title: str) -> str:
    """One measure by slice, with intervals; slices that do not have it are left out."""
    rows = [(one, one.measures[measure]) for one in slices if measure in one.measures]
    rows = rows[:_MOST_ROWS]

    def paint(axes: Axes) -> None:
        for place, (_one, estimate) in enumerate(rows):
            draw_estimate(axes, estimate, place, FIRST)
        labels = [f"{wording.clipped(one.value, _LABEL_CHARS)} ({e.n})" for one, e in rows]
        set_rows(axes, labels)
        axes.set_xlim(0, 1)
        axes.set_xlabel(f"{measure} (0 to 1), 95 % interval", loc="right")

    return draw(
        f"{measure} {title[0].lower()}{title[1:]} (n questions)",
        "; ".join(f"{one.value}: {wording.number(e.value)}, n = {e.n}" for one, e in rows),
        rows_height(len(rows)),
        paint,
    )


def latency_plot(timings: Timings) -> str:
    """The percentiles of each step, on a logarithmic axis: steps differ a thousandfold."""
    steps = list(timings.percentiles_ms.items())
    styles = (("p50", "o", FIRST), ("p90", "D", SECOND), ("p99", "|", INK))

    def paint(axes: Axes) -> None:
        for place, (_step, values) in enumerate(steps):
            drawn = [max(values[name], 0.001) for name, _, _ in styles if name in values]
            if drawn:
                axes.plot([min(drawn), max(drawn)], [place, place], color=MUTED, linewidth=1)
        for name, marker, colour in styles:
            points = [
                (max(v[name], 0.001), place) for place, (_, v) in enumerate(steps) if name in v
            ]
            if points:
                axes.plot(
                    *zip(*points, strict=True),
                    marker,
                    color=colour,
                    label=name,
                    markersize=9 if marker == "|" else 5,
                    markeredgewidth=1.6 if marker == "|" else 0.5,
                )
        set_rows(axes, [wording.step_name(step) for step, _ in steps])
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xlabel("milliseconds, logarithmic", loc="right")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)

    return draw(
        "Latency by step (ms)",
        "; ".join(
            f"{wording.step_name(step)}: "
            + ", ".join(f"{name} {value:.1f} ms" for name, value in values.items())
            for step, values in steps
        ),
        rows_height(len(steps)) + 0.3,
        paint,
    )


def sweep_plot(points: Sequence[SweepPoint]) -> str:
    """Quality against latency, each setting named; those that no other beats in both are joined."""
    ordered = sorted(points, key=lambda point: (point.latency_p50_ms, point.label))
    best = [point for point in ordered if not any(_beats(other, point) for other in ordered)]

    def paint(axes: Axes) -> None:
        axes.plot(
            [point.latency_p50_ms for point in best],
            [point.quality.value for point in best],
            color=FIRST,
            linewidth=1,
        )
        for number, point in enumerate(ordered, 1):
            _draw_setting(axes, point, number, is_best=point in best)
        axes.margins(x=0.08, y=0.1)
        axes.set_xlabel("latency, p50 (ms)")
        axes.set_ylabel("nDCG@10 (0 to 1), 95 % interval")
        _list_settings(axes, ordered)

    n = max((point.quality.n for point in points), default=0)
    return draw(
        f"Quality and latency (n = {n:,} questions)",
        "; ".join(
            f"{p.label}: nDCG@10 {wording.number(p.quality.value)}, {p.latency_p50_ms:.1f} ms"
            for p in ordered
        ),
        _SQUARE_INCHES + 0.4 + 0.18 * len(ordered),
        paint,
    )


def draw_estimate(axes: Axes, estimate: Estimate, place: float, colour: str) -> None:
    """A value at a row, with its interval where there is one."""
    if estimate.low is not None and estimate.high is not None:
        axes.plot([estimate.low, estimate.high], [place, place], color=colour, linewidth=1.6)
    axes.plot(estimate.value, place, "o", color=colour, markersize=5)


def set_rows(axes: Axes, labels: Sequence[str]) -> None:
    """Names the rows, the first on top."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(visible=False, axis="y")


def rows_height(rows: int) -> float:
    """Inches that a plot of so many rows needs, its title and axis included."""
    return 1.0 + 0.24 * max(rows, 1)


def _likely_share(one: Bin) -> tuple[float, float]:
    """The 95 % interval of Wilson (1927) for the share that is right."""
    z, n, share = 1.96, max(one.n, 1), one.right
    middle = share + z**2 / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


def _count_bins(axes: Axes, bins: Sequence[Bin]) -> None:
    """The number of each bin along the top; where bins crowd, only those that have room."""
    last = -1.0
    for one in bins:
        if one.confidence - last >= 0.075:
            axes.text(
                one.confidence, 1.06, f"{one.n:,}", ha="center", va="center", fontsize=9,
                color=MUTED,
            )  # fmt: skip
            last = one.confidence


def _draw_setting(axes: Axes, point: SweepPoint, number: int, *, is_best: bool) -> None:
    colour = FIRST if is_best else MUTED
    at, quality = point.latency_p50_ms, point.quality
    if quality.low is not None and quality.high is not None:
        axes.plot([at, at], [quality.low, quality.high], color=colour, linewidth=1)
    axes.plot(at, quality.value, "o" if is_best else "s", color=colour, markersize=5)
    axes.annotate(
        str(number), (at, quality.value), xytext=(5, 3), textcoords="offset points", fontsize=9
    )


def _list_settings(axes: Axes, ordered: Sequence[SweepPoint]) -> None:
    """The labels below the plot: on the points they would lie over each other."""
    lines = [f"{n}: {wording.clipped(p.label, 60)}" for n, p in enumerate(ordered, 1)]
    axes.annotate(
        "\n".join(lines), (0, 0), xycoords="axes fraction", xytext=(0, -42),
        textcoords="offset points", va="top", fontsize=9, linespacing=1.4, color=INK,
    )  # fmt: skip


def _beats(other: SweepPoint, point: SweepPoint) -> bool:
    mine = (point.quality.value, -point.latency_p50_ms)
    theirs = (other.quality.value, -other.latency_p50_ms)
    return theirs != mine and theirs[0] >= mine[0] and theirs[1] >= mine[1]
