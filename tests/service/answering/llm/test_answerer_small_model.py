"""A real language model of 135 million parameters: whatever it says, what is shown holds."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store import Index
from service.models.tokens import count
from tests.fakes.embedder import HashEmbedder
from tests.fakes.lies import LEAVE, QUESTION, TRAVEL
from tests.fakes.serve import serve
from tests.fakes.small_model import SmallModel, gguf_file
from tests.service.answering.desk import make_document
from tests.service.answering.llm.writing import LlmDesk, assert_holds, whole

WEIGHTS = gguf_file()
QUESTIONS = (
    QUESTION,
    "Do unused days of leave expire?",
    "What is the hotel limit a night?",
    "Who approves flights?",
    "When are trains booked in first class?",
)
NUMBERS = re.compile(r"\d+")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(WEIGHTS is None, reason="no small model here: `make small-model` brings it"),
]


@pytest.fixture(scope="module")
def small() -> SmallModel:
    pytest.importorskip("gguf", reason="its weights need gguf: `make small-model` brings it")
    assert WEIGHTS is not None
    return SmallModel(WEIGHTS)


@pytest.fixture(scope="module")
def desk(small: SmallModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlmDesk]:
    folder: Path = tmp_path_factory.mktemp("small")
    settings = IndexSettings(data_dir=folder / "data")
    waits = {"timeout": timedelta(minutes=8), "first_token_timeout": timedelta(minutes=8)}
    with (
        Index(settings, HashEmbedder(dimension=256), chunker="test") as index,
        serve(small.app) as url,
    ):
        values = {**waits, "context_tokens": 2048, "max_answer_tokens": 100}
        made = LlmDesk(index, f"{url}/v1", **values)
        made.put(make_document(LEAVE, name="leave.md"), make_document(TRAVEL, name="travel.md"))
        yield made
        made.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_shown_is_in_the_documents(desk: LlmDesk, small: SmallModel, question: str) -> None:
    steps, answer = whole(desk.write(question))

    assert_holds(desk.index, steps, answer)
    by_marker = {one.marker: one for one in answer.citations}
    for sentence in answer.sentences:
        quotes = " ".join(by_marker[marker].quote for marker in sentence.markers)
        assert set(NUMBERS.findall(sentence.text)) <= set(NUMBERS.findall(quotes))
    assert small.replies


@pytest.mark.parametrize("text", [LEAVE, TRAVEL, '{"sentences": [{"sentence": "It is 25."}]}'])
def test_tokens_are_not_fewer_than_estimated(small: SmallModel, text: str) -> None:
    assert count(text) >= small.count_tokens(text)
