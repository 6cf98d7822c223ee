from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.settings import IndexSettings
from index.store import Index
from tests.fakes.embedder import HashEmbedder
from tests.service.receiving import Receiver
from tests.service.syncing import Desk, Told


@pytest.fixture
def empty_index(tmp_path: Path) -> Iterator[Index]:
    with Index(IndexSettings(data_dir=tmp_path), HashEmbedder(), chunker="whole") as index:
        yield index


@pytest.fixture
def receiver(empty_index: Index) -> Receiver:
    return Receiver(empty_index, Desk(empty_index, Told("issues"), Told("drive")))


@pytest.fixture
def client(receiver: Receiver) -> Iterator[TestClient]:
    client = receiver.client()
    yield client
    client.__exit__(None, None, None)
