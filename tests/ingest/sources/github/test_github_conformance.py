"""The issues of a repository pass the kit that every kind of source passes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from index.types import DocId
from ingest.source import Source
from tests.fakes.faults import Fault
from tests.fakes.github import FakeGitHub
from tests.ingest.conformance import EACH, Kit, MakeWorld, check_death_anywhere_is_made_good
from tests.ingest.sources.github.reading import QUICK, Reading, reading


class GithubWorld:
    """Four issues of one public repository, one of them with a comment."""

    def __init__(self, stack: ExitStack, work_dir: Path) -> None:
        self._github = FakeGitHub()
        self._github.tokens = {"secret-token"}
        self._tool = self._github.add("acme/tool")
        for number in (1, 2, 3, 4):
            self._tool.add_issue(number, title=f"Question {number}", body=f"Words of {number}.")
            self._github.clock.advance(timedelta(minutes=5))
        self._tool.add_comment(3, "Like this.")
        self._reading: Reading = stack.enter_context(reading(self._github, work_dir))

    def source(self) -> Source:
        return self._reading.source()

    def documents(self) -> set[DocId]:
        return {_doc_id(number) for number in self._tool.numbers}

    def edit(self) -> DocId:
        self._github.clock.advance(timedelta(minutes=5))
        self._tool.edit_issue(1, body="Other words.")
        return _doc_id(1)

    def delete(self) -> DocId:
        self._tool.delete_issue(2)
        return _doc_id(2)

    def share(self) -> DocId | None:
        return None  # the readers of an issue are those of its repository

    def fail_once(self) -> bool:
        self._github.front.faults.extend([Fault("status", path="/issues")] * QUICK.tries)
        return True

    def make_listing_due(self) -> None:
        self._github.clock.advance(timedelta(days=8))


def _doc_id(number: int) -> DocId:
    return DocId(f"gh:acme/tool/issues/{number}")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeWorld]:
    counted = iter(range(1000))
    with ExitStack() as stack:
        yield lambda: GithubWorld(stack, tmp_path / f"work{next(counted)}")


@pytest.fixture
def kit(make: MakeWorld, tmp_path: Path) -> Iterator[Kit]:
    kit = Kit(make(), tmp_path / "data")
    yield kit
    kit.close()


@pytest.mark.parametrize("check", EACH)
def test_source_conforms(kit: Kit, check: Callable[[Kit], None]) -> None:
    check(kit)


@pytest.mark.slow
def test_death_anywhere_is_made_good(make: MakeWorld, tmp_path: Path) -> None:
    check_death_anywhere_is_made_good(make, tmp_path)
