"""How results look on a terminal, or as plain lines where there is none."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.console import err as err
from cli.console import indented, line, milliseconds, path, shortened, where
from cli.console import out as out
from cli.console import safe as safe
from index.repair import Problem
from index.store import PutReport
from service.operator_schemas import SourceStatus, Status, SyncReport
from service.schemas import Hits

_NAMED: Final = 20  # documents; --json names all


def print_hits(console: Console, found: Hits) -> None:
    """The ranking, one hit after the other."""
    if not found.hits:
        console.print("Nothing was found.")
    for rank, hit in enumerate(found.hits, 1):
        console.print(line(f"{rank}. ", path(hit.title, hit.headings)))
        signals = ", ".join(f"{name} {score:.2f}" for name, score in hit.signals.items())
        indented(console, f"{hit.score:.3f} ({signals}) · {where(hit)}", style="dim")
        indented(console, shortened(hit.text))
        console.print()
    console.print(Text(milliseconds(found.timings_ms), style="dim"))


def print_reports(console: Console, reports: Sequence[SyncReport]) -> None:
    """What each run did, or with a plan, what it would do."""
    for report in reports:
        took = (report.finished_at - report.started_at).total_seconds()
        console.print(line(f"{report.source}: ", f"{_counts(report)}, in {took:.1f} s"))
        _print_skipped(console, report)
        if report.plan:
            _print_named(console, "would add", report.plan.added)
            _print_named(console, "would change", report.plan.changed)
            _print_named(console, "would delete", report.plan.deleted)
        for note in report.notes:
            console.print(Text(f"  {safe(note)}", style="yellow"))
        if report.error:
            console.print(Text(f"  failed: {safe(report.error)}", style="red"))


def print_status(console: Console, status: Status) -> None:
    """The index, its sources as a table, and what is wrong with them."""
    index = status.index
    console.print(line("index: ", index.data_dir))
    size = f"{index.documents:,} documents, {index.chunks:,} chunks, {index.bytes / 1e6:,.1f} MB"
    console.print(f"  {size}")
    console.print(f"  model {index.model}, chunker {index.chunker}")
    if status.sources:
        console.print()
        console.print(_table(status.sources))
    for source in status.sources:
        _print_notes(console, source)
    for problem in status.problems:
        console.print(Text(safe(problem), style="yellow"))


def print_problems(
    console: Console, found: Sequence[Problem], left: Sequence[Problem], *, repaired: bool
) -> None:
    """What the stores disagreed on, how that is mended, and what is left after it."""
    for problem in found:
        console.print(Text(f"{problem.store}: {safe(problem.what)}", style="red"))
        console.print(f"  {'repair' if repaired else 'would repair'}: {problem.repair}")
    for problem in left if repaired else ():
        console.print(Text(f"{problem.store}: still {safe(problem.what)}", style="red"))
    if not left:
        console.print("The catalog, the vectors and the terms agree.")
    elif not repaired:
        console.print("`answerable doctor --repair` mends this.")


def print_rebuilt(console: Console, done: PutReport) -> None:
    """What a rebuild wrote."""
    console.print(
        f"{done.documents:,} documents, {done.chunks:,} chunks, of which {done.embedded:,} had to "
        "be embedded"
    )


def _table(sources: Sequence[SourceStatus]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("source", "kind"):
        table.add_column(name)
    for name in (
        "documents",
        "listed",
        "indexed",
        "failed",
        "last success",
        "next run",
        "requests",
    ):
        table.add_column(name, justify="right")
    for source in sources:
        run = source.last_run
        table.add_row(
            Text(safe(source.source), style="bold"),
            source.kind or "-",
            f"{source.documents:,}",
            *([f"{run.listed:,}", f"{run.indexed:,}", f"{len(run.held):,}"] if run else "---"),
            "-" if source.lag_seconds is None else f"{_duration(source.lag_seconds)} ago",
            _next_run(source),
            _requests(run),
        )
    return table


def _print_notes(console: Console, source: SourceStatus) -> None:
    notes = [*_notes(source)]
    held = source.last_run.held if source.last_run else {}
    if not notes and not held:
        return
    console.print()
    console.print(line("", source.source))
    for note, style in notes:
        console.print(Text(f"  {safe(note)}", style=style))
    named = [
        f"{doc_id}: {one.reason} ({one.runs:,}×, since {_moment(one.since)})"  # noqa: RUF001
        for doc_id, one in held.items()
    ]
    _print_named(console, "skipped", named)


def _notes(source: SourceStatus) -> Iterator[tuple[str, str]]:
    if not source.configured:
        count = f"{source.documents:,} documents"
        yield f"not configured: {count}; `answerable forget {source.source}` erases them", ""
    if running := source.running:
        so_far = (
            f"{running.listed:,} listed, {running.indexed:,} indexed, {running.chunks:,} chunks"
        )
        yield f"running since {_moment(running.started_at)}: {so_far}", ""
    if source.last_run:
        run = source.last_run
        yield f"last run {_moment(run.finished_at)}: {_counts(run)}", ""
        yield from ((note, "yellow") for note in run.notes)
    elif source.configured:
        yield "never ingested", ""
    if source.withheld:
        yield f"withheld: {source.withheld_because}", "red"
    if source.error:
        yield f"failed: {source.error}", "red"


def _next_run(source: SourceStatus) -> str:
    if source.running:
        return "now"
    if source.next_run_at is None:
        return "-"
    seconds = (source.next_run_at - datetime.now(UTC)).total_seconds()
    return f"in {_duration(seconds)}" if seconds > 0 else "waits"


def _requests(run: SyncReport | None) -> str:
    if run is None or "requests" not in run.counters:
        return "-"
    return f"{run.counters['requests']:,} ({run.counters.get('not_modified', 0):,} not modified)"


def _duration(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def _print_skipped(console: Console, report: SyncReport) -> None:
    _print_named(
        console, "skipped", [f"{doc_id}: {reason}" for doc_id, reason in report.skipped.items()]
    )


def _print_named(console: Console, what: str, names: Sequence[str]) -> None:
    for name in names[:_NAMED]:
        console.print(Text(f"  {what} {safe(name)}"))
    if len(names) > _NAMED:
        console.print(f"  {what} {len(names) - _NAMED:,} more; --json names them")


def _counts(report: SyncReport) -> str:
    if report.plan:
        plan = report.plan
        return (
            f"{report.listed:,} listed; would add {len(plan.added):,}, change "
            f"{len(plan.changed):,}, delete {len(plan.deleted):,}"
        )
    return (
        f"{report.listed:,} listed, {report.indexed:,} indexed, {report.unchanged:,} unchanged, "
        f"{report.deleted:,} deleted, {len(report.skipped):,} skipped, "
        f"{report.embedded:,} of {report.chunks:,} chunks embedded"
    )


def _moment(time: datetime) -> str:
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
