from datetime import timedelta

import pytest

from ingest.errors import RetryLater, SourceRefused
from ingest.sources.github_graphql import graphql_url
from tests.fakes.faults import Fault, Request
from tests.fakes.github import GHES_PREFIX, FakeGitHub
from tests.fakes.github_data import FakeRepository
from tests.fakes.github_shapes import Json
from tests.ingest.sources.github.reading import Reading, deleted, upserted
from tests.ingest.sources.github.talking import asked_graphql, doc, read

pytestmark = pytest.mark.usefixtures("talk")
WEEK = timedelta(days=7)
GRAPHQL = "/graphql$"
LIMITED = b'{"data": null, "errors": [{"type": "RATE_LIMITED", "message": "limit"}]}'


def said_inside(kind: str) -> Fault:
    body = b'{"data": null, "errors": [{"type": "%s", "message": "no"}]}' % kind.encode()
    return Fault("status", 200, body=body, path=GRAPHQL)


def limited_for(seconds: int, github: FakeGitHub) -> Fault:
    resets_at = f"{github.clock.now() + seconds:.0f}"
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": resets_at}
    return Fault("status", 200, headers, LIMITED, path=GRAPHQL)


def test_limit_inside_a_good_answer_is_waited_for(reader: Reading, github: FakeGitHub) -> None:
    github.front.faults.append(limited_for(45, github))

    assert doc(12) in read(reader)
    assert github.clock.waits == [45]


def test_lasting_limit_ends_the_run_with_the_time_it_asks_for(
    reader: Reading, github: FakeGitHub
) -> None:
    read(reader)
    github.clock.advance(WEEK)
    github.front.faults.append(limited_for(3000, github))

    with pytest.raises(RetryLater, match="rate limit") as caught:
        reader.run(discussions=True)

    assert caught.value.after == timedelta(seconds=3000)
    assert len(reader.known) == 6


def test_error_that_passes_is_tried_again(reader: Reading, github: FakeGitHub) -> None:
    github.front.faults.append(said_inside("INTERNAL"))
    github.front.faults.append(Fault("truncated", path=GRAPHQL))

    assert doc(12) in read(reader)
    assert asked_graphql(reader) == 3


@pytest.mark.parametrize("kind", ["FORBIDDEN", "INSUFFICIENT_SCOPES"])
def test_credential_without_the_right_is_told_so_and_deletes_nothing(
    reader: Reading, github: FakeGitHub, kind: str
) -> None:
    read(reader)
    github.front.faults.append(said_inside(kind))

    with pytest.raises(SourceRefused, match=r"acme/tool.*discussions: read"):
        reader.run(discussions=True)

    assert len(reader.known) == 6


def test_server_that_does_not_know_discussions_says_so(reader: Reading, github: FakeGitHub) -> None:
    body = b'{"errors": [{"message": "no field", "extensions": {"code": "undefinedField"}}]}'
    github.front.faults.append(Fault("status", 200, body=body, path=GRAPHQL))

    with pytest.raises(SourceRefused, match="does not know all that is asked for"):
        reader.run(discussions=True)


def test_sweep_that_broke_off_is_made_up_for(
    reader: Reading, tool: FakeRepository, talk: Json, github: FakeGitHub
) -> None:
    for number in range(100, 160):
        tool.add_discussion(number)
    read(reader)
    github.clock.advance(WEEK)
    tool.discussions.remove(talk)
    tool.add_remark(tool.discussions[0], tool.discussions[0]["comments"], "Late.")
    asked: list[Request] = []

    def fail_from_the_second_page(request: Request) -> None:
        asked.extend([request] if request.path == "/graphql" else [])
        if len(asked) > 1 and asked[-1] is request:
            github.front.faults.append(Fault("cut", path=GRAPHQL))

    github.front.before = fail_from_the_second_page
    with pytest.raises(RetryLater):
        reader.run(discussions=True)
    github.front.before = lambda _: None

    changes = reader.run(discussions=True)

    assert (upserted(changes), deleted(changes)) == ([doc(11)], [doc(12)])


def test_without_a_token_discussions_are_refused_before_anything_is_asked(
    reader: Reading, github: FakeGitHub
) -> None:
    github.tokens = None

    with pytest.raises(SourceRefused, match="only to a credential"):
        reader.run(discussions=True, token_env=None)

    assert reader.asked == []


def test_enterprise_server_is_asked_at_its_own_address(reader: Reading) -> None:
    assert doc(12) in read(reader, api_url=reader.url + GHES_PREFIX)
    assert [r.path for r in reader.asked if "graphql" in r.path] == ["/api/graphql"]


@pytest.mark.parametrize(
    ("api", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.acme.ghe.com/", "https://api.acme.ghe.com/graphql"),
        ("https://git.acme.example/api/v3", "https://git.acme.example/api/graphql"),
    ],
)
def test_graphql_is_beside_rest(api: str, graphql: str) -> None:
    assert graphql_url(api) == graphql
