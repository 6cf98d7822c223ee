import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from index.settings import IndexSettings
from index.store import Index
from service.answering.extractive import ExtractiveAnswerer
from service.app import create_app
from service.asking import Asking
from service.github_events import TOPICS, GithubEvent
from service.parts import Opening, Parts
from service.retrieval import Retriever
from service.settings import ServiceSettings
from service.webhooks import Webhooks
from tests.fakes.embedder import HashEmbedder
from tests.service.syncing import Desk, Told

SECRET = "correct horse"  # noqa: S105 - of this test
FIXTURES = os.environ.get("ANSWERABLE_FIXTURES", "")  # noqa: TID251 - not a setting of the product
OPENED = {"action": "opened", "repository": {"full_name": "Tallow/Boats"}}


@dataclass
class Receiver:
    """The service with its webhooks, and which sources were woken.

    Attributes:
        concerned: the sources that every event is news for.
    """

    index: Index
    desk: Desk
    secret: str | None = SECRET
    concerned: list[str] = field(default_factory=lambda: ["issues"])
    woken: list[Sequence[str]] = field(default_factory=list)
    events: list[GithubEvent] = field(default_factory=list)

    def client(self) -> TestClient:
        opening = Opening(self._parts)
        client = TestClient(create_app(opening))
        client.__enter__()
        opening.wait()
        return client

    def webhooks(self) -> Webhooks:
        secret = SecretStr(self.secret) if self.secret else None
        return Webhooks(
            self.index.sources.wakeups, self._wake, self._concerned, secret, soon=timedelta(0)
        )

    def _parts(self) -> Parts:
        settings = ServiceSettings()
        retriever = Retriever(self.index, HashEmbedder(), settings.retrieval)
        asking = Asking(self.index, retriever, ExtractiveAnswerer(self.index, settings), settings)
        return Parts(asking, self.desk.operations, self.webhooks(), lambda: None)

    def _wake(self, sources: Sequence[str], within: timedelta) -> None:
        self.woken.append(sources)
        self.desk.operations.wake(sources, within)

    def _concerned(self, event: GithubEvent) -> list[str]:
        self.events.append(event)
        return self.concerned


@pytest.fixture
def receiver(empty_index: Index) -> Receiver:
    return Receiver(empty_index, Desk(empty_index, Told("issues"), Told("drive")))


@pytest.fixture
def client(receiver: Receiver) -> Iterator[TestClient]:
    client = receiver.client()
    yield client
    client.__exit__(None, None, None)


def signature(raw: bytes, secret: str = SECRET) -> str:
    return f"sha256={hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}"


def deliver(
    client: TestClient,
    event: str,
    body: Mapping[str, Any] | bytes,
    *,
    delivery: str = "1",
    headers: Mapping[str, str | bytes | None] | None = None,
) -> tuple[int, dict[str, Any]]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-hub-signature-256": signature(raw),
        "content-type": "application/json",
        **(headers or {}),
    }
    response = client.post(
        "/v1/webhooks/github",
        content=raw,
        headers={name: value for name, value in sent.items() if value is not None},
    )
    return response.status_code, response.json()


def test_delivery_wakes_the_sources_that_it_concerns(
    client: TestClient, receiver: Receiver
) -> None:
    assert deliver(client, "issues", OPENED) == (202, {"handled": True, "sources": ["issues"]})
    assert receiver.woken == [["issues"]]
    assert receiver.events[0].repositories == {"tallow/boats"}


def test_delivery_that_comes_three_times_syncs_once(client: TestClient, receiver: Receiver) -> None:
    receiver.desk.operations.start()
    first = deliver(client, "issues", OPENED)
    receiver.desk.wait_for("issues")
    again = [deliver(client, "issues", OPENED) for _ in range(2)]
    receiver.desk.operations.request("drive")
    receiver.desk.wait_for("drive")
    receiver.desk.operations.stop()

    assert [said["handled"] for _, said in (first, *again)] == [True, False, False]
    assert receiver.desk.runs == ["issues", "drive"]


def test_delivery_is_not_forgotten_by_a_restart(tmp_path: Path) -> None:
    handled = []
    for _ in range(2):
        with Index(IndexSettings(data_dir=tmp_path), HashEmbedder(), chunker="whole") as index:
            client = Receiver(index, Desk(index, Told("issues"))).client()
            handled.append(deliver(client, "issues", OPENED)[1]["handled"])
            client.__exit__(None, None, None)

    assert handled == [True, False]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        "sha256=" + 64 * "0",
        "ünsigned".encode("latin-1"),
        signature(json.dumps(OPENED).encode(), "another secret"),
        signature(b"another body"),
        signature(json.dumps(OPENED).encode()).removeprefix("sha256="),
        signature(json.dumps(OPENED).encode()).upper(),
    ],
)
def test_bad_signature_is_401_and_nothing_happens(
    client: TestClient, receiver: Receiver, header: str | bytes | None
) -> None:
    status, said = deliver(client, "issues", OPENED, headers={"x-hub-signature-256": header})

    assert (status, said["error"]) == (401, "Unauthenticated")
    assert (receiver.woken, receiver.events) == ([], [])
    assert deliver(client, "issues", OPENED)[1]["handled"]  # its id was not used up


