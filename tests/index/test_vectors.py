"""The dense store by itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.embedding import Vectors
from index.errors import StorageError
from index.types import ChunkId
from index.vectors import VectorStore, wipe


def unit(count: int, seed: int = 0) -> Vectors:
    array = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    rows: Vectors = array / np.linalg.norm(array, axis=1, keepdims=True)
    return rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VectorStore]:
    opened = VectorStore(tmp_path / "vectors")
    yield opened
    opened.close()


def test_nearest_comes_first_with_its_cosine(store: VectorStore) -> None:
    vectors = unit(20)
    store.add([ChunkId(i) for i in range(1, 21)], vectors)
    found = store.search(vectors[4], 3)

    assert found[0][0] == 5
    assert [s for _, s in found] == pytest.approx(sorted(vectors @ vectors[4])[:-4:-1], abs=1e-5)


def test_empty_store_finds_nothing(store: VectorStore) -> None:
    assert store.search(unit(1)[0], 5) == []
    assert list(store.ids()) == []


def test_removed_vector_is_found_no_more(store: VectorStore) -> None:
    store.add([ChunkId(1), ChunkId(2)], unit(2))
    store.remove([ChunkId(1), ChunkId(77)])

    assert [i for i, _ in store.search(unit(2)[0], 5)] == [2]
    assert store.count() == 1


def test_store_stays_after_closing(tmp_path: Path) -> None:
    for number in range(1, 4):
        store = VectorStore(tmp_path)
        store.add([ChunkId(number)], unit(1, seed=number))
        assert set(store.ids()) == set(range(1, number + 1))
        store.close()


def test_lost_vectors_are_noticed_at_open(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    # Chroma writes its folder of vectors only after a thousand.
    store.add([ChunkId(i) for i in range(1, 1101)], unit(1100))
    store.close()
    (folder,) = [path for path in tmp_path.iterdir() if path.is_dir()]
    shutil.rmtree(folder)

    with pytest.raises(StorageError, match=str(tmp_path)):
        VectorStore(tmp_path)


def test_folder_can_be_made_again_after_it_failed_to_open(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"garbage" * 1000)
    with pytest.raises(StorageError):
        VectorStore(tmp_path)
    wipe(tmp_path)
    store = VectorStore(tmp_path)
    store.add([ChunkId(1)], unit(1))

    assert store.count() == 1
    store.close()
