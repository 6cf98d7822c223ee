from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from ingest.report import SyncReport
from ingest.settings import IngestSettings
from ingest.sync import Mode, sync
from tests.fakes.faults import Fault
from tests.fakes.github import FakeGitHub
from tests.ingest.sources.github.memory import Killed, Memory, whole
from tests.ingest.sources.github.reading import Reading, many, reading

SMALL_BATCHES = IngestSettings(batch_chunks=40)
TRIES = 3
WALK = "/issues$"
COMMENTS = "/issues/comments$"
LIMITED = {"retry-after": "30"}
EXHAUSTED = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000000"}
FAULTS = {
    "none": [],
    "server error": [Fault("status", 502, path=WALK)],
    "cut connection": [Fault("cut", path=WALK)],
    "truncated page": [Fault("truncated", path=COMMENTS)],
    "secondary limit": [Fault("status", 403, LIMITED, path=WALK)],
    "too many requests": [Fault("status", 429, LIMITED, path=COMMENTS)],
    "primary limit": [Fault("status", 403, EXHAUSTED, path=WALK)],
    "lasting server error": [Fault("status", 500, path=WALK)] * TRIES,
    "refused token": [Fault("status", 401, path=COMMENTS)],
    "lost repository": [Fault("status", 404, path="/repos/acme/one$")],
}
QUICK = ("none", "truncated page", "lasting server error")
"""Three of them stand for all where time is short; all together run for half a minute."""


@pytest.fixture
def github() -> FakeGitHub:
    """200 issues: some are new, changed, and gone since the index last saw them."""
    github = FakeGitHub()
    many(github, 150, "acme/one")
    many(github, 50, "acme/two")
    return github


@pytest.fixture
def reader(github: FakeGitHub, tmp_path: Path) -> Iterator[Reading]:
    with reading(github, tmp_path / "work") as reader:
        yield reader


def change_upstream(github: FakeGitHub) -> None:
    one, two = github.repositories
    github.clock.advance(timedelta(days=8))
    for number in (3, 40, 149):
        one.delete_issue(number)
        two.add_comment(number % 50, "More.")
    one.add_issue(500, title="New")


def synced(reader: Reading, memory: Memory) -> SyncReport:
    return sync(reader.source(), memory, chunker=whole, settings=SMALL_BATCHES, mode=Mode())


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(faults, id=name, marks=() if name in QUICK else pytest.mark.slow)
        for name, faults in FAULTS.items()
    ],
)
def test_run_that_dies_anywhere_is_mended_by_the_next(
    reader: Reading, github: FakeGitHub, faults: list[Fault], tmp_path: Path
) -> None:
    undisturbed = Memory()
    synced(reader, undisturbed)
    kept = dict(undisturbed.documents)
    change_upstream(github)
    synced(reader, undisturbed)

    for dies_at in count(1):
        memory = Memory()
        memory.documents = dict(kept)
        memory.dies_at = dies_at
        reader.work_dir = tmp_path / str(dies_at)  # the mirror is new: the most there is to lose
        github.front.faults.extend(faults)
        before = len(github.front.requests)
        try:
            synced(reader, memory)
            died = False
        except Killed:
            died = True
        github.front.faults.clear()
        memory.dies_at = 0
        synced(reader, memory)

        assert memory.documents == undisturbed.documents
        assert len(github.front.requests) - before <= 60
        if not died:
            break


def test_each_part_of_a_failed_read_is_read_once(reader: Reading, github: FakeGitHub) -> None:
    many(github, 600, "acme/three")
    memory = Memory()
    github.front.faults.extend([Fault("status", 500, path="/repos/acme/three/issues$")] * TRIES)
    failed = synced(reader, memory)
    walked = len(github.front.requests)

    again = synced(reader, memory)

    assert (failed.error or "").startswith("GET /repos/acme/three/issues said 500")
    assert (again.error, len(memory.documents)) == (None, 800)
    comments = [r for r in github.front.requests[walked:] if r.path.endswith("/issues/comments")]
    assert [r.status for r in comments] == [304, 304, 304]


def test_lasting_failure_makes_no_storm(reader: Reading, github: FakeGitHub) -> None:
    github.front.faults.extend([Fault("status", 503)] * 1000)

    report = synced(reader, Memory())

    assert "503" in (report.error or "")
    assert len(github.front.requests) == 2 * TRIES  # two repositories, and no third


def test_exhausted_limit_ends_the_run_at_once_and_says_when_to_come_back(
    reader: Reading, github: FakeGitHub
) -> None:
    github.remaining = 3
    memory = Memory()

    report = synced(reader, memory)

    assert report.retry_after_seconds == pytest.approx(3600, abs=5)
    assert len(github.front.requests) == 4
    github.clock.advance(timedelta(hours=1, seconds=5))
    assert synced(reader, memory).error is None
    assert len(memory.documents) == 200


def test_second_sync_spends_nothing_of_the_limit(reader: Reading, github: FakeGitHub) -> None:
    memory = Memory()
    synced(reader, memory)
    github.remaining = 1

    report = synced(reader, memory)

    assert (report.error, report.embedded, report.unchanged) == (None, 0, 200)
    assert report.counters == {"requests": 6, "not_modified": 6, "retries": 0}


def test_empty_listing_of_a_filled_repository_deletes_nothing(
    reader: Reading, github: FakeGitHub
) -> None:
    memory = Memory()
    synced(reader, memory)
    github.clock.advance(timedelta(days=8))
    for repository in github.repositories:
        repository.left_out = set(repository.numbers)

    report = synced(reader, memory)

    assert (report.deleted, len(memory.documents)) == (0, 200)


def test_mass_deletion_stops_at_the_guard_until_it_is_allowed(
    reader: Reading, github: FakeGitHub
) -> None:
    memory = Memory()
    synced(reader, memory)
    github.clock.advance(timedelta(days=8))
    for number in range(1, 51):
        github.repositories[1].delete_issue(number)

    stopped = synced(reader, memory)

    assert (stopped.deleted, len(memory.documents)) == (0, 200)
    assert "--allow-mass-delete" in (stopped.error or "")
    allowed = Mode(allow_mass_delete=True)
    sync(reader.source(), memory, chunker=whole, settings=SMALL_BATCHES, mode=allowed)
    assert len(memory.documents) == 150
