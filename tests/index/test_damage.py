"""Damage to the derived stores: made again from the catalog, and the answers are as before."""

import logging
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from index import search
from index.store import Index
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import ANYBODY, item, matching, nearest, open_index


@pytest.fixture
def _approximate(monkeypatch: pytest.MonkeyPatch) -> None:
    # Only indexes larger than a test can make are searched through Chroma.
    monkeypatch.setattr(search, "EXACT_CHUNKS", 0)
    monkeypatch.setattr(search, "EXACT_FILTERED_CHUNKS", 0)


def answers(index: Index) -> tuple[list[str], list[float], list[str]]:
    """What both legs say to two questions."""
    vector = HashEmbedder().embed_query("page3 line33 about topic7")
    scores = [round(s, 5) for _, s in index.nearest(vector, visible_to=ANYBODY, limit=20)]
    first = [chunk.text for chunk in nearest(index, "page3 line33 about topic7", limit=1)]
    return first, scores, [c.text for c in matching(index, "page3 topic7", limit=8)]


@pytest.fixture(scope="module")
def right(whole: Path) -> tuple[list[str], list[float], list[str]]:
    with open_index(whole) as index:
        return answers(index)


def each(change: Callable[[Path], object], paths: Iterable[Path]) -> None:
    for path in paths:
        change(path)


def replace_by_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("x")


def hnsw(data: Path) -> Path:
    (folder,) = [path for path in (data / "vectors").iterdir() if path.is_dir()]
    return folder


def spoil(path: Path) -> None:
    path.write_bytes(b"\xa5" * path.stat().st_size)


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def term_files(data: Path, ending: str) -> list[Path]:
    files = list((data / "terms").glob(f"*.{ending}"))
    assert files
    return files


VECTOR_DAMAGE: dict[str, Callable[[Path], object]] = {
    "no folder": lambda data: shutil.rmtree(data / "vectors"),
    "a file instead": lambda data: replace_by_file(data / "vectors"),
    "garbage database": lambda data: spoil(data / "vectors" / "chroma.sqlite3"),
    "half a database": lambda data: halve(data / "vectors" / "chroma.sqlite3"),
    "no vectors": lambda data: shutil.rmtree(hnsw(data)),
    "half the vectors": lambda data: each(halve, hnsw(data).iterdir()),
    "no names of vectors": lambda data: (hnsw(data) / "index_metadata.pickle").unlink(),
}
TERM_DAMAGE: dict[str, Callable[[Path], object]] = {
    "no folder": lambda data: shutil.rmtree(data / "terms"),
    "no list of files": lambda data: (data / "terms" / "meta.json").unlink(),
    "garbage list": lambda data: (data / "terms" / "meta.json").write_text("{garbage"),
    "no .idx": lambda data: each(Path.unlink, term_files(data, "idx")),
    "no .pos": lambda data: each(Path.unlink, term_files(data, "pos")),
    "half of .term": lambda data: each(halve, term_files(data, "term")),
    "half of .store": lambda data: each(halve, term_files(data, "store")),
}


@pytest.mark.usefixtures("_approximate")
@pytest.mark.parametrize("damage", VECTOR_DAMAGE.values(), ids=VECTOR_DAMAGE)
def test_damaged_vectors_answer_as_before(
    folder: Path, damage: Callable[[Path], object], right: tuple[list[str], list[float], list[str]]
) -> None:
    damage(folder / "data")

    with open_index(folder, embedder := HashEmbedder()) as index:
        assert answers(index) == right
        assert index.check() == []
    assert embedder.embedded == []


@pytest.mark.parametrize("damage", ["no folder", "half a database", "no vectors"])
def test_damaged_vectors_are_mended_by_a_write(folder: Path, damage: str) -> None:
    VECTOR_DAMAGE[damage](folder / "data")

    with open_index(folder) as index:
        index.put([item("late", "a later page")])
        assert index.check() == []


@pytest.mark.parametrize("damage", TERM_DAMAGE.values(), ids=TERM_DAMAGE)
def test_damaged_terms_answer_as_before(
    folder: Path, damage: Callable[[Path], object], right: tuple[list[str], list[float], list[str]]
) -> None:
    damage(folder / "data")

    with open_index(folder) as index:
        assert answers(index) == right
        assert index.check() == []


def spoil_all_but_the_end(path: Path) -> None:
    # Tantivy checks the end of a file when it opens it, and the rest when it needs it.
    content = path.read_bytes()
    path.write_bytes(b"\xa5" * max(0, len(content) - 200) + content[-200:])


@pytest.mark.parametrize("ending", ["idx", "term", "store"])
def test_damage_of_terms_that_only_a_search_meets_is_mended_there(
    folder: Path,
    ending: str,
    right: tuple[list[str], list[float], list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for path in term_files(folder / "data", ending):
        spoil_all_but_the_end(path)

    with open_index(folder) as index:
        assert answers(index) == right
        assert index.check() == []
    assert "making it again" in caplog.text


@pytest.mark.usefixtures("_approximate")
def test_vectors_that_fail_in_use_are_searched_exactly_and_mended_by_the_next_write(
    folder: Path,
    right: tuple[list[str], list[float], list[str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with open_index(folder) as index:
        assert answers(index) == right
        (folder / "data" / "vectors" / "chroma.sqlite3").write_bytes(b"")
        shutil.rmtree(hnsw(folder / "data"))
        with caplog.at_level(logging.WARNING):
            assert answers(index) == right
        index.put([item("late", "a later page")])
        assert index.check() == []


def test_other_stemming_makes_the_terms_again(folder: Path) -> None:
    with open_index(folder) as index:
        index.put([item("late", "The trains are running")])
        assert len(matching(index, "train runs")) == 1
    with open_index(folder, stemming=False) as index:
        assert matching(index, "train runs") == []
        assert len(matching(index, "trains")) == 1
        assert index.check() == []
