from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from service.slack.app import slack_app
from service.slack.once import Once
from service.slack.settings import SlackSettings
from service.slack.verifying import Verification
from service.slack.work import Work
from tests.fakes.serve import serve
from tests.fakes.slack import SECRET, TEAM, FakeSlack, Workspace, slack
from tests.service.slack.desk import FakeDesk

PAGE = "https://ask.example/"


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    with slack() as found:
        yield found


@pytest.fixture
def desk() -> Iterator[FakeDesk]:
    found = FakeDesk()
    yield found
    found.opened.set()


@pytest.fixture
def settings(fake: FakeSlack) -> SlackSettings:
    return SlackSettings(
        team_ids=(TEAM,),
        response_hosts=(fake.host,),
        api_base=f"{fake.url}/api/",
        page_url=PAGE,
        max_members=10,
        timeout_seconds=5,
    )


@pytest.fixture
def workspace(desk: FakeDesk, fake: FakeSlack, settings: SlackSettings) -> Iterator[Workspace]:
    """Everybody of the company, before an application that answers with the desk."""
    yield from running(desk, fake, settings)


def running(
    desk: Any, fake: FakeSlack, settings: SlackSettings, *, at_once: int = 4, waiting: int = 16
) -> Iterator[Workspace]:
    verified = Verifying(settings)
    work = Work(at_once, waiting)
    app = slack_app(desk, settings, SecretStr("xoxb-1"), verified, work)
    api = FastAPI()
    api.include_router(app.router)
    with serve(api) as url:
        yield Workspace(url, fake)


class Verifying:
    """The real verification in front of an application."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings

    def __call__(self, app: Any) -> Verification:
        return Verification(app, self._settings, SecretStr(SECRET), Once())
