"""What a sentence asserts: its numbers by what they count, its days, its names, its negation."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from service.answering.days import day_in

_WORDS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve"),
)
_NUMBERS: Final = {word: str(number) for number, word in enumerate(_WORDS)}
_NUMBER = rf"(?P<number>\d[\d,.\u202f]*\d|\d|{'|'.join(_WORDS[1:])})"
_CURRENCY: Final = {"€": "eur", "$": "usd", "£": "gbp", "euro": "eur", "dollar": "usd"}
_COUNTED = re.compile(
    rf"(?P<sign>[€$£]|\b(?:EUR|USD|GBP|NOK) )?(?<![\w.#/:-]){_NUMBER}(?![\w:/]|[.,-]\d)"
    r"[ \u00a0\u202f-]?(?P<unit>%|€|[^\W\d_]+)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b(\d{1,2}:\d\d)\b")
_WEEKDAY = re.compile(r"\b((?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nobody|cannot|without|nothing)\b|n['\u2019]t\b", re.I
)
_LEAST = re.compile(
    r"\b(?:at least|minimum|more than|over|from|no less than|after)\b", re.IGNORECASE
)
_MOST = re.compile(
    r"\b(?:at most|up to|within|maximum|no more than|less than|under|until|before|below)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[\w,;:)] )[*_\"'(\u201c]*([A-Z][\w-]+(?: [A-Z][\w-]+)*)|`([^`\n]+)`")
# What is said of another time, of a case, or as an example says nothing of what is so now.
_HEDGED = re.compile(
    r"\b(?:if|unless|except|e\.g|example|was|were|had|used to|would|might|could|propos\w+|planned"
    r"|instead of|rather than|otherwise|former\w*|previous\w*|additional\w*|another|about|around"
    r"|roughly|some|depend\w*|currently|last year)\b|\?|\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asserted:
    """What can differ between two sentences that say the same otherwise.

    Attributes:
        values: numbers by the word after them (`day`, `eur`), days, clock times, days of the week.
        names: what is written like one inside the sentence, code included.
        bounds: whether its numbers are a least or a most.
    """

    values: dict[str, frozenset[str]]
    names: frozenset[str]
    is_negated: bool
    bounds: frozenset[str]


def asserted(sentence: str) -> Asserted | None:
    """What a sentence without markup asserts; None: it is hedged, or asks."""
    if _HEDGED.search(sentence):
        return None
    values: defaultdict[str, set[str]] = defaultdict(set)
    for match in _COUNTED.finditer(sentence):
        values[_unit(match)].add(_number(match["number"]))
    for kind, pattern in (("clock", _CLOCK), ("weekday", _WEEKDAY)):
        for found in pattern.findall(sentence):
            values[kind].add(found.lower())
    if day := day_in(sentence):
        values["date"].add(day.date().isoformat())
    names = {(name or code).lower() for name, code in _NAME.findall(sentence)}
    bounds = {kind for kind, sign in (("least", _LEAST), ("most", _MOST)) if sign.search(sentence)}
    return Asserted(
        values={unit: frozenset(found) for unit, found in values.items()},
        names=frozenset(name for name in names if not _WEEKDAY.fullmatch(name)),
        is_negated=bool(_NEGATION.search(sentence)),
        bounds=frozenset(bounds),
    )


def _unit(match: re.Match[str]) -> str:
    word = (match["sign"] or match["unit"] or "").strip().lower()
    word = _CURRENCY.get(word.removesuffix("s"), _CURRENCY.get(word, word))
    return word.removesuffix("s") if len(word) > 3 else word


def _number(written: str) -> str:
    plain = _NUMBERS.get(written.lower(), written)
    # 1,100 and 1 100 are thousands; 2.50 is 2.5.
    plain = re.sub(r"[,.\u202f](?=\d{3}(?!\d))", "", plain)
    return re.sub(r"(\.\d*?)0+$", r"\1", plain).rstrip(".,") if "." in plain else plain
