"""How many tokens a text has, from above: every model has a tokenizer of its own."""

import re
from typing import Final

_PIECES: Final = re.compile(r"[A-Za-z]+|[0-9]|[ \t]+|\S|\n")
_LETTERS: Final = 4  # of a common word in a token; rarer words have fewer
_COMMON: Final = 6  # letters up to which a word is mostly one token, or two
_RARE: Final = 2.5


def count(text: str) -> int:
    """At least as many as the tokenizers in use make of prose, code and numbers."""
    return sum(_of(piece) for piece in _PIECES.findall(text))


def _of(piece: str) -> int:
    if not piece.isascii():
        return 1 if len(piece.encode("utf-8", "replace")) == 2 else 2  # letters with accents: one
    if piece.isspace():
        return 0 if piece == " " else 1
    if not piece.isalpha():
        return 1
    if len(piece) <= _COMMON and (piece.islower() or piece.istitle()):
        return -(-len(piece) // _LETTERS)
    return int(len(piece) / _RARE) + 1
