"""A full disk: a clear error, the old versions stay, and it goes on when there is room."""

import multiprocessing
from pathlib import Path

import pytest

from tests.index import full_disk

OLD = {"page1": "old version", "menu": "soup"}


@pytest.mark.parametrize("limit_bytes", [1_000, 900_000, 1_400_000])
def test_full_disk_is_an_error_and_nothing_is_lost(tmp_path: Path, limit_bytes: int) -> None:
    context = multiprocessing.get_context("forkserver")
    answer, child_answer = context.Pipe(duplex=False)
    process = context.Process(target=full_disk.run, args=(tmp_path, limit_bytes, child_answer))
    process.start()
    child_answer.close()
    assert answer.poll(120)
    failed, during, found, problems, after = answer.recv()
    process.join()

    assert str(tmp_path) in failed
    assert during == OLD
    assert sorted(found) == ["old version", "soup"]
    assert problems == []
    expected = {document.title: document.text for document, _ in full_disk.long_pages("newer")}
    assert after == {"menu": "soup"} | expected
