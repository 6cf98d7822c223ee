"""The product's own question sets: `questions.jsonl` over documents that the sources ingest.

One JSON object a line; the keys are those of `_Question`. A `groups.json` beside it (group -> its
members) says which groups the askers are in.
"""

from pathlib import Path
from typing import Final

from eval.errors import BrokenSet
from eval.sets.files import Files, Line, Said
from eval.sets.lines import Asker, Relevant, Strict
from eval.sets.people import Groups, read_groups
from eval.topics import Topic, TopicSet
from service.identity.local import LOCAL

QUESTIONS: Final = "questions.jsonl"


class _Question(Strict):
    query_id: Said
    question: Said
    asked_by: Asker = LOCAL.email
    relevant: tuple[Relevant, ...] = ()
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
        judgements=tuple(one.judgement for one in asked.relevant),
        answers=asked.answers,
        answerable=asked.answerable,
        tags=asked.tags,
        hidden=frozenset(asked.hidden),
        excluded=frozenset(asked.excluded),
        line=line.number,
    )
