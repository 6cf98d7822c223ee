from collections.abc import Iterator

import pytest

from tests.fakes.lying_model import LyingModel
from tests.fakes.serve import serve


@pytest.fixture
def liar() -> Iterator[LyingModel]:
    fake = LyingModel()
    with serve(fake.app) as url:
        fake.url = f"{url}/v1"
        yield fake
