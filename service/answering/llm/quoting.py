"""A quote as a model gives it -> the exact place in the source, or none."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from typing import Final

from index.types import Document, Span

INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
"""Characters that nobody sees, as a regular expression's class: joiners, directions, tags."""

_LEAST_WORDS: Final = 3
_LEAST_CHARS: Final = 12
# Superscripts and the like are other digits than the ones they come from: 10\u00b2 is not 102.
_OTHER_NUMBERS: Final = ("<super>", "<sub>", "<fraction>", "<circle>", "<square>")
_SAME: Final = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u00b4\u02bc\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d", "-"),
}
_TAGS: Final = (
    "a|abbr|b|br|cite|code|del|details|div|em|h[1-6]|i|ins|kbd|li|mark|ol|p|pre|q|s|samp|small"
    "|span|strong|summary|table|tbody|td|th|thead|tr|tt|u|ul|var"
)
_TOKEN = re.compile(
    r"(?P<rule>^[ \t]{0,9}\|?[ \t]{0,9}:?-{3,}[-:| \t]*$)"
    r"|(?P<mark>^[ \t]{0,40}(?:>[ \t]?){0,9}(?:[-*+\u2022][ \t]+|\#{1,6}[ \t]+)?(?<=[ \t>]))"
    rf"|(?P<hidden>[{INVISIBLE}]+)"
    r"|(?P<space>\s+)"
    r"|(?P<target>\]\((?:[^()\n]|\([^()\n]*\))*\)|\]\[[^\[\]\n]*\]|[ ]?<https?://[^<>\s]+>(?=`_))"
    r"|(?P<link>!?\[(?=[^\[\]\n]*\][(\[]))"
    rf"|(?P<tag></?(?:{_TAGS})(?=[\s/>])[^<>\n]*>|<!--[^<>]*-->)"
    r"|(?P<stars>(?<!\s)\*{1,3}|\*{1,3}(?=\S)|`+_{0,2}|~~)"
    r"|(?P<under>(?<![^\W_])_{1,3}(?=\S)|_{1,3}(?![^\W_]))"
    r"|(?P<escape>\\(?=[!-/:-@\[-`{-~]))"
    r"|(?P<pipe>\|)"
    r"|(?P<entity>&(?:\#\d{1,6}|\#x[0-9a-fA-F]{1,5}|[a-zA-Z]{2,8});)"
    r"|(?P<char>.)",
    re.MULTILINE | re.DOTALL,
)
_SKIPPED: Final = frozenset({"target", "link", "tag", "stars", "under", "escape", "hidden"})
_BLANK: Final = frozenset({"space", "pipe", "mark", "rule"})
_DIGIT_SIGNS: Final = "+-~<>=\u2264\u2265$\u20ac\u00a3#.,:/^"
_AFTER_DIGIT: Final = "%\u2030\u00b0^"
_WHOLE_UNIT = re.compile(
    r"[^\w\s]*\d[\w.,:%/-]*\W?(?: [\w%/\u20ac$\u00a3]+\W?)?|[\w./:@=-]*[_/@=-][\w./:@=-]*"
)


@dataclass(slots=True)
class _Normal:
    """A text in one spelling; `starts` and `ends` say where each character is in the source."""

    chars: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    opening: int = -1  # where marks begin that belong to the next character

    def put(self, chars: str, start: int, end: int) -> None:
        begin = start if self.opening < 0 else self.opening
        self.opening = -1
        for char in chars:
            self.chars.append(char)
            self.starts.append(begin)
            self.ends.append(end)

    def blank(self, start: int, end: int) -> None:
        self.opening = -1
        if self.chars and self.chars[-1] != " ":
            self.put(" ", start, end)

    def skip(self, start: int, end: int) -> None:
        if self.opening >= 0:
            return
        if self.chars and self.chars[-1] != " " and self.ends[-1] == start:
            self.ends[-1] = end
        else:
            self.opening = start


def find(quote: str, document: Document, within: Span) -> Span | None:
    """The first place in `within` that says the quote word for word; None if there is none.

    White space, kinds of quotation marks and dashes, ways to write a character in Unicode, and
    markup that people do not see may differ; a letter, its case, a digit or a word may not. It
    is no part of a word or a number. Short ones count only as a whole: `30 days`, `--force`.
    """
    wanted = "".join(_normal(quote).chars).strip()
    if not _is_long_enough(wanted):
        return None
    source = _passage(document.text[within.start : within.end])
    text = "".join(source.chars)
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if _is_whole(text, at, end):
            return Span(within.start + source.starts[at], within.start + source.ends[end - 1])
        at = text.find(wanted, at + 1)
    return None


def same_spelling(text: str) -> str:
    """The text as quotes are compared: one spelling, no markup, single spaces."""
    return "".join(_normal(text).chars).strip()


def _is_long_enough(wanted: str) -> bool:
    if not any(char.isalnum() for char in wanted):
        return False
    is_long = len(wanted) >= _LEAST_CHARS or len(wanted.split()) >= _LEAST_WORDS
    # Chinese and Japanese say in four characters what takes twelve letters.
    is_dense = sum(char >= "\u2e80" for char in wanted) >= _LEAST_CHARS // 3
    return is_long or is_dense or _WHOLE_UNIT.fullmatch(wanted) is not None


def _is_whole(text: str, start: int, end: int) -> bool:
    return not _is_cut(text, start - 1, start) and not _is_cut(text, end, end - 1)


def _is_cut(text: str, beyond: int, edge: int) -> bool:
    """Whether the character beyond an edge belongs to the word or number at the edge."""
    if not 0 <= beyond < len(text):
        return False
    outer, inner = text[beyond], text[edge]
    if inner >= "\u2e80" or outer >= "\u2e80":
        return inner.isdigit() and outer.isdigit()
    if _is_word(inner) and _is_word(outer):
        return True
    if not inner.isdigit():
        return False
    if beyond < edge:
        return outer in _DIGIT_SIGNS
    further = text[beyond + 1 : beyond + 2]
    return outer in _AFTER_DIGIT or (outer in ".,:/-" and further.isdigit())


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_" or unicodedata.combining(char) > 0


def _normal(text: str) -> _Normal:
    out = _Normal()
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        if kind in _BLANK:
            out.blank(found.start(), found.end())
        elif kind in _SKIPPED:
            out.skip(found.start(), found.end())
        elif found[0]:
            spelled = unescape(found[0]) if kind == "entity" else found[0]
            out.put("".join(map(_spelled, spelled)), found.start(), found.end())
    return out


# The quotes of a reply are mostly from the same few passages.
_passage: Callable[[str], _Normal] = lru_cache(maxsize=32)(_normal)


@lru_cache(maxsize=4096)
def _spelled(char: str) -> str:
    if char in _SAME:
        return _SAME[char]
    if char.isascii() or unicodedata.decomposition(char).startswith(_OTHER_NUMBERS):
        return char
    apart = unicodedata.normalize("NFKD", char)
    return "".join(_SAME.get(one, one) for one in apart)
