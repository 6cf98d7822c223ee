"""Another client reads the fake: what githubkit takes for GitHub is not only our own idea of it."""

from typing import Any

import pytest

from tests.fakes.faults import Fault
from tests.fakes.github import FakeGitHub
from tests.fakes.github_data import FakeRepository
from tests.ingest.sources.github.reading import TOKEN, Reading, many

githubkit = pytest.importorskip("githubkit", reason="githubkit (with hishel<2) is not installed")


@pytest.fixture
def peer(reader: Reading) -> Any:
    return githubkit.GitHub(TOKEN["GITHUB_TOKEN"], base_url=reader.url + "/")


def test_peer_reads_every_page_of_issues(peer: Any, github: FakeGitHub) -> None:
    many(github, 230)

    pages = peer.rest.paginate(
        peer.rest.issues.list_for_repo, owner="acme", repo="large", state="all", per_page=100
    )

    assert sorted(issue.number for issue in pages) == list(range(1, 231))


def test_peer_reads_comments_and_repository(peer: Any) -> None:
    comments = peer.rest.issues.list_comments_for_repo("acme", "tool").parsed_data
    repository = peer.rest.repos.get("acme", "tool").parsed_data

    assert [comment.body for comment in comments] == ["Like this."]
    assert (repository.full_name, repository.visibility) == ("acme/tool", "public")


def test_peer_uses_the_etags_of_the_fake(peer: Any, github: FakeGitHub) -> None:
    for _ in range(2):
        peer.rest.issues.list_for_repo("acme", "tool")

    assert [request.status for request in github.front.requests] == [200, 304]


def test_peer_follows_a_renamed_repository(
    peer: Any, github: FakeGitHub, tool: FakeRepository
) -> None:
    github.rename(tool, "acme/instrument")

    assert peer.rest.repos.get("acme", "tool").parsed_data.full_name == "acme/instrument"


def test_peer_takes_a_server_error_for_one(peer: Any, github: FakeGitHub) -> None:
    github.front.faults.append(Fault("status", 502))

    assert peer.rest.repos.get("acme", "tool").parsed_data.name == "tool"
    assert [request.status for request in github.front.requests] == [502, 200]
