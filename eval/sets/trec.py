"""Judgements and rankings in the formats of TREC, so that any other tool can check ours.

Columns are parted by whitespace, so whitespace in ids and tags is written percent-encoded (a space
as `%20`, and `%` itself as `%25`) and decoded again on reading; other escapes are left alone.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from eval.errors import BrokenSet, Problem
from eval.sets.files import Files
from eval.topics import Topic

Qrels = Mapping[str, Mapping[str, int]]
"""Grades by query and document."""

Run = Mapping[str, Sequence[tuple[str, float]]]
"""Rankings by query: documents with their scores, best first."""

_HIGHEST_SPACE: Final = 0x3000
_ENCODED: Final = {
    c: quote(c) for c in ["%", *filter(str.isspace, map(chr, range(_HIGHEST_SPACE + 1)))]
}
_DECODED: Final = {code: c for c, code in _ENCODED.items()}
_CODES: Final = re.compile("|".join(_DECODED), re.IGNORECASE)
_QRELS_COLUMNS: Final = ("query id", "0", "document id", "grade")
_RUN_COLUMNS: Final = ("query id", "Q0", "document id", "rank", "score", "tag")


def write_qrels(path: Path, topics: Iterable[Topic]) -> None:
    """Write the judgements, `query 0 document grade` a line; the best grade of a document counts.

    A topic without judgements leaves no trace: the format has none for it.
    """
    grades: dict[tuple[str, str], int] = {}
    for topic in topics:
        for one in topic.judgements:
            pair = topic.query_id, one.document
            grades[pair] = max(one.grade, grades.get(pair, 0))
    lines = [f"{_encoded(q)} 0 {_encoded(d)} {grade}\n" for (q, d), grade in grades.items()]
    _write(path, lines)


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Grades by query and document; those of 0 and below are kept.

    Raises:
        BrokenSet: a line is not of the format, or judges a pair again.
    """
    reading = _Reading(path, _QRELS_COLUMNS)
    grades: dict[str, dict[str, int]] = {}
    for number, (query, _, document, written) in reading.rows():
        try:
            grade = int(written)
        except ValueError:
            reading.complain(number, f"the grade {written!r} should be a whole number")
            continue
        if document in grades.setdefault(query, {}):
            reading.complain(number, f"{document!r} was judged for {query!r} before")
        grades[query][document] = grade
    reading.finish()
    return grades


def write_run(path: Path, run: Run, tag: str) -> None:
    """Write the rankings, `query Q0 document rank score tag` a line.

    Scores are written in full, so reading them gives the same order. Lines go by falling score,
    then by document id, as `read_run` has it.

    Raises:
        ValueError: a score is not finite.
    """
    lines = []
    for query, ranking in run.items():
        for rank, (document, score) in enumerate(_ordered(ranking), start=1):
            if not math.isfinite(score):
                raise ValueError(f"the score of {document!r} for {query!r} is {score}")
            ids = f"{_encoded(query)} Q0 {_encoded(document)}"
            lines.append(f"{ids} {rank} {float(score)!r} {_encoded(tag)}\n")
    _write(path, lines)


def read_run(path: Path) -> dict[str, list[tuple[str, float]]]:
    """Rankings by query, best first, ties by document id; the ranks in the file do not count.

    Raises:
        BrokenSet: a line is not of the format, or ranks a document again.
    """
    reading = _Reading(path, _RUN_COLUMNS)
    scores: dict[str, dict[str, float]] = {}
    for number, (query, _, document, _, written, _) in reading.rows():
        score = _score(written)
        ranking = scores.setdefault(query, {})
        if score is None:
            reading.complain(number, f"the score {written!r} should be a finite number")
        elif document in ranking:
            reading.complain(number, f"{document!r} was ranked for {query!r} before")
        else:
            ranking[document] = score
    reading.finish()
    return {query: _ordered(ranking.items()) for query, ranking in scores.items()}


class _Reading:
    """Rows of one file, and what is wrong with them."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._files = Files(path.parent)
        self._name = path.name
        self._columns = columns

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        for number, text in self._files.texts(self._name):
            cells = text.split()
            if len(cells) == len(self._columns):
                yield number, [_CODES.sub(_decoded, cell) for cell in cells]
            else:
                self.complain(
                    number,
                    f"should have {len(self._columns)} columns ({', '.join(self._columns)}), has "
                    f"{len(cells)}; write a space in an id as %20",
                )

    def complain(self, line: int, message: str) -> None:
        self._files.complain(self._name, line, message)

    def finish(self) -> None:
        problems: list[Problem] = self._files.problems
        if problems:
            raise BrokenSet(problems)


def _ordered(ranking: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(ranking, key=lambda one: (-one[1], one[0]))


def _score(written: str) -> float | None:
    try:
        score = float(written)
    except ValueError:
        return None
    return score if math.isfinite(score) else None


def _encoded(name: str) -> str:
    if not name:
        raise ValueError("an empty id cannot be written: its column would be missing")
    return "".join(_ENCODED.get(c, c) for c in name)


def _decoded(code: re.Match[str]) -> str:
    return _DECODED[code[0].upper()]


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
