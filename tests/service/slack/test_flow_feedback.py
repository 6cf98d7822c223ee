import pytest

from service.errors import NotFound
from service.slack import texts
from tests.fakes.slack import FakeSlack, Workspace
from tests.service.slack.desk import ANN, BEN, FakeDesk, cited

QUESTION = "When is a receipt due?"


@pytest.fixture(autouse=True)
def _answers(desk: FakeDesk) -> None:
    desk.answers[QUESTION] = cited(("Within 30 days.", "expenses"))


@pytest.mark.parametrize(
    ("button", "option", "verdict", "said"),
    [
        ("useful", 0, "useful", texts.THANKS_USEFUL),
        ("wrong", 0, "wrong", texts.THANKS),
        ("more", 0, "outdated", texts.THANKS),
        ("more", 1, "missing", texts.THANKS),
    ],
)
def test_verdict_is_kept_for_the_answer(
    button: str,
    option: int,
    verdict: str,
    said: str,
    workspace: Workspace,
    fake: FakeSlack,
    desk: FakeDesk,
) -> None:
    workspace.command(ANN, QUESTION)
    workspace.press(ANN, fake.wait_for("respond").buttons()[button], option=option)

    thanked = fake.wait_for("respond", 2)
    [(person, feedback)] = desk.taken
    assert thanked.text == said
    assert thanked.sent["replace_original"] is False
    assert (person.user_id, feedback.answer, feedback.verdict) == (ANN, "answer-1", verdict)


def test_verdict_of_somebody_else_is_not_kept(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    workspace.command(ANN, QUESTION)
    workspace.press(BEN, fake.wait_for("respond").buttons()["wrong"])

    assert fake.wait_for("respond", 2).text == texts.NOT_YOURS
    assert desk.taken == []


def test_verdict_that_cannot_be_kept_is_said(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    desk.feedback_failures = [NotFound("no answer 'answer-1'")]
    workspace.command(ANN, QUESTION)
    workspace.press(ANN, fake.wait_for("respond").buttons()["wrong"])

    assert fake.wait_for("respond", 2).text == texts.NOT_KEPT


def test_answer_that_takes_no_feedback_has_no_such_buttons(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    desk.answers[QUESTION] = desk.answers[QUESTION].model_copy(update={"answer_id": None})

    workspace.command(ANN, QUESTION)

    assert set(fake.wait_for("respond").buttons()) == {"share", "open"}


def test_link_is_acknowledged_and_nothing_more(
    workspace: Workspace, fake: FakeSlack, desk: FakeDesk
) -> None:
    workspace.command(ANN, QUESTION)
    opened = workspace.press(ANN, fake.wait_for("respond").buttons()["open"])

    assert opened.status_code == 200
    assert len(fake.calls) == 1
    assert desk.taken == []
