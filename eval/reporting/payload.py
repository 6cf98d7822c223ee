"""Every question of a report as compact JSON, for the page's script to show a few at a time."""

import json
import math
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from eval.results import Asked, Report, ShownCitation

CUTOFF: Final = 10
"""Ranks shown: further down a person does not read, and 12,000 questions have to fit a page."""

FIELDS: Final = (
    "id",
    "question",
    "asker",
    "answerable",
    "tags",
    "verdict",
    "confidence",
    "abstained",
    "measures",
    "ranking",
    "wanted",
    "answers",
    "sentences",
    "citations",
    "leaked",
    "trouble",
)


MOST_BYTES: Final = 18_000_000
"""Of the JSON: with the plots and tables the page stays below 20 MB, which browsers still open."""

_TEXT_CHARS: Final = (None, 300, 150, 60)
"""Quotes and sentences are cut at the first of these that makes it fit."""


class _Strings:
    """Texts by number, each kept once: document ids, titles and quotes come again and again."""

    def __init__(self, most_chars: int | None) -> None:
        self._numbers: dict[str, int] = {}
        self._most_chars = most_chars

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def cut(self, text: str) -> int:
        """The number of a text that need not be whole."""
        if self._most_chars is None or len(text) <= self._most_chars:
            return self.number(text)
        return self.number(text[: self._most_chars - 1] + "…")

    def numbers(self, texts: Iterable[str]) -> list[int]:
        return [self.number(text) for text in texts]

    def all(self) -> list[str]:
        return list(self._numbers)


def questions_json(report: Report, most_bytes: int = MOST_BYTES) -> str:
    """The questions in the order of the set, safe to stand inside a `<script>` element.

    A question is an array in the order of `fields`; texts are numbers into `strings`; its measures
    are in the order of `measures`, null where one is not defined. `cut_at` is the number of
    characters that quotes and sentences were cut at to stay within `most_bytes`; null: whole.
    """
    text = ""
    for most_chars in _TEXT_CHARS:
        text = _encoded(report, most_chars)
        if len(text.encode()) <= most_bytes:
            break
    return text


def web_address(url: str) -> str:
    """The URL if it is one of the web; else empty: a page never links to a script or a file."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _encoded(report: Report, most_chars: int | None) -> str:
    strings = _Strings(most_chars)
    names = list(dict.fromkeys(name for asked in report.questions for name in asked.measures))
    rows = [_row(asked, names, strings) for asked in report.questions]
    data = {
        "fields": FIELDS,
        "measures": names,
        "cut_at": most_chars,
        "questions": rows,
        "strings": strings.all(),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _row(asked: Asked, names: list[str], strings: _Strings) -> list[object]:
    return [
        strings.number(asked.query_id),
        strings.number(asked.question),
        strings.number(asked.asked_by),
        int(asked.answerable),
        strings.numbers(asked.tags),
        strings.number(asked.verdict),
        round(asked.confidence, 3),
        int(asked.abstained),
        [_rounded(asked.measures.get(name)) for name in names],
        [
            [strings.number(ranked.document), _rounded(ranked.score), ranked.grade]
            for ranked in asked.ranking[:CUTOFF]
        ],
        [
            [
                strings.number(wanted.document),
                wanted.grade,
                strings.number(wanted.heading or ""),
                strings.cut(wanted.quote or ""),
                wanted.lines,
                wanted.rank,
            ]
            for wanted in asked.wanted
        ],
        [strings.cut(answer) for answer in asked.answers],
        [strings.cut(sentence) for sentence in asked.sentences],
        [_citation(citation, strings) for citation in asked.citations],
        strings.numbers(asked.leaked),
        strings.numbers(asked.trouble),
    ]


def _citation(citation: ShownCitation, strings: _Strings) -> list[object]:
    return [
        citation.marker,
        strings.number(citation.document),
        strings.number(citation.title),
        strings.number(" > ".join(citation.headings)),
        strings.cut(citation.quote),
        citation.lines,
        strings.number(web_address(citation.url)),
        citation.is_right,
    ]


def _rounded(value: float | None) -> float | int | None:
    if value is None or not math.isfinite(value):
        return None
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded
