"""A sweep as Markdown."""

from collections.abc import Sequence

from eval.reporting import wording
from eval.reporting.markdown import aligned_table
from eval.reporting.plots import SweepPoint


def sweep_markdown(set_name: str, points: Sequence[SweepPoint]) -> str:
    """A row for each setting, in the order given."""
    extra = list(dict.fromkeys(name for point in points for name in point.extra))
    head = ("setting", "nDCG@10", "95 % interval", *extra, "ask p50, ms")
    rows = [
        (
            point.label,
            wording.number(point.quality.value),
            wording.interval(point.quality),
            *(wording.number(point.extra[n]) if n in point.extra else "" for n in extra),
            f"{point.latency_p50_ms:.1f}",
        )
        for point in points
    ]
    return f"# Sweep on {set_name}\n\n{aligned_table(head, rows)}\n"
