from concurrent.futures import ThreadPoolExecutor

import pytest

from service.answering.courtesy import COURTESY
from service.errors import BadQuestion, NotReady, NotRecorded, TooManyRequests
from service.schemas import REFUSAL
from service.slack import texts
from service.slack.settings import SlackSettings
from tests.fakes.slack import CHANNEL, HANGS, RATE_LIMITED, Failure, FakeSlack, Workspace
from tests.service.slack.conftest import running
from tests.service.slack.desk import ANN, GUEST, FakeDesk, cited, refusal

RECEIPTS = "When is a receipt due?"
ANSWER = cited(("Hand it in within 30 days.", "expenses"))


@pytest.fixture(autouse=True)
def _answers(desk: FakeDesk) -> None:
    desk.answers[RECEIPTS] = ANSWER


def test_question_is_answered_to_its_asker_alone(workspace: Workspace, fake: FakeSlack) -> None:
    response = workspace.command(ANN, RECEIPTS)

    said = fake.wait_for("respond")
    assert response.status_code == 200
    assert response.content == b""
    assert said.sent["response_type"] == "ephemeral"
    assert "Hand it in within 30 days." in said.everything
    assert "https://handbook.example/expenses" in said.everything
    assert "14 April 2026" in said.everything
    assert set(said.buttons()) == {"share", "useful", "wrong", "open", "more"}
    assert fake.of("chat.postMessage") == []


def test_link_opens_the_question_in_the_browser(workspace: Workspace, fake: FakeSlack) -> None:
    workspace.command(ANN, RECEIPTS)

    opened = fake.wait_for("respond").buttons()["open"]["url"]
    assert opened == "https://ask.example/?q=When%20is%20a%20receipt%20due%3F"


def test_refusal_says_what_was_searched_and_whom_to_ask(
    workspace: Workspace, fake: FakeSlack
) -> None:
    workspace.command(ANN, "What is the chef's salary?")

    said = fake.wait_for("respond")
    assert said.text == REFUSAL
    assert "1,200 documents from handbook" in said.everything
    assert "Who may know: Ada Lovelace." in said.everything
    assert "share" not in said.buttons()


