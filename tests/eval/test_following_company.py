"""The company's conversations, rewritten by a model that knows how, and by one that fails."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from eval.following import AIM, Fallback, Followed, followed, summary
from eval.opening import AS_THEY_ARE, Bench, Configured
from eval.sets.conversations import Conversation, read_conversations
from eval.settings import EvalSettings
from eval.statistics import Resampling
from index.embedders import open_embedder
from index.embedding import Embedder
from index.settings import IndexSettings
from index.store import Index
from ingest.cutting import chunker
from service.conversations.condensing import Condenser
from service.conversations.following import CarryOver
from service.models.types import Message, ModelFailed, never
from service.settings import ServiceSettings
from tests.eval.company import COMPANY, documents
from tests.fakes.embedder import HashEmbedder

CONFIGURED = Configured(IndexSettings(), ServiceSettings(), EvalSettings())


class Knowing:
    """A `Model` that writes what was written by hand; where nothing was, it fails."""

    name = "scripted/knowing"
    context_tokens = 100_000

    def __init__(self, conversations: Sequence[Conversation]) -> None:
        self._by_hand = {(*one.earlier, one.topic.text): one.by_hand for one in conversations}

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        seconds: float,
        should_stop: Callable[[], bool] = never,
    ) -> Generator[str, None, None]:
        del max_tokens, seconds, should_stop
        lines = messages[-1].content.splitlines()
        asked = [
            line.removeprefix(label)
            for label in ("Question: ", "Last question: ")
            for line in lines
            if line.startswith(label)
        ]
        written = self._by_hand.get(tuple(asked))
        if written is None:
            raise ModelFailed("failed", "nobody wrote that")
        yield written

    def count_tokens(self, text: str) -> int:
        return len(text)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with opened(HashEmbedder(dimension=256), tmp_path_factory.mktemp("company")) as made:
        yield made


@pytest.fixture(scope="module")
def conversations() -> tuple[Conversation, ...]:
    return read_conversations(COMPANY)[0]


@pytest.fixture(scope="module")
def carried(bench: Bench, conversations: Sequence[Conversation]) -> list[Followed]:
    return followed(conversations, bench, CONFIGURED, CarryOver(bench.index))


@contextmanager
def opened(embedder: Embedder, folder: Path) -> Iterator[Bench]:
    """The company's documents in an index of this model."""
    with Index(IndexSettings(data_dir=folder / "data"), embedder, chunker="test") as index:
        cut = chunker(embedder)
        index.put([(document, cut(document)) for document in documents().values()])
        yield Bench(index, embedder, AS_THEY_ARE)


def condensed(
    bench: Bench, conversations: Sequence[Conversation], known: Sequence[Conversation]
) -> list[Followed]:
    fallback = Fallback(CarryOver(bench.index))
    rewriter = Condenser(Knowing(known), bench.index, fallback)
    return followed(conversations, bench, CONFIGURED, rewriter, fallback=fallback)


def test_model_that_writes_as_by_hand_is_searched_for_as_by_hand(
    bench: Bench, conversations: Sequence[Conversation], carried: Sequence[Followed]
) -> None:
    held = condensed(bench, conversations, conversations)

    taken = [one for one in held if not one.fell_back]
    # The rest has words that the conversation has not, or not all of the question's.
    assert len(taken) >= 28
    for one in taken:
        assert one.rewritten == one.conversation.by_hand
        assert one.values["rewritten"] == pytest.approx(one.values["by hand"])
    for one, other in zip(held, carried, strict=True):
        assert not one.fell_back or one.rewritten == other.rewritten


def test_model_that_fails_costs_nothing(
    bench: Bench, conversations: Sequence[Conversation], carried: Sequence[Followed]
) -> None:
    held = condensed(bench, conversations, known=[])

    assert all(one.fell_back for one in held)
    assert [(one.rewritten, one.values) for one in held] == [
        (one.rewritten, one.values) for one in carried
    ]


def test_nobody_is_shown_what_they_may_not_read(carried: Sequence[Followed]) -> None:
    assert [one.leaked for one in carried if one.leaked] == []


@pytest.mark.slow
def test_with_the_real_model_rewritten_questions_are_hardly_behind(
    tmp_path: Path, conversations: Sequence[Conversation]
) -> None:
    with opened(open_embedder(IndexSettings(data_dir=tmp_path / "data")), tmp_path) as bench:
        carried = followed(conversations, bench, CONFIGURED, CarryOver(bench.index))
        held = condensed(bench, conversations, conversations)

    assert summary(carried, Resampling()).behind.value <= AIM
    assert summary(held, Resampling()).behind.value <= AIM
