"""Whatever fails on Google's side, nothing is lost, nothing deleted, and nobody is stormed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ingest.errors import RetryLater, SourceRefused
from ingest.google_settings import GoogleDocsSettings
from ingest.source import Change
from ingest.sources.google_client import Pace
from ingest.sources.google_docs import GoogleDocs
from tests.fakes.faults import Fault
from tests.fakes.google import FakeGoogle, fault
from tests.ingest.sources.google_reading import Reader, documents, kinds, skipped

PLACES = [
    "/drive/v3/drives",
    "/drive/v3/changes/startPageToken",
    "/drive/v3/files",
    "/drive/v3/files/doc2/permissions",
    "/v1/documents/doc1",
]
PASSING: dict[str, Callable[[str], Fault]] = {
    "429": lambda path: fault(429, "rateLimitExceeded", path),
    "429 with a time": lambda path: fault(429, "rateLimitExceeded", path, Retry_After="7"),
    "403 rate": lambda path: fault(403, "userRateLimitExceeded", path),
    "500": lambda path: fault(500, path=path),
    "503": lambda path: fault(503, path=path),
    "cut": lambda path: Fault("cut", path=path),
    "truncated": lambda path: Fault("truncated", path=path),
    "hang": lambda path: Fault("hang", path=path),
}
WHOLE = ["upsert doc1", "upsert doc2", "complete", "checkpoint"]


@pytest.fixture
def filled(google: FakeGoogle) -> FakeGoogle:
    google.world.add_drive("0ADRIVE")
    google.world.add("doc1")
    google.world.add("doc2", drive="0ADRIVE")
    return google


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", PASSING)
def test_what_fails_once_is_tried_once_more(
    filled: FakeGoogle, reader: Reader, kind: str, place: str
) -> None:
    # Long enough for a busy machine, and only waited out where nothing comes.
    reader.settings = {"timeout_seconds": 2}
    filled.fail(PASSING[kind](place))

    assert kinds(reader.read()) == WHOLE
    assert len(reader.waits) == 1
    assert len(filled.asked()) == 9
    assert reader.counters == {"requests": 9, "retries": 1}


@pytest.mark.parametrize("kind", ["429", "403 rate", "503", "cut", "truncated"])
def test_what_goes_on_failing_ends_the_run_after_the_tries(
    filled: FakeGoogle, reader: Reader, kind: str
) -> None:
    filled.fail(*[PASSING[kind]("/drive/v3/files$") for _ in range(20)])

    with pytest.raises(RetryLater):
        reader.read()
    assert filled.asked().count("/drive/v3/files") == 5
    assert len(reader.waits) == 4
    assert sum(reader.waits) < 16


def test_the_time_that_google_asks_for_is_waited(filled: FakeGoogle, reader: Reader) -> None:
    filled.fail(fault(429, path="/v1/documents", Retry_After="7"))
    reader.read()

    assert reader.waits == [7]


def test_longer_waits_than_allowed_are_left_to_the_next_run(
    filled: FakeGoogle, reader: Reader
) -> None:
    filled.fail(fault(429, path="/v1/documents", Retry_After="3600"))

    with pytest.raises(RetryLater) as caught:
        reader.read()
    assert caught.value.after is not None
    assert caught.value.after.total_seconds() == 3600
    assert reader.waits == []


def test_used_up_quota_of_the_day_ends_the_run(filled: FakeGoogle, reader: Reader) -> None:
    reader.settings = {"num_retries": 0}
    filled.fail(fault(403, "dailyLimitExceeded", path="/v1/documents"))

    with pytest.raises(RetryLater, match="quota of the day"):
        reader.read()


@pytest.mark.parametrize("reason", ["accessNotConfigured", "insufficientPermissions"])
def test_wrong_setup_is_told_to_a_person(filled: FakeGoogle, reader: Reader, reason: str) -> None:
    filled.fail(fault(403, reason, path="/drive/v3/drives"))

    with pytest.raises(SourceRefused, match="enable the Drive and Docs APIs"):
        reader.read()
    assert len(filled.asked()) == 1


def test_page_token_that_drive_forgot_begins_the_list_again(
    filled: FakeGoogle, reader: Reader
) -> None:
    for n in range(3, 8):
        filled.world.add(f"doc{n}")
    filled.page_limit = 2
    good = Fault("delay", path="/drive/v3/files$")
    filled.fail(good, good, fault(400, "invalid", path="/drive/v3/files$"))

    assert len(documents(reader.read())) == 7


def test_page_tokens_forgotten_again_and_again_end_the_run(
    filled: FakeGoogle, reader: Reader
) -> None:
    filled.world.add("doc3")
    filled.page_limit = 1
    first = Fault("delay", path="/drive/v3/files$")
    again = fault(400, "invalid", path="/drive/v3/files$")
    reader.settings = {"drives": ["0ADRIVE"]}
    filled.world.add("doc4", drive="0ADRIVE")
    filled.fail(*[first, again] * 5)

    with pytest.raises(RetryLater, match="again and again"):
        reader.read()
    assert filled.asked().count("/drive/v3/files") == 6


def test_token_of_the_log_that_is_refused_lists_everything(
    filled: FakeGoogle, reader: Reader
) -> None:
    reader.read()
    filled.fail(fault(400, "invalid", path="/drive/v3/changes$"))

    assert kinds(reader.read()) == ["unchanged doc1", "unchanged doc2", "complete", "checkpoint"]


def test_google_failing_at_document_after_document_ends_the_run(
    filled: FakeGoogle, reader: Reader
) -> None:
    for n in range(3, 20):
        filled.world.add(f"doc{n}")
    reader.settings = {"num_retries": 0}
    filled.fail(*[fault(500, path="/v1/documents|/export")] * 40)

    with pytest.raises(RetryLater, match="in a row"):
        reader.read()
    assert len(filled.asked("/v1/documents")) == 3


def test_failure_at_one_file_leaves_the_others(filled: FakeGoogle, reader: Reader) -> None:
    filled.fail(fault(404, "notFound", path="/v1/documents/doc1"))
    changes = reader.read()

    assert kinds(changes) == ["skip doc1", "upsert doc2", "complete", "checkpoint"]
    assert "404" in skipped(changes)["doc1"]


@pytest.mark.parametrize("stop", range(1, 13))
def test_run_that_dies_anywhere_is_made_good_by_the_next(
    google: FakeGoogle, reader: Reader, stop: int
) -> None:
    for n in range(10):
        google.world.add(f"doc{n}")
    changes = reader.source().changes(None, {})
    said: list[Change] = [next(changes) for _ in range(stop)]
    del changes
    reader.keep(said)
    reader.read()

    assert reader.shown == [f"doc{n}" for n in range(10)]
    assert len(google.asked("/v1/documents")) == 10


@pytest.fixture(scope="module")
def key() -> dict[str, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "client_email": "reader@project.example",
        "private_key": pem.decode(),
        "private_key_id": "1",
    }


def with_key(
    reader: Reader, google: FakeGoogle, key: dict[str, str], folder: Path, **more: str
) -> None:
    path = folder / "key.json"
    path.write_text(json.dumps(key | {"token_uri": f"{google.url}/token"}))
    reader.settings = {"key_file": path, **more}
    google.signs_in = True


def test_service_account_signs_in_and_signs_in_again(
    filled: FakeGoogle, reader: Reader, key: dict[str, str], tmp_path: Path
) -> None:
    with_key(reader, filled, key, tmp_path, subject="ada@example.com")
    filled.valid_requests = 2

    assert kinds(reader.read()) == WHOLE
    assert len(filled.assertions) > 1


def test_refused_sign_in_stops_the_source_without_its_key(
    filled: FakeGoogle, reader: Reader, key: dict[str, str], tmp_path: Path
) -> None:
    with_key(reader, filled, key, tmp_path)
    filled.fail(Fault("status", 400, body=b'{"error": "invalid_grant"}', path="/token"))

    with pytest.raises(SourceRefused, match="does not accept the key") as caught:
        reader.read()
    assert "PRIVATE" not in str(caught.value)


def test_missing_credentials_are_refused_by_google(filled: FakeGoogle, reader: Reader) -> None:
    filled.signs_in = True

    with pytest.raises(SourceRefused):
        reader.read()


@pytest.mark.parametrize("content", ["", "secret words", "[]", '{"type": "service_account"}'])
def test_key_that_is_none_is_refused_without_repeating_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    source = GoogleDocs("g", GoogleDocsSettings(kind="google_docs", key_file=path))

    with pytest.raises(SourceRefused) as caught:
        list(source.changes(None, {}))
    assert "secret" not in str(caught.value)


def test_key_in_the_environment_is_read(
    filled: FakeGoogle, reader: Reader, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The environment is the one place where the key is read from: there is no other seam.
    monkeypatch.setenv("MY_KEY", json.dumps(key | {"token_uri": f"{filled.url}/token"}))
    reader.settings = {"key_env": "MY_KEY"}
    filled.signs_in = True

    assert kinds(reader.read()) == WHOLE


def test_requests_keep_their_distance() -> None:
    waits: list[float] = []
    pace = Pace(per_minute=120, waiting=waits.append, clock=lambda: 10.0)
    for _ in range(3):
        pace.wait()

    assert waits == [0.5, 1.0]


def test_pace_can_be_switched_off() -> None:
    waits: list[float] = []
    pace = Pace(per_minute=0, waiting=waits.append)
    pace.wait()
    pace.wait()

    assert waits == []
