from collections.abc import Iterator
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store import Index
from tests.fakes.embedder import HashEmbedder
from tests.service.gaps.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    settings = IndexSettings(data_dir=tmp_path)
    with Index(settings, HashEmbedder(dimension=256), chunker="test") as index:
        office = Office(index, tmp_path)
        yield office
        office.store.close()
