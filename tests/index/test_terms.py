"""The lexical store by itself: words, readers, and what a failed write leaves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import StorageError
from index.term_view import Scope
from index.terms import TermStore
from index.types import ChunkId
from tests.index.documents import ADA, ANYBODY, BOB, FOR_ADA

PUBLIC = frozenset({"public"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TermStore]:
    opened = TermStore(tmp_path / "terms", stemming=True)
    yield opened
    opened.close()


def add(store: TermStore, chunk_id: int, text: str, readers: frozenset[str] = PUBLIC) -> None:
    store.add([(ChunkId(chunk_id), text, "notes", readers)])
    store.commit()


def found(store: TermStore, text: str) -> list[int]:
    return [i for i, _ in store.search(text, Scope(ANYBODY.readers), 10)]


def test_words_are_compared_by_their_stems(store: TermStore) -> None:
    add(store, 1, "The trains are running")

    assert found(store, "train runs") == [1]


def test_accents_and_case_do_not_count(store: TermStore) -> None:
    add(store, 1, "Café in ZÜRICH")

    assert found(store, "cafe") == found(store, "zurich") == [1]


def test_question_of_stop_words_finds_nothing(store: TermStore) -> None:
    add(store, 1, "the and of")

    assert found(store, "the of") == found(store, "") == found(store, "?!") == []


def test_signs_of_a_query_language_are_only_text(store: TermStore) -> None:
    add(store, 1, "readers of soup")

    assert found(store, 'readers:public AND "soup*') == [1]


def test_rare_words_count_more(store: TermStore) -> None:
    for number in range(1, 9):
        add(store, number, "common word")
    add(store, 9, "rare word")

    assert found(store, "rare common word")[0] == 9


def test_equal_scores_come_in_the_order_of_ids(store: TermStore) -> None:
    for number in (3, 1, 2):
        add(store, number, "soup")

    assert found(store, "soup") == [1, 2, 3]


def test_readers_filter_inside_the_query(store: TermStore) -> None:
    hers = frozenset({FOR_ADA})
    store.add((ChunkId(number), "soup soup soup", "notes", hers) for number in range(1, 30))
    add(store, 30, "soup and bread and more")

    assert [i for i, _ in store.search("soup", Scope(BOB.readers), 1)] == [30]
    assert [i for i, _ in store.search("soup", Scope(ADA.readers), 1)] != [30]


def test_nothing_is_found_before_commit(store: TermStore) -> None:
    store.add([(ChunkId(1), "soup", "notes", PUBLIC)])
    assert found(store, "soup") == []

    store.commit()
    assert found(store, "soup") == [1]


def test_failed_add_leaves_nothing_for_the_next_commit(store: TermStore) -> None:
    def rows() -> Iterator[tuple[ChunkId, str, str, frozenset[str]]]:
        yield ChunkId(1), "soup", "notes", PUBLIC
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.add(rows())
    add(store, 2, "bread")

    assert set(store.ids()) == {2}


def test_removed_chunk_is_found_no_more(store: TermStore) -> None:
    add(store, 1, "soup")
    store.remove([ChunkId(1), ChunkId(77)])
    store.commit()

    assert found(store, "soup") == []
    assert store.count() == 0


def test_other_analysis_is_refused(tmp_path: Path) -> None:
    TermStore(tmp_path, stemming=True).close()

    with pytest.raises(StorageError):
        TermStore(tmp_path, stemming=False)


def test_store_stays_after_closing(tmp_path: Path) -> None:
    first = TermStore(tmp_path, stemming=True)
    add(first, 1, "soup")
    first.close()
    second = TermStore(tmp_path, stemming=True)

    assert set(second.ids()) == {1}
    second.close()
