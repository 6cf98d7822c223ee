import pytest

from service.errors import NotFound, NotReady
from service.slack import texts
from tests.fakes.slack import BOT, CHANNEL, Failure, FakeSlack, Workspace
from tests.service.slack.desk import ANN, BEN, GUEST, PUBLIC, FakeDesk, cited

QUESTION = "When is a receipt due?"


@pytest.fixture(autouse=True)
def _answers(desk: FakeDesk, fake: FakeSlack) -> None:
    desk.answers[QUESTION] = cited(("Within 30 days.", "expenses"))
    desk.readers["expenses"] = PUBLIC
    fake.members[CHANNEL] = [ANN, BEN, BOT]


def test_mention_is_answered_in_its_thread(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    workspace.mention(ANN, QUESTION, ts="5.1")

    said = fake.wait_for("chat.postMessage")
    assert desk.asked == [(QUESTION, "new")]
    assert (said.sent["channel"], said.sent["thread_ts"]) == (CHANNEL, "5.1")
    assert "Within 30 days." in said.text
    assert texts.FOLLOW_UP in said.everything
    assert said.buttons() == {}


def test_what_not_everybody_may_read_is_answered_privately(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    desk.readers["expenses"] = frozenset({ANN})

    workspace.mention(ANN, QUESTION, ts="5.1")

    said = fake.wait_for("chat.postEphemeral")
    assert (said.sent["user"], said.sent["thread_ts"]) == (ANN, "5.1")
    assert texts.PRIVATE_HERE in said.everything
    assert "share" in said.buttons()
    assert fake.of("chat.postMessage") == []


def test_private_answer_in_a_thread_is_shared_in_that_thread(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    desk.readers["expenses"] = frozenset({ANN})
    workspace.mention(ANN, QUESTION, ts="5.1")
    button = fake.wait_for("chat.postEphemeral").buttons()["share"]
    desk.readers["expenses"] = PUBLIC

    workspace.press(ANN, button)

    assert fake.wait_for("chat.postMessage").sent["thread_ts"] == "5.1"


def test_refusal_is_private(workspace: Workspace, fake: FakeSlack) -> None:
    workspace.mention(ANN, "What is the chef's salary?")

    assert "Salaries" in fake.wait_for("chat.postEphemeral").everything
    assert fake.of("chat.postMessage") == []


def test_next_mention_in_a_thread_follows_up(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    workspace.mention(ANN, QUESTION, ts="5.1")
    fake.wait_for("chat.postMessage")
    workspace.mention(ANN, "and abroad?", ts="5.2", thread_ts="5.1")
    fake.wait_for("chat.postEphemeral")

    assert desk.asked == [(QUESTION, "new"), ("and abroad?", "c1")]


def test_everybody_has_a_conversation_of_their_own_in_a_thread(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    workspace.mention(ANN, QUESTION, ts="5.1")
    fake.wait_for("chat.postMessage")
    workspace.mention(BEN, QUESTION, ts="5.2", thread_ts="5.1")
    fake.wait_for("chat.postMessage", 2)
    workspace.mention(GUEST, QUESTION, ts="5.3", thread_ts="5.1")
    fake.wait_for("chat.postMessage", 3)

    assert [conversation for _, conversation in desk.asked] == ["new", "new", None]


def test_conversation_that_is_over_begins_anew(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    workspace.mention(ANN, QUESTION, ts="5.1")
    fake.wait_for("chat.postMessage")
    desk.failures = [NotFound("no conversation 'c1'")]
    workspace.mention(ANN, QUESTION, ts="5.2", thread_ts="5.1")

    fake.wait_for("chat.postMessage", 2)
    assert [conversation for _, conversation in desk.asked] == ["new", "c1", "new"]


def test_mention_without_a_question_is_asked_for_one(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    workspace.mention(ANN, " ")

    assert fake.wait_for("chat.postEphemeral").text == texts.EMPTY_MENTION
    assert desk.asked == []


def test_failure_is_told_to_the_asker_alone(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    desk.failures = [NotReady("locked")]

    workspace.mention(ANN, QUESTION)

    assert fake.wait_for("chat.postEphemeral").text == texts.NOT_READY
    assert fake.of("chat.postMessage") == []


def test_what_the_channel_does_not_take_is_answered_privately(
    workspace: Workspace, fake: FakeSlack
) -> None:
    fake.failures["chat.postMessage"] = [Failure(error="restricted_action")]

    workspace.mention(ANN, QUESTION)

    assert "Within 30 days." in fake.wait_for("chat.postEphemeral").text


@pytest.mark.parametrize(
    "of_bot",
    [
        {"bot_id": "B0OTHER"},
        {"bot_profile": {"id": "B0"}},
        {"subtype": "bot_message"},
    ],
)
def test_bots_get_no_answer(
    of_bot: dict[str, object], workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    assert workspace.mention(ANN, "first", **of_bot).status_code == 200
    workspace.mention(ANN, QUESTION)
    fake.wait_for("chat.postMessage")

    assert [question for question, _ in desk.asked] == [QUESTION]


def test_event_delivered_three_times_is_answered_once(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    event = {"type": "app_mention", "text": QUESTION, "user": ANN, "ts": "1.1", "channel": CHANNEL}
    for text in (QUESTION, f"{QUESTION} ", f"{QUESTION}  "):
        # Each delivery has a signature of its own; the event is the same.
        workspace.event({**event, "text": text}, "Ev900")
    workspace.mention(BEN, QUESTION)
    fake.wait_for("chat.postMessage", 2)

    assert len(desk.asked) == 2
