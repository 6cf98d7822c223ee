"""Tables of a Google Doc -> rows of Markdown, each cell on one line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.markup.docs_inline import FootnoteMark, Inline, Surroundings, inline, is_suggested_away
from ingest.markup.docs_lists import Numbering
from ingest.shapes import Json, child, children, word


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text on one line, and the footnotes that it refers to."""

    text: str
    footnotes: tuple[FootnoteMark, ...]


def rows(table: Json, around: Surroundings, numbering: Numbering) -> list[list[Cell]]:
    """The cells by row, all rows equally long; without suggested rows and cells."""
    found = [
        [
            _cell(children(cell, "content"), around, numbering)
            for cell in children(row, "tableCells")
            if not is_suggested_away(cell)
        ]
        for row in children(table, "tableRows")
        if not is_suggested_away(row)
    ]
    width = max((len(row) for row in found), default=0)
    return [row + [Cell("", ())] * (width - len(row)) for row in found]


def only_cell(table: Json) -> Sequence[Json] | None:
    """The content of a table of one cell: a box around code or text; None for other tables."""
    cells = [cell for row in children(table, "tableRows") for cell in children(row, "tableCells")]
    if len(cells) != 1 or is_suggested_away(cells[0]):
        return None
    return children(cells[0], "content")


def code_in(content: Sequence[Json], around: Surroundings) -> str | None:
    """The text of a box that holds nothing but code; None if it holds anything else."""
    if any("paragraph" not in element or "bullet" in _paragraph(element) for element in content):
        return None
    lines = [inline(_paragraph(element), around) for element in content]
    shown = [line for line in lines if line.raw.strip()]
    if not shown or not all(line.is_code and not line.footnotes for line in shown):
        return None
    return "\n".join(line.raw for line in lines).strip("\n")


def _paragraph(element: Json) -> Json:
    return child(element, "paragraph")


def _cell(content: Sequence[Json], around: Surroundings, numbering: Numbering) -> Cell:
    texts: list[str] = []
    footnotes: list[FootnoteMark] = []
    for mark, line in _lines(content, around, numbering):
        text = " ".join(line.markdown.split())
        if text:
            texts.append(f"{mark} {text}" if mark else text)
        footnotes += line.footnotes
    return Cell(" ".join(texts), tuple(footnotes))


def _lines(
    content: Sequence[Json], around: Surroundings, numbering: Numbering
) -> Iterator[tuple[str, Inline]]:
    """The paragraphs of a cell with the marks of list items; a table inside gives its cells'."""
    for element in content:
        if "paragraph" in element:
            paragraph = _paragraph(element)
            bullet = child(paragraph, "bullet")
            mark = numbering.mark(bullet) if word(bullet, "listId") else ""
            yield "•" if mark == "-" else mark, inline(paragraph, around)
        elif "table" in element and not is_suggested_away(child(element, "table")):
            for row in children(child(element, "table"), "tableRows"):
                for cell in children(row, "tableCells"):
                    if not is_suggested_away(row) and not is_suggested_away(cell):
                        yield from _lines(children(cell, "content"), around, numbering)
