"""Reports as Markdown: read in a terminal and in a code review."""

import json
from collections.abc import Iterable, Sequence

from eval.reporting import wording
from eval.reporting.gaps import (
    NO_GAPS,
    counts_sentence,
    nearest_titles,
    owners,
    reasons_sentence,
)
from eval.results import Comparison, Moved, Provenance, Report, Slice, Timings
from service.gaps.schemas import Gap

_WORST = 20
_SLICES = 12
_TEXT_CHARS = 90


def headline_markdown(report: Report) -> str:
    """The measures, and whether anything leaked or was misquoted: for a terminal, not escaped."""
    sentences = (wording.leaks_sentence(report), wording.quotes_sentence(report))
    return "\n\n".join([_measures_table(report), *sentences])


def report_markdown(
    report: Report, timings: Timings | None = None, gaps: Sequence[Gap] | None = None
) -> str:
    """A report's numbers and its worst questions.

    `timings` None leaves latency out, `gaps` None the knowledge gaps.
    """
    parts = [
        f"# Evaluation of {inline(report.provenance.set_name)}",
        _opening(report),
        f"{inline(wording.leaks_sentence(report))}\n\n{inline(wording.quotes_sentence(report))}",
        f"## Measures\n\n{_measures_table(report)}",
        _verdicts(report),
        _confidence(report),
        _slices(report),
        _worst(report),
        _gaps(gaps),
        _latency(timings),
        _listed("Skipped", report.skipped),
        _provenance("Provenance", report.provenance),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def comparison_markdown(comparison: Comparison) -> str:
    """What changed between two runs, whether the gate holds, and which questions moved."""
    name = inline(comparison.second.set_name)
    parts = [
        f"# Comparison on {name}",
        f"{wording.counted(comparison.topics, 'question')} in both runs. Differences are second "
        "minus first.",
        _gate(comparison),
        _listed("What differs", comparison.changed) or "## What differs\n\nNothing.",
        _differences(comparison),
        _moved("Questions that got worse", comparison.worse),
        _moved("Questions that got better", comparison.better),
        _listed("Only in the first run", _some(comparison.only_first)),
        _listed("Only in the second run", _some(comparison.only_second)),
        _provenance("Provenance of the first", comparison.first),
        _provenance("Provenance of the second", comparison.second),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def aligned_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, text: set[int] | None = None
) -> str:
    """A table whose columns line up as plain text too.

    The columns in `text` (by place; the first, if not given) are set left, the others right.
    """
    left = {0} if text is None else text
    cells = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(3, *(len(row[at]) for row in cells)) for at in range(len(head))]
    lines = [
        "| " + " | ".join(
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ) + " |"
        for row in cells
    ]  # fmt: skip
    rule = "|".join(
        "-" * (width + 2) if at in left else "-" * (width + 1) + ":"
        for at, width in enumerate(widths)
    )
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]])


def _opening(report: Report) -> str:
    made = report.provenance
    gold = " The judged documents were taken out of the index." if made.without_gold else ""
    return (
        f"{wording.counted(report.topics, 'question')}, {report.answerable:,} of them answerable, "
        f"over {wording.counted(made.documents, 'document')} in "
        f"{wording.counted(made.chunks, 'chunk')}. Retrieval: {inline(made.retrieval)}. "
        f"Answers below a confidence of {made.threshold:.2f} are refused.{gold}"
    )


def _measures_table(report: Report) -> str:
    rows = [
        (name, wording.number(e.value, name), wording.interval(e, name), f"{e.n:,}")
        for name, e in report.measures.items()
    ]
    head = ("measure", "value", "95 % interval", "questions")
    return aligned_table(head, rows) if rows else "Nothing was measured."


def _verdicts(report: Report) -> str:
    rows = [
        (one.verdict, f"{one.count:,}", wording.percent(one.share), one.meaning)
        for one in wording.verdict_counts(report.confusion)
    ]
    table = aligned_table(("verdict", "questions", "share", "meaning"), rows, text={0, 3})
    return f"## Verdicts\n\n{table}"


def _confidence(report: Report) -> str:
    if not report.calibration:
        return ""
    rows = [
        (f"{one.low:.2f} … {one.high:.2f}", f"{one.n:,}", f"{one.confidence:.3f}",
         f"{one.right:.3f}")
        for one in report.calibration
    ]  # fmt: skip
    head = ("confidence", "questions", "mean confidence", "share right")
    return "## Confidence\n\n" + aligned_table(head, rows)


def _slices(report: Report) -> str:
    measures = wording.slice_measures(report)
    parts = []
    for dimension, title in wording.DIMENSIONS.items():
        rows = [
            (
                inline(one.value),
                f"{one.topics:,}",
                *(
                    wording.number(one.measures[m].value) if m in one.measures else wording.NONE
                    for m in measures
                ),
            )
            for one in _largest(report, dimension)
        ]
        if rows:
            table = aligned_table((dimension, "questions", *measures), rows)
            more = sum(one.dimension == dimension for one in report.slices) - len(rows)
            rest = f"\n\nAnd {more} with fewer questions: report.html has them." if more else ""
            parts.append(f"### {title}\n\n{table}{rest}")
    return "## Slices\n\n" + "\n\n".join(parts) if parts else ""


