"""Stores that disagree with the catalog: found, told, and mended."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from index.terms import TermStore
from index.types import ChunkId
from index.vectors import VectorStore
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import item, nearest, open_index


def plant_catalog(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / "data" / "catalog.sqlite3")
    with connection:
        connection.execute(statement)
    connection.close()


def lose_vector(folder: Path) -> None:
    store = VectorStore(folder / "data" / "vectors")
    store.remove([ChunkId(5)])
    store.close()


def strange_vector(folder: Path) -> None:
    store = VectorStore(folder / "data" / "vectors")
    store.add([ChunkId(99_999)], HashEmbedder().embed_passages(["stray"]))
    store.close()


def lose_term(folder: Path) -> None:
    store = TermStore(folder / "data" / "terms", stemming=True)
    store.remove([ChunkId(5)])
    store.commit()
    store.close()


def strange_term(folder: Path) -> None:
    store = TermStore(folder / "data" / "terms", stemming=True)
    store.add([(ChunkId(99_999), "stray", "notes", frozenset({"public"}))])
    store.commit()
    store.close()


DISAGREEMENTS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "vector missing": (lose_vector, "vectors", "1 chunks are missing"),
    "vector left over": (strange_vector, "vectors", "1 chunks are left over"),
    "term missing": (lose_term, "terms", "1 chunks are missing"),
    "term left over": (strange_term, "terms", "1 chunks are left over"),
    "vectors lost": (
        lambda folder: shutil.rmtree(folder / "data" / "vectors"),
        "vectors",
        "1100 chunks are missing",
    ),
    "terms lost": (
        lambda folder: shutil.rmtree(folder / "data" / "terms"),
        "terms",
        "1100 chunks are missing",
    ),
    "embedding lost": (
        lambda folder: plant_catalog(folder, "DELETE FROM embeddings WHERE rowid % 100 = 1"),
        "catalog",
        "11 chunks have no embedding",
    ),
    "write not finished": (
        lambda folder: plant_catalog(
            folder,
            "INSERT INTO versions SELECT NULL, document, 'staged', revision, title, url, lines_url,"
            " markup, readers, created_at, updated_at, authors, status, text"
            " FROM versions LIMIT 1",
        ),
        "catalog",
        "1 versions of an unfinished write",
    ),
}


@pytest.mark.parametrize(("plant", "store", "finding"), DISAGREEMENTS.values(), ids=DISAGREEMENTS)
def test_check_names_what_disagrees_and_repair_mends_it(
    folder: Path, plant: Callable[[Path], None], store: str, finding: str
) -> None:
    plant(folder)

    with open_index(folder, mend=False) as index:
        problems = index.check()
        assert [(p.store, p.what) for p in problems] == [(store, finding)]
        index.repair()
        assert index.check() == []


def test_check_finds_a_chunk_outside_of_its_document(folder: Path) -> None:
    plant_catalog(folder, "UPDATE chunks SET stop = 9999999 WHERE id = 7")

    with open_index(folder) as index:
        assert [p.what for p in index.check()] == ["1 chunks outside of their document"]
        assert "answerable rebuild" in index.check()[0].repair


def test_check_changes_nothing(folder: Path) -> None:
    lose_term(folder)
    lose_vector(folder)
    with open_index(folder, mend=False) as index:
        assert len(index.check()) == 2
        assert len(index.check()) == 2


def test_opening_mends_what_is_missing(folder: Path) -> None:
    lose_term(folder)
    lose_vector(folder)

    with open_index(folder) as index:
        assert index.check() == []


def test_lost_embeddings_and_vectors_are_made_again(folder: Path) -> None:
    plant_catalog(folder, "DELETE FROM embeddings")
    shutil.rmtree(folder / "data" / "vectors")

    with open_index(folder) as index:
        index.put([item("late", "a later page")])
        assert index.check() == []
        assert nearest(index, "page3 line33 about topic7", limit=1)[0].text.startswith("page3")
