from collections.abc import Iterator

import pytest

from tests.fakes.google import FakeGoogle
from tests.ingest.sources.google_reading import Reader


@pytest.fixture(scope="session")
def google_server() -> Iterator[FakeGoogle]:
    with FakeGoogle().running() as fake:
        yield fake


@pytest.fixture
def google(google_server: FakeGoogle) -> FakeGoogle:
    google_server.reset()
    return google_server


@pytest.fixture
def reader(google: FakeGoogle) -> Reader:
    return Reader(google)
