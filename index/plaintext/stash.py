"""Pieces that the rules for prose must not touch, kept aside until the end."""

import re
from collections.abc import Callable

# Noncharacters: Unicode promises that no text means anything by them, so none is lost.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_OURS = re.compile(f"[{_OPEN}{_CLOSE}]")
_KEPT = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
# The look-behind keeps a long run of blanks inside of a line from being tried at each of them.
_LINE_END = re.compile(r"(?<![ \t\f\v])[ \t\f\v]++(?=\n|\Z)")
_BLANK_LINES = re.compile(r"\n{3,}")


class Stash:
    """Code and escaped signs of one slice, each replaced by a place-holder in the prose."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def keep(self, text: str) -> str:
        """The place-holder that `restore` turns back into `text`."""
        self._kept.append(text)
        return f"{_OPEN}{len(self._kept) - 1}{_CLOSE}"

    def restore(self, text: str) -> str:
        """`text` with everything that was kept aside back in its place."""
        return _KEPT.sub(lambda found: self._kept[int(found[1])], text)


def without_our_marks(text: str) -> str:
    """`text` without the noncharacters that place-holders are made of."""
    return _OURS.sub("", text)


def tidy(text: str) -> str:
    """No blanks at line ends, no more than one blank line in a row, no blank ends."""
    return _BLANK_LINES.sub("\n\n", _LINE_END.sub("", text)).strip()


def cut(text: str, opening: str, closing: str, instead: Callable[[str], str] | None = None) -> str:
    """`text` without what stands between the two marks; an opening that never closes stays.

    A loop over `find`, since `opening.*?closing` is quadratic in the openings that never close.

    Args:
        text: where the marks are.
        opening: first mark.
        closing: second mark.
        instead: what to put in the place of the text between the marks; None: nothing.
    """
    pieces: list[str] = []
    done = 0
    while (start := text.find(opening, done)) >= 0:
        inner = start + len(opening)
        end = text.find(closing, inner)
        if end < 0:
            break
        pieces += [text[done:start], instead(text[inner:end]) if instead else ""]
        done = end + len(closing)
    return "".join([*pieces, text[done:]]) if done else text
