"""A write that stops anywhere: every document is at its old or its new version, in all stores."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from index.access import PUBLIC
from index.catalog import Item
from index.store import Index
from index.terms import TermStore
from index.types import ChunkId, DocId
from index.vectors import VectorStore
from tests.fakes.embedder import HashEmbedder
from tests.index import kill_script
from tests.index.documents import (
    ADA,
    FOR_ADA,
    contents,
    item,
    matching,
    nearest,
    open_index,
    paragraphs,
    texts,
)

OLD: list[Item] = [item("leave", "thirty days\n\nask early"), item("menu", "soup")]
NEW: list[Item] = [item("leave", "forty weeks\n\nask late"), item("trip", "by train")]
BEFORE = {"leave": "thirty days\n\nask early", "menu": "soup"}
AFTER = {"leave": "forty weeks\n\nask late", "menu": "soup", "trip": "by train"}

# Each place where a put can stop: the part, its method, and what is live afterwards.
STOPS = {
    "stage": ("_catalog", "stage", BEFORE),
    "embed": ("_embeddings", "ensure", BEFORE),
    "vectors.put": ("_vectors", "put", BEFORE),
    "terms.put": ("_terms", "put", BEFORE),
    "rows.add": ("_rows", "add", BEFORE),
    "show": ("_catalog", "show", BEFORE),
    "rows.drop": ("_rows", "drop", AFTER),
    "vectors.remove": ("_vectors", "remove", AFTER),
    "terms.remove": ("_terms", "remove", AFTER),
    "settle": ("_catalog", "settle", AFTER),
}


class Stopped(Exception):
    """What the failing stand-in raises."""


class Failing:
    """Stands in for a part of the index; one method fails, before or after doing its work."""

    def __init__(self, part: Any, method: str, *, works_first: bool) -> None:
        self._part, self._method, self._works_first = part, method, works_first

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._part, name)
        return self._fail(real) if name == self._method else real

    def _fail(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if self._works_first:
                real(*args)
            raise Stopped(self._method)

        return call


def stop_put(index: Index, stop: str, items: Sequence[Item], *, works_first: bool) -> None:
    """Put, and stop at that place; the index has its real part back afterwards."""
    part, method, _ = STOPS[stop]
    real = getattr(index, part)
    setattr(index, part, Failing(real, method, works_first=works_first))
    with pytest.raises(Stopped):
        index.put(items)
    setattr(index, part, real)


def assert_whole(index: Index, expected: dict[str, str]) -> None:
    """Exactly these documents, chunk for chunk, in the catalog and both legs."""
    assert contents(index) == expected
    assert index.check() == []
    everything = Counter(
        (name, span.of(text)) for name, text in expected.items() for span in paragraphs(text)
    )
    assert Counter((c.title, c.text) for c in nearest(index, "any", limit=1000)) == everything
    words = " ".join({word for text in expected.values() for word in text.split()})
    found = [c for word in words.split() for c in matching(index, word, limit=1000)]
    assert {(c.title, c.text) for c in found} == set(everything)


def allowed(stop: str, works_first: bool) -> dict[str, str]:
    return AFTER if stop == "show" and works_first else STOPS[stop][2]


SLOW = pytest.mark.slow
before_or_after = pytest.mark.parametrize(
    "works_first", [pytest.param(False, id="before"), pytest.param(True, id="after", marks=SLOW)]
)


def start(index: Index) -> None:
    """The state before: one index serves for all stops, since making one is slow."""
    index.put(OLD)
    index.delete([DocId("notes:trip"), DocId("notes:late")])


@pytest.mark.parametrize(
    "works_first", [pytest.param(False, id="before", marks=SLOW), pytest.param(True, id="after")]
)
def test_put_that_stopped_anywhere_is_mended_by_the_next_put(
    index: Index, works_first: bool
) -> None:
    for stop in STOPS:
        start(index)
        stop_put(index, stop, NEW, works_first=works_first)
        assert contents(index) == allowed(stop, works_first), stop
        index.put([item("late", "another page")])

        assert_whole(index, allowed(stop, works_first) | {"late": "another page"})


@before_or_after
def test_put_that_stopped_anywhere_is_mended_by_the_next_open(
    tmp_path: Path, works_first: bool
) -> None:
    for stop in STOPS:
        with open_index(tmp_path) as index:
            start(index)
            stop_put(index, stop, NEW, works_first=works_first)
        with open_index(tmp_path) as index:
            assert_whole(index, allowed(stop, works_first))


@pytest.mark.parametrize("stop", ["vectors.remove", "terms.remove"])
def test_revoked_readers_hold_while_a_store_is_stale(index: Index, stop: str) -> None:
    index.put([item("salary", "secret salary", [PUBLIC])])
    stop_put(index, stop, [item("salary", "secret salary", [FOR_ADA])], works_first=False)

    assert nearest(index, "secret salary") == matching(index, "secret salary") == []
    assert contents(index) == {}
    assert texts(nearest(index, "secret salary", ADA)) == ["secret salary"]
    assert texts(matching(index, "secret salary", ADA)) == ["secret salary"]


@pytest.mark.parametrize("stop", ["_vectors", "_terms"])
def test_deleted_document_is_gone_while_a_store_is_stale(index: Index, stop: str) -> None:
    index.put(OLD)
    real = getattr(index, stop)
    setattr(index, stop, Failing(real, "remove", works_first=False))
    with pytest.raises(Stopped):
        index.delete([DocId("notes:leave")])
    setattr(index, stop, real)

    assert nearest(index, "thirty days") == nearest(index, "soup")
    assert matching(index, "thirty") == []
    index.put([])
    assert_whole(index, {"menu": "soup"})


def test_failed_model_leaves_the_old_version(tmp_path: Path) -> None:
    class Broken(HashEmbedder):
        broken = False

        def embed_passages(self, texts: Sequence[str]) -> Any:
            if self.broken:
                raise MemoryError
            return super().embed_passages(texts)

    embedder = Broken()
    with open_index(tmp_path, embedder) as index:
        index.put(OLD)
        embedder.broken = True
        with pytest.raises(MemoryError):
            index.put(NEW)
        assert contents(index) == BEFORE
        embedder.broken = False
        index.put(NEW)
        assert_whole(index, AFTER)


def kill_again_and_again(folder: Path, kills: int, seed: int) -> int:
    """Run the script, kill it, look at what is left, go on; gives how many steps were done."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.index.kill_script", "index.vectors"])
    random, first, pace = Random(seed), 0, 0.2  # noqa: S311
    for _ in range(kills):
        done, child_done = context.Pipe(duplex=False)
        process = context.Process(target=kill_script.run, args=(folder, first, child_done))
        process.start()
        child_done.close()
        last = first - 1
        for _ in range(random.randint(1, 4)):
            began = time.monotonic()
            assert done.poll(60)
            last = done.recv()
        # The last step said how fast this machine is; so the kill falls in the next one or two.
        pace = 0.5 * pace + 0.5 * (time.monotonic() - began)
        process.join(timeout=random.uniform(0.0, 2 * pace))
        process.kill()
        process.join()
        first = assert_at_step(folder, last_said(done, last) + 1)
    return first


