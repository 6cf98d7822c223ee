from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.github import FakeGitHub
from tests.fakes.github_data import FakeRepository
from tests.fakes.github_shapes import Json
from tests.ingest.sources.github.reading import Reading, reading


@pytest.fixture
def github() -> FakeGitHub:
    github = FakeGitHub()
    github.tokens = {"secret-token"}
    return github


@pytest.fixture
def tool(github: FakeGitHub) -> FakeRepository:
    tool = github.add("acme/tool")
    for number in (1, 2, 3):
        tool.add_issue(number, title=f"Question {number}", body="How?")
        github.clock.advance(timedelta(minutes=5))
    tool.add_comment(1, "Like this.")
    return tool


@pytest.fixture
def reader(github: FakeGitHub, tool: FakeRepository, tmp_path: Path) -> Iterator[Reading]:
    del tool
    with reading(github, tmp_path / "work") as reader:
        yield reader


@pytest.fixture
def talk(tool: FakeRepository, github: FakeGitHub) -> Json:
    """The second of three discussions, each some minutes after the one before."""
    talks = []
    for number in (11, 12, 13):
        talks.append(tool.add_discussion(number, title=f"Talk {number}", body="How?"))
        github.clock.advance(timedelta(minutes=5))
    return talks[1]
