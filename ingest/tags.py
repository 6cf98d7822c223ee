"""Tags of HTML and JSX in other markup: where they end, and whether they hide what they hold."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final

_VOID_NAMES: Final = "area base br col embed hr img input link meta param source track wbr"
VOID: Final = frozenset(_VOID_NAMES.split())
_BLOCK_NAMES: Final = (
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 head header html iframe legend li main menu "
    "nav ol optgroup option p script section style summary table tbody td template textarea tfoot "
    "th thead title tr ul"
)
BLOCKS: Final = frozenset(_BLOCK_NAMES.split())

_BARE: Final = re.compile(r"[^\"'<>]*")
_CLOSING: Final = {
    name: re.compile(rf"</{name}\s*>", re.I) for name in ("script", "style", "template")
}
_ATTRIBUTE: Final = re.compile(
    r"([^\s\"'<>/={}]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|\{\{?[^{}]*\}{0,2}|[^\s\"'<>{}]+))?"
)
_FALSE: Final = ("{false}", "{undefined}", "{null}")
_STYLE_NOISE: Final = re.compile(r"/\*.*?\*/|[\s\"'{}\\]", re.DOTALL)
# Nothing is shown, or nothing that an eye can find: too small, too pale, off the page.
_HIDING: Final = re.compile(
    r"(?:^|[;,])(?:display:none|visibility:(?:hidden|collapse)"
    r"|(?:font-?size|opacity|max-?height|max-?width|zoom):(?:0*\.?0+|0*1px|0*\.0\d*)(?![.\d])"
    r"|(?:color|-webkit-text-fill-color):(?:transparent|rgba\([\d.%,]*,0*\.?0+%?\)|#[\da-f]{6}00)"
    r"|(?:left|right|top|bottom|text-?indent|margin-?left|margin-?top):-\d{3,}"
    r"|clip:rect\(0|clip-?path:inset\((?:50|100)%|transform:scale\(0\))",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A whole tag; the name is in lower case."""

    name: str
    start: int
    end: int
    is_closing: bool
    is_hidden: bool
    is_self_closing: bool


class Tags:
    """Reads the tags of one text, in time that its length bounds."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._dead: set[tuple[int, int]] = set()
        self._no_quote: dict[str, int] = {}
        self._unclosed: set[tuple[str, int]] = set()

    def read(self, found: re.Match[str], limit: int) -> Tag | None:
        """The tag whose beginning (`<name`) was found; None if it has no end before `limit`."""
        end = self._end(found.end(), limit)
        if end is None:
            return None
        name = found[0].lstrip("</").lower()
        inner = self._text[found.end() : end - 1]
        is_closing = found[0].startswith("</")
        hides = not is_closing and _hides(inner)
        return Tag(name, found.start(), end, is_closing, hides, inner.endswith("/"))

    def close(self, tag: Tag, limit: int) -> int | None:
        """Where an element ends whose content is no markup; None if it does not."""
        if (tag.name, limit) in self._unclosed:
            return None
        found = _CLOSING[tag.name].search(self._text, tag.end, limit)
        if found is None:
            self._unclosed.add((tag.name, limit))
        return found.end() if found else None

    def _end(self, at: int, limit: int) -> int | None:
        # Attempts that began at different places meet at the next quote: what failed from there
        # fails again, so that no stretch is read more than a few times.
        tried: list[tuple[int, int]] = []
        while (at, limit) not in self._dead:
            tried.append((at, limit))
            bare = _BARE.match(self._text, at, limit)
            at = bare.end() if bare else at
            sign = self._text[at : at + 1] if at < limit else ""
            if sign == ">":
                return at + 1
            after = self._quote(sign, at + 1) if sign in ("'", '"') else None
            if after is None or after > limit:
                break
            at = after
        self._dead.update(tried)
        return None

    def _quote(self, sign: str, at: int) -> int | None:
        """Behind the next such quotation mark; the last one is remembered."""
        if sign not in self._no_quote:
            self._no_quote[sign] = self._text.rfind(sign)
        return None if at > self._no_quote[sign] else self._text.find(sign, at) + 1


def _hides(attributes: str) -> bool:
    for found in _ATTRIBUTE.finditer(attributes):
        name, value = found[1].lower(), unescape((found[2] or "").strip("\"'"))
        if name == "hidden" and value not in _FALSE:
            return True
        if name == "aria-hidden" and value.strip("{} ").lower() == "true":
            return True
        if name == "style" and _HIDING.search(_STYLE_NOISE.sub("", value)):
            return True
    return False
