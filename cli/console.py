"""The terminal, or plain lines where there is none, and what lines are made of."""

import sys
import unicodedata
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from service.shapes import Place

_QUOTE_CHARS: Final = 280


def out() -> Console:
    """Standard output; lines are broken only where somebody sees them."""
    return _console(is_error=False)


def err() -> Console:
    """Standard error, for progress and for what went wrong."""
    return _console(is_error=True)


def safe(text: str) -> str:
    """Text without control characters: documents may not steer the terminal."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")


def indented(console: Console, text: str, style: str = "") -> None:
    """Print below something, moved to the right."""
    # Line by line: what is padded together is filled up to its longest line.
    for line in text.splitlines():
        console.print(Padding(Text(line, style=style), (0, 0, 0, 4), expand=False))


def line(lead: str, text: str) -> Text:
    """A line with a lead (number, name) in another colour."""
    return Text.assemble((lead, "cyan"), (safe(text), "bold"))


def path(title: str, headings: Sequence[str]) -> str:
    """Title and headings; a first heading that repeats the title is said once."""
    path = [title]
    path += [heading for heading in headings if heading != path[-1]]
    return " › ".join(path)  # noqa: RUF001 - the sign is meant


def where(place: Place) -> str:
    """The address, lines, day and status of a place, as far as known."""
    first, last = place.lines.first, place.lines.last
    lines = f"line {first}" if first == last else f"lines {first}–{last}"  # noqa: RUF001
    dated = place.updated_at.date().isoformat() if place.updated_at else ""
    return safe(" · ".join(x for x in (place.url, lines, dated, place.status) if x))


def shortened(text: str) -> str:
    """As much of a text as a list has room for."""
    text = safe(text).strip()
    return text if len(text) <= _QUOTE_CHARS else f"{text[:_QUOTE_CHARS].rstrip()} …"


def milliseconds(timings: dict[str, float]) -> str:
    """How long everything took, and each step of it."""
    steps = [
        f"{name.removesuffix('_ms')} {value:.1f}"
        for name, value in timings.items()
        if name != "total_ms"
    ]
    return f"{timings.get('total_ms', 0.0):.1f} ms ({', '.join(steps)})"


def _console(*, is_error: bool) -> Console:
    is_seen = (sys.stderr if is_error else sys.stdout).isatty()
    # No markup, no highlighting, no emoji codes: what is printed are other people's texts.
    return Console(
        stderr=is_error,
        markup=False,
        highlight=False,
        emoji=False,
        width=None if is_seen else 100_000,
    )
