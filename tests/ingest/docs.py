"""Small Google Docs for tests, and an independent walk over their JSON."""

import copy
from collections.abc import Iterator
from typing import Any

from index.types import Section
from ingest.markup.docs_json import ParsedDocs, parse_docs
from ingest.shapes import Json

ANY = dict[str, Any]
LEFT_OUT = ("suggestedInsertionIds", "suggestedDeletionIds")


def run(text: str, font: str = "", **more: Any) -> ANY:
    style: ANY = {"weightedFontFamily": {"fontFamily": font}} if font else {}
    style |= {"link": {"url": more.pop("link")}} if "link" in more else {}
    return {"textRun": {"content": text, "textStyle": style, **more}}


def para(*elements: ANY | str, style: str = "NORMAL_TEXT", **more: Any) -> ANY:
    """A paragraph; `heading_id` and `bullet=(list, level)` are optional."""
    runs = [run(one) if isinstance(one, str) else one for one in elements]
    about: ANY = {"namedStyleType": style}
    if heading_id := more.pop("heading_id", ""):
        about["headingId"] = heading_id
    if bullet := more.pop("bullet", None):
        more["bullet"] = {"listId": bullet[0], "nestingLevel": bullet[1]}
    return {"paragraph": {"elements": [*runs, run("\n")], "paragraphStyle": about, **more}}


def heading(text: str, level: int = 1, heading_id: str = "") -> ANY:
    return para(text, style=f"HEADING_{level}", heading_id=heading_id)


def code(*lines: str) -> list[ANY]:
    return [para(run(line, "Roboto Mono")) for line in lines]


def table(*rows: list[str | list[ANY]]) -> ANY:
    def cell(content: str | list[ANY]) -> ANY:
        return {"content": [para(content)] if isinstance(content, str) else content}

    return {"table": {"tableRows": [{"tableCells": [cell(c) for c in row]} for row in rows]}}


def levels(*glyphs: str) -> ANY:
    """A list's properties: a type of number for each level, or `-`."""
    styles = [
        {"glyphSymbol": "●"} if glyph == "-" else {"glyphType": glyph, "glyphFormat": f"%{n}."}
        for n, glyph in enumerate(glyphs)
    ]
    return {"listProperties": {"nestingLevels": styles}}


def tab(*content: ANY, title: str = "Tab 1", tab_id: str = "t.0", **more: Any) -> ANY:
    nested = more.pop("nested", [])
    return {
        "tabProperties": {"tabId": tab_id, "title": title},
        "documentTab": {"body": {"content": list(content)}, **more},
        "childTabs": nested,
    }


def doc(*content: ANY, **more: Any) -> ParsedDocs:
    return parse_docs({"documentId": "d1", "title": "Doc", "tabs": [tab(*content, **more)]})


def section(parsed: ParsedDocs, heading: str) -> str:
    """Text of the section with this heading."""
    found = [s.section for s in parsed.sections if s.section.headings[-1:] == (heading,)]
    assert len(found) == 1, f"{len(found)} sections {heading!r}"
    return found[0].span.of(parsed.text)


def tabs_of(document: Json, key: str = "tabs") -> Iterator[ANY]:
    owners: list[ANY] = document.get(key, [])  # type: ignore[assignment]  # the recorded shape
    for owner in owners:
        yield owner.get("documentTab", {})
        yield from tabs_of(owner, "childTabs")


def marked(document: Json) -> tuple[ANY, list[tuple[str, str, str]]]:
    """A copy in which each shown run with words is one word of its own.

    Gives with each of these words its kind (`heading`, `cell`, `item`, `text`) and the text of
    the heading above it (`` before the first one of the tab).
    """
    copied: ANY = copy.deepcopy(dict(document))
    found: list[tuple[str, str, str]] = []
    for owner in list(tabs_of(copied)) or [copied]:
        _Marker(owner, found).mark()
    return copied, found


class _Marker:
    def __init__(self, owner: ANY, found: list[tuple[str, str, str]]) -> None:
        self._owner, self._found, self._heading = owner, found, ""

    def mark(self) -> None:
        for segment in [*self._segments("headers"), *self._segments("footers")]:
            self._content(segment.get("content", []), "")
        self._content(self._owner.get("body", {}).get("content", []), "")

    def _segments(self, name: str) -> list[ANY]:
        return list(self._owner.get(name, {}).values())

    def _content(self, content: list[ANY], place: str) -> None:
        for element in content:
            if "paragraph" in element:
                self._paragraph(element["paragraph"], place)
            if "table" in element and not _deleted(element["table"]):
                self._table(element["table"])

    def _table(self, table: ANY) -> None:
        for row in table["tableRows"]:
            for cell in row["tableCells"]:
                if not _deleted(row) and not _deleted(cell):
                    self._content(cell.get("content", []), "cell")

    def _paragraph(self, paragraph: ANY, place: str) -> None:
        style = paragraph.get("paragraphStyle", {}).get("namedStyleType", "")
        is_heading = not place and (style.startswith("HEADING") or style == "TITLE")
        kind = place or ("heading" if is_heading else "item" if "bullet" in paragraph else "text")
        words = [w for e in paragraph["elements"] if (w := self._run(e))]
        notes = [e["footnoteReference"] for e in paragraph["elements"] if "footnoteReference" in e]
        if is_heading and words:
            self._heading = words[0]
        self._found += [(word, kind, self._heading) for word in words]
        for note in notes:
            if not _suggested(note):
                footnote = self._owner["footnotes"][note["footnoteId"]]
                self._content(footnote.get("content", []), "footnote")

    def _run(self, element: ANY) -> str:
        text = element.get("textRun", {})
        if not text.get("content", "").strip("\ue907 \n\t\v\xa0") or _suggested(text):
            return ""
        word = f"w{len(self._found)}x{id(element)}y"
        line_end = "\n" if text["content"].endswith("\n") else ""
        text["content"] = f" {word} {line_end}"
        return word


def _deleted(part: ANY) -> bool:
    return bool(part.get("suggestedDeletionIds"))


def _suggested(part: ANY) -> bool:
    return any(part.get(key) for key in LEFT_OUT)


def blocks_of(section: Section, kind: str) -> int:
    return sum(block.kind == kind for block in section.blocks)
