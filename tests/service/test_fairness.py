import threading
from pathlib import Path

import pytest

from index.access import visible_to
from index.embedding import Vectors
from index.settings import IndexSettings
from index.store import Index
from service.fairness import FewAtOnce
from service.retrieval import Retriever
from service.settings import RetrievalSettings
from tests.fakes.embedder import HashEmbedder


def test_no_more_than_a_few_work_at_once() -> None:
    few, inside, most, lock = FewAtOnce(2), 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with few:
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (inside, most <= 2) == (0, True)


def test_those_who_wait_come_in_the_order_of_their_coming() -> None:
    few, came = FewAtOnce(1), []

    def work(number: int) -> None:
        with few:
            came.append(number)

    with few:
        threads = []
        for number in range(5):
            thread = threading.Thread(target=work, args=(number,))
            thread.start()
            threads.append(thread)
            while len(few._waiting) <= number:  # until it waits
                pass
    for thread in threads:
        thread.join()

    assert came == [0, 1, 2, 3, 4]


def test_a_turn_ends_with_an_error() -> None:
    few = FewAtOnce(1)
    with pytest.raises(ValueError, match="no"), few:
        raise ValueError("no")

    with few:
        pass


def test_questions_are_embedded_while_another_computes(tmp_path: Path) -> None:
    embedded, few = threading.Event(), FewAtOnce(1)

    class Embedder(HashEmbedder):
        def embed_query(self, text: str) -> Vectors:
            vector = super().embed_query(text)
            embedded.set()
            return vector

    settings = IndexSettings(data_dir=tmp_path)
    with Index(settings, Embedder(dimension=64), chunker="t") as index:
        retriever = Retriever(index, index.embedder, RetrievalSettings(), turns=few)
        asking = threading.Thread(
            target=lambda: retriever.retrieve("who?", visible_to=visible_to(None), limit=1)
        )
        with few:
            asking.start()
            assert embedded.wait(timeout=30)
            assert asking.is_alive()
        asking.join(timeout=30)
        assert not asking.is_alive()