def _largest(report: Report, dimension: str) -> list[Slice]:
    """The slices with the most questions, in their own order."""
    there = [one for one in report.slices if one.dimension == dimension]
    kept = sorted(there, key=lambda one: -one.topics)[:_SLICES]
    return [one for one in there if one in kept]


def _worst(report: Report) -> str:
    asked = wording.worst(report, _WORST)
    if not asked:
        return "## Worst questions\n\nNothing went wrong."
    measure = wording.main_measure(report.measures)
    lines = []
    for place, one in enumerate(asked, 1):
        value = one.measures.get(measure)
        shown = "" if value is None else f", {measure} {wording.number(value)}"
        trouble = inline("; ".join(one.trouble) or "nothing more is known")
        lines.append(
            f"{place}. **{_clipped(one.question)}** ({inline(one.query_id)})\n"
            f"   {one.verdict}{shown}: {trouble}"
        )
    return "## Worst questions\n\n" + "\n".join(lines)


def _gaps(gaps: Sequence[Gap] | None) -> str:
    if gaps is None:
        return ""
    if not gaps:
        return f"## Knowledge gaps\n\n{NO_GAPS}"
    lines = [
        f"{place}. **{_clipped(gap.question)}** ({inline(gap.gap_id)})\n"
        f"   {inline(counts_sentence(gap))} {inline(reasons_sentence(gap))} "
        f"Weeks: {' '.join(map(str, gap.weeks))}. "
        f"Nearest: {inline(nearest_titles(gap))}. Ask: {inline(owners(gap))}."
        for place, gap in enumerate(gaps, 1)
    ]
    return "## Knowledge gaps\n\n" + "\n".join(lines)


def _latency(timings: Timings | None) -> str:
    if timings is None:
        return ""
    names = list(dict.fromkeys(n for values in timings.percentiles_ms.values() for n in values))
    rows = [
        (
            wording.step_name(step),
            *(f"{values[n]:.1f}" if n in values else wording.NONE for n in names),
        )
        for step, values in timings.percentiles_ms.items()
    ]
    run = f"The run took {timings.seconds:.1f} s. Machine: {inline(timings.machine)}."
    table = "\n\n" + aligned_table(("step (ms)", *names), rows) if rows else ""
    return f"## Latency\n\n{run}{table}"


def _gate(comparison: Comparison) -> str:
    if not comparison.gate:
        return ""
    lines = [
        f"- {'holds' if one.holds else '**FAILS**'}: `{one.condition}`: {inline(one.reason)}"
        for one in comparison.gate
    ]
    return f"**{wording.gate_sentence(comparison)}**\n\n" + "\n".join(lines)


def _differences(comparison: Comparison) -> str:
    rows = [
        (
            one.measure,
            wording.number(one.first, one.measure),
            wording.number(one.second, one.measure),
            wording.signed(one.difference.value, one.measure),
            wording.interval(one.difference, one.measure, is_difference=True),
            wording.probability(one.p_corrected),
            f"{one.better} / {one.worse} / {one.equal}",
            wording.reading(one),
        )
        for one in comparison.differences
    ]
    head = ("measure", "first", "second", "difference", "95 % interval", "p (Holm)",
            "better / worse / equal", "second is")  # fmt: skip
    table = aligned_table(head, rows, text={0, 7}) if rows else "No measure is in both runs."
    return f"## Differences\n\n{table}"


def _moved(title: str, moved: Sequence[Moved]) -> str:
    if not moved:
        return f"## {title}\n\nNone."
    lines = [
        f"{place}. **{_clipped(one.question)}** ({inline(one.query_id)})\n"
        f"   {one.measure} {wording.number(one.first)} → {wording.number(one.second)}; "
        f"{one.first_verdict} → {one.second_verdict}"
        for place, one in enumerate(moved[:_WORST], 1)
    ]
    more = len(moved) - len(lines)
    rest = f"\n\nAnd {more:,} more." if more else ""
    return f"## {title} ({len(moved):,})\n\n" + "\n".join(lines) + rest


def _provenance(title: str, made: Provenance) -> str:
    rows = [
        (name, inline(str(value)))
        for name, value in made.model_dump(mode="json", exclude={"config"}).items()
    ]
    config = json.dumps(made.config, indent=2, ensure_ascii=False, sort_keys=True)
    # Indented, not fenced: no text of a setting can end the block.
    block = "\n".join(f"    {line}" for line in config.splitlines())
    return f"## {title}\n\n{aligned_table(('what', 'value'), rows, text={0, 1})}\n\n{block}"


def _listed(title: str, lines: Sequence[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {inline(line)}" for line in lines) if lines else ""


def _some(ids: Sequence[str]) -> Sequence[str]:
    more = len(ids) - _WORST
    return [*ids[:_WORST], f"and {more:,} more"] if more > 0 else ids


def _clipped(text: str) -> str:
    return inline(wording.clipped(text, _TEXT_CHARS))


def inline(text: str) -> str:
    """Text of a document or question as it is, in one line: no markup of its own comes through."""
    line = " ".join(text.split())
    return "".join(f"\\{char}" if char in "\\`*<[|" else char for char in line)
