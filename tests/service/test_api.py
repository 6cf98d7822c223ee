import logging
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from index.access import PUBLIC
from index.settings import IndexSettings
from index.store import Index
from index.types import Block, ChunkDraft, DocId, Document, Revision, Section, Span
from service import operator_schemas, schemas
from service.answering.extractive import ExtractiveAnswerer
from service.answers import Answers
from service.app import MAX_BODY_BYTES, create_app
from service.asking import Asking
from service.auditing.log import AuditLog
from service.auditing.settings import AuditSettings
from service.operations import ConfiguredSource, Operations
from service.operator_schemas import SyncOrder
from service.parts import Opening, Parts
from service.retrieval import Retriever
from service.settings import ServiceSettings
from service.turns import Running
from service.webhooks import Webhooks
from tests.fakes.embedder import HashEmbedder
from tests.fakes.identities import gate_by_header

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RECEIPTS = "Upload the receipt within 30 days of the purchase.\n"
PAYROLL = "The payroll of June is approved by Ada.\n"
ADA = {"x-user": "ada@tallowmere.example"}
BO = {"x-user": "bo@tallowmere.example"}
FOLDER = ConfiguredSource("docs_repo")
QUESTION = {"question": "When must I upload the receipt?"}


def document(doc_id: str, text: str, *readers: str, title: str = "Money") -> Document:
    whole = Span(0, len(text))
    url = f"https://docs.example/{doc_id}"
    return Document(
        doc_id=DocId(doc_id),
        source="docs",
        title=title,
        url=url,
        text=text,
        markup="markdown",
        sections=(Section((title,), whole, url, blocks=(Block("paragraph", whole),)),),
        readers=frozenset(readers),
        revision=Revision("1"),
        lines_url="https://git.example/money.md#L{start}-L{end}",
        updated_at=NOW,
        status="current",
    )


def put(index: Index, *documents: Document) -> None:
    index.put([(d, [ChunkDraft(0, Span(0, len(d.text)), d.text.strip())]) for d in documents])


def report_of(source: str) -> str:
    return operator_schemas.SyncReport(
        source=source,
        started_at=NOW,
        finished_at=NOW,
        listed=1,
        indexed=1,
        unchanged=0,
        deleted=0,
        skipped={"docs:logo.md": "binary"},
        chunks=1,
        embedded=1,
        complete=True,
        error=None,
        seconds={},
        plan=None,
    ).model_dump_json()


class Runs:
    """Stands for the sync that the command line composes: it remembers its orders."""

    def __init__(self) -> None:
        self.orders: list[tuple[Sequence[str], SyncOrder]] = []
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self, names: Sequence[str], order: SyncOrder, _: Running) -> list[str]:
        self.orders.append((names, order))
        self.begun.set()
        self.may_end.wait(30)
        return [report_of(name) for name in names]


def made_asking(index: Index, min_confidence: float) -> Asking:
    settings = ServiceSettings(answering={"min_confidence": min_confidence})
    retriever = Retriever(index, HashEmbedder(), settings.retrieval)
    return Asking(index, retriever, ExtractiveAnswerer(index, settings), settings)


def quiet(index: Index, operations: Operations) -> Webhooks:
    return Webhooks(index.sources.wakeups, operations.wake, lambda _: [], None)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index(IndexSettings(data_dir=tmp_path), HashEmbedder(), chunker="whole") as index:
        put(index, document("docs:receipts.md", RECEIPTS, PUBLIC))
        put(index, document("docs:payroll.md", PAYROLL, f"user:{ADA['x-user']}"))
        yield index


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def parts(index: Index, runs: Runs) -> Parts:
    # Any evidence is enough for an answer: how sure it is, is not what is tested here.
    asking = made_asking(index, min_confidence=0.0)
    operations = Operations(index, {"docs": FOLDER, "wiki": FOLDER}, runs)
    return Parts(Answers(asking), operations, quiet(index, operations), lambda: None)


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    opening = Opening(lambda: parts)
    with TestClient(create_app(opening, gate_by_header())) as client:
        opening.wait()
        yield client


def ask(client: TestClient, question: str, user: Mapping[str, str] | None = None) -> schemas.Answer:
    response = client.post("/v1/ask", json={"question": question}, headers=user)
    assert response.status_code == 200
    return schemas.Answer.model_validate_json(response.content)


def found(client: TestClient, query: str, user: Mapping[str, str] | None = None) -> set[str]:
    response = client.get("/v1/search", params={"q": query}, headers=user)
    return {hit["doc_id"] for hit in response.json()["hits"]}


