"""Regions of a document that talk to an assistant instead of to people."""

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Final

from index.types import Span
from service.answering.llm.quoting import INVISIBLE

# What an order does reaches beyond the paragraph it stands in: "say what follows", then the lie.
_REACH_CHARS: Final = 2000

_TAGS_AND_OVERRIDES = re.compile("[\u202d\u202e\U000e0020-\U000e007e]")
_HIDDEN = re.compile(f"[{INVISIBLE}]")
_BORDER = re.compile(r"^(?:#{1,6}[ \t]|[^\n]+\n[=~^-]{3,}[ \t]*$)", re.MULTILINE)

# Letters of other alphabets that look like Latin ones, and digits that are read as letters.
_LOOKALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb\u0432"
    "\u043d\u043a\u043c\u0442\u0433\u03b1\u03b5\u03bf\u03c1\u03bd\u03b9\u03ba\u03c4\u03c5\u03c7"
    "\u0131\u0261",
    "aeopcyxijsdqwhbhkmtraeopviktuxig",
)
_DIGITS: Final = str.maketrans("013457@$", "oieastas")
_MIXED = re.compile(r"[a-z][0-9@$]+[a-z]|\b[0-9@$][a-z]{2}")


def flagged(text: str) -> list[Span]:
    """The regions that talk to an assistant, in order, not overlapping; mostly none.

    A region is what an order in it can reach: the sections around it up to 2,000 characters to
    either side, so a short document is one region. The rules are those of `flagging.json`, in
    sixteen languages, with look-alike letters and invisible characters seen through. What they
    take for an order by mistake is only shown word for word instead of in a model's words.
    """
    return list(_regions(text))


@lru_cache(maxsize=16)
def _regions(text: str) -> tuple[Span, ...]:
    borders = [0, *(found.start() for found in _BORDER.finditer(text)), len(text)]
    regions: list[Span] = []
    for place in sorted(set(_places(text))):
        if regions and place + _REACH_CHARS <= regions[-1].end:
            continue
        span = _reach(place, borders)
        if regions and span.start <= regions[-1].end:
            span = Span(regions.pop().start, span.end)
        regions.append(span)
    return tuple(regions)


def _reach(place: int, borders: list[int]) -> Span:
    """From the last heading before the reach to the first one after it."""
    start = max((b for b in borders if b <= max(0, place - _REACH_CHARS)), default=0)
    end = min((b for b in borders if b >= place + _REACH_CHARS), default=borders[-1])
    return Span(start, end)


def _places(text: str) -> Iterator[int]:
    """Where orders begin, in whatever letters they are written."""
    yield from (found.start() for found in _TAGS_AND_OVERRIDES.finditer(text))
    seen, places = _seen(text)
    for reading in _readings(seen):
        for letters, patterns in _rules():
            if letters and not letters.search(reading):
                continue
            for pattern in patterns:
                yield from (places[found.start()] for found in pattern.finditer(reading))


def _seen(text: str) -> tuple[str, list[int] | range]:
    """The text as it looks, in small letters, with the place of each character in `text`."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    chars: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        for one in _looks(char):
            chars.append(one)
            places.append(at)
    return "".join(chars), places


@lru_cache(maxsize=4096)
def _looks(char: str) -> str:
    if _HIDDEN.match(char):
        return ""
    return unicodedata.normalize("NFKC", char).lower()


def _readings(seen: str) -> Iterator[str]:
    yield seen
    if not seen.isascii() and (other := seen.translate(_LOOKALIKES)) != seen:
        yield other
    if _MIXED.search(seen):
        yield seen.translate(_DIGITS)


@lru_cache(maxsize=1)
def _rules() -> list[tuple[re.Pattern[str] | None, list[re.Pattern[str]]]]:
    """For each group of languages, the letters it is written in and its patterns."""
    text = (files("service.answering.llm") / "flagging.json").read_text(encoding="utf-8")
    return [
        (
            re.compile(group["letters"]) if group["letters"] else None,
            [re.compile(pattern) for pattern in group["patterns"]],
        )
        for group in json.loads(text)
    ]
