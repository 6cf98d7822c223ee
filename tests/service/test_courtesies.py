"""What is said to people who greet and thank, by each way in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service import schemas
from service.answering.courtesy import COURTESY
from service.streaming import EVENT_STREAM
from tests.fakes.lying_model import LyingModel
from tests.fakes.serve import serve
from tests.service.test_api import ADA
from tests.service.test_conversing import ABOUT_RECEIPTS, IT, Service, ask
from tests.service.test_streaming import events

HELLO = "Hello, are you there?"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    service = Service(tmp_path, min_confidence=0.0)
    with serve(service.app()) as url:
        yield url
    service.close()


def chat(url: str, *said: str) -> Any:
    messages = [{"role": "user", "content": text} for text in said]
    body = {"model": "answerable", "messages": messages}
    return httpx.post(f"{url}/v1/chat/completions", json=body, headers=ADA).json()


def test_courtesy_is_told_what_can_be_asked_and_nothing_else(url: str) -> None:
    answer = schemas.Answer.model_validate(ask(url, ADA, HELLO))

    assert (answer.answer, answer.abstained, answer.written_by) == (COURTESY, True, "extractive")
    assert (answer.sentences, answer.citations, answer.nearest) == ([], [], [])
    assert (answer.refusal, answer.answer_id, answer.standalone) == (None, None, HELLO)


def test_courtesy_has_the_events_of_any_refusal(url: str) -> None:
    (first, evidence), (last, done) = events(url, {"question": HELLO}, ADA)

    assert (first, evidence["documents"]) == ("evidence", [])
    assert (last, done["answer"]) == ("done", COURTESY)


def test_chat_says_the_same_and_nothing_below_it(url: str) -> None:
    assert chat(url, HELLO)["choices"][0]["message"]["content"] == COURTESY


def test_courtesy_is_no_gap(url: str) -> None:
    ask(url, ADA, HELLO)
    chat(url, HELLO)

    assert httpx.get(f"{url}/v1/gaps").json()["gaps"] == []


def test_question_after_a_courtesy_follows_up_what_was_before_it(url: str) -> None:
    conversation = ask(url, ADA, ABOUT_RECEIPTS)["conversation"]
    plain = ask(url, ADA, IT, ask(url, ADA, ABOUT_RECEIPTS)["conversation"])

    assert ask(url, ADA, "Thanks!", conversation)["conversation"] == conversation
    assert ask(url, ADA, IT, conversation)["standalone"] == plain["standalone"] != IT


def test_conversation_that_begins_with_a_courtesy_goes_on(url: str) -> None:
    conversation = ask(url, ADA, HELLO)["conversation"]
    first = ask(url, ADA, IT, conversation)

    assert (first["conversation"], first["standalone"]) == (conversation, IT)


def test_courtesies_in_a_chat_are_nothing_to_follow_up(url: str) -> None:
    with_them = chat(url, HELLO, ABOUT_RECEIPTS, "thanks", IT)["answerable"]
    without = chat(url, ABOUT_RECEIPTS, IT)["answerable"]

    assert with_them["standalone"] == without["standalone"] != IT


def test_no_language_model_is_asked_for_a_courtesy(tmp_path: Path) -> None:
    model = LyingModel()
    with serve(model.app) as model_url:
        llm = {"model": "liar", "api_base": f"{model_url}/v1"}
        service = Service(tmp_path, min_confidence=0.0, llm=llm)
        with serve(service.app()) as url:
            conversation = ask(url, ADA, HELLO)["conversation"]
            assert ask(url, ADA, "What can you do?", conversation)
            headers = {"accept": EVENT_STREAM, **ADA}
            streamed = httpx.post(f"{url}/v1/ask", json={"question": "ok"}, headers=headers)
        service.close()

    assert json.loads(streamed.text.rpartition("data: ")[2])["answer"] == COURTESY
    assert model.requests == []
