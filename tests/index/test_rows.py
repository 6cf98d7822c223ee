"""The table of what a person may see, and its exact search, against brute force."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.access import PUBLIC, VisibleTo
from index.embedding import Vectors
from index.rows import Rows
from index.types import ChunkId
from tests.index.documents import ADA, ANYBODY, BOB, FOR_ADA

DIMENSION = 16
COUNT = 20_000
SELECTIVITIES = (0.5, 0.1, 0.01, 0.001)
EVERYTHING = np.random.default_rng(7).normal(size=(COUNT + 1, DIMENSION)).astype(np.float32)
EVERYTHING /= np.linalg.norm(EVERYTHING, axis=1, keepdims=True)


def vectors_of(chunk_ids: NDArray[np.int64]) -> Vectors:
    """A vector of unit length for each id, always the same."""
    chosen: Vectors = EVERYTHING[chunk_ids]
    return chosen


def rows_of(readers: dict[int, frozenset[str]]) -> Rows:
    rows = Rows(DIMENSION, vectors_of)
    rows.add((ChunkId(i), "notes", who) for i, who in readers.items())
    return rows


def ids(rows: Rows, visible: VisibleTo, limit: int = 10) -> list[int]:
    query = vectors_of(np.array([0]))[0]
    return [i for i, _ in rows.search(query, visible_to=visible, limit=limit)]


def brute_force(query: Vectors, permitted: list[int], limit: int) -> list[int]:
    scores = vectors_of(np.array(permitted)) @ query
    return [permitted[i] for i in np.argsort(-scores, kind="stable")[:limit]]


@pytest.mark.parametrize("selectivity", SELECTIVITIES)
def test_exact_search_finds_the_nearest_permitted(selectivity: float) -> None:
    chosen = np.random.default_rng(1).random(COUNT) < selectivity
    permitted = [i + 1 for i in np.flatnonzero(chosen).tolist()]
    mine = frozenset({FOR_ADA})
    rows = rows_of({i + 1: mine if chosen[i] else frozenset() for i in range(COUNT)})

    for query in vectors_of(np.arange(1, 20)):
        found = rows.search(query, visible_to=ADA, limit=10)
        assert [i for i, _ in found] == brute_force(query, permitted, 10)


@given(st.lists(st.sampled_from(["add", "drop", "replace", "warm"]), max_size=12), st.randoms())
def test_rows_follow_every_add_and_drop(steps: list[str], random: Random) -> None:
    rows, expected, last = rows_of({}), dict[int, frozenset[str]](), 0
    for step in steps:
        match step:
            case "add":
                who = frozenset({PUBLIC} if last % 2 else {FOR_ADA})
                new = dict.fromkeys(range(last + 1, last + 1 + random.randint(0, 3)), who)
                rows.add((ChunkId(i), "notes", w) for i, w in new.items())
                expected |= new
                last += 3
            case "drop" if expected:
                gone = max(expected)
                rows.drop([ChunkId(gone)])
                del expected[gone]
            case "replace":
                expected = dict(list(expected.items())[::2])
                rows.replace((ChunkId(i), "notes", w) for i, w in expected.items())
            case _:
                rows.warm()
    assert sorted(ids(rows, ADA, 100)) == sorted(expected)
    assert sorted(ids(rows, BOB, 100)) == [i for i, w in expected.items() if PUBLIC in w]
    assert rows.live_count() == len(expected)


def test_dropped_rows_are_seen_by_nobody() -> None:
    rows = rows_of({1: frozenset({PUBLIC}), 2: frozenset({PUBLIC})})
    rows.drop([ChunkId(1)])

    assert ids(rows, ANYBODY) == [2]
    assert rows.select([ChunkId(1), ChunkId(2)], ANYBODY) == {2}
    assert rows.seen_count(ANYBODY) == rows.live_count() == 1


def test_similarities_are_only_of_what_may_be_seen() -> None:
    rows = rows_of({1: frozenset({PUBLIC}), 2: frozenset({FOR_ADA}), 3: frozenset()})
    query = vectors_of(np.array([2]))[0]
    asked = [ChunkId(1), ChunkId(2), ChunkId(3), ChunkId(4)]

    assert set(rows.similarities(query, asked, BOB)) == {1}
    assert rows.similarities(query, asked, ADA)[ChunkId(2)] == pytest.approx(1.0)


def test_similarities_are_the_same_before_and_after_loading() -> None:
    rows = rows_of({i: frozenset({PUBLIC}) for i in range(1, 9)})
    query, asked = vectors_of(np.array([3]))[0], [ChunkId(i) for i in (5, 2, 7)]
    before = rows.similarities(query, asked, ANYBODY)
    rows.warm()

    assert rows.similarities(query, asked, ANYBODY) == pytest.approx(before)


def test_equal_scores_come_in_the_order_of_ids() -> None:
    east = np.array([1, 0], dtype=np.float32)
    rows = Rows(2, lambda chosen: np.tile(east, (len(chosen), 1)))
    rows.add((ChunkId(i), "notes", frozenset({PUBLIC})) for i in range(1, 6))

    found = rows.search(east, visible_to=ANYBODY, limit=5)
    assert [i for i, _ in found] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("limit", [0, 1, 3, 50])
def test_limit_is_kept(limit: int) -> None:
    rows = rows_of({i: frozenset({PUBLIC}) for i in range(1, 11)})

    assert len(ids(rows, ANYBODY, limit)) == min(limit, 10)


def test_empty_table_finds_nothing() -> None:
    assert ids(rows_of({}), ANYBODY) == []