def test_answer_carries_a_citation_whose_quote_is_in_the_document(client: TestClient) -> None:
    answer = ask(client, QUESTION["question"])

    assert answer.answer == f"{RECEIPTS.strip()} [1]"
    assert answer.sentences[0].citations == [1]
    (citation,) = answer.citations
    assert citation.doc_id == "docs:receipts.md"
    assert RECEIPTS[citation.span.start : citation.span.end] == citation.quote
    assert citation.source_url == "https://git.example/money.md#L1-L1"
    assert answer.timings_ms["total_ms"] > 0


def test_refusal_is_said_in_words_and_names_what_comes_nearest(index: Index, parts: Parts) -> None:
    asking = made_asking(index, min_confidence=1.0)
    opening = Opening(lambda: replace(parts, answers=Answers(asking)))
    with TestClient(create_app(opening, gate_by_header())) as client:
        opening.wait()
        answer = ask(client, "Is there a receipt for the moon?")

    assert (answer.abstained, answer.answer) == (True, schemas.REFUSAL)
    assert (answer.sentences, answer.citations) == ([], [])
    assert [document.doc_id for document in answer.nearest] == ["docs:receipts.md"]


def test_answer_uses_nothing_private_for_somebody_unknown(client: TestClient) -> None:
    cited = {c.doc_id for c in ask(client, "Who approved the payroll of June?").citations}
    assert "docs:payroll.md" not in cited


def test_answer_uses_nothing_private_of_somebody_else(client: TestClient) -> None:
    cited = {c.doc_id for c in ask(client, "Who approved the payroll of June?", BO).citations}
    assert "docs:payroll.md" not in cited


def test_answer_uses_what_is_mine(client: TestClient) -> None:
    cited = {c.doc_id for c in ask(client, "Who approved the payroll of June?", ADA).citations}
    assert "docs:payroll.md" in cited


def test_search_finds_what_is_public_for_somebody_unknown(client: TestClient) -> None:
    assert found(client, "payroll receipt") == {"docs:receipts.md"}


def test_search_finds_nothing_private_of_somebody_else(client: TestClient) -> None:
    assert found(client, "payroll receipt", BO) == {"docs:receipts.md"}


def test_search_finds_what_is_mine(client: TestClient) -> None:
    assert found(client, "payroll receipt", ADA) == {"docs:receipts.md", "docs:payroll.md"}


@pytest.mark.parametrize("user", [{}, BO])
def test_unreadable_document_looks_missing(client: TestClient, user: dict[str, str]) -> None:
    forbidden = client.get("/v1/documents/docs:payroll.md", headers=user)
    unknown = client.get("/v1/documents/docs:unknown.md", headers=user)

    assert forbidden.status_code == unknown.status_code == 404
    assert forbidden.text.replace("payroll", "unknown") == unknown.text
    assert forbidden.headers.keys() == unknown.headers.keys()


def test_my_document_has_its_text_and_sections(client: TestClient) -> None:
    mine = client.get("/v1/documents/docs:payroll.md", headers=ADA).json()

    assert mine["text"] == PAYROLL
    assert mine["sections"][0]["span"] == {"start": 0, "end": len(PAYROLL)}


def test_document_does_not_say_who_reads_it(client: TestClient) -> None:
    assert "readers" not in client.get("/v1/documents/docs:payroll.md", headers=ADA).json()


@pytest.mark.parametrize(("user", "count"), [({}, 1), (BO, 1), (ADA, 2)])
def test_list_of_documents_is_that_of_who_asks(
    client: TestClient, user: dict[str, str], count: int
) -> None:
    assert len(client.get("/v1/documents", headers=user).json()["documents"]) == count


@pytest.mark.parametrize(
    "name", ["a folder/what?.md", "so#so.md", "höhe/100%.md", "a//b.md", "a\nb.md"]
)
def test_document_is_found_by_any_name(client: TestClient, index: Index, name: str) -> None:
    put(index, document(f"docs:{name}", RECEIPTS, PUBLIC))

    assert client.get(f"/v1/documents/{quote(f'docs:{name}')}").json()["doc_id"] == f"docs:{name}"


def test_identity_that_does_not_hold_is_401(client: TestClient) -> None:
    response = client.post("/v1/ask", json=QUESTION, headers={"x-user": "forged"})

    assert response.status_code == 401
    assert response.json()["error"] == "Unauthenticated"


def test_without_identities_the_person_at_this_machine_asks_and_nobody_else(parts: Parts) -> None:
    opening = Opening(lambda: parts)
    here = {"base_url": "http://localhost", "client": ("127.0.0.1", 1)}
    with TestClient(create_app(opening), **here) as client:
        opening.wait()
        assert ask(client, QUESTION["question"]).citations
        client.headers["host"] = "elsewhere.example"
        assert client.post("/v1/ask", json=QUESTION).status_code == 401


def test_times_are_told_to_operators_alone(client: TestClient) -> None:
    assert ask(client, QUESTION["question"]).timings_ms["total_ms"] > 0
    assert ask(client, QUESTION["question"], BO).timings_ms == {}
    search = client.get("/v1/search", params={"q": "receipt"}, headers=BO)
    assert search.json()["timings_ms"] == {}


