import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from openapi_core import OpenAPI

from tests.fakes import github_shapes as shapes
from tests.fakes.faults import Request
from tests.fakes.github import FakeGitHub
from tests.fakes.github_data import FakeRepository
from tests.ingest.sources.github.openapi import FIXTURES, Exchange, faults, judge
from tests.ingest.sources.github.reading import TOKEN, Reading, many, reading

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FIXTURES, reason="ANSWERABLE_FIXTURES names no folder"),
]
COMPANY = Path("eval/data/company/github")
BEARER = {"authorization": f"Bearer {TOKEN['GITHUB_TOKEN']}"}


@pytest.fixture(scope="module")
def api() -> OpenAPI:
    return judge()


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Reading]:
    root = Path(__file__).parents[4]
    with reading(FakeGitHub().load(root / COMPANY), tmp_path) as reader:
        yield reader


def replayed(reader: Reading, request: Request) -> Exchange:
    """The request again, without its ETag, so that there is a body to judge."""
    answer = httpx.get(reader.url + request.path, params=request.query, headers=BEARER)
    by_id = {str(r.id): r.full_name for r in reader.github.repositories}
    # The description knows repositories by name only; links lead to them by id.
    path = re.sub(r"^/repositories/(\d+)", lambda m: f"/repos/{by_id[m[1]]}", request.path)
    return Exchange("GET", path, request.query, answer.status_code, answer.content)


def asked(reader: Reading, path: str, **query: str) -> Exchange:
    return replayed(reader, Request("GET", path, query, {}))


def test_what_we_ask_and_what_the_fake_answers_is_githubs_api(
    api: OpenAPI, company: Reading
) -> None:
    company.run(pull_requests=True)

    assert len(company.asked) == 8
    assert [faults(api, replayed(company, request)) for request in company.asked] == [[]] * 8


def test_walks_pages_and_readers_are_githubs_api_too(
    api: OpenAPI, reader: Reading, github: FakeGitHub, tool: FakeRepository
) -> None:
    tool.about |= {"private": True, "visibility": "private"}
    tool.collaborators = [shapes.collaborator(f"p{i}") for i in range(120)]
    tool.teams = [shapes.team("acme", "core")]
    many(github, 130)
    for number in range(1, 130):
        github.repositories[1].add_issue(1000 + number, pull_request={"merged_at": None})

    reader.run()

    assert any(request.path.startswith("/repositories/") for request in reader.asked)
    for request in reader.asked:
        assert faults(api, replayed(reader, request)) == []


def test_moved_deleted_and_missing_are_answered_as_described(
    api: OpenAPI, reader: Reading, github: FakeGitHub, tool: FakeRepository
) -> None:
    tool.delete_issue(2)
    tool.delete_issue(3, moved_to="/repositories/1/issues/1")
    github.rename(tool, "acme/instrument")
    here = "/repos/acme/instrument/issues"

    exchanges = [
        asked(reader, "/repos/acme/tool"),
        *(asked(reader, f"{here}/{number}") for number in (1, 2, 3, 4)),
        asked(reader, f"{here}/1/comments"),
    ]

    assert [exchange.status_code for exchange in exchanges] == [301, 200, 410, 301, 404, 200]
    assert [faults(api, exchange) for exchange in exchanges] == [[]] * 6


def test_judge_can_say_no(api: OpenAPI, reader: Reading) -> None:
    good = asked(reader, "/repos/acme/tool/issues", state="all")
    wrong_question = asked(reader, "/repos/acme/tool/issues", state="bogus")
    wrong_answer = Exchange("GET", good.path, {}, 200, good.data.replace(b'"number"', b'"nr"'))

    assert faults(api, good) == []
    assert len(faults(api, wrong_question)) == 1
    assert len(faults(api, wrong_answer)) == 1
