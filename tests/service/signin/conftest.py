from collections.abc import Iterator

import pytest

from tests.service.signin.provider import SignInProvider, sign_in_provider
from tests.service.signin.world import Browser, World


@pytest.fixture(scope="module")
def provider_server() -> Iterator[SignInProvider]:
    with sign_in_provider() as fake:
        yield fake


@pytest.fixture
def provider(provider_server: SignInProvider) -> SignInProvider:
    provider_server.reset()
    return provider_server


@pytest.fixture
def bare(provider: SignInProvider) -> Iterator[World]:
    """A world that has not started."""
    made = World(provider)
    yield made
    for close in made.closing:
        close()


@pytest.fixture
def world(bare: World) -> World:
    return bare.start()


@pytest.fixture
def browser(world: World) -> Browser:
    return world.browser()
