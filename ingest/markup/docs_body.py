"""The content of one tab of a Google Doc -> lines of text, with their headings and blocks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from index.types import BlockKind
from ingest.markup.docs_inline import FootnoteMark, Inline, Surroundings, inline, is_suggested_away
from ingest.markup.docs_lists import Numbering
from ingest.markup.docs_tables import Cell, code_in, only_cell, rows
from ingest.markup.escaping import escaped, escaped_heading, escaped_start, fenced
from ingest.markup.structure import Heading, LineBlock
from ingest.shapes import Json, child, children, number, word

_HEADING: Final = re.compile(r"HEADING_([1-6])")
_MARKS_MAX: Final = 6
_INDENT: Final = "    "


@dataclass(slots=True)
class _Item:
    """A list item while its nested items are still being read."""

    level: int
    first: int
    end: int
    items: list["_Item"] = field(default_factory=list)

    def block(self) -> LineBlock:
        if not self.items:
            return LineBlock("item", self.first, self.end)
        nested = _list_block(self.items)
        own = LineBlock("paragraph", self.first, nested.first)
        return LineBlock("item", self.first, nested.end, (own, nested))


def _list_block(items: Sequence[_Item]) -> LineBlock:
    blocks = tuple(item.block() for item in items)
    return LineBlock("list", blocks[0].first, blocks[-1].end, blocks)


class TabText:
    """Writes a tab behind what is written already, in the order in which it is read."""

    def __init__(
        self,
        around: Surroundings,
        lines: list[str],
        headings: list[Heading],
        blocks: list[LineBlock],
    ) -> None:
        self._around = around
        self._lines, self._headings, self._blocks = lines, headings, blocks
        self._numbering = Numbering(child(around.tab, "lists"))
        self._shift = 0
        self._list_id = ""
        self._roots: list[_Item] = []
        self._open: list[_Item] = []
        self._code: list[str] = []
        self._code_blank: list[str] = []
        self._footnotes: list[FootnoteMark] = []

    def add_title(self, title: str, level: int, depth: int) -> None:
        """The title of the tab as a heading above all of its own."""
        self._shift = depth + 1
        self._heading(escaped(" ".join(title.split())) or "Tab", level, depth + 1, "")

    def add(self, tab: Json) -> None:
        """Everything in the tab: page headers and footers first, then the body."""
        for segments in ("headers", "footers"):
            for segment in child(tab, segments).values():
                if isinstance(segment, dict):
                    self._page_margin(segment)
        self._elements(children(child(tab, "body"), "content"), in_box=False)
        self._end_block()

    def _page_margin(self, segment: Json) -> None:
        for element in children(segment, "content"):
            text = inline(child(element, "paragraph"), self._around)
            self._prose(text, "metadata")
            table = child(element, "table")
            if table and not is_suggested_away(table):
                self._table(table)

    def _elements(self, content: Sequence[Json], *, in_box: bool) -> None:
        for element in content:
            table = child(element, "table")
            if table and not is_suggested_away(table):
                self._end_block()
                self._table(table)
                self._end_block()
            elif "paragraph" in element:
                self._paragraph(child(element, "paragraph"), in_box=in_box)

    def _paragraph(self, paragraph: Json, *, in_box: bool) -> None:
        text = inline(paragraph, self._around)
        bullet = child(paragraph, "bullet")
        level = 0 if in_box else _level(paragraph)
        if level and text.markdown:
            self._end_block()
            self._heading_paragraph(paragraph, text, level)
        elif word(bullet, "listId"):
            self._end_code()
            self._item(bullet, text)
        elif not text.raw.strip() and not text.footnotes:
            self._blank(text)
        elif text.is_code and not text.footnotes:
            self._end_list()
            self._code += [*self._code_blank, text.raw]
            self._code_blank = []
        else:
            self._end_block()
            self._prose(text, "paragraph")
        if not self._open and not self._code:
            self._end_block()

    def _heading_paragraph(self, paragraph: Json, text: Inline, level: int) -> None:
        bullet = child(paragraph, "bullet")
        mark = self._numbering.mark(bullet) if word(bullet, "listId") else "-"
        line = " ".join(text.markdown.split())
        line = line if mark == "-" else f"{mark} {line}"
        heading_id = word(child(paragraph, "paragraphStyle"), "headingId")
        self._footnotes += text.footnotes
        self._heading(line, level, level + self._shift, heading_id)
        self._end_block()

    def _heading(self, line: str, level: int, marks: int, heading_id: str) -> None:
        at = len(self._lines)
        line = escaped_heading(line)
        self._lines += [f"{'#' * min(marks, _MARKS_MAX)} {line}", ""]
        self._headings.append(Heading(level, f"# {line}", at, at + 1, at, heading_id))

    def _prose(self, text: Inline, kind: BlockKind) -> None:
        if lines := [escaped_start(line) for line in text.markdown.split("\n") if line.strip()]:
            self._block(kind, lines)
        self._footnotes += text.footnotes

    def _blank(self, text: Inline) -> None:
        if self._code:
            self._code_blank.append(text.raw)
        else:
            self._end_block()

    def _item(self, bullet: Json, text: Inline) -> None:
        mark = self._numbering.mark(bullet)
        self._footnotes += text.footnotes
        if not text.markdown:
            return
        if word(bullet, "listId") != self._list_id:
            self._end_list()
        self._list_id = word(bullet, "listId")
        level = number(bullet, "nestingLevel")
        while self._open and self._open[-1].level >= level:
            self._open.pop()
        item = _Item(level, len(self._lines), len(self._lines))
        self._lines += _item_lines(mark, text, len(self._open))
        item.end = len(self._lines)
        (self._open[-1].items if self._open else self._roots).append(item)
        self._open.append(item)

    def _table(self, table: Json) -> None:
        box = only_cell(table)
        if box is not None:
            code = code_in(box, self._around)
            if code is None:
                self._elements(box, in_box=True)
            else:
                self._block("code", fenced(code))
            return
        found = rows(table, self._around, self._numbering)
        shown = [row for row in found if any(cell.text for cell in row)]
        for row in found:
            self._footnotes += [footnote for cell in row for footnote in cell.footnotes]
        if shown:
            self._rows(shown)

    def _rows(self, shown: Sequence[Sequence[Cell]]) -> None:
        first = len(self._lines)
        header, *rest = [f"| {' | '.join(cell.text for cell in row)} |" for row in shown]
        self._lines += [header, f"|{' --- |' * len(shown[0])}", *rest, ""]
        blocks = [LineBlock("row", first, first + 2)]
        blocks += [LineBlock("row", at, at + 1) for at in range(first + 2, len(self._lines) - 1)]
        self._blocks.append(LineBlock("table", first, len(self._lines) - 1, tuple(blocks)))

    def _block(self, kind: BlockKind, lines: Iterable[str]) -> None:
        first = len(self._lines)
        self._lines += lines
        self._blocks.append(LineBlock(kind, first, len(self._lines)))
        self._lines.append("")

    def _end_block(self) -> None:
        """Finish the list or code that is open; then come the footnotes that were met in it."""
        self._end_list()
        self._end_code()
        pending, self._footnotes = self._footnotes, []
        for footnote in pending:
            self._footnote(footnote)

    def _end_list(self) -> None:
        if self._roots:
            self._blocks.append(_list_block(self._roots))
            self._lines.append("")
        self._roots, self._open, self._list_id = [], [], ""

    def _end_code(self) -> None:
        if self._code:
            self._block("code", fenced("\n".join(self._code)))
        self._code, self._code_blank = [], []

    def _footnote(self, footnote: FootnoteMark) -> None:
        note = child(self._around.tab, "footnotes", footnote.footnote_id)
        found = [
            inline(child(element, "paragraph"), self._around)
            for element in children(note, "content")
        ]
        text = " ".join(" ".join(part.markdown.split()) for part in found).strip()
        if text:
            self._block("paragraph", [f"[^{footnote.label}]: {text}"])


def _level(paragraph: Json) -> int:
    style = word(child(paragraph, "paragraphStyle"), "namedStyleType")
    if style == "TITLE":
        return 1
    found = _HEADING.fullmatch(style)
    return int(found[1]) if found else 0


def _item_lines(mark: str, text: Inline, depth: int) -> list[str]:
    first, *rest = [line.strip() for line in text.markdown.split("\n") if line.strip()]
    inside = _INDENT * (depth + 1)
    return [
        f"{_INDENT * depth}{mark} {escaped_start(first)}",
        *(inside + escaped_start(line) for line in rest),
    ]
