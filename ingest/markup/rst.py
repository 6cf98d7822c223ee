"""ReStructuredText -> headings and blocks by line, with docutils' parser.

docutils decides what is a title, a list, a table, a directive, and where each begins; its inline
parser, its own directives (`include` and `raw` read files) and its transforms are not used.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, ClassVar

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Directive, Parser, directives
from docutils.parsers.rst.states import Inliner
from docutils.utils import new_document

from index.plaintext import plain
from index.types import BlockKind
from ingest.markup.lines import Lines
from ingest.markup.structure import Heading, LineBlock

_KINDS: dict[type[nodes.Node], BlockKind] = {
    nodes.bullet_list: "list",
    nodes.enumerated_list: "list",
    nodes.definition_list: "list",
    nodes.field_list: "list",
    nodes.option_list: "list",
    nodes.list_item: "item",
    nodes.definition_list_item: "item",
    nodes.field: "item",
    nodes.option_list_item: "item",
    nodes.literal_block: "code",
    nodes.doctest_block: "code",
    nodes.table: "table",
    nodes.row: "row",
}
_CODE = frozenset(
    {"code", "code-block", "sourcecode", "console", "literalinclude", "testcode", "testsetup"}
    | {"testoutput", "testcleanup", "doctest", "parsed-literal", "math", "productionlist"}
    | {"prompt", "raw"}
)
_ADMONITIONS = frozenset(
    {"note", "warning", "tip", "hint", "important", "caution", "danger", "attention", "error"}
    | {"seealso", "impl-detail", "epigraph", "highlights", "compound", "container"}
)
_NAME = re.compile(r"\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?([A-Za-z0-9][\w:.+-]*?)[ ]?::(?=\s|$)")
_LABEL = re.compile(r"\.\.[ \t]+_(?:`([^`\n]+)`|([^`\n][^\n]*?)):[ \t]*$")
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*\s*$")
_SILENT = 5  # docutils' level above "severe": nothing is printed, nothing stops the parser


class _AnyOptions(dict[str, Any]):
    """An option specification that knows every option."""

    def __missing__(self, name: str) -> Any:
        return directives.unchanged


class _Anything(Directive):
    """Any directive: its arguments are text, its content is RST."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = _AnyOptions()

    def run(self) -> list[nodes.Node]:
        node = nodes.container()
        node.line = self.lineno
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class _Admonition(_Anything):
    """A directive without arguments: the text on its first line is content."""

    optional_arguments = 0


class _Code(_Anything):
    """A directive whose content is not RST."""

    def run(self) -> list[nodes.Node]:
        node = nodes.literal_block()
        node.line = self.lineno
        return [node]


