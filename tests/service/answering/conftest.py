from collections.abc import Iterator
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store import Index
from tests.fakes.embedder import HashEmbedder
from tests.service.answering.desk import Desk


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    settings = IndexSettings(data_dir=tmp_path / "data")
    with Index(settings, HashEmbedder(dimension=256), chunker="test") as opened:
        yield opened


@pytest.fixture
def desk(index: Index) -> Desk:
    return Desk(index)
