"""Drive calls the service, and the service reads Drive: from config.yaml to the index."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from cli.parts import OpenIndex
from cli.printing import print_status
from index.channels import Channels
from service.app import create_app
from service.operator_schemas import SyncOrder, SyncReport
from service.parts import Opening, Parts
from service.webhooks import Webhooks
from tests.fakes.embedder import HashEmbedder
from tests.fakes.google import FakeGoogle, fault
from tests.fakes.identities import gate_by_header

HOST = "https://answerable.example"
CONFIG = """
index: {{data_dir: data}}
ingest:
  sources:
    drive:
      kind: google_docs
      api_endpoint: {google}
      push_url: {host}/v1/webhooks/drive
      drive_requests_per_minute: 0
      docs_requests_per_minute: 0
"""


@dataclass
class Pushed:
    """A service over a Drive, reachable for its calls."""

    google: FakeGoogle
    folder: Path
    closing: ExitStack = field(default_factory=ExitStack)
    parts: Parts = field(init=False)
    channels: Channels = field(init=False)

    def open(self) -> TestClient:
        (self.folder / "config.yaml").write_text(
            CONFIG.format(google=self.google.url, host=HOST), encoding="utf-8"
        )
        opening = Opening(self._parts)
        client = TestClient(create_app(opening, gate_by_header()), base_url=HOST)
        self.closing.enter_context(client)
        opening.wait()
        self.parts = opening.parts()
        return client

    def sync(self, **order: bool) -> SyncReport:
        (report,) = self.parts.operations.sync(SyncOrder(**order)).reports
        return report

    def wait_for_run_after(self, report: SyncReport) -> SyncReport:
        """The next run's report; the test's time limit ends it otherwise."""
        while (run := self.last_run()) is None or run.finished_at == report.finished_at:
            pass
        return run

    def printed_status(self) -> str:
        console = Console(width=400)
        with console.capture() as captured:
            print_status(console, self.parts.operations.status())
        return captured.get()

    def last_run(self) -> SyncReport | None:
        return self.parts.operations.status().sources[0].last_run

    def _parts(self) -> Parts:
        opened = OpenIndex(self.folder / "config.yaml", "test", lambda _: HashEmbedder())
        parts = opened.parts(HOST)
        wake, wakeups = parts.operations.wake, opened.index.sources.wakeups
        self.channels = wakeups.channels
        webhooks = Webhooks(wakeups, wake, lambda _: [], None, soon=timedelta(0))
        return replace(parts, webhooks=webhooks)


@pytest.fixture(scope="module")
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle().running() as fake:
        yield fake


@pytest.fixture
def pushed(google: FakeGoogle, tmp_path: Path) -> Iterator[Pushed]:
    google.reset()
    google.world.add("doc1")
    pushed = Pushed(google, tmp_path)
    with pushed.closing:
        yield pushed


def test_call_of_drive_leads_to_one_run_that_finds_the_change(
    pushed: Pushed, google: FakeGoogle
) -> None:
    client = pushed.open()
    first = pushed.sync()
    (channel,) = google.push.opened
    runs_before = len(google.asked("/v3/drives"))
    google.world.edit("doc1", "New words.")

    assert google.push.call(channel, client, "sync").json()["handled"] is False
    answer = google.push.call(channel, client)
    run = pushed.wait_for_run_after(first)

    assert answer.json() == {"handled": True, "sources": ["drive"]}
    assert (run.indexed, run.notes) == (1, [])
    again = {"X-Goog-Message-Number": "2"}
    assert google.push.call(channel, client, **again).json()["handled"] is False
    assert pushed.sync().unchanged == 0  # nothing is new; only the log was asked
    assert len(google.asked("/v3/drives")) - runs_before == 2  # the call's, and the one just now


def test_forged_and_stale_calls_lead_to_none(pushed: Pushed, google: FakeGoogle) -> None:
    client = pushed.open()
    pushed.sync()
    (channel,) = google.push.opened
    stale = google.push.opened[channel]
    forged = google.push.call(channel, client, **{"X-Goog-Channel-Token": "guessed"})
    (kept,) = pushed.channels.of("drive")
    pushed.channels.drop(kept.channel_id)  # as when it was replaced by another
    google.push.opened[channel] = stale

    assert forged.status_code == 401
    assert google.push.call(channel, client).status_code == 401
    assert pushed.parts.operations.status().sources[0].next_run_at is None


def test_sync_is_fine_when_no_channel_can_be_opened(pushed: Pushed, google: FakeGoogle) -> None:
    google.fail(fault(401, "push.webhookUrlUnauthorized", path="watch"))
    pushed.open()
    report = pushed.sync()

    assert (report.indexed, report.error, len(report.notes)) == (1, None, 1)
    assert "webhookUrlUnauthorized" in report.notes[0]
    assert "webhookUrlUnauthorized" in pushed.printed_status()
    assert pushed.sync().notes == []
    assert len(google.push.opened) == 1


def test_dry_run_opens_no_channel(pushed: Pushed, google: FakeGoogle) -> None:
    pushed.open()
    pushed.sync(dry_run=True)

    assert google.asked("watch") == []


def test_failed_run_asks_for_no_channel(pushed: Pushed, google: FakeGoogle) -> None:
    google.fail(fault(401, "authError", path="drives"))
    pushed.open()
    report = pushed.sync()

    assert (report.error is not None, report.notes) == (True, [])
    assert google.asked("watch") == []
