"""BEIR folders: `corpus.jsonl`, `queries.jsonl`, `qrels.tsv`, and what may lie beside them.

`answers.jsonl` says what a right answer contains and which queries have none; `exclude.jsonl` which
documents are left out of a query's ranking; `meta.json` may name the `markup` of the texts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from eval.errors import BrokenSet
from eval.sets.files import Files, Line, Said, explain
from eval.topics import Judgement, Topic, TopicSet
from index.types import Markup
from service.identity.local import LOCAL

CORPUS: Final = "corpus.jsonl"
QUERIES: Final = "queries.jsonl"
QRELS: Final = "qrels.tsv"
TEST_QRELS: Final = "qrels/test.tsv"
"""Read where there is no QRELS; then queries that it does not judge are of another split."""
_ANSWERS: Final = "answers.jsonl"
_EXCLUDE: Final = "exclude.jsonl"
_META: Final = "meta.json"


class _Line(BaseModel):
    """Others made these files: keys that say nothing to us are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Said = Field(alias="_id")


L = TypeVar("L", bound=_Line)


class CorpusLine(_Line):
    """A document of the corpus."""

    title: str = ""
    text: str = ""
    metadata: dict[str, JsonValue] = Field(default_factory=dict)


class _QueryMetadata(BaseModel):
    tags: tuple[str, ...] = ()


class _Query(_Line):
    text: Said
    metadata: _QueryMetadata = _QueryMetadata()


class _Answers(_Line):
    answers: tuple[Said, ...] = ()
    answerable: bool = True


class _Exclude(_Line):
    exclude: tuple[Said, ...]


class _Meta(BaseModel):
    markup: Markup | None = None


_Grades = Mapping[str, Mapping[str, int]]


def read_beir(folder: Path, queries_file: str = QUERIES) -> TopicSet:
    """The queries of a BEIR folder with their judgements.

    Judgements of one pair count once, with the highest grade; grades below 1 judge nothing.

    Raises:
        BrokenSet: a line is not what it should be, an id is used twice or unknown, or a query that
            can be answered has no judgement.
    """
    files = Files(folder)
    documents = _by_id(files, CORPUS, files.lines(CORPUS, CorpusLine))
    queries = _by_id(files, queries_file, files.lines(queries_file, _Query))
    # As they are distributed: queries of every split in one file, judgements of each in its own.
    is_split = not (folder / QRELS).exists() and (folder / TEST_QRELS).exists()
    grades = _read_qrels(files, TEST_QRELS if is_split else QRELS, queries, documents)
    answers = _beside(files, _ANSWERS, _Answers, queries)
    exclude = _beside(files, _EXCLUDE, _Exclude, queries)
    for line in exclude.values():
        for unknown in [one for one in line.value.exclude if one not in documents]:
            files.complain(_EXCLUDE, line.number, f"no document {unknown!r} in {CORPUS}")
    _markup(files)
    topics = []
    for query_id, query in queries.items():
        if is_split and query_id not in grades:
            continue
        judged = grades.get(query_id, {})
        topics.append(_topic(query, judged, answers.get(query_id), exclude.get(query_id)))
        if topics[-1].answerable and not topics[-1].judgements:
            files.complain(queries_file, query.number, _unjudged(query_id))
    if files.problems:
        raise BrokenSet(files.problems)
    name = folder.resolve().name
    name = name if queries_file == QUERIES else f"{name}-{Path(queries_file).stem}"
    return TopicSet(name, tuple(topics), files.digest, corpus=folder, file=folder / queries_file)


def read_corpus(folder: Path) -> list[CorpusLine]:
    """The documents, in the order of the file.

    Raises:
        BrokenSet: a line is no document, or an id is used twice.
    """
    files = Files(folder)
    lines = _by_id(files, CORPUS, files.lines(CORPUS, CorpusLine))
    if files.problems:
        raise BrokenSet(files.problems)
    return [line.value for line in lines.values()]


def read_markup(folder: Path) -> Markup | None:
    """What `meta.json` says that the texts are written in; None where it says nothing.

    Raises:
        BrokenSet: it is not JSON, or names a markup that is not known.
    """
    files = Files(folder)
    markup = _markup(files)
    if files.problems:
        raise BrokenSet(files.problems)
    return markup


def _by_id(files: Files, name: str, lines: Iterable[Line[L]]) -> dict[str, Line[L]]:
    found: dict[str, Line[L]] = {}
    for line in lines:
        first = found.setdefault(line.value.id, line)
        if first is not line:
            said = f"the id {line.value.id!r} is that of line {first.number}, too: use each once"
            files.complain(name, line.number, said)
    return found


def _beside(
    files: Files, name: str, model: type[L], queries: Mapping[str, Line[_Query]]
) -> dict[str, Line[L]]:
    found = _by_id(files, name, files.lines(name, model, required=False))
    for line in [one for one in found.values() if one.value.id not in queries]:
        files.complain(name, line.number, f"no query {line.value.id!r} among the queries")
    return found


def _read_qrels(
    files: Files,
    name: str,
    queries: Mapping[str, Line[_Query]],
    documents: Mapping[str, Line[CorpusLine]],
) -> _Grades:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    rows = [(number, row.split("\t")) for number, row in files.texts(name)]
    if rows and _is_number(rows[0][1][-1]):
        files.complain(name, rows[0][0], "the first line should be a header: query-id, …")
    for number, row in rows[1:]:
        if len(row) != 3 or not _is_number(row[2]):
            said = "should be query id, document id and a whole number, with tabs between them"
            files.complain(name, number, said)
        elif row[0] not in queries:
            files.complain(name, number, f"no query {row[0]!r} among the queries")
        elif row[1] not in documents:
            files.complain(name, number, f"no document {row[1]!r} in {CORPUS}")
        else:
            known = grades[row[0]]
            known[row[1]] = max(int(row[2]), known.get(row[1], 0))
    return grades


def _is_number(value: str) -> bool:
    digits = value.strip().removeprefix("-")
    return digits.isascii() and digits.isdigit()


def _markup(files: Files) -> Markup | None:
    content = files.read(_META, required=False)
    if content is None:
        return None
    try:
        return _Meta.model_validate_json(content).markup
    except ValidationError as error:
        files.complain(_META, 0, explain(error))
        return None


def _topic(
    query: Line[_Query],
    grades: Mapping[str, int],
    answers: Line[_Answers] | None,
    exclude: Line[_Exclude] | None,
) -> Topic:
    return Topic(
        query_id=query.value.id,
        text=query.value.text,
        asked_by=LOCAL.email,
        principal=LOCAL,
        judgements=tuple(Judgement(i, grade) for i, grade in grades.items() if grade > 0),
        answers=answers.value.answers if answers else (),
        answerable=answers.value.answerable if answers else True,
        tags=query.value.metadata.tags,
        excluded=frozenset(exclude.value.exclude) if exclude else frozenset(),
        line=query.number,
    )


def _unjudged(query_id: str) -> str:
    return (
        f"no document is judged relevant to {query_id!r}: judge one in {QRELS}, or say in "
        f'{_ANSWERS} that it is not "answerable"'
    )
