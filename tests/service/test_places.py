"""How many slow answers one person is given at once, by each way in, over real HTTP."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.access import Principal
from service.answers import Answers
from service.conversations.store import Conversations
from service.errors import TooManyRequests
from service.identity.types import SERVICE, Identity
from service.limits import Places
from service.settings import ConversationSettings
from service.streaming import EVENT_STREAM
from tests.fakes.lying_model import LyingModel, Reply
from tests.fakes.serve import serve
from tests.service.mcp.test_http import ACCEPT
from tests.service.test_api import ADA, BO
from tests.service.test_conversing import ABOUT_RECEIPTS, Service
from tests.service.waiting import silent_model, waiting_for

QUESTION = {"question": ABOUT_RECEIPTS}
MESSAGES = {"model": "answerable", "messages": [{"role": "user", "content": ABOUT_RECEIPTS}]}
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "ask", "arguments": QUESTION},
}


def with_places(service: Service, most: int) -> None:
    read = service.reading
    conversations = Conversations(ConversationSettings())
    vars(read)["answers"] = Answers(
        read.asking, read.audit, conversations, read.feedback, Places(most)
    )


@pytest.fixture
def model() -> Iterator[LyingModel]:
    with silent_model() as model:
        yield model


@pytest.fixture
def service(tmp_path: Path, model: LyingModel) -> Iterator[Service]:
    with waiting_for(model, tmp_path) as service:
        with_places(service, 2)
        yield service


@pytest.fixture
def url(service: Service) -> Iterator[str]:
    with serve(service.app()) as url:
        yield url


@contextmanager
def slow(url: str, who: dict[str, str]) -> Iterator[None]:
    """An answer that goes on until the block ends."""
    headers = {"accept": EVENT_STREAM, **who}
    with (
        httpx.Client(timeout=20) as client,
        client.stream("POST", f"{url}/v1/ask", json=QUESTION, headers=headers) as response,
    ):
        assert response.status_code == 200, response.read()
        yield


@pytest.fixture
def busy(url: str) -> Iterator[ExitStack]:
    """Ada, for whom as many answers are written as may be at once."""
    with ExitStack() as answers:
        for _ in range(2):
            answers.enter_context(slow(url, ADA))
        yield answers


def both_are_free(url: str) -> bool:
    """Whether Ada has two places soon: the service needs a moment to see that she has gone."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(AssertionError), slow(url, ADA), slow(url, ADA):
            return True
    return False


def post(url: str, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return httpx.post(f"{url}{path}", json=body, headers={**ADA, **headers}, timeout=20)


@pytest.mark.parametrize(
    ("path", "body", "accept"),
    [
        ("/v1/ask", QUESTION, "application/json"),
        ("/v1/ask", QUESTION, EVENT_STREAM),
        ("/v1/chat/completions", MESSAGES, "*/*"),
        ("/v1/chat/completions", {**MESSAGES, "stream": True}, "*/*"),
    ],
)
@pytest.mark.usefixtures("busy")
def test_one_answer_too_many_is_refused_like_one_request_too_many(
    url: str, path: str, body: dict[str, Any], accept: str
) -> None:
    response = post(url, path, body, accept=accept)

    assert response.status_code == 429
    assert response.headers["retry-after"] == "5"
    assert "2 of your questions are being answered" in response.text


@pytest.mark.usefixtures("busy")
def test_tool_says_that_it_is_one_too_many(url: str) -> None:
    result = post(url, "/mcp", CALL, **ACCEPT).json()["result"]

    assert result["isError"]
    assert result["content"][0]["text"].startswith("TooManyRequests: 2 of your questions")


@pytest.mark.usefixtures("busy")
def test_what_does_not_wait_for_a_model_is_not_refused(url: str) -> None:
    found = httpx.get(f"{url}/v1/search", params={"q": "receipt"}, headers=ADA)
    assert found.status_code == 200


@pytest.mark.usefixtures("busy")
def test_other_people_have_places_of_their_own(url: str) -> None:
    with slow(url, BO), slow(url, BO):
        assert post(url, "/v1/ask", QUESTION).status_code == 429


@pytest.mark.usefixtures("busy")
def test_person_at_this_machine_is_not_limited(url: str) -> None:
    with slow(url, {}), slow(url, {}), slow(url, {}):
        pass


def test_place_is_given_back_when_somebody_goes_in_the_middle(url: str, busy: ExitStack) -> None:
    assert post(url, "/v1/ask", QUESTION, accept=EVENT_STREAM).status_code == 429

    busy.close()

    assert both_are_free(url)


def test_refused_and_broken_requests_leave_every_place_free(url: str, model: LyingModel) -> None:
    model.replies = [Reply(status=500)]
    for _ in range(3):
        assert post(url, "/v1/ask", {"question": " "}).status_code == 422
        assert post(url, "/v1/ask", {**QUESTION, "conversation": "none"}).status_code == 404
        assert post(url, "/v1/ask", QUESTION).json()["notes"][0]["kind"] == "fell_back"
        assert post(url, "/v1/ask", QUESTION, accept=EVENT_STREAM).status_code == 200

    model.replies = [Reply("", then="silence")]
    with slow(url, ADA), slow(url, ADA):
        pass


def test_stopped_answer_is_recorded_and_no_gap(
    service: Service, url: str, model: LyingModel
) -> None:
    with slow(url, ADA):
        assert model.came.wait(10)
    assert model.left.wait(10)

    assert both_are_free(url)  # so it has ended
    assert httpx.get(f"{url}/v1/gaps").json()["gaps"] == []
    # What was read for it is recorded, a moment after; the test's time limit ends this otherwise.
    while ADA["x-user"] not in {
        one.who for one in service.reading.audit.entries() if one.action == "ask"
    }:
        pass


def test_key_without_a_person_has_places_for_many(service: Service) -> None:
    answers = service.reading.answers
    many = Identity(Principal(f"{SERVICE}wiki"), "key", "wiki", key_id="k1")
    guest = Identity(Principal(f"{SERVICE}slack guest T1 U1"), "slack", "slack guest T1 U1")
    begun = [answers.stream(many, ABOUT_RECEIPTS) for _ in range(9)]
    begun_by_guest = [answers.stream(guest, ABOUT_RECEIPTS) for _ in range(3)]

    for one in (*begun[:8], *begun_by_guest[:2]):
        next(one)
    for one in (begun[8], begun_by_guest[2]):
        with pytest.raises(TooManyRequests):
            next(one)


def test_without_places_nobody_is_limited(tmp_path: Path) -> None:
    service = Service(tmp_path, min_confidence=0.0)
    person = Identity(Principal(ADA["x-user"]), "key", ADA["x-user"])
    begun = [service.reading.answers.stream(person, ABOUT_RECEIPTS) for _ in range(40)]

    assert all(next(one) for one in begun)
    service.close()
