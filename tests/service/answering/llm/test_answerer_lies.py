"""Whatever a language model makes up, nobody reads it; what it says truly is read."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store import Index
from service.answering.types import EXTRACTIVE
from tests.fakes.embedder import HashEmbedder
from tests.fakes.lies import APPROVE, EXPIRE, HOTEL, KEY, LEAVE, LIES, QUESTION, TRAVEL, TRUE
from tests.fakes.lying_model import LyingModel
from tests.fakes.serve import serve
from tests.service.answering.desk import make_document
from tests.service.answering.llm.writing import LlmDesk, assert_holds, whole

OF_DOCUMENTS = {TRUE, EXPIRE, APPROVE, HOTEL, "Anna Berg approves flights."}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder: Path = tmp_path_factory.mktemp("lies")
    settings = IndexSettings(data_dir=folder / "data")
    with Index(settings, HashEmbedder(dimension=256), chunker="test") as opened:
        yield opened


@pytest.fixture(scope="module")
def server() -> Iterator[LyingModel]:
    fake = LyingModel()
    with serve(fake.app) as url:
        fake.url = f"{url}/v1"
        yield fake


@pytest.fixture(scope="module")
def desk(company: Index, server: LyingModel) -> Iterator[LlmDesk]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LLM_KEY", KEY)
        made = LlmDesk(
            company,
            server.url,
            api_key_env="LLM_KEY",
            timeout=timedelta(seconds=6),
            first_token_timeout=timedelta(seconds=3),
        )
    made.put(make_document(LEAVE, name="leave.md"), make_document(TRAVEL, name="travel.md"))
    yield made
    made.close()


@pytest.mark.parametrize("name", LIES)
def test_lie_is_not_read_and_the_truth_beside_it_is(
    desk: LlmDesk, server: LyingModel, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    lie = LIES[name]
    server.requests.clear()
    server.replies = list(lie.replies)

    steps, answer = whole(desk.write(QUESTION))

    assert_holds(desk.index, steps, answer)
    assert {one.text for one in answer.sentences} <= OF_DOCUMENTS
    assert TRUE in {one.text for one in answer.sentences}
    shown = f"{answer.sentences} {answer.notes}".casefold()
    assert not [word for word in (*lie.never, KEY) if word.casefold() in shown]
    assert answer.written_by == ("openai_like/liar" if lie.survives else EXTRACTIVE)
    assert lie.survives or [note.kind for note in answer.notes] == ["fell_back"]
    assert KEY not in caplog.text
    assert QUESTION not in caplog.text


def test_there_are_thirty_lies_and_more() -> None:
    assert len(LIES) >= 30
