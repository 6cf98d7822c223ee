"""Plain text: paragraphs between blank lines, and lists where every line says so."""

import re
from collections.abc import Iterator

from ingest.markup.lines import Lines
from ingest.markup.structure import LineBlock

_MARKER = re.compile(r"[ \t]*(?:[*+•-]|\d{1,3}[.)])[ \t]+\S")


def text_blocks(lines: Lines) -> list[LineBlock]:
    """Paragraphs and lists, in reading order."""
    return list(_blocks(lines))


def _blocks(lines: Lines) -> Iterator[LineBlock]:
    start = 0
    for number in range(len(lines) + 1):
        if number < len(lines) and not lines.is_blank(number):
            continue
        if start < number:
            yield _block(lines, start, number)
        start = number + 1


def _block(lines: Lines, first: int, end: int) -> LineBlock:
    if not _MARKER.match(lines.lines[first]):
        return LineBlock("paragraph", first, end)
    starts = [n for n in range(first, end) if _MARKER.match(lines.lines[n])]
    ends = [*starts[1:], end]
    items = [LineBlock("item", a, b) for a, b in zip(starts, ends, strict=True)]
    return LineBlock("list", first, end, tuple(items))
