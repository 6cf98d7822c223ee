"""Conversations are read, held with the service itself, and summed up in pairs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval.errors import BrokenSet
from eval.following import Followed, followed, problems, summary
from eval.opening import AS_THEY_ARE, Bench, Configured
from eval.sets.checking import check
from eval.sets.conversations import CONVERSATIONS, Conversation, read_conversations
from eval.settings import EvalSettings
from eval.statistics import Resampling
from eval.topics import Topic
from index.access import PUBLIC, VisibleTo
from index.settings import IndexSettings
from index.store import Index
from index.types import DocId
from ingest.cutting import chunker
from service.conversations.following import CarryOver
from service.conversations.types import Turn
from service.settings import ServiceSettings
from tests.eval.company import COMPANY, CompanyDocuments
from tests.fakes.embedder import HashEmbedder
from tests.service.conversations.handbook import document, put

PILOT = "# Pilot\n\nPilot sells to harbours in Pilot boats.\n\n## Pilot boats\n\nPilot has two.\n"
LINE = {
    "conversation_id": "c-1",
    "asked_by": "local",
    "earlier": ["What is the monthly limit of a company card?"],
    "question": "And for Pilot?",
    "standalone": "What is the monthly limit of a company card in Pilot?",
    "relevant": [
        {"document": "docs:cards.md", "quote": "In Pilot the limit is 4,000 EUR.", "grade": 2}
    ],
}


class Listening:
    """A rewriter that leaves every question as it is and remembers the turns it was given."""

    def __init__(self) -> None:
        self.turns: list[Sequence[Turn]] = []
        self.viewers: list[VisibleTo] = []

    def standalone(self, question: str, earlier: Sequence[Turn], *, visible_to: VisibleTo) -> str:
        self.turns.append(tuple(earlier))
        self.viewers.append(visible_to)
        return question


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    embedder = HashEmbedder()
    with Index(IndexSettings(data_dir=tmp_path / "data"), embedder, chunker="test") as index:
        put(index)
        page = document("pilot.md", PILOT, PUBLIC)
        index.put([(page, chunker(embedder)(page))])
        yield Bench(index, embedder, AS_THEY_ARE)


def configured(tmp_path: Path) -> Configured:
    answering = {"min_confidence": 0.0}
    service = ServiceSettings.model_validate({"answering": answering})
    return Configured(IndexSettings(data_dir=tmp_path / "data"), service, EvalSettings())


def written(folder: Path, *lines: dict[str, object]) -> Path:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / CONVERSATIONS).write_text(text, encoding="utf-8")
    return folder


def held(raw: float, rewritten: float, by_hand: float) -> Followed:
    topic = Conversation(Topic("c", "and?"), ("what?",), "what and?")
    return Followed(topic, "x", {"raw": raw, "rewritten": rewritten, "by hand": by_hand})


def test_the_companys_conversations_fit_its_documents() -> None:
    conversations, topics = read_conversations(COMPANY)
    apart = replace(
        topics, topics=tuple(replace(t, text=f"{t.query_id} {t.text}") for t in topics.topics)
    )

    assert len(conversations) == 40
    assert check(apart, CompanyDocuments()) == []


def test_the_companys_conversations_are_of_many_kinds() -> None:
    conversations, _ = read_conversations(COMPANY)
    tags = [tag for one in conversations for tag in one.topic.tags]

    assert {len(one.earlier) for one in conversations} == {1, 2}
    for tag in ("pronoun", "ellipsis", "alone", "switch-back", "permissions", "three-turn"):
        assert tags.count(tag) >= 2, tag


def test_a_line_that_is_no_conversation_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenSet, match="earlier"):
        read_conversations(written(tmp_path, LINE, {**LINE, "earlier": []}))


def test_the_same_last_words_in_two_conversations_are_no_problem(
    tmp_path: Path, bench: Bench
) -> None:
    twice = written(tmp_path, LINE, {**LINE, "conversation_id": "c-2"})

    assert problems(read_conversations(twice)[1], bench) == []


def test_a_place_that_is_not_there_is_a_problem(tmp_path: Path, bench: Bench) -> None:
    wrong = {"document": "docs:cards.md", "quote": "In Pilot the limit is 5,000 EUR."}
    _, topics = read_conversations(written(tmp_path, {**LINE, "relevant": [wrong]}))

    assert [problem.line for problem in problems(topics, bench)] == [1]


def test_turns_are_what_the_service_answers(tmp_path: Path, bench: Bench) -> None:
    conversations, _ = read_conversations(written(tmp_path, LINE))
    listening = Listening()

    (one,) = followed(conversations, bench, configured(tmp_path), listening)

    (turn,) = listening.turns[-1]
    assert turn.question == "What is the monthly limit of a company card?"
    assert DocId("docs:cards.md") in {cited.doc_id for cited in turn.cited}
    assert PUBLIC in listening.viewers[-1].readers
    assert one.was_left
    assert one.values["raw"] == one.values["rewritten"]


def test_a_rewritten_question_is_searched_for(tmp_path: Path, bench: Bench) -> None:
    conversations, _ = read_conversations(written(tmp_path, LINE))

    (one,) = followed(conversations, bench, configured(tmp_path), CarryOver(bench.index))

    assert one.rewritten == "And for Pilot? (monthly limit company card)"
    assert one.values["raw"] < one.values["rewritten"] == one.values["by hand"] == 1.0
    assert one.leaked == ()


def test_differences_are_of_pairs() -> None:
    result = summary([held(0.2, 0.8, 1.0)] * 3 + [held(0.4, 1.0, 0.9)] * 3, Resampling())

    assert result.values["raw"].value == pytest.approx(0.3)
    assert result.behind.value == pytest.approx(0.05)
    assert result.gained.value == pytest.approx(0.6)
    assert result.behind.low is not None
    assert result.behind.low <= result.behind.value
