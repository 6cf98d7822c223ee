"""The product's own question sets: `questions.jsonl` over documents that the sources ingest.

One JSON object a line; the keys are those of `_Question`. A `groups.json` beside it (group -> its
members) says which groups the askers are in.
"""

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from eval.errors import BrokenSet
from eval.sets.files import Files, Line, Said
from eval.sets.people import Groups, read_groups
from eval.topics import Judgement, Topic, TopicSet
from service.identity.local import LOCAL

QUESTIONS: Final = "questions.jsonl"


def _asker(value: str) -> str:
    name, at, domain = value.partition("@")
    if value != LOCAL.email and not (name and at and domain):
        raise ValueError(f"{value!r} should be `{LOCAL.email}` or an e-mail address")
    return value


def _in_order(value: tuple[int, int]) -> tuple[int, int]:
    if not 1 <= value[0] <= value[1]:
        raise ValueError(f"{list(value)} should be [first, last], counted from 1")
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Relevant(_Strict):
    document: Said
    grade: int = Field(2, ge=1)
    heading: Said | None = None
    quote: Said | None = None
    lines: Annotated[tuple[int, int], AfterValidator(_in_order)] | None = None


class _Question(_Strict):
    query_id: Said
    question: Said
    asked_by: Annotated[str, AfterValidator(_asker)] = LOCAL.email
    relevant: tuple[_Relevant, ...] = ()
    answers: tuple[Said, ...] = ()
    answerable: bool = True
    tags: tuple[Said, ...] = ()
    hidden: tuple[Said, ...] = ()
    excluded: tuple[Said, ...] = ()


def read_product(path: Path) -> TopicSet:
    """The questions in a file, or in the `questions.jsonl` of a folder.

    Raises:
        BrokenSet: a line is no question; `eval.sets.checking` finds what else can be wrong.
    """
    file = path / QUESTIONS if path.is_dir() else path
    files = Files(file.parent)
    lines = list(files.lines(file.name, _Question))
    groups = read_groups(files)
    if files.problems:
        raise BrokenSet(files.problems)
    topics = tuple(_topic(line, groups) for line in lines)
    return TopicSet(_name(file), topics, files.digest, file=file)


def _name(file: Path) -> str:
    return file.resolve().parent.name if file.name == QUESTIONS else file.stem


def _topic(line: Line[_Question], groups: Groups) -> Topic:
    asked = line.value
    return Topic(
        query_id=asked.query_id,
        text=asked.question,
        asked_by=asked.asked_by,
        principal=groups.principal(asked.asked_by),
        judgements=tuple(Judgement(**dict(one)) for one in asked.relevant),
        answers=asked.answers,
        answerable=asked.answerable,
        tags=asked.tags,
        hidden=frozenset(asked.hidden),
        excluded=frozenset(asked.excluded),
        line=line.number,
    )