def test_courtesy_is_told_what_can_be_asked(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    empty = {"answer_id": None, "answer": COURTESY, "nearest": [], "refusal": None}
    desk.answers["hello"] = refusal("hello").model_copy(update=empty)
    workspace.command(ANN, "hello")

    said = fake.wait_for("respond")
    assert said.text == COURTESY
    assert REFUSAL not in said.everything
    assert set(said.buttons()) == {"open"}


def test_question_is_read_as_it_was_typed(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    workspace.command(ANN, "is 1 &lt; 2 &amp; does <@U9|bob> read <https://a.example|a.example>?")

    fake.wait_for("respond")
    assert desk.asked == [("is 1 < 2 & does @bob read a.example?", None)]


@pytest.mark.parametrize("text", ["help", " HELP ", "--help"])
def test_help_explains_and_asks_nothing(
    text: str, workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    workspace.command(ANN, text)

    assert fake.wait_for("respond").text == texts.help_text("/ask")
    assert desk.asked == []


@pytest.mark.parametrize("text", ["", "   "])
def test_empty_question_gets_an_example(
    text: str, workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    workspace.command(ANN, text)

    assert "Type a question" in fake.wait_for("respond").text
    assert desk.asked == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TooManyRequests("too many", {"Retry-After": "17"}), "again in 17 seconds"),
        (BadQuestion("the question has 2,001 characters"), "2,001 characters."),
        (NotReady("index /data/secret is locked"), texts.NOT_READY),
        (NotRecorded("/var/audit is full"), texts.NOT_RECORDED),
        (RuntimeError("password=hunter2"), texts.BROKEN),
    ],
)
def test_failure_is_told_without_its_inside(
    error: Exception, said: str, workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    desk.failures = [error]

    workspace.command(ANN, RECEIPTS)

    told = fake.wait_for("respond")
    assert said in told.text
    assert not any(word in told.everything for word in ("secret", "/var", "hunter2"))


def test_who_gets_nothing_is_told_so(workspace: Workspace, fake: FakeSlack, desk: FakeDesk) -> None:
    desk.people[ANN] = None

    workspace.command(ANN, RECEIPTS)

    assert fake.wait_for("respond").text == texts.NOBODY
    assert desk.asked == []


def test_guest_is_told_that_only_public_documents_are_read(
    workspace: Workspace, fake: FakeSlack
) -> None:
    workspace.command(GUEST, RECEIPTS)

    assert texts.GUEST in fake.wait_for("respond").everything


def test_delivered_three_times_it_is_answered_once(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    body = workspace.command_body(ANN, RECEIPTS)

    statuses = [workspace.send(body).status_code for _ in range(3)]
    workspace.command(ANN, "something else")
    fake.wait_for("respond", 2)

    assert statuses == [200, 200, 200]
    assert sorted(question for question, _ in desk.asked) == sorted([RECEIPTS, "something else"])


def test_who_waits_is_told_so_and_then_answered_in_its_place(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    desk.opened.clear()
    workspace.command(ANN, RECEIPTS)
    waiting = fake.wait_for("respond")
    desk.opened.set()

    answered = fake.wait_for("respond", 2)
    assert waiting.text == texts.SEARCHING
    assert answered.sent["replace_original"] is True
    assert "30 days" in answered.text
    assert waiting.method == answered.method


def test_beyond_what_can_wait_people_are_asked_to_come_back(
    desk: FakeDesk, fake: FakeSlack, settings: SlackSettings
) -> None:
    desk.opened.clear()
    for workspace in running(desk, fake, settings, at_once=1, waiting=1):
        for _ in range(3):
            assert workspace.command(ANN, RECEIPTS).status_code == 200
        assert texts.BUSY in {fake.wait_for("respond", n).text for n in (1, 2)}
        desk.opened.set()
        fake.wait_for("respond", 4)
    assert len(desk.asked) == 2


def test_acknowledged_while_answers_are_slow(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    desk.opened.clear()
    with ThreadPoolExecutor(5) as people:
        responses = list(people.map(lambda _: workspace.command(ANN, RECEIPTS), range(5)))

    assert [response.status_code for response in responses] == [200] * 5
    assert desk.asked == []
    assert not any("30 days" in call.text for call in fake.calls)


def test_rate_limited_response_url_is_tried_again(workspace: Workspace, fake: FakeSlack) -> None:
    fake.failures["respond"] = [RATE_LIMITED, RATE_LIMITED]

    workspace.command(ANN, RECEIPTS)

    assert "30 days" in fake.wait_for("respond", 3).text


@pytest.mark.parametrize(
    "failure",
    [
        Failure(404, "expired_url"),
        Failure(404, "used_url"),
        Failure(500),
        Failure(429, headers={"Retry-After": "3600"}),
        Failure(307, headers={"Location": "/elsewhere"}),
        HANGS,
    ],
    ids=["expired", "used", "broken", "limited for an hour", "redirects", "hangs"],
)
def test_what_the_response_url_does_not_take_our_bot_says(
    failure: Failure, fake: FakeSlack, desk: FakeDesk, settings: SlackSettings
) -> None:
    fake.failures["respond"] = [failure]
    hasty = settings.model_copy(update={"timeout_seconds": 1})
    for workspace in running(desk, fake, hasty):
        workspace.command(ANN, RECEIPTS)
        said = fake.wait_for("chat.postEphemeral")

    assert said.sent["user"] == ANN
    assert said.sent["channel"] == CHANNEL
    assert "30 days" in said.text
    assert not any(call.method == "/elsewhere" for call in fake.calls)


def test_unreachable_person_breaks_nothing(workspace: Workspace, fake: FakeSlack) -> None:
    fake.failures["respond"] = [Failure(404, "expired_url")] * 2
    fake.failures["chat.postEphemeral"] = [Failure(error="user_not_in_channel")] * 2
    workspace.command(ANN, RECEIPTS)
    fake.wait_for("chat.postEphemeral", 2)

    workspace.command(ANN, RECEIPTS)

    assert "30 days" in fake.wait_for("respond", 3).text


def test_other_events_are_acknowledged(workspace: Workspace, fake: FakeSlack) -> None:
    response = workspace.event({"type": "message", "text": "hi", "user": ANN}, "Ev77")

    assert response.status_code == 200
    assert fake.calls == []
