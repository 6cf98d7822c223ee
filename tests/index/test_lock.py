"""One process owns the data directory; the next one learns who."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import ConfigError, IndexLocked, StorageError
from index.lock import DirectoryLock
from tests.index.documents import open_index

HOLDER = """
import sys
from pathlib import Path
from index.lock import DirectoryLock
lock = DirectoryLock(Path(sys.argv[1]), "answerable serve")
lock.announce("http://127.0.0.1:8000", "only-for-the-owner")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "data")],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_second_process_is_told_who_holds_the_index(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(IndexLocked) as caught:
        open_index(tmp_path)

    assert caught.value.holder == {
        "pid": str(holder.pid),
        "command": "answerable serve",
        "url": "http://127.0.0.1:8000",
        "token": "only-for-the-owner",
    }
    assert "only-for-the-owner" not in str(caught.value)
    assert (tmp_path / "data" / "lock").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    for fact in (str(holder.pid), "answerable serve", "http://127.0.0.1:8000", "data_dir"):
        assert fact in str(caught.value)


def test_lock_goes_with_a_killed_process(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()

    open_index(tmp_path).close()


def test_refused_opener_does_not_take_the_lock_from_the_holder(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    for _ in range(2):
        with pytest.raises(IndexLocked, match=str(holder.pid)):
            open_index(tmp_path)


def test_lock_is_released_by_close(tmp_path: Path) -> None:
    open_index(tmp_path).close()
    open_index(tmp_path).close()


def test_lock_is_released_when_open_fails(tmp_path: Path) -> None:
    open_index(tmp_path).close()
    with pytest.raises(ConfigError):
        open_index(tmp_path, chunker="other")

    open_index(tmp_path).close()


def test_lock_file_that_says_nothing_still_holds(tmp_path: Path) -> None:
    held = DirectoryLock(tmp_path, "answerable serve")
    (tmp_path / "lock").write_text("")

    with pytest.raises(IndexLocked, match="another process"):
        DirectoryLock(tmp_path, "answerable ingest")
    held.release()


def test_data_directory_that_is_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(StorageError, match="data"):
        open_index(tmp_path)
