"""Requests as Slack sends them, from outside of the repository."""

import json
import os
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest

from service.slack import texts
from service.slack.settings import SlackSettings
from service.slack.types import Person
from tests.fakes.slack import BOT, FakeSlack
from tests.service.slack.conftest import running
from tests.service.slack.desk import PUBLIC, FakeDesk, cited

FIXTURES = os.environ.get("ANSWERABLE_FIXTURES", "")  # noqa: TID251 - not a setting of the product
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FIXTURES, reason="ANSWERABLE_FIXTURES names no folder"),
]
FOLDER = Path(FIXTURES) / "slack"
TEAM, CHANNEL = "T111", "C111"


class RealDesk(FakeDesk):
    """Knows everybody in the workspace of the recorded requests."""

    def person(self, user_id: str, team_id: str) -> Person | None:
        assert team_id == TEAM
        found = Person(user_id, team_id, f"{user_id.lower()}@example.com")
        self.people[user_id] = found
        return found


@pytest.fixture
def desk() -> RealDesk:
    found = RealDesk()
    found.answers = {"Hi": cited(("Hello.", "a")), "Hi there!": cited(("Hello.", "a"))}
    found.readers = {"a": PUBLIC}
    return found


@pytest.fixture
def settings(settings: SlackSettings) -> SlackSettings:
    return settings.model_copy(update={"team_ids": (TEAM,)})


def test_real_slash_command_is_answered(
    desk: RealDesk, fake: FakeSlack, settings: SlackSettings
) -> None:
    form = dict(parse_qsl((FOLDER / "slash_command.form.txt").read_text("utf-8").strip()))
    form["response_url"] = fake.response_url()
    for workspace in running(desk, fake, settings):
        response = workspace.send(urlencode(form).encode())
        assert response.status_code == 200
        assert "Hello." in fake.wait_for("respond").text


def test_real_press_is_acknowledged(
    desk: RealDesk, fake: FakeSlack, settings: SlackSettings
) -> None:
    payload = json.loads((FOLDER / "block_actions.json").read_text("utf-8"))
    payload["response_url"] = fake.response_url()
    payload["actions"][0]["action_id"] = "share"
    for workspace in running(desk, fake, settings):
        response = workspace.send(urlencode({"payload": json.dumps(payload)}).encode())
        assert response.status_code == 200
        assert fake.wait_for("respond").text == texts.GONE


def test_real_mention_is_answered(desk: RealDesk, fake: FakeSlack, settings: SlackSettings) -> None:
    fake.channels[CHANNEL], fake.members[CHANNEL] = {}, ["W222", BOT]
    event = (FOLDER / "event_app_mention.json").read_bytes()
    for workspace in running(desk, fake, settings):
        assert workspace.send(event, "application/json").status_code == 200
        assert fake.wait_for("chat.postMessage").sent["thread_ts"] == "1595926230.009600"


@pytest.mark.parametrize("name", ["event_assistant_thread_started", "event_assistant_user_message"])
def test_other_real_events_are_acknowledged(
    name: str, desk: RealDesk, fake: FakeSlack, settings: SlackSettings
) -> None:
    event = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    event["team_id"] = TEAM
    for workspace in running(desk, fake, settings):
        response = workspace.send(json.dumps(event).encode(), "application/json")
        assert response.status_code in (200, 401)
    assert desk.asked == []
