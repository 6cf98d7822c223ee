from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store import Index
from index.types import ScoredChunk
from service.retrieval import Retriever
from service.settings import RetrievalSettings
from service.stale import asks_about_the_past, ranks_lower
from tests.fakes.embedder import HashEmbedder
from tests.service.answering.desk import ANYBODY, Desk, make_document

JOBS = "# Jobs\n\nBackground jobs live in {} and are retried five times.\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Index(IndexSettings(data_dir=tmp_path), HashEmbedder(dimension=256), chunker="t") as index:
        yield Desk(index)


def put(desk: Desk, place: str, name: str, status: str) -> None:
    desk.put(replace(make_document(JOBS.format(place), name=name), status=status))


def found(
    desk: Desk, question: str, limit: int = 8, weight: float = 0.75
) -> tuple[ScoredChunk, ...]:
    settings = RetrievalSettings(mode="lexical", stale_weight=weight)
    retriever = Retriever(desk.index, desk.index.embedder, settings)
    return retriever.retrieve(question, visible_to=ANYBODY, limit=limit).ranking


def names(hits: tuple[ScoredChunk, ...]) -> list[str]:
    return [hit.chunk.doc_id.removeprefix("docs:") for hit in hits]


def test_what_does_not_hold_stands_behind_what_does(desk: Desk) -> None:
    put(desk, "jobs Redis jobs", "old.md", "superseded")
    put(desk, "Postgres tables", "new.md", "accepted")

    assert names(found(desk, "where do background jobs live")) == ["new.md", "old.md"]


def test_who_asks_about_the_past_gets_it_first(desk: Desk) -> None:
    put(desk, "jobs Redis jobs", "old.md", "superseded")
    put(desk, "Postgres tables", "new.md", "accepted")

    assert names(found(desk, "where did background jobs live before"))[0] == "old.md"


def test_what_does_not_hold_is_found_when_nothing_else_is(desk: Desk) -> None:
    put(desk, "Redis", "old.md", "superseded")

    assert names(found(desk, "where do background jobs live")) == ["old.md"]


def test_one_that_holds_takes_the_place_even_from_behind_the_cut(desk: Desk) -> None:
    put(desk, "jobs Redis jobs", "old.md", "superseded")
    put(desk, "Postgres tables", "new.md", "accepted")

    assert names(found(desk, "where do background jobs live", limit=1)) == ["new.md"]


def test_ranking_without_stale_documents_is_not_touched(desk: Desk) -> None:
    for number, status in enumerate(("accepted", "", "current", "open", "closed as not planned")):
        put(desk, f"place {number} " * (number + 1), f"{number}.md", status)
    weighed = found(desk, "where do background jobs live", limit=3)

    assert weighed == found(desk, "where do background jobs live", limit=3, weight=1.0)


@pytest.mark.parametrize(
    "question",
    [
        "what was the rule in 2023",
        "how did we do it before?",
        "the old rota",
        "which tool was used to send mail",
        "why was the flag service rejected",
        "pay in 2019",
    ],
)
def test_question_asks_about_the_past(question: str) -> None:
    assert asks_about_the_past(question)


@pytest.mark.parametrize(
    "question",
    ["how long before a trip do I book", "what is the rule", "until when can I hand it in"],
)
def test_question_asks_about_now(question: str) -> None:
    assert not asks_about_the_past(question)


def test_issue_that_will_not_be_done_keeps_its_rank() -> None:
    assert not ranks_lower("closed as not planned", "Windows binaries", "tracker:o/r/issues/1")
    assert ranks_lower("closed as duplicate", "Windows binaries", "tracker:o/r/issues/1")
