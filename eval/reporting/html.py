"""Reports as one HTML file each: opens from disk, loads nothing, runs one script of our own."""

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eval.measure_names import LESS_IS_BETTER
from eval.reporting import comparison_plots, plots, wording
from eval.reporting.gaps import bars, reasons_sentence
from eval.reporting.payload import questions_json
from eval.reporting.plots import SweepPoint
from eval.results import Comparison, Provenance, Report, Slice, Timings
from service.gaps.schemas import Gap

_MOST_MOVED: Final = 100
"""Questions shown of those that moved one way; the comparison's JSON has them all."""

_PLOTTED: Final = (("source", "nDCG@10"), ("tag", "nDCG@10"), ("tag", "containment"))


def report_html(
    report: Report, timings: Timings | None = None, gaps: Sequence[Gap] | None = None
) -> str:
    """The page of a report; `timings` None leaves latency out, `gaps` None the knowledge gaps."""
    script = _resource("questions.js")
    verdicts = wording.verdict_counts(report.confusion)
    percentiles = [] if timings is None else list(timings.percentiles_ms.values())
    return _render(
        "report.html.j2",
        policy=_policy(script),
        script=Markup(script),  # noqa: S704 - our own file
        report=report,
        timings=timings,
        gaps=gaps,
        verdicts=verdicts,
        listed_verdicts=[one for one in verdicts if one.count],
        has_leaks=any(asked.leaked for asked in report.questions),
        has_invalid_quotes=any(
            asked.measures.get("quote-validity", 1) < 1 for asked in report.questions
        ),
        confidence_plots=_confidence_plots(report),
        slice_plots=_slice_plots(report),
        slices=_slices(report),
        slice_measures=wording.slice_measures(report),
        latency_plots=_drawn(plots.latency_plot(timings)) if timings and percentiles else [],
        percentiles=list(dict.fromkeys(name for values in percentiles for name in values)),
        questions=Markup(questions_json(report)),  # noqa: S704 - escaped there
    )


def comparison_html(comparison: Comparison) -> str:
    """The page of a comparison."""
    measure = wording.main_measure(
        one.measure for one in (*comparison.better, *comparison.worse)
    ) or wording.main_measure(one.measure for one in comparison.differences)
    drawn: list[Markup] = []
    if comparison.differences:
        drawn = _drawn(
            comparison_plots.differences_plot(comparison),
            comparison_plots.topics_plot(comparison, measure),
        )
    return _render(
        "comparison.html.j2",
        policy=_policy(),
        comparison=comparison,
        gate_fails=any(not one.holds for one in comparison.gate),
        plots=drawn,
        most_moved=_MOST_MOVED,
    )


def sweep_html(set_name: str, points: Sequence[SweepPoint]) -> str:
    """The page of a sweep: the plot, and a row for each setting in the order given."""
    return _render(
        "sweep.html.j2",
        policy=_policy(),
        set_name=set_name,
        points=points,
        plots=_drawn(plots.sweep_plot(points)) if points else [],
        extra=list(dict.fromkeys(name for point in points for name in point.extra)),
    )


def _render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(
        style=Markup(_resource("style.css")),  # noqa: S704 - our own file
        **values,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("eval.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        wording=wording,
        LESS_IS_BETTER=LESS_IS_BETTER,
        position=_position,
        facts=_facts,
        bars=bars,
        reasons_sentence=reasons_sentence,
        config_text=_config_text,
    )
    return environment


def _resource(name: str) -> str:
    return (files("eval.reporting") / "templates" / name).read_text("utf-8")


def _policy(script: str | None = None) -> str:
    """Nothing is loaded, sent or run but the page's own styles and the script with this hash."""
    allowed = "'none'"
    if script is not None:
        allowed = f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )


def _confidence_plots(report: Report) -> list[Markup]:
    answered = report.measures.get("answered")
    drawn: list[Markup] = []
    if report.risk_coverage:
        at = None if answered is None else answered.value
        n = area.n if (area := report.measures.get("AURC")) else None
        drawn += _drawn(plots.risk_coverage_plot(report.risk_coverage, at, n))
    if report.calibration:
        drawn += _drawn(plots.calibration_plot(report.calibration))
    return drawn


def _slice_plots(report: Report) -> list[Markup]:
    drawn: list[Markup] = []
    for dimension, measure in _PLOTTED:
        there = [
            one for one in report.slices if one.dimension == dimension and measure in one.measures
        ]
        if there:
            drawn += _drawn(plots.slices_plot(there, measure, wording.DIMENSIONS[dimension]))
    return drawn


def _slices(report: Report) -> list[tuple[str, list[Slice]]]:
    grouped = [
        (title, [one for one in report.slices if one.dimension == dimension])
        for dimension, title in wording.DIMENSIONS.items()
    ]
    return [(title, rows) for title, rows in grouped if rows]


def _drawn(*svgs: str) -> list[Markup]:
    return [Markup(svg) for svg in svgs]  # noqa: S704 - the plots escape what they name


def _position(value: float) -> str:
    """Where on an axis from 0 to 1, in per cent of its length."""
    return f"{100 * min(max(value, 0.0), 1.0):.1f}%"


def _facts(made: Provenance) -> Sequence[tuple[str, str]]:
    fields = made.model_dump(mode="json", exclude={"config"})
    return [(name.replace("_", " "), _fact(value)) for name, value in fields.items()]


def _fact(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return wording.NONE if value == "" else str(value)


def _config_text(made: Provenance) -> str:
    return json.dumps(made.config, indent=2, ensure_ascii=False, sort_keys=True)
