from collections.abc import Iterator
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store import Index
from tests.fakes.embedder import HashEmbedder
from tests.service.conversations.handbook import put


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index(IndexSettings(data_dir=tmp_path), HashEmbedder(), chunker="test") as opened:
        put(opened)
        yield opened
