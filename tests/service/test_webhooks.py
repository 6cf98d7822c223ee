import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.settings import IndexSettings
from index.store import Index
from service.github_events import TOPICS
from tests.fakes.embedder import HashEmbedder
from tests.service.receiving import SECRET, Receiver
from tests.service.syncing import Desk, Told

FIXTURES = os.environ.get("ANSWERABLE_FIXTURES", "")  # noqa: TID251 - not a setting of the product
OPENED = {"action": "opened", "repository": {"full_name": "Tallow/Boats"}}


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