def test_only_operators_operate(client: TestClient) -> None:
    for method, path in (
        ("GET", "/v1/status"),
        ("POST", "/v1/sync/docs"),
        ("DELETE", "/v1/sources/gone"),
    ):
        response = client.request(method, path, headers=BO)
        assert (response.status_code, response.json()["error"]) == (403, "Forbidden")
    response = client.post("/v1/sync", json={}, headers=BO)
    assert response.status_code == 403


def test_what_is_shown_is_recorded_first_or_not_shown(
    index: Index, parts: Parts, tmp_path: Path
) -> None:
    log = AuditLog(tmp_path / "audit", AuditSettings())
    answers = Answers(made_asking(index, min_confidence=0.0), log)
    opening = Opening(lambda: replace(parts, answers=answers, audit=log))
    with TestClient(create_app(opening, gate_by_header())) as client:
        opening.wait()
        ask(client, QUESTION["question"], ADA)
        found(client, "payroll", BO)
        client.get("/v1/documents/docs:receipts.md", headers=BO)
        (tmp_path / "audit" / "head.json").unlink()
        shutil.rmtree(tmp_path / "audit")
        (tmp_path / "audit").write_text("in the way")
        refused = client.post("/v1/ask", json=QUESTION, headers=ADA)

    assert (refused.status_code, refused.json()["error"]) == (503, "NotRecorded")
    assert "receipt" not in refused.text


def test_audit_log_says_who_saw_which_documents(index: Index, parts: Parts, tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", AuditSettings())
    answers = Answers(made_asking(index, min_confidence=0.0), log)
    opening = Opening(lambda: replace(parts, answers=answers, audit=log))
    with TestClient(create_app(opening, gate_by_header())) as client:
        opening.wait()
        ask(client, QUESTION["question"], ADA)
        found(client, "payroll", BO)

    asked, searched = log.entries()
    assert (asked.who, asked.action, asked.documents[0]) == (
        ADA["x-user"], "ask", "docs:receipts.md",
    )  # fmt: skip
    assert (searched.who, searched.documents) == (BO["x-user"], ("docs:receipts.md",))
    assert asked.question is None
    assert log.verify() == []


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("a" * 2001, "2,001 characters"),
        ("what\0is", "control"),
        ("\x1b[2J", "control"),
        ("\ud800", "control"),
    ],
)
def test_bad_question_is_422_and_says_why(client: TestClient, question: str, why: str) -> None:
    body = '{"question": "' + question.encode("unicode_escape").decode() + '"}'
    body = body.replace("\\x", "\\u00")
    response = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})

    assert response.status_code == 422
    assert response.json()["error"] == "BadQuestion"
    assert why in response.json()["detail"]


def test_question_may_have_blanks_around_it_and_several_lines(client: TestClient) -> None:
    assert ask(client, "  When must I\nupload the receipt? ").question.startswith("When")


@pytest.mark.parametrize("params", [{}, {"q": "x", "limit": 0}, {"q": "x", "limit": 51}])
def test_request_that_is_not_understood_has_the_shape_of_every_error(
    client: TestClient, params: dict[str, str]
) -> None:
    response = client.get("/v1/search", params=params)

    assert response.status_code == 422
    assert set(response.json()) == {"error", "detail"}


