"""Running the service: schedule, webhooks, status and forget, as an operator meets them."""

import hashlib
import hmac
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from index.errors import IndexLocked
from index.lock import DirectoryLock
from service.operator_schemas import SourceStatus, Status
from service.settings import GITHUB_WEBHOOK_SECRET
from tests.fakes.repository import Repository
from tests.test_cli import Answerable, running

SCHEDULED = """
index: {data_dir: data}
ingest:
  sources:
    docs: {kind: docs_repo, path: docs, every: 1h}
    wiki: {kind: docs_repo, path: wiki}
service: {port: 0, answering: {min_confidence: 0}}
"""
ONE = """
index: {data_dir: data}
ingest: {sources: {docs: {kind: docs_repo, path: docs}}}
"""


@pytest.fixture
def answerable(tmp_path: Path) -> Answerable:
    return Answerable(tmp_path)


def status(answerable: Answerable) -> dict[str, SourceStatus]:
    found = Status.model_validate_json(answerable("status", "--json"))
    return {source.source: source for source in found.sources}


@contextmanager
def service(answerable: Answerable) -> Iterator[httpx.Client]:
    """A client of the running service."""
    with running(answerable):
        try:
            DirectoryLock(answerable.folder / "data", "test")
        except IndexLocked as locked:
            url = locked.holder["url"]
        with httpx.Client(base_url=url, trust_env=False) as client:
            yield client


def wait_for_run(answerable: Answerable, source: str) -> SourceStatus:
    """Until a source has been read; the test's time limit ends it otherwise."""
    while not (found := status(answerable)[source]).last_run or found.running:
        pass
    return found


def test_running_service_reads_sources_in_their_intervals(answerable: Answerable) -> None:
    answerable.write("config.yaml", SCHEDULED)
    with running(answerable):
        docs = wait_for_run(answerable, "docs")
        printed = answerable("status")

    assert (docs.documents, docs.every_seconds) == (1, 3600)
    assert docs.next_run_at is not None
    assert re.search(r"in (59|6\d) min", printed)
    assert status(answerable)["wiki"].last_run is None


def test_source_is_synced_soon_when_it_is_asked_for(answerable: Answerable) -> None:
    with service(answerable) as client:
        response = client.post("/v1/sync/wiki")
        assert (response.status_code, response.json()) == (202, {"source": "wiki"})
        assert wait_for_run(answerable, "wiki").documents == 1
        assert client.post("/v1/sync/jira").status_code == 400


def test_push_to_a_repository_is_found_without_a_sync_by_hand(
    answerable: Answerable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(GITHUB_WEBHOOK_SECRET, "hush")
    repository = Repository(answerable.folder / "tallow" / "boats")
    repository.commit({"ferry.md": "# Ferry\n\nThe ferry leaves at noon.\n"})
    git = "{kind: docs_repo, git: tallow/boats}"
    config = f"index: {{data_dir: data}}\ningest: {{sources: {{docs: {git}}}}}\n"
    answerable.write("config.yaml", config)
    body = {
        "ref": "refs/heads/main",
        "repository": {"full_name": "Tallow/Boats", "default_branch": "main"},
    }
    raw = json.dumps(body).encode()
    signature = hmac.new(b"hush", raw, hashlib.sha256).hexdigest()
    headers = {
        "x-github-event": "push",
        "x-github-delivery": "1",
        "x-hub-signature-256": f"sha256={signature}",
    }
    with service(answerable) as client:
        response = client.post("/v1/webhooks/github", content=raw, headers=headers)
        assert response.json() == {"handled": True, "sources": ["docs"]}
        assert wait_for_run(answerable, "docs").documents == 1


def test_webhooks_are_off_without_a_secret(answerable: Answerable) -> None:
    with service(answerable) as client:
        assert client.post("/v1/webhooks/github", content=b"{}").status_code == 404


def test_status_is_a_table_with_what_failed_below(answerable: Answerable) -> None:
    (answerable.folder / "docs" / "logo.md").write_bytes(b"\x89PNG\x00\x01\x02")
    answerable("ingest")
    answerable("ingest")
    printed = answerable("status")
    header, docs = (
        line.split() for line in printed.splitlines() if line.startswith(("source", "docs "))
    )

    assert header[:5] == ["source", "kind", "documents", "listed", "indexed"]
    assert docs[:6] == ["docs", "docs_repo", "1", "2", "0", "1"]
    assert "skipped docs:logo.md: binary" in printed
    assert "(2" in printed


def test_source_taken_out_of_the_settings_is_shown_with_what_to_do(answerable: Answerable) -> None:
    answerable("ingest")
    answerable.write("config.yaml", ONE)

    said = "not configured: 1 documents; `answerable forget wiki` erases them"
    assert said in answerable("status")


def test_forget_erases_everything_of_a_source(answerable: Answerable) -> None:
    answerable("ingest")
    answerable.write("config.yaml", ONE)
    kept = answerable.folder / "data" / "repositories"
    (kept / "wiki").mkdir(parents=True)
    (kept / "wiki.sqlite").touch()
    (kept / "docs.sqlite").touch()

    assert "wiki: 1 documents erased" in answerable("forget", "wiki", "--yes")
    assert list(status(answerable)) == ["docs"]
    assert [path.name for path in kept.iterdir()] == ["docs.sqlite"]
    with closing(sqlite3.connect(answerable.folder / "data" / "catalog.sqlite3")) as catalog:
        texts = catalog.execute("SELECT text FROM versions").fetchall()
    assert not [text for (text,) in texts if "ferry" in text]


def test_running_service_forgets_for_the_command(answerable: Answerable) -> None:
    answerable("ingest")
    answerable.write("config.yaml", ONE)
    with running(answerable):
        assert "in config.yaml" in answerable("forget", "docs", "--yes", code=2)
        assert "wiki: 1 documents erased" in answerable("forget", "wiki", "--yes")
        assert "nothing is known" in answerable("forget", "wiki", "--yes", code=1)


def test_forget_does_nothing_without_yes(answerable: Answerable) -> None:
    answerable("ingest")
    answerable.write("config.yaml", ONE)

    assert "say --yes" in answerable("forget", "wiki", code=2)
    assert status(answerable)["wiki"].documents == 1
