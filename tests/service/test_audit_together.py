"""Entries of many at once are written together, and are as safe as one after the other."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.auditing.entries import Entry
from service.auditing.log import AuditLog, NotRecorded
from service.auditing.settings import AuditSettings

ROOT = Path(__file__).parents[2]
MANY = 8

WRITERS = """
import sys, threading
from pathlib import Path
from service.auditing.entries import Entry
from service.auditing.log import AuditLog
from service.auditing.settings import AuditSettings

log = AuditLog(Path(sys.argv[1]), AuditSettings())

def write(name):
    number = 0
    while True:
        log.record(Entry(f"{sys.argv[2]} {name} {number}", "oidc", "ask", documents=["d:p"] * 300))
        sys.stdout.write(f"{sys.argv[2]} {name} {number}\\n")
        sys.stdout.flush()
        number += 1

for name in range(8):
    threading.Thread(target=write, args=(name,)).start()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "audit"


def log_of(folder: Path) -> AuditLog:
    return AuditLog(folder, AuditSettings())


def asked(who: str = "ada@tallow.example") -> Entry:
    return Entry(who, "oidc", "ask", documents=["docs:page"])


def written(folder: Path, count: int, head_at: int, coming: int) -> None:
    """A log of `count` entries whose head stands earlier, and announces those that come."""
    log = log_of(folder)
    for _ in range(count):
        log.record(asked())
    log.close()
    told = list(log.entries())[head_at - 1]
    head = {"n": told.n, "hash": told.hash, "coming": coming}
    (folder / "head.json").write_text(json.dumps(head))


def test_killed_process_of_many_writers_loses_no_entry_that_it_told_of(folder: Path) -> None:
    told: list[str] = []
    for run, kill_after in enumerate((1, 30, 75)):
        writers = subprocess.Popen(
            [sys.executable, "-c", WRITERS, str(folder), str(run)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writers.stdout
        told += [writers.stdout.readline().strip() for _ in range(kill_after)]
        writers.kill()
        told += [line.strip() for line in writers.stdout if line.endswith("\n")]
        writers.stdout.close()
        writers.wait()
    log = log_of(folder)
    log.record(asked())

    entries = list(log.entries())
    assert log.verify() == []
    assert set(told) <= {entry.who for entry in entries}
    assert [entry.n for entry in entries] == list(range(1, len(entries) + 1))


def test_entries_that_were_announced_and_not_told_of_are_marked(folder: Path) -> None:
    written(folder, count=5, head_at=2, coming=3)
    log = log_of(folder)
    assert log.verify() == []
    log.open()

    mark = list(log.entries())[-1]
    assert (mark.n, mark.action, mark.facts["entries"]) == (6, "repaired", 3)
    assert log.verify() == []


def test_one_entry_more_than_was_announced_is_found(folder: Path) -> None:
    written(folder, count=6, head_at=2, coming=3)
    log = log_of(folder)

    assert any("added by somebody else" in problem.what for problem in log.verify())
    with pytest.raises(NotRecorded):
        log.record(asked())


def test_after_an_entry_of_one_nothing_is_announced(folder: Path) -> None:
    written(folder, count=5, head_at=5, coming=3)
    log = log_of(folder)
    log.record(asked())

    assert set(json.loads((folder / "head.json").read_bytes())) == {"n", "hash"}


def test_nobody_is_told_of_an_entry_when_none_could_be_written(folder: Path) -> None:
    folder.write_text("a file")
    log = log_of(folder)

    def is_told(number: int) -> bool:
        try:
            log.record(asked(str(number)))
        except NotRecorded:
            return False
        return True

    with ThreadPoolExecutor(MANY) as threads:
        assert not any(threads.map(is_told, range(5 * MANY)))

    folder.unlink()
    assert is_told(0)
    assert [entry.who for entry in log.entries()] == ["0"]
