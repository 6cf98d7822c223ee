"""Conversations that end in a follow-up: `conversations.jsonl` in the folder of a product's set.

One JSON object a line; the keys are those of `_Conversation`. Who is in which group stands in the
`groups.json` beside it, as for questions.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import Field

from eval.errors import BrokenSet
from eval.sets.files import Files, Line, Said
from eval.sets.lines import Asker, Relevant, Strict
from eval.sets.people import Groups, read_groups
from eval.topics import Topic, TopicSet
from service.identity.local import LOCAL

CONVERSATIONS: Final = "conversations.jsonl"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Earlier questions, and a last one with what is right for it.

    Attributes:
        topic: the last question as it was asked.
        earlier: the questions before it, oldest first.
        by_hand: the same question in words that need no earlier turn.
    """

    topic: Topic
    earlier: tuple[str, ...]
    by_hand: str


class _Conversation(Strict):
    conversation_id: Said
    asked_by: Asker = LOCAL.email
    earlier: tuple[Said, ...] = Field(min_length=1)
    question: Said
    standalone: Said
    relevant: tuple[Relevant, ...] = Field(min_length=1)
    tags: tuple[Said, ...] = ()
    hidden: tuple[Said, ...] = ()


def read_conversations(folder: Path) -> tuple[tuple[Conversation, ...], TopicSet]:
    """The conversations of a folder; and their last turns as a set, to be checked and named.

    Raises:
        BrokenSet: a line is no conversation, or the file cannot be read.
    """
    files = Files(folder)
    lines = list(files.lines(CONVERSATIONS, _Conversation))
    groups = read_groups(files)
    if files.problems:
        raise BrokenSet(files.problems)
    found = tuple(_conversation(line, groups) for line in lines)
    topics = tuple(one.topic for one in found)
    name = f"{folder.resolve().name}, conversations"
    return found, TopicSet(name, topics, files.digest, file=folder / CONVERSATIONS)


def _conversation(line: Line[_Conversation], groups: Groups) -> Conversation:
    said = line.value
    topic = Topic(
        query_id=said.conversation_id,
        text=said.question,
        asked_by=said.asked_by,
        principal=groups.principal(said.asked_by),
        judgements=tuple(one.judgement for one in said.relevant),
        tags=said.tags,
        hidden=frozenset(said.hidden),
        line=line.number,
    )
    return Conversation(topic, said.earlier, said.standalone)
