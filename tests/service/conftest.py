from collections.abc import Iterator
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store import Index
from tests.fakes.embedder import HashEmbedder


@pytest.fixture
def empty_index(tmp_path: Path) -> Iterator[Index]:
    with Index(IndexSettings(data_dir=tmp_path), HashEmbedder(), chunker="whole") as index:
        yield index
