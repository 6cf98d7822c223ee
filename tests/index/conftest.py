"""An index on the real stores, for every test of the package."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.catalog import Item
from index.store import Index
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import item, open_index

# Chroma writes its folder of vectors only after this many.
PAGES = 11
PARAGRAPHS = 100


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def index(tmp_path: Path, embedder: HashEmbedder) -> Iterator[Index]:
    with open_index(tmp_path, embedder) as opened:
        yield opened


def pages() -> list[Item]:
    return [
        item(
            f"page{n}",
            "\n\n".join(f"page{n} line{k} about topic{k % 13}" for k in range(PARAGRAPHS)),
        )
        for n in range(PAGES)
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    with open_index(folder) as index:
        index.put(pages())
    return folder


@pytest.fixture
def folder(tmp_path: Path, whole: Path) -> Path:
    """A copy of the same index, to damage."""
    shutil.copytree(whole / "data", tmp_path / "data")
    return tmp_path
