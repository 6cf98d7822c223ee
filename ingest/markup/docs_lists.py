"""Numbers and nesting of list items in a Google Doc, which only says list, level and style."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ingest.markup.escaping import escaped
from ingest.shapes import Json, child, children, number, word

_ROMAN: Final = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_ORDERED: Final = frozenset(
    {"DECIMAL", "ZERO_DECIMAL", "UPPER_ALPHA", "ALPHA", "UPPER_ROMAN", "ROMAN"}
)
_HOLDER: Final = re.compile(r"%(\d)")
_USUAL_MARK: Final = re.compile(r"\(?(?:\w+\.)*\w+[.)]")


@dataclass(slots=True)
class Numbering:
    """Counts the items of a tab's lists in reading order."""

    lists: Json
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def mark(self, bullet: Json) -> str:
        """`-`, or the item's number as the reader of the document sees it (`2.`, `b.`, `1.3.`)."""
        list_id, level = word(bullet, "listId"), number(bullet, "nestingLevel")
        levels = children(child(self.lists, list_id, "listProperties"), "nestingLevels")
        style = levels[level] if level < len(levels) else {}
        counts = self._counts.setdefault(list_id, {})
        for deeper in [other for other in counts if other > level]:
            del counts[deeper]
        counts[level] = counts.get(level, number(style, "startNumber", 1) - 1) + 1
        if word(style, "glyphType") not in _ORDERED:
            return "-"
        return _filled(levels, counts, level)


def _filled(levels: Sequence[Json], counts: Mapping[int, int], level: int) -> str:
    def numeral(found: re.Match[str]) -> str:
        at = int(found[1])
        style = levels[at] if at < len(levels) else {}
        return _numeral(counts.get(at, number(style, "startNumber", 1)), word(style, "glyphType"))

    shape = word(levels[level], "glyphFormat") or f"%{level}."
    mark = _HOLDER.sub(numeral, shape).strip()
    return mark if _USUAL_MARK.fullmatch(mark) else escaped(mark) or "-"


def _numeral(count: int, glyph: str) -> str:
    match glyph:
        case "ZERO_DECIMAL":
            return f"{count:02}"
        case "ALPHA":
            return _letters(count)
        case "UPPER_ALPHA":
            return _letters(count).upper()
        case "ROMAN":
            return _roman(count)
        case "UPPER_ROMAN":
            return _roman(count).upper()
        case _:
            return str(count)


def _letters(count: int) -> str:
    """The letters a … z, then aa, bb, … as in Google Docs."""
    if count < 1:
        return str(count)
    turns, letter = divmod(count - 1, 26)
    return chr(ord("a") + letter) * (turns + 1)


def _roman(count: int) -> str:
    out = ""
    for value, sign in _ROMAN:
        while count >= value:
            out, count = out + sign, count - value
    return out or str(count)