def test_bad_signature_is_said_before_a_bad_body(client: TestClient) -> None:
    wrong = {"x-hub-signature-256": signature(b"x")}
    assert deliver(client, "issues", b"\xff{", headers=wrong)[0] == 401


def test_without_a_secret_there_is_no_webhook(receiver: Receiver) -> None:
    receiver.secret = None
    client = receiver.client()

    assert deliver(client, "issues", OPENED)[0] == 404
    assert receiver.woken == []
    client.__exit__(None, None, None)


def test_ping_is_handled_and_wakes_nobody(client: TestClient, receiver: Receiver) -> None:
    assert deliver(client, "ping", {"zen": "x"}) == (202, {"handled": True, "sources": []})
    assert receiver.woken == []


def test_event_that_nobody_needs_is_received_and_ignored(
    client: TestClient, receiver: Receiver
) -> None:
    assert deliver(client, "star", OPENED) == (202, {"handled": False, "sources": []})
    assert receiver.woken == []


def test_event_of_another_repository_is_received_and_ignored(
    client: TestClient, receiver: Receiver
) -> None:
    receiver.concerned = []
    assert deliver(client, "issues", OPENED) == (202, {"handled": False, "sources": []})


@pytest.mark.parametrize("missing", ["x-github-event", "x-github-delivery"])
def test_delivery_needs_its_headers(client: TestClient, missing: str) -> None:
    status, said = deliver(client, "issues", OPENED, headers={missing: None})
    assert (status, "needed" in said["detail"]) == (400, True)


@pytest.mark.parametrize("body", [b"payload=%7B%7D", b"[]", b"", b"\xff"])
def test_body_that_is_no_json_object_says_what_to_set(client: TestClient, body: bytes) -> None:
    status, said = deliver(client, "issues", body)
    assert (status, "application/json" in said["detail"]) == (400, True)


def test_large_push_is_received(client: TestClient) -> None:
    body = {**OPENED, "commits": ["x" * 1000] * 1000}
    assert deliver(client, "push", body)[0] == 202


def drive(client: TestClient, channel: str, token: str, state: str = "change") -> tuple[int, Any]:
    headers = {
        "x-goog-channel-id": channel,
        "x-goog-channel-token": token,
        "x-goog-resource-state": state,
    }
    response = client.post("/v1/webhooks/drive", headers=headers)
    return response.status_code, response.json().get("handled")


def test_channel_that_we_opened_wakes_its_source(client: TestClient, receiver: Receiver) -> None:
    token = receiver.webhooks().channel_token("drive", "c1")

    assert drive(client, "c1", token, "sync") == (202, False)
    assert receiver.woken == []
    assert drive(client, "c1", token) == (202, True)
    assert receiver.woken == [["drive"]]


@pytest.mark.parametrize("token", ["", "drive", "drive.", "drive." + 64 * "0"])
def test_channel_that_we_did_not_open_is_401(
    client: TestClient, receiver: Receiver, token: str
) -> None:
    assert drive(client, "c1", token)[0] == 401
    assert drive(client, "c2", receiver.webhooks().channel_token("drive", "c1"))[0] == 401
    assert receiver.woken == []


def test_channel_of_a_source_that_is_gone_wakes_nobody(
    client: TestClient, receiver: Receiver
) -> None:
    token = receiver.webhooks().channel_token("old", "c1")
    assert drive(client, "c1", token) == (202, False)


@pytest.mark.corpus
@pytest.mark.skipif(not FIXTURES, reason="ANSWERABLE_FIXTURES names no folder")
def test_every_recorded_event_is_handled_or_ignored_on_purpose(
    client: TestClient, receiver: Receiver
) -> None:
    bodies = sorted((Path(FIXTURES) / "github" / "webhooks").glob("*.json"))
    handled = set()
    for body in bodies:
        name = body.name.partition(".")[0]
        status, said = deliver(client, name, body.read_bytes(), delivery=body.name)
        assert status == 202
        if said["handled"]:
            handled.add(name)
        forged = {"x-hub-signature-256": signature(b"")}
        assert deliver(client, name, body.read_bytes(), headers=forged)[0] == 401

    assert len(bodies) > 50
    names = {body.name.partition(".")[0] for body in bodies}
    assert handled == names & {*TOPICS, "ping"}
    assert all(event.repositories or event.owner for event in receiver.events)
    assert len(receiver.woken) == len(receiver.events)
