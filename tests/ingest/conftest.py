from collections.abc import Iterator
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store import Index
from tests.fakes.embedder import HashEmbedder


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def index(tmp_path: Path, embedder: HashEmbedder) -> Iterator[Index]:
    with Index(IndexSettings(data_dir=tmp_path / "data"), embedder, chunker="test") as index:
        yield index
