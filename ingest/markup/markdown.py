"""Markdown -> headings and blocks by line, with markdown-it's block rules."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin

from index.plaintext import plain
from index.types import BlockKind
from ingest.markup.lines import Lines
from ingest.markup.structure import Heading, LineBlock

_KINDS: dict[str, BlockKind] = {
    "bullet_list": "list",
    "ordered_list": "list",
    "dl": "list",
    "list_item": "item",
    "dt": "item",
    "dd": "item",
    "table": "table",
    "tr": "row",
    "fence": "code",
    "code_block": "code",
}
_HTML_HEADING = re.compile(r"<h([1-6])(\s[^<>]*)?>", re.IGNORECASE)
_HTML_HEADING_LINES = 6  # a heading that is not closed after so many lines is not one
_GIVEN = r"\b(?:id|name)\s*=\s*[\"']?([^\"'\s>]+)"
_ID = re.compile(_GIVEN, re.IGNORECASE)
_ANCHOR_ID = re.compile(rf"<a\s(?:[^<>]*\s)?{_GIVEN}[^<>]*>", re.IGNORECASE)
_ANCHOR_LINE = re.compile(
    rf"[ \t]*<a\s(?:[^<>]*\s)?{_GIVEN}[^<>]*>[ \t]*(?:</a>)?[ \t]*$", re.IGNORECASE
)
_ATTRIBUTE_ID = re.compile(r"\{:?[^{}\n]*?#([^\s{}#]+)[^{}\n]*\}\s*$", re.MULTILINE)


def markdown_structure(
    lines: Lines, *, skip: int, is_html: bool
) -> tuple[list[Heading], list[LineBlock]]:
    """Headings and top-level blocks.

    Args:
        lines: the whole text.
        skip: lines at the top that are not Markdown (front matter).
        is_html: whether indentation is only HTML's, not a mark of code.
    """
    seen = [""] * skip + lines.normalised()[skip:]
    if is_html:
        seen = [line.lstrip() for line in seen]
    root = SyntaxTreeNode(_parser().parse("\n".join(seen)))
    headings: list[Heading] = []
    blocks: list[LineBlock] = []
    for node in _top_level(root.children):
        if node.map is None:
            continue
        if node.type == "heading":
            headings.append(_heading(seen, int(node.tag[1]), *node.map))
            continue
        if node.type == "html_block":
            headings += _html_headings(seen, *node.map)
        blocks.append(_block(seen, node, *node.map))
    return headings, blocks


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table").use(deflist_plugin).use(admon_plugin)
    parser.use(container_plugin, name="any", validate=lambda *_: True)
    # Inline markup is read from the source (`index.plaintext`); parsing it takes half the time.
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _top_level(nodes: Sequence[SyntaxTreeNode]) -> Iterator[SyntaxTreeNode]:
    """The nodes, and those of containers with headings: a container may stay open to the end."""
    for node in nodes:
        if node.type == "container_any" and any(c.type == "heading" for c in node.children):
            yield from _top_level(node.children)
        else:
            yield node


def _heading(seen: Sequence[str], level: int, first: int, end: int) -> Heading:
    source = "\n".join(seen[first:end])
    text = " ".join(plain(source, "markdown").split())
    given = _ATTRIBUTE_ID.search(source) or _ANCHOR_ID.search(source)
    begins, above = _anchors_above(seen, first)
    return Heading(level, text, first, end, begins, given[1] if given else above)


def _anchors_above(seen: Sequence[str], first: int) -> tuple[int, str]:
    """Where the lines of anchors above a heading begin, and the id that is nearest to it."""
    begins, explicit_id = first, ""
    for number in range(first - 1, -1, -1):
        if not seen[number].strip():
            continue
        found = _ANCHOR_LINE.match(seen[number])
        if not found:
            break
        begins, explicit_id = number, explicit_id or found[1]
    return begins, explicit_id


def _html_headings(seen: Sequence[str], first: int, end: int) -> Iterator[Heading]:
    number = first
    while number < end:
        found = _HTML_HEADING.search(seen[number])
        stop = _closing_line(seen, number, end, found[1]) if found else None
        if found and stop is not None:
            source = "\n".join(seen[number:stop])
            text = " ".join(plain(source, "markdown").split())
            given = _ID.search(found[2] or "") or _ANCHOR_ID.search(source)
            begins, above = _anchors_above(seen, number)
            yield Heading(int(found[1]), text, number, stop, begins, given[1] if given else above)
        number = stop or number + 1


def _closing_line(seen: Sequence[str], first: int, end: int, level: str) -> int | None:
    for number in range(first, min(end, first + _HTML_HEADING_LINES)):
        if f"</h{level}>" in seen[number].lower():
            return number + 1
    return None


def _block(seen: Sequence[str], node: SyntaxTreeNode, first: int, end: int) -> LineBlock:
    end = max(end, first + 1)  # a term of a definition list says that it has no lines
    if node.type == "container_any" and end < len(seen) and seen[end].lstrip().startswith(":::"):
        end += 1  # the closing fence, which the plugin leaves out
    if node.type == "table":
        return LineBlock("table", first, end, _rows(first, end))
    inner = [child for child in node.children if child.map and child.type != "inline"]
    children = tuple(_block(seen, child, *child.map) for child in inner if child.map)
    kind = _KINDS.get(node.type, "paragraph")
    return LineBlock(kind, first, end, children if kind != "code" else ())


def _rows(first: int, end: int) -> tuple[LineBlock, ...]:
    """One row a line; the header keeps the line of dashes below it."""
    starts = [first, *range(first + 2, end)]
    return tuple(
        LineBlock("row", start, stop)
        for start, stop in zip(starts, [*starts[1:], end], strict=True)
    )
