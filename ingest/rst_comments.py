"""Comments of reStructuredText: explicit marks that begin nothing else, with what is under them."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from index.types import Span

_COMMENT: Final = re.compile(
    r"^(?P<indent>[ \t]*)\.\.(?:[ \t]+(?!_[^\n]*:|__[ \t]|\[[^\]\n]+\][ \t\n]|\|[^|\n]+\|[ \t]"
    r"|[A-Za-z][\w:.+-]*[ \t]?::(?:[ \t\n]|\Z))(?=\S)|[ \t]*\n(?=[ \t]+\S))",
    re.MULTILINE,
)


def rst_comments(text: str, code: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Start and end of each comment outside of code, in order."""
    starts = [span.start for span in code]
    done = 0
    for found in _COMMENT.finditer(text):
        at = found.start()
        mark = found.end("indent")
        near = bisect_right(starts, mark) - 1
        is_code = near >= 0 and mark < code[near].end
        if at >= done and not is_code and _may_begin(text, at, done):
            done = _end_of_indented(text, found)
            yield at, done


def _may_begin(text: str, at: int, done: int) -> bool:
    """Whether an explicit mark may stand here: after a blank line, or another such mark."""
    before = text[text.rfind("\n", 0, max(at - 1, 0)) + 1 : at].strip()
    return not before or before.startswith("..") or 0 < at - done <= 2


def _end_of_indented(text: str, found: re.Match[str]) -> int:
    """Where the body ends: the last line that is indented deeper than the mark."""
    depth = len(found["indent"].expandtabs(8))
    end = text.find("\n", found.start() + len(found["indent"]))
    done = end = len(text) if end < 0 else end
    while end < len(text):
        after = text.find("\n", end + 1)
        after = len(text) if after < 0 else after
        line = text[end + 1 : after].expandtabs(8)
        if line.strip():
            if len(line) - len(line.lstrip()) <= depth:
                break
            done = after
        end = after
    return done
