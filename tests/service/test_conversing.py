"""Follow-ups, feedback, gaps and a language model, as the service puts them together, over HTTP."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.reading import Reading
from index.access import PUBLIC
from index.settings import IndexSettings
from index.store import Index
from service.app import create_app
from service.operations import Operations
from service.parts import Opening, Parts
from service.settings import ServiceSettings
from service.streaming import EVENT_STREAM
from tests.fakes.embedder import HashEmbedder
from tests.fakes.identities import gate_by_header
from tests.fakes.lying_model import LyingModel, Reply
from tests.fakes.serve import serve
from tests.service.test_api import ADA, BO, PAYROLL, RECEIPTS, document, put, quiet

ABOUT_RECEIPTS = "When must I upload the receipt?"
IT = "And who wants to see it?"


class Service:
    """The read side as the command line composes it, over two documents."""

    def __init__(self, folder: Path, **answering: Any) -> None:
        settings = ServiceSettings.model_validate({"answering": answering})
        self.index = Index(IndexSettings(data_dir=folder), HashEmbedder(), chunker="whole")
        put(self.index, document("docs:receipts.md", RECEIPTS, PUBLIC, title="Receipts"))
        put(self.index, document("docs:payroll.md", PAYROLL, f"user:{ADA['x-user']}"))
        self.reading = Reading(self.index, HashEmbedder(), settings, folder)

    def app(self) -> Any:
        return create_app(self.opening(), gate_by_header())

    def opening(self) -> Opening:
        operations = Operations(self.index, {}, lambda *_: [])
        read = self.reading
        parts = Parts(
            read.answers,
            operations,
            quiet(self.index, operations),
            lambda: None,
            read.audit,
            read.feedback,
            read.gaps,
        )
        opening = Opening(lambda: parts)
        opening.start()
        opening.wait()
        return opening

    def close(self) -> None:
        self.reading.close()
        self.index.close()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    service = Service(tmp_path, min_confidence=0.0)
    with serve(service.app()) as url:
        yield url
    service.close()


def ask(url: str, user: dict[str, str], question: str, conversation: str = "new") -> Any:
    body = {"question": question, "conversation": conversation}
    response = httpx.post(f"{url}/v1/ask", json=body, headers=user)
    assert response.status_code == 200, response.text
    return response.json()


def refused(url: str, user: dict[str, str], conversation: str) -> Any:
    body = {"question": IT, "conversation": conversation}
    response = httpx.post(f"{url}/v1/ask", json=body, headers=user)
    assert response.status_code == 404
    return response.json()["detail"].replace(conversation, "…")


def test_follow_up_is_understood_by_what_was_asked_before(url: str) -> None:
    first = ask(url, ADA, ABOUT_RECEIPTS)
    second = ask(url, ADA, IT, first["conversation"])

    assert first["standalone"] == ABOUT_RECEIPTS
    assert (second["question"], second["conversation"]) == (IT, first["conversation"])
    assert "receipt" in second["standalone"]


def test_question_without_a_conversation_is_not_remembered(url: str) -> None:
    answer = httpx.post(f"{url}/v1/ask", json={"question": IT}, headers=ADA).json()

    assert (answer["conversation"], answer["standalone"]) == (None, IT)


def test_conversation_of_somebody_else_looks_missing(url: str) -> None:
    hers = ask(url, ADA, ABOUT_RECEIPTS)["conversation"]

    assert refused(url, BO, hers) == refused(url, BO, "there-never-was-one")
    assert httpx.delete(f"{url}/v1/conversations/{hers}", headers=BO).status_code == 404
    assert ask(url, ADA, IT, hers)["conversation"] == hers


def test_forgotten_conversation_is_gone(url: str) -> None:
    hers = ask(url, ADA, ABOUT_RECEIPTS)["conversation"]

    assert httpx.delete(f"{url}/v1/conversations/{hers}", headers=ADA).status_code == 204
    refused(url, ADA, hers)


def test_feedback_makes_a_gap_that_operators_alone_are_shown(url: str) -> None:
    answer_id = ask(url, ADA, ABOUT_RECEIPTS)["answer_id"]
    said = {"answer": answer_id, "verdict": "outdated", "text": "It is 14 days now."}

    assert httpx.post(f"{url}/v1/feedback", json=said, headers=BO).status_code == 404
    assert httpx.post(f"{url}/v1/feedback", json=said, headers=ADA).json() == {"replaced": False}
    assert httpx.get(f"{url}/v1/gaps", headers=ADA).status_code == 403
    (gap,) = httpx.get(f"{url}/v1/gaps").json()["gaps"]  # the person at this machine operates it
    assert (gap["question"], gap["reasons"]["outdated"]) == (ABOUT_RECEIPTS, 1)
    assert ADA["x-user"] not in json.dumps(gap)
    assert httpx.post(f"{url}/v1/gaps/{gap['gap_id']}/dismiss", headers=ADA).status_code == 403
    assert httpx.post(f"{url}/v1/gaps/{gap['gap_id']}/dismiss").status_code == 200
    assert httpx.get(f"{url}/v1/gaps").json()["gaps"] == []


def test_refusal_says_what_was_searched_of_what_this_person_may_read(tmp_path: Path) -> None:
    service = Service(tmp_path, min_confidence=1.0)
    with serve(service.app()) as url:
        unknown = httpx.post(f"{url}/v1/ask", json={"question": IT}, headers=BO).json()
        mine = httpx.post(f"{url}/v1/ask", json={"question": IT}, headers=ADA).json()
    service.close()

    assert (unknown["refusal"]["documents"], mine["refusal"]["documents"]) == (1, 2)
    assert [one["doc_id"] for one in unknown["nearest"]] == ["docs:receipts.md"]
    assert unknown["nearest"][0]["quote"] == RECEIPTS.strip()


def test_request_that_ends_early_ends_the_call_of_the_model(tmp_path: Path) -> None:
    said = {"sentence": RECEIPTS.strip(), "quotes": [{"passage": 1, "quote": RECEIPTS.strip()}]}
    model = LyingModel()
    model.replies = [Reply(json.dumps(said) + "\n", then="silence")]
    with serve(model.app) as model_url:
        patient = {"timeout": timedelta(seconds=50), "first_token_timeout": timedelta(seconds=50)}
        llm = {"model": "liar", "api_base": f"{model_url}/v1", **patient}
        service = Service(tmp_path, min_confidence=0.0, llm=llm)
        headers = {"accept": EVENT_STREAM, **BO}
        with serve(service.app()) as url, httpx.Client(base_url=url, headers=headers) as client:
            body = {"question": ABOUT_RECEIPTS}
            with client.stream("POST", "/v1/ask", json=body, timeout=20) as response:
                lines = response.iter_lines()
                while "event: sentence" not in next(lines):
                    pass
                assert RECEIPTS.strip() in next(lines)
            assert model.left.wait(10)
        service.close()

    assert PAYROLL.strip() not in model.prompt


def test_answers_that_wait_for_a_model_do_not_hold_up_the_rest(tmp_path: Path) -> None:
    model = LyingModel()
    model.replies = [Reply("", then="blanks")]
    with serve(model.app) as model_url:
        patient = {"timeout": timedelta(seconds=9), "first_token_timeout": timedelta(seconds=9)}
        llm = {"model": "liar", "api_base": f"{model_url}/v1", **patient}
        service = Service(tmp_path, min_confidence=0.0, llm=llm)
        with serve(service.app()) as url, ThreadPoolExecutor(50) as many:
            body = {"question": ABOUT_RECEIPTS}
            asked = [
                many.submit(httpx.post, f"{url}/v1/ask", json=body, headers=who, timeout=60)
                for who in ({"x-user": f"person-{n}@tallow.example"} for n in range(44))
            ]
            while len(model.requests) < 20:
                assert httpx.get(f"{url}/healthz", timeout=6).status_code == 200
            assert httpx.get(f"{url}/v1/search", params={"q": "receipt"}, timeout=6).is_success
            assert {one.result().status_code for one in asked} == {200}
        service.close()