def last_said(done: Any, last: int) -> int:
    """The last step that the process said was done before it was killed."""
    try:
        while True:
            last = done.recv()
    except EOFError:
        done.close()
        return last


def assert_at_step(folder: Path, count: int) -> int:
    """The index is as after `count` steps, or one more: the step that was under way. Which?"""
    with open_index(folder) as index:
        now = contents(index)
        assert now in (kill_script.state_after(count), kill_script.state_after(count + 1))
        assert_whole(index, now)
        live = {c.chunk_id: c.text for c in nearest(index, "any", limit=1000)}
    assert_stores_hold(folder, live)
    return count if now == kill_script.state_after(count) else count + 1


def assert_stores_hold(folder: Path, live: dict[ChunkId, str]) -> None:
    vectors = VectorStore(folder / "data" / "vectors")
    assert Counter(vectors.ids()) == Counter(live.keys())
    vectors.close()
    terms = TermStore(folder / "data" / "terms", stemming=True)
    assert Counter(terms.ids()) == Counter(live.keys())
    terms.close()


def assert_like_undisturbed(folder: Path, fresh: Path, count: int) -> None:
    """A run that was never killed gives the same index."""
    with open_index(fresh) as calm, open_index(folder) as killed:
        for number in range(count):
            kill_script.do(calm, number)
        assert contents(killed) == contents(calm)
        for question in kill_script.WORDS:
            assert texts(nearest(killed, question, limit=5)) == texts(
                nearest(calm, question, limit=5)
            )
            assert {c.text for c in matching(killed, question, limit=100)} == {
                c.text for c in matching(calm, question, limit=100)
            }


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_process_loses_doubles_and_halves_nothing(tmp_path: Path, kills: int) -> None:
    count = kill_again_and_again(tmp_path / "killed", kills, seed=kills)

    assert count > kills
    assert_like_undisturbed(tmp_path / "killed", tmp_path / "calm", count)
