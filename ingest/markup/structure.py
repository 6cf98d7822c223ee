"""Headings and blocks by line, as parsers find them -> sections that cover the text.

The parsers may overlook lines (docutils has no place for some nodes, link targets are nowhere in
Markdown's tokens); here every line that no block covers becomes a paragraph, so that nothing of a
document is lost whatever the parser made of it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.types import Block, BlockKind, Span
from ingest.markup.lines import Lines
from ingest.markup.parsed import ParsedSection


@dataclass(frozen=True, slots=True)
class LineBlock:
    """A block from line `first` up to, not including, `end`."""

    kind: BlockKind
    first: int
    end: int
    children: tuple["LineBlock", ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading with its adornments, on lines `first` up to `end`; its section begins at `begins`.

    `begins` is before `first` where labels or anchors of the heading stand on lines above it.
    """

    level: int
    text: str
    first: int
    end: int
    begins: int
    explicit_id: str = ""


def sections_of(
    lines: Lines, headings: Sequence[Heading], blocks: Sequence[LineBlock]
) -> tuple[ParsedSection, ...]:
    """Sections that partition the text, with blocks that cover all that is not blank."""
    blocks = _in_order(blocks)
    ends = [*(heading.begins for heading in headings), len(lines)]
    first = 0
    sections: list[ParsedSection] = []
    if lines.span(0, ends[0]) is not None or not headings:
        found = _blocks(lines, None, blocks, (0, ends[0]))
        sections.append(ParsedSection((), Span(0, lines.start(ends[0])), found))
        first = ends[0]
    path: list[Heading] = []
    for heading, end in zip(headings, ends[1:], strict=True):
        path = [above for above in path if above.level < heading.level] + [heading]
        span = Span(lines.start(first), lines.start(end))
        found = _blocks(lines, heading, blocks, (first, end))
        names = tuple(above.text for above in path)
        sections.append(ParsedSection(names, span, found, heading.explicit_id))
        first = end
    return tuple(sections)


def _in_order(blocks: Sequence[LineBlock]) -> list[LineBlock]:
    """The blocks sorted, none beginning before the end of the one before it."""
    ordered: list[LineBlock] = []
    done = 0
    for block in sorted(blocks, key=lambda block: (block.first, -block.end)):
        if cut := _clip(block, done, block.end):
            ordered.append(cut)
            done = cut.end
    return ordered


def _clip(block: LineBlock, first: int, end: int) -> LineBlock | None:
    if first <= block.first and block.end <= end:
        return block
    first, end = max(first, block.first), min(end, block.end)
    if first >= end:
        return None
    children = (_clip(child, first, end) for child in block.children)
    kept = tuple(child for child in children if child is not None)
    return replace(block, first=first, end=end, children=kept)


def _blocks(
    lines: Lines, heading: Heading | None, blocks: Sequence[LineBlock], extent: tuple[int, int]
) -> tuple[Block, ...]:
    """The blocks of the lines in `extent`: heading, what the parser found, and the rest."""
    first, end = extent
    own: list[LineBlock] = []
    body = first
    if heading is not None:
        own, body = [LineBlock("heading", heading.first, heading.end)], heading.end
    after = bisect_right(blocks, body, key=lambda block: block.end)
    until = bisect_left(blocks, end, key=lambda block: block.first)
    for block in blocks[after:until]:
        if cut := _clip(block, body, end):
            own.append(cut)
    filled = _with_uncovered(lines, own, extent)
    return tuple(built for block in filled if (built := _build(lines, block)) is not None)


def _with_uncovered(
    lines: Lines, blocks: Sequence[LineBlock], extent: tuple[int, int]
) -> Iterator[LineBlock]:
    done = extent[0]
    for block in blocks:
        yield from _paragraphs(lines, done, block.first)
        yield block
        done = block.end
    yield from _paragraphs(lines, done, extent[1])


def _paragraphs(lines: Lines, first: int, end: int) -> Iterator[LineBlock]:
    """One block for each run of lines that are not blank."""
    start: int | None = None
    for number in range(first, end):
        if lines.is_blank(number):
            if start is not None:
                yield LineBlock("paragraph", start, number)
            start = None
        elif start is None:
            start = number
    if start is not None:
        yield LineBlock("paragraph", start, end)


def _build(lines: Lines, block: LineBlock) -> Block | None:
    span = lines.span(block.first, block.end)
    if span is None:
        return None
    inner = [_clip(child, block.first, block.end) for child in block.children]
    children = _in_order([child for child in inner if child is not None])
    built = (_build(lines, child) for child in children)
    return Block(block.kind, span, tuple(child for child in built if child is not None))
