"""POST /v1/ask as server-sent events, over real HTTP."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.access import PUBLIC, VisibleTo
from index.settings import IndexSettings
from index.store import Index
from index.types import ScoredChunk
from service.answering.extractive import ExtractiveAnswerer
from service.answering.types import Answerer, Writing, said
from service.answers import Answers
from service.app import create_app
from service.asking import Asking
from service.auditing.log import AuditLog
from service.auditing.settings import AuditSettings
from service.models.types import never
from service.operations import Operations
from service.parts import Opening, Parts
from service.retrieval import Retriever
from service.settings import ServiceSettings
from service.streaming import EVENT_STREAM
from tests.fakes.embedder import HashEmbedder
from tests.fakes.identities import gate_by_header
from tests.fakes.serve import serve
from tests.service.test_api import (
    ADA,
    BO,
    PAYROLL,
    QUESTION,
    RECEIPTS,
    document,
    put,
    quiet,
)

SETTINGS = ServiceSettings(answering={"min_confidence": 0.0})
Events = list[tuple[str, dict[str, Any]]]


class Slow:
    """Says its first sentence, then waits until it is told to stop."""

    def __init__(self, index: Index) -> None:
        self._other = ExtractiveAnswerer(index, SETTINGS)
        self.waits = threading.Event()
        self.stopped = threading.Event()
        self.closed = threading.Event()

    def write(
        self,
        question: str,
        evidence: tuple[ScoredChunk, ...],
        *,
        visible_to: VisibleTo,
        should_stop: Callable[[], bool] = never,
    ) -> Writing:
        answer = self._other.answer(question, evidence, visible_to=visible_to)
        try:
            yield from said(answer)
            self.waits.set()
            deadline = time.monotonic() + 20
            while not should_stop() and time.monotonic() < deadline:
                threading.Event().wait(0.01)
            if should_stop():
                self.stopped.set()
            return answer
        finally:
            self.closed.set()


class Breaks:
    """Fails after its first sentence, as nothing should."""

    def __init__(self, index: Index) -> None:
        self._other = ExtractiveAnswerer(index, SETTINGS)

    def write(
        self,
        question: str,
        evidence: tuple[ScoredChunk, ...],
        *,
        visible_to: VisibleTo,
        should_stop: Callable[[], bool] = never,
    ) -> Writing:
        del should_stop
        yield from said(self._other.answer(question, evidence, visible_to=visible_to))
        raise RuntimeError("the secret of the payroll")


class Service:
    """A service over two documents, one of them Ada's."""

    def __init__(self, folder: Path) -> None:
        self.index = Index(IndexSettings(data_dir=folder), HashEmbedder(), chunker="whole")
        put(self.index, document("docs:receipts.md", RECEIPTS, PUBLIC))
        put(self.index, document("docs:payroll.md", PAYROLL, f"user:{ADA['x-user']}"))
        self.audit = AuditLog(folder / "audit", AuditSettings())
        self.answerer: Answerer = ExtractiveAnswerer(self.index, SETTINGS)

    def parts(self) -> Parts:
        retriever = Retriever(self.index, HashEmbedder(), SETTINGS.retrieval)
        asking = Asking(self.index, retriever, self.answerer, SETTINGS)
        operations = Operations(self.index, {}, lambda *_: [])
        answers = Answers(asking, self.audit)
        return Parts(answers, operations, quiet(self.index, operations), lambda: None, self.audit)

    def app(self) -> Any:
        opening = Opening(self.parts)
        opening.start()
        opening.wait()
        return create_app(opening, gate_by_header())


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    yield service
    service.audit.close()
    service.index.close()


def events(url: str, question: dict[str, str], user: dict[str, str]) -> Events:
    headers = {"accept": EVENT_STREAM, **user}
    with httpx.stream("POST", f"{url}/v1/ask", json=question, headers=headers) as response:
        assert response.headers["content-type"].startswith(EVENT_STREAM)
        return read(response.read().decode())


def read(body: str) -> Events:
    found = []
    for block in body.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[0] != ":")
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_answer_comes_as_evidence_sentences_and_the_whole(service: Service) -> None:
    with serve(service.app()) as url:
        streamed = events(url, QUESTION, BO)
        whole = httpx.post(f"{url}/v1/ask", json=QUESTION, headers=BO).json()

    names = [name for name, _ in streamed]
    assert names == ["evidence", "sentence", "done"]
    assert streamed[-1][1] == whole
    assert streamed[1][1] == {
        "sentence": whole["sentences"][0],
        "citations": whole["citations"],
    }


def test_evidence_names_nothing_private_of_somebody_else(service: Service) -> None:
    question = {"question": "Who approved the payroll of June?"}
    with serve(service.app()) as url:
        unknown = events(url, question, {})[0][1]
        other = events(url, question, BO)[0][1]
        mine = events(url, question, ADA)[0][1]

    assert "docs:payroll.md" not in {one["doc_id"] for one in unknown["documents"]}
    assert "docs:payroll.md" not in {one["doc_id"] for one in other["documents"]}
    assert "docs:payroll.md" in {one["doc_id"] for one in mine["documents"]}


def test_what_cannot_be_answered_is_refused_with_its_status(service: Service) -> None:
    with serve(service.app()) as url:
        headers = {"accept": EVENT_STREAM, **ADA}
        response = httpx.post(f"{url}/v1/ask", json={"question": "  "}, headers=headers)

    assert (response.status_code, response.json()["error"]) == (422, "BadQuestion")


def test_writing_ends_when_nobody_reads_any_more(service: Service) -> None:
    service.answerer = slow = Slow(service.index)
    headers = {"accept": EVENT_STREAM, **ADA}
    with (
        serve(service.app()) as url,
        httpx.Client(base_url=url, headers=headers, timeout=10) as client,
    ):
        with client.stream("POST", "/v1/ask", json=QUESTION) as response:
            lines = response.iter_lines()
            while "event: sentence" not in next(lines):
                pass
            assert slow.waits.wait(10)
        assert slow.stopped.wait(10)
        assert slow.closed.wait(10)


def test_answer_that_breaks_off_says_so_and_not_why(service: Service) -> None:
    service.answerer = Breaks(service.index)
    with serve(service.app()) as url:
        streamed = events(url, QUESTION, ADA)

    assert [name for name, _ in streamed] == ["evidence", "sentence", "error"]
    assert streamed[-1][1]["error"] == "InternalError"
    assert "secret" not in json.dumps(streamed)


def test_what_is_streamed_is_recorded_before_it_is_sent(service: Service) -> None:
    service.answerer = Breaks(service.index)
    with serve(service.app()) as url:
        events(url, QUESTION, ADA)

    (entry,) = service.audit.entries()
    assert (entry.who, entry.action) == (ADA["x-user"], "evidence")
    assert set(entry.documents) == {"docs:receipts.md", "docs:payroll.md"}