class _Verbatim(Inliner):
    """Leaves inline markup alone: roles may be anything, and their text is read elsewhere."""

    def init_customizations(self, settings: Any) -> None:
        """No patterns: nothing is searched for."""

    def adjust_uri(self, uri: str) -> str:
        """Targets as they are written."""
        return uri

    def parse(
        self,
        text: str,
        lineno: int,  # noqa: ARG002
        memo: Any,  # noqa: ARG002
        parent: nodes.Element,  # noqa: ARG002
    ) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The text as one node."""
        return [nodes.Text(text)], []


def rst_structure(lines: Lines) -> tuple[list[Heading], list[LineBlock]]:
    """Headings and top-level blocks.

    Raises:
        Exception: whatever docutils raises on a text that it cannot parse.
    """
    seen = [line.expandtabs(8).replace("\0", " ") for line in lines.normalised()]
    text = "\n".join(seen)
    for name in set(_NAME.findall(text)):
        _register(name.lower())
    document = new_document("", _settings())
    Parser(inliner=_Verbatim()).parse(text, document)
    top = list(_flat(document, 0))
    headings = [_heading(seen, title, level) for title, level in top if level]
    breaks = sorted([len(seen), *(heading.first for heading in headings)])
    found = [node for node, level in top if not level]
    return headings, _blocks(seen, found, breaks)


@cache
def _settings() -> Any:
    settings = get_default_settings(Parser)
    settings.report_level = settings.halt_level = _SILENT
    settings.file_insertion_enabled = settings.raw_enabled = False
    return settings


@cache
def _register(name: str) -> None:
    """Makes docutils know the directive, for the whole process: its table is global.

    All names are taken over, also those that docutils has: our classes read no files.
    """
    kind = _Code if name in _CODE else _Admonition if name in _ADMONITIONS else _Anything
    directives.register_directive(name, kind)


def _flat(parent: nodes.Element, depth: int) -> Iterator[tuple[nodes.Element, int]]:
    """Titles with their level, and all else outside of titles with level 0."""
    for node in parent.children:
        if isinstance(node, nodes.section):
            yield from _flat(node, depth + 1)
        elif isinstance(node, nodes.title):
            yield node, depth
        elif isinstance(node, nodes.Element) and not isinstance(node, nodes.system_message):
            yield node, 0


def _heading(seen: Sequence[str], title: nodes.Element, level: int) -> Heading:
    first, end = _title_lines(seen, title)
    begins, label = _labels_above(seen, first)
    text = " ".join(plain(title.rawsource, "rst").split())
    return Heading(level, text, first, end, begins, nodes.make_id(label))


def _title_lines(seen: Sequence[str], title: nodes.Element) -> tuple[int, int]:
    """The lines of a title with its adornments; docutils names one of them, not always the same."""
    near = max((title.line or 1) - 1, 0)
    wanted = title.rawsource.strip()
    for at in (near, near - 1, near + 1):
        if 0 <= at < len(seen) - 1 and seen[at].strip() == wanted and _is_adornment(seen[at + 1]):
            over = at > 0 and _is_adornment(seen[at - 1]) and seen[at - 1][0] == seen[at + 1][0]
            return (at - 1 if over else at), at + 2
    return near, min(near + 2, len(seen))


def _is_adornment(line: str) -> bool:
    return _ADORNMENT.match(line) is not None


def _labels_above(seen: Sequence[str], first: int) -> tuple[int, str]:
    """Where the labels (and index entries) above a heading begin, and the nearest label."""
    begins, label = first, ""
    for number in range(first - 1, -1, -1):
        line = seen[number]
        if found := _LABEL.match(line):
            begins, label = number, label or found[1] or found[2]
        elif line.startswith(".. index::"):
            begins = number
        elif line.strip() and not line.startswith(" "):
            break
    return begins, label


def _blocks(
    seen: Sequence[str], found: Sequence[nodes.Node], breaks: Sequence[int]
) -> list[LineBlock]:
    """The nodes as blocks: each ends where the next one or the next of `breaks` begins."""
    placed = [(line - 1, node) for node in found if (line := _line(node))]
    afters = [*(first for first, _ in placed[1:]), breaks[-1]]
    blocks: list[LineBlock] = []
    for (first, node), after in zip(placed, afters, strict=False):
        end = min(after, breaks[bisect_right(breaks, first)] if first < breaks[-1] else after)
        if first < end:
            blocks.append(_block(seen, node, first, end))
    return blocks


def _line(node: nodes.Node) -> int | None:
    """The line that the node begins on, from 1; that of its first child if it has none itself."""
    if isinstance(node, nodes.Element) and not node.line:
        return next((line for child in node.children if (line := _line(child))), None)
    return node.line


def _block(seen: Sequence[str], node: nodes.Node, first: int, end: int) -> LineBlock:
    kind = _KINDS.get(type(node), "paragraph")
    if isinstance(node, nodes.paragraph):
        end = next((n for n in range(first, end) if not seen[n].strip()), end)
    if kind == "code" or not isinstance(node, nodes.Element):
        return LineBlock(kind, first, end)
    if isinstance(node, nodes.table):
        return LineBlock(kind, first, end, _rows(node, first, end))
    inner = [child for child in node.children if isinstance(child, nodes.Element)]
    return LineBlock(kind, first, end, tuple(_blocks(seen, inner, [end])))


def _rows(table: nodes.table, first: int, end: int) -> tuple[LineBlock, ...]:
    """Rows from border to border; docutils only knows where the texts of their cells are."""
    lines = [line - 1 for row in table.findall(nodes.row) if (line := _line(row))]
    starts = [first, *(line for line in lines[1:] if first < line < end)]
    return tuple(
        LineBlock("row", start, stop)
        for start, stop in zip(starts, [*starts[1:], end], strict=True)
        if start < stop
    )