def test_body_that_is_too_large_is_not_read(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": "a" * MAX_BODY_BYTES})
    assert response.status_code == 413


def test_unknown_address_has_the_shape_of_every_error(client: TestClient) -> None:
    response = client.get("/nowhere")
    assert (response.status_code, response.json()["error"]) == (404, "NotFound")


def test_hits_say_where_they_are_and_why(client: TestClient) -> None:
    (hit,) = client.get("/v1/search", params={"q": "receipt", "limit": 1}).json()["hits"]

    assert hit["text"] == RECEIPTS.strip()
    assert hit["lines"] == {"first": 1, "last": 1}
    assert hit["source_url"] == "https://git.example/money.md#L1-L1"
    assert set(hit["signals"]) == {"dense", "lexical"}


def test_search_by_document_names_each_once(client: TestClient, index: Index) -> None:
    text = "Receipts first.\n\nReceipts again.\n"
    halves = [ChunkDraft(0, Span(0, 15), "Receipts first."), ChunkDraft(0, Span(17, 32), "Again")]
    index.put([(document("docs:twice.md", text, PUBLIC), halves)])

    params = {"q": "receipts", "by": "document"}
    hits = client.get("/v1/search", params=params).json()["hits"]
    assert sorted(hit["doc_id"] for hit in hits) == ["docs:receipts.md", "docs:twice.md"]


def test_process_is_alive_while_the_index_is_being_opened(parts: Parts) -> None:
    may_open = threading.Event()

    def make() -> Parts:
        may_open.wait(30)
        return parts

    opening = Opening(make)
    with TestClient(create_app(opening, gate_by_header())) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").status_code == 503
        assert client.post("/v1/ask", json=QUESTION).json()["error"] == "NotReady"
        may_open.set()
        opening.wait()
        assert client.get("/readyz").json() == {"status": "ready"}


def test_index_that_cannot_be_opened_is_said_and_told() -> None:
    def make() -> Parts:
        raise OSError("no such disk")

    told = threading.Event()
    opening = Opening(make, failed=told.set)
    with TestClient(create_app(opening, gate_by_header())) as client:
        opening.wait()
        response = client.get("/readyz")

    assert response.status_code == 503
    assert "no such disk" in response.json()["detail"]
    assert told.is_set()


def test_parts_are_closed_when_the_service_ends(parts: Parts) -> None:
    closed = threading.Event()
    opening = Opening(lambda: replace(parts, close=closed.set))
    with TestClient(create_app(opening, gate_by_header())):
        opening.wait()

    assert closed.is_set()


def test_sync_runs_all_sources_unless_some_are_named(client: TestClient, runs: Runs) -> None:
    client.post("/v1/sync", json={})
    client.post("/v1/sync", json={"sources": ["wiki", "wiki"], "dry_run": True})

    assert [names for names, _ in runs.orders] == [["docs", "wiki"], ["wiki"]]
    assert [order.dry_run for _, order in runs.orders] == [False, True]


def test_sync_gives_its_reports(client: TestClient) -> None:
    (report,) = client.post("/v1/sync", json={"sources": ["docs"]}).json()["reports"]
    assert report["skipped"] == {"docs:logo.md": "binary"}


def test_sync_of_an_unknown_source_names_the_known_ones(client: TestClient) -> None:
    response = client.post("/v1/sync", json={"sources": ["jira"]})

    assert response.status_code == 400
    assert "docs, wiki" in response.json()["detail"]


def test_second_sync_at_the_same_time_is_409(client: TestClient, runs: Runs) -> None:
    runs.may_end.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/sync", json={})
        runs.begun.wait(30)
        second = client.post("/v1/sync", json={})
        is_syncing = client.get("/v1/status").json()["syncing"]
        runs.may_end.set()

    assert (second.status_code, second.json()["error"]) == (409, "Busy")
    assert is_syncing
    assert first.result().status_code == 200
    assert client.post("/v1/sync", json={}).status_code == 200


def test_status_names_sources_that_never_ran_and_those_no_more_configured(
    client: TestClient, index: Index
) -> None:
    index.sources.save_report("docs", report_of("docs"))
    index.sources.save_report("old", "written by another version")

    status = operator_schemas.Status.model_validate_json(client.get("/v1/status").content)
    docs, old, wiki = status.sources
    assert docs.last_run is not None
    assert docs.last_run.skipped == {"docs:logo.md": "binary"}
    assert (docs.documents, docs.configured) == (2, True)
    assert (old.configured, old.last_run) == (False, None)
    assert (wiki.configured, wiki.last_run) == (True, None)


def test_error_that_nobody_expected_tells_the_caller_nothing(index: Index, parts: Parts) -> None:
    def fails(*_: object) -> list[str]:
        raise ZeroDivisionError("secret detail")

    operations = Operations(index, {"docs": FOLDER}, fails)
    opening = Opening(lambda: replace(parts, operations=operations))
    with TestClient(create_app(opening, gate_by_header()), raise_server_exceptions=False) as client:
        opening.wait()
        response = client.post("/v1/sync", json={})

    assert (response.status_code, response.json()["error"]) == (500, "InternalError")
    assert "secret" not in response.text


def test_no_log_says_what_was_asked(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.post("/v1/ask", json={"question": "payroll xylophone"})
        client.get("/v1/search", params={"q": "payroll xylophone"})
        client.get("/v1/search", params={"q": "payroll xylophone", "limit": 0})

    ours = [r for r in caplog.records if not r.name.startswith("httpx")]
    assert [r.__dict__["route"] for r in ours if r.name == "service.app"] == [
        "/v1/ask",
        "/v1/search",
        "/v1/search",
    ]
    assert not [r for r in ours if "xylophone" in str(vars(r))]


def test_examples_in_the_documentation_keep_the_contract(client: TestClient) -> None:
    documented = client.get("/openapi.json").json()["components"]["schemas"]
    models = (schemas.Question, schemas.Answer, schemas.Hits, operator_schemas.SyncOrder)

    for model in models:
        (example,) = documented[model.__name__]["examples"]
        model.model_validate(example, extra="forbid")


def test_documentation_is_served(client: TestClient) -> None:
    assert client.get("/docs").status_code == 200
