"""Nobody learns from scores or confidence that documents exist which they may not read."""

from pathlib import Path
from random import Random

import pytest

from index.access import PUBLIC
from index.store import Index
from service.answering.extractive import ExtractiveAnswerer
from service.asking import Asking
from service.retrieval import Retriever
from service.settings import ServiceSettings
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import ANYBODY, FOR_ADA, item, open_index

WORDS = [f"word{n}" for n in range(200)]
ROWS = 20
HIDDEN = 1500
QUESTIONS = ("Who asks for word3 and word17?", "What is word5?", "word1 word2 merger")


def page(number: int, readers: str) -> tuple:
    random = Random(number)  # noqa: S311 - no secret
    words = random.choices(WORDS, [1 / (n + 2) for n in range(200)], k=30)
    return item(f"page{number}", f"{' '.join(words)}.", [readers])


def answers(index: Index) -> list[tuple[float, list[tuple[str, float]]]]:
    """Confidence, and ranking with scores, of each question."""
    settings = ServiceSettings()
    retriever = Retriever(index, HashEmbedder(), settings.retrieval)
    asking = Asking(index, retriever, ExtractiveAnswerer(index, settings), settings)
    found = []
    for question in QUESTIONS:
        answer = asking.ask(question, visible_to=ANYBODY).answer
        hits = asking.search(question, visible_to=ANYBODY, limit=10).ranking
        found.append((answer.confidence, [(hit.chunk.doc_id, hit.score) for hit in hits]))
    return found


def assert_alike(one: list, other: list) -> None:
    for (sure, hits), (sure_too, hits_too) in zip(one, other, strict=True):
        assert sure == pytest.approx(sure_too, rel=1e-3)
        assert [doc_id for doc_id, _ in hits] == [doc_id for doc_id, _ in hits_too]
        assert [s for _, s in hits] == pytest.approx([s for _, s in hits_too], rel=1e-3)


def test_answers_are_those_of_an_index_without_the_hidden_documents(tmp_path: Path) -> None:
    public = [page(n, PUBLIC) for n in range(ROWS)]
    with open_index(tmp_path / "alone") as alone, open_index(tmp_path / "both") as both:
        alone.put(public)
        both.put([*public, *(page(1000 + n, FOR_ADA) for n in range(HIDDEN))])
        assert_alike(answers(both), answers(alone))

        both.delete([f"notes:page{1000 + n}" for n in range(HIDDEN)])
        assert_alike(answers(both), answers(alone))
