from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from service.models.opening import open_model
from service.models.settings import LlmSettings
from service.models.streaming import StreamingModel
from tests.fakes.lying_model import LyingModel
from tests.fakes.serve import serve

Opens = Callable[..., StreamingModel]


@pytest.fixture
def liar() -> Iterator[LyingModel]:
    fake = LyingModel()
    with serve(fake.app) as url:
        fake.url = f"{url}/v1"
        yield fake


@pytest.fixture
def opened(liar: LyingModel) -> Iterator[Opens]:
    made: list[StreamingModel] = []

    def make(**values: object) -> StreamingModel:
        waits = {"first_token_timeout": timedelta(seconds=30)}
        settings = {"model": "liar", "api_base": liar.url, **waits, **values}
        made.append(open_model(LlmSettings.model_validate(settings)))
        return made[-1]

    yield make
    for model in made:
        model.close()
