from typing import Any

import pytest

from service.errors import NotReady
from service.slack import texts
from service.slack.settings import SlackSettings
from tests.fakes.slack import (
    BOT,
    CHANNEL,
    HANGS,
    RATE_LIMITED,
    Call,
    Failure,
    FakeSlack,
    Workspace,
)
from tests.service.slack.conftest import running
from tests.service.slack.desk import ANN, BEN, PUBLIC, FakeDesk, cited

QUESTION = "What is planned?"
OPEN, SECRET = "We open in May.", "We buy Initech."
ANSWER = cited((OPEN, "roadmap"), (SECRET, "merger"))


@pytest.fixture(autouse=True)
def _everybody(desk: FakeDesk, fake: FakeSlack) -> None:
    desk.answers[QUESTION] = ANSWER
    desk.readers = {"roadmap": PUBLIC, "merger": frozenset({ANN})}
    fake.members[CHANNEL] = [ANN, BEN, BOT]


def asked(workspace: Workspace, fake: FakeSlack) -> Call:
    """The answer of one question, which is the first thing that was asked."""
    workspace.command(ANN, QUESTION)
    return fake.wait_for("respond")


def shared(workspace: Workspace, fake: FakeSlack) -> str:
    """What whoever shares is told in the end."""
    workspace.press(ANN, asked(workspace, fake).buttons()["share"])
    return fake.wait_for("respond", 2).text


def test_only_what_everybody_may_read_is_shared(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    told = shared(workspace, fake)

    [post] = fake.of("chat.postMessage")
    assert told == texts.SHARED_PART
    assert set(desk.checked[0] or ()) == {ANN, BEN}
    assert OPEN in post.text
    assert {"type": "user", "user_id": ANN} in post.sent["blocks"][0]["elements"][0]["elements"]
    for leftover in (SECRET, "merger", "Initech", "answer-1"):
        assert leftover not in post.everything
    assert "metadata" not in post.sent


def test_what_is_shared_leads_nowhere_by_itself(workspace: Workspace, fake: FakeSlack) -> None:
    shared(workspace, fake)

    [post] = fake.of("chat.postMessage")
    sent = {name: post.sent[name] for name in ("unfurl_links", "unfurl_media", "link_names")}
    assert {str(value).lower() for value in sent.values()} <= {"0", "false"}
    assert post.sent["parse"] == "none"


def test_whole_answer_is_shared_where_all_may_read_all(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    desk.readers["merger"] = frozenset({ANN, BEN})

    assert shared(workspace, fake) == texts.SHARED
    assert SECRET in fake.of("chat.postMessage")[0].text


def test_members_are_read_to_the_last_page(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    fake.page = 1
    fake.members[CHANNEL] = [ANN, BOT, BEN]

    shared(workspace, fake)

    assert set(desk.checked[0] or ()) == {ANN, BEN}


@pytest.mark.parametrize(
    "channel",
    [
        {"is_ext_shared": True},
        {"is_pending_ext_shared": True},
        {"pending_shared": ["T0OTHER"]},
        {"connected_team_ids": ["T0OTHER"]},
    ],
)
def test_other_companies_get_public_documents_only(
    channel: dict[str, Any], workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    fake.channels[CHANNEL] = channel
    fake.members[CHANNEL] = [ANN, BOT]

    assert shared(workspace, fake) == texts.SHARED_PART
    assert desk.checked == [None]


def test_large_channel_gets_public_documents_only(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    fake.members[CHANNEL] = [BOT, *(f"U{number}" for number in range(11))]

    shared(workspace, fake)

    assert desk.checked == [None]


@pytest.mark.parametrize("method", ["conversations.members", "conversations.info", "auth.test"])
@pytest.mark.parametrize(
    "failure", [Failure(error="missing_scope"), Failure(500), Failure(429), HANGS]
)
def test_unknown_members_get_public_documents_only(
    method: str, failure: Failure, fake: FakeSlack, desk: FakeDesk, settings: SlackSettings
) -> None:
    fake.failures[method] = [failure] * 3
    hasty = settings.model_copy(update={"timeout_seconds": 1})
    for workspace in running(desk, fake, hasty):
        assert shared(workspace, fake) == texts.SHARED_PART
    assert desk.checked == [None]


def test_nothing_left_to_share_is_said_without_saying_what(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    desk.readers["roadmap"] = frozenset({ANN})

    assert shared(workspace, fake) == texts.NOTHING_TO_SHARE
    assert fake.of("chat.postMessage") == []


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found"])
def test_channel_that_we_are_not_in_is_said_how_to_change(
    error: str, workspace: Workspace, fake: FakeSlack
) -> None:
    fake.failures["conversations.members"] = [Failure(error=error)]

    assert "/invite" in shared(workspace, fake)
    assert fake.of("chat.postMessage") == []


def test_public_channel_that_we_are_not_in_is_said_how_to_change(
    workspace: Workspace, fake: FakeSlack
) -> None:
    fake.members[CHANNEL] = [ANN, BEN]

    assert f"I am not in <#{CHANNEL}>" in shared(workspace, fake)


def test_failed_share_can_be_tried_again(workspace: Workspace, fake: FakeSlack) -> None:
    fake.failures["chat.postMessage"] = [Failure(error="is_archived")]
    button = asked(workspace, fake).buttons()["share"]

    workspace.press(ANN, button)
    assert fake.wait_for("respond", 2).text == texts.SLACK_FAILED
    workspace.press(ANN, button)
    assert fake.wait_for("respond", 3).text == texts.SHARED_PART


def test_rate_limited_share_waits(workspace: Workspace, fake: FakeSlack) -> None:
    fake.failures["chat.postMessage"] = [RATE_LIMITED]

    assert shared(workspace, fake) == texts.SHARED_PART


def test_index_that_cannot_be_asked_shares_nothing(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise NotReady("locked")

    # The fake has no other way to fail here.
    monkeypatch.setattr(desk, "shareable", refuse)

    assert shared(workspace, fake) == texts.NOT_READY
    assert fake.of("chat.postMessage") == []


def test_pressed_twice_it_is_shared_once(workspace: Workspace, fake: FakeSlack) -> None:
    button = asked(workspace, fake).buttons()["share"]

    workspace.press(ANN, button)
    workspace.press(ANN, button)
    told = {fake.wait_for("respond", number).text for number in (2, 3)}

    assert told == {texts.SHARED_PART, texts.ALREADY_SHARED}
    assert len(fake.of("chat.postMessage")) == 1


def test_somebody_else_cannot_share(workspace: Workspace, fake: FakeSlack, desk: FakeDesk) -> None:
    workspace.press(BEN, asked(workspace, fake).buttons()["share"])

    assert fake.wait_for("respond", 2).text == texts.NOT_YOURS
    assert desk.checked == []


def test_who_left_meanwhile_cannot_share(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    button = asked(workspace, fake).buttons()["share"]
    desk.people[ANN] = None

    workspace.press(ANN, button)

    assert fake.wait_for("respond", 2).text == texts.NOBODY
    assert desk.checked == []


def test_unknown_answer_is_asked_for_again(workspace: Workspace, fake: FakeSlack) -> None:
    button = asked(workspace, fake).buttons()["share"]

    workspace.press(ANN, {**button, "value": "guessed"})

    assert fake.wait_for("respond", 2).text == texts.GONE
