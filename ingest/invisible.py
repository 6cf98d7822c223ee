"""Characters that people do not see and models read: where they stand in a text."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

Character = Literal["invisible", "direction", "tag", "selector", "control"]

_KINDS: Final[dict[Character, str]] = {
    # No width of their own: zero-width blanks and joiners, soft hyphens, fillers, annotations.
    "invisible": "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065"
    "\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a",
    # They change the order in which the rest is read.
    "direction": "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    # A second alphabet that nothing shows.
    "tag": "\U000e0000-\U000e007f",
    # 256 of them can spell any bytes behind one sign.
    "selector": "\ufe00-\ufe0f\U000e0080-\U000e0fff",
    # Controls but line ends, tabs and page breaks; noncharacters; planes for private use, whose
    # signs no font shows. Private use in the basic plane stays: icon fonts.
    "control": "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff",
}
_KIND: Final = {kind: re.compile(f"[{chars}]") for kind, chars in _KINDS.items()}
_SUSPECT: Final = re.compile(f"[{''.join(_KINDS.values())}]")
_LINE_ENDS: Final = str.maketrans("", "", "\t\n\r\x0b\x0c")

_JOINERS: Final = "\u200c\u200d"
_ZWJ: Final = "\u200d"
_TEXT_OR_EMOJI: Final = "\ufe0e\ufe0f"
_KEYCAP: Final = "\u20e3"
_VIRAMA: Final = 9  # canonical combining class
_BLACK_FLAG: Final = "\U0001f3f4"
# The only flags made of tags that Unicode recommends: England, Scotland, Wales.
_FLAGS: Final = tuple(
    "".join(chr(0xE0000 + ord(letter)) for letter in name) + "\U000e007f"
    for name in ("gbeng", "gbsct", "gbwls")
)
# Arabic to N'Ko with their extensions, India's and its neighbours', Tibetan, Burmese, Mongolian.
_JOINING: Final = ((0x600, 0x8FF), (0x900, 0xDFF), (0xF00, 0x109F), (0x1780, 0x18AF))


def invisible(text: str) -> Iterator[tuple[int, int, Character]]:
    """Start, end and kind of what nobody sees, in order; joiners and selectors that are seen stay.

    Seen are: joiners between letters of scripts that join, selectors behind a sign that has an
    emoji, joiners between two emoji, and the flags of England, Scotland and Wales.
    """
    if text.isascii() and text.translate(_LINE_ENDS).isprintable():
        return
    if not any(map(_SUSPECT.match, set(text))):  # ten times faster than a search of the text
        return
    flag_ends = 0
    for found in _SUSPECT.finditer(text):
        at = found.start()
        if text[at - 1 : at] == _BLACK_FLAG:
            flag = next((one for one in _FLAGS if text.startswith(one, at)), "")
            flag_ends = at + len(flag)
        if at >= flag_ends and not _is_seen(text, at):
            yield at, at + 1, next(kind for kind in _KIND if _KIND[kind].match(found[0]))


def is_invisible(character: str) -> bool:
    """Whether the character alone shows nothing."""
    return _SUSPECT.match(character) is not None


def without_invisible(text: str) -> str:
    """`text` without what nobody sees."""
    pieces: list[str] = []
    done = 0
    for start, end, _ in invisible(text):
        pieces.append(text[done:start])
        done = end
    return "".join([*pieces, text[done:]]) if done else text


def _is_seen(text: str, at: int) -> bool:
    sign = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if sign in _TEXT_OR_EMOJI:
        return _selects(text, at)
    if sign not in _JOINERS or not before:
        return False
    if _joins(before):
        return unicodedata.combining(before) == _VIRAMA or _joins(after)
    is_after_emoji = _is_pictured(before) or (before in _TEXT_OR_EMOJI and _selects(text, at - 1))
    return sign == _ZWJ and is_after_emoji and _is_pictured(after)


def _selects(text: str, at: int) -> bool:
    """Whether the selector at `at` makes an emoji, or text, of the sign before it."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return _is_pictured(before) or (after == _KEYCAP and before in tuple("0123456789#*"))


def _is_pictured(sign: str) -> bool:
    is_symbol = sign > "\x7f" and unicodedata.category(sign) in ("So", "Sm", "Sk", "Po", "Pd")
    return sign == "\u2139" or (is_symbol and _SUSPECT.match(sign) is None)


def _joins(letter: str) -> bool:
    if not letter or not any(first <= ord(letter) <= last for first, last in _JOINING):
        return False
    return unicodedata.category(letter)[0] in "LM" and _SUSPECT.match(letter) is None
