"""A read side whose language model has begun and says nothing more."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.fakes.lying_model import LyingModel, Reply
from tests.fakes.serve import serve
from tests.service.test_conversing import Service

_PATIENT = {"timeout": timedelta(seconds=50), "first_token_timeout": timedelta(seconds=50)}


@contextmanager
def silent_model() -> Iterator[LyingModel]:
    """A model that is never done."""
    model = LyingModel()
    model.replies = [Reply("", then="silence")]
    with serve(model.app) as address:
        model.url = f"{address}/v1"
        yield model


@contextmanager
def waiting_for(model: LyingModel, folder: Path) -> Iterator[Service]:
    """What asks it, and is patient."""
    llm = {"model": "liar", "api_base": model.url, **_PATIENT}
    service = Service(folder, min_confidence=0.0, llm=llm)
    yield service
    service.close()
