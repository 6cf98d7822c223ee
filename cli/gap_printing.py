"""How gaps look on a terminal."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli import printing
from service.gaps.schemas import Gap, GapList
from service.gaps.texts import reasons_text
from service.schemas import Nearest

_BARS: Final = "▁▂▃▄▅▆▇█"
_QUESTION_CHARS: Final = 60


def print_gaps(console: Console, found: GapList) -> None:
    """A row for each gap."""
    if not found.collects:
        console.print(
            "Nothing is collected: service.gaps.enabled or service.gaps.questions is off."
        )
    if not found.gaps:
        console.print("There are no gaps.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("id", "question"):
        table.add_column(column)
    for column in ("asked", "people"):
        table.add_column(column, justify="right")
    for column in ("why", "12 weeks", "last", "ask"):
        table.add_column(column)
    for gap in found.gaps:
        answered = " (answered meanwhile)" if gap.answered_meanwhile else ""
        table.add_row(
            gap.gap_id,
            _text(_clipped(gap.question) + answered),
            f"{gap.asked:,}",
            f"{gap.people:,}",
            ", ".join(reason.replace("_", " ") for reason in gap.reasons),
            sparkline(gap.weeks),
            f"{gap.last_asked:%Y-%m-%d}",
            _text(gap.ask[0] if gap.ask else ""),
        )
    console.print(table)
    if found.more:
        console.print(f"And {found.more:,} more; --limit shows them.")


def print_gap(console: Console, gap: Gap) -> None:
    """Everything about one."""
    console.print(_text(gap.question, "bold"))
    people = "one person" if gap.people == 1 else f"{gap.people:,} people"
    console.print(
        f"asked {gap.asked:,}x by {people}, {gap.first_asked:%Y-%m-%d} to "
        f"{gap.last_asked:%Y-%m-%d}  {sparkline(gap.weeks)}"
    )
    console.print(reasons_text(gap))
    if gap.answered_meanwhile:
        console.print("It gets an answer by now.")
    _print_list(console, "How it was asked:", (f"{p.asked}x {p.text}" for p in gap.phrasings))
    _print_list(console, "What askers said:", (f"{c.verdict}: {c.text}" for c in gap.comments))
    _print_list(console, "Cited or named:", map(_document, gap.cited))
    _print_list(console, "Nearest documents:", map(_document, gap.nearest))
    _print_list(console, "Whom to ask:", gap.ask)


def sparkline(counts: Sequence[int]) -> str:
    """A bar for each count, the highest as high as the line; a dot for none."""
    most = max(counts, default=0)
    return "".join(
        _BARS[max(0, round(count / most * len(_BARS)) - 1)] if count else "·" for count in counts
    )


def _print_list(console: Console, title: str, lines: Iterable[str]) -> None:
    shown = [_text(f"  - {line}") for line in lines]
    if shown:
        console.print(f"\n{title}")
        for line in shown:
            console.print(line)


def _document(document: Nearest) -> str:
    return f"{document.title}  {document.url}  ({document.doc_id})"


def _text(text: str, style: str = "") -> Text:
    return Text(printing.safe(text), style=style)


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUESTION_CHARS else line[: _QUESTION_CHARS - 1] + "…"
