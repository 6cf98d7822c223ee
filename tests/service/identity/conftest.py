from collections.abc import Iterator

import pytest

from tests.fakes.directory import FakeDirectory, fake_directory
from tests.service.identity.provider import FakeProvider, fake_provider


@pytest.fixture(scope="module")
def provider_server() -> Iterator[FakeProvider]:
    with fake_provider() as fake:
        yield fake


@pytest.fixture
def provider(provider_server: FakeProvider) -> FakeProvider:
    provider_server.reset()
    return provider_server


@pytest.fixture(scope="module")
def directory_server() -> Iterator[FakeDirectory]:
    with fake_directory() as fake:
        yield fake


@pytest.fixture
def google(directory_server: FakeDirectory) -> FakeDirectory:
    directory_server.reset()
    return directory_server
