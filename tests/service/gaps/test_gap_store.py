import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from index.access import visible_to
from index.store import Index
from service.conversations.types import Turn
from service.errors import NotFound, NotRecorded, RequestError
from service.gaps.schemas import Feedback
from tests.service.gaps.office import ADA, BOB, Office

LIFT = "Who repairs the lift?"
PAGE = "# Receipts\n\nUpload the receipt within 30 days of the purchase.\n"
RECEIPT = "When must I upload the receipt?"


def test_question_without_an_answer_is_a_gap(office: Office) -> None:
    office.refused(LIFT)

    (asked,) = office.store.gaps()
    assert (asked.question, asked.reason) == (LIFT, "unanswered")


def test_unsure_answer_is_a_gap_and_a_sure_one_is_not(office: Office) -> None:
    office.put("money.md", PAGE)
    office.answered(RECEIPT, 0.44)
    office.answered("Is the receipt needed?", 0.45)

    (asked,) = office.store.gaps()
    assert (asked.question, asked.reason) == (RECEIPT, "low_confidence")


def test_courtesy_is_not_kept(office: Office) -> None:
    answered = office.asking.ask("Hello!", visible_to=visible_to(ADA.principal))

    assert office.store.record(ADA, answered) is None


def test_courtesy_that_was_kept_as_a_question_is_no_gap_unless_its_asker_says_so(
    office: Office,
) -> None:
    answered = office.asking.ask(LIFT, visible_to=visible_to(ADA.principal))
    asked = [replace(answered, question=text, standalone=text) for text in ("hello", "help")]
    _, kept = [office.recorded(ADA, one) for one in asked]
    assert office.store.gaps() == []

    office.say("missing", kept)
    assert [one.question for one in office.store.gaps()] == ["help"]


@pytest.mark.parametrize("verdict", ["wrong", "outdated", "missing"])
def test_what_the_asker_says_makes_a_sure_answer_a_gap(office: Office, verdict: str) -> None:
    office.put("money.md", PAGE)
    answer = office.answered(RECEIPT, 0.9)

    office.say(verdict, answer, text="It is 14 days now.", doc_ids=["docs:law.md"])  # type: ignore[arg-type]

    (asked,) = office.store.gaps()
    assert (asked.reason, asked.comment) == (verdict, "It is 14 days now.")
    assert asked.documents == ("docs:money.md", "docs:law.md")


def test_useful_takes_an_unsure_answer_off_but_leaves_a_refusal(office: Office) -> None:
    office.put("money.md", PAGE)
    office.say("useful", office.answered(RECEIPT, 0.1))
    office.say("useful", office.refused(LIFT))

    assert [one.reason for one in office.store.gaps()] == ["unanswered"]


def test_second_verdict_of_a_person_replaces_the_first(office: Office) -> None:
    office.put("money.md", PAGE)
    answer = office.answered(RECEIPT, 0.9)

    assert not office.say("wrong", answer, text="No.")
    assert office.say("outdated", answer)

    (asked,) = office.store.gaps()
    assert (asked.reason, asked.comment) == ("outdated", "")


def test_answers_of_others_look_like_none(office: Office) -> None:
    mine = office.refused(LIFT, ADA)
    said = set()
    for answer in (mine, "no-such-answer"):
        with pytest.raises(NotFound) as refused:
            office.say("wrong", answer, BOB)
        said.add(str(refused.value))

    assert len(said) == 1
    assert [one.reason for one in office.store.gaps()] == ["unanswered"]


def test_verdict_on_a_question_goes_to_that_persons_latest_answer(office: Office) -> None:
    office.refused(LIFT, ADA)
    given = Feedback(question="who  repairs the LIFT?", verdict="missing")

    assert not office.store.give(ADA, given)
    assert not office.store.give(BOB, given)
    assert office.store.give(BOB, given)

    assert [one.reason for one in office.store.gaps()] == ["missing", "missing"]
    assert len({one.person for one in office.store.gaps()}) == 2


@pytest.mark.parametrize(
    "values",
    [
        {"verdict": "wrong"},
        {"verdict": "wrong", "answer": "a", "question": "b"},
        {"verdict": "wrong", "answer": " "},
        {"verdict": "splendid", "answer": "a"},
        {"verdict": "wrong", "answer": "a", "text": "x" * 2001},
        {"verdict": "wrong", "answer": "a", "text": "ring \x07"},
        {"verdict": "wrong", "answer": "a", "doc_ids": ["d"] * 21},
    ],
)
def test_feedback_that_says_too_little_or_too_much_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Feedback.model_validate(values)


def test_nobodys_name_is_in_the_file(office: Office) -> None:
    office.say("wrong", office.refused(LIFT, ADA), ADA)
    office.store.close()

    kept = b"".join(path.read_bytes() for path in office.path.parent.glob("gaps.sqlite3*"))
    assert LIFT.encode() in kept
    assert b"ada" not in kept
    assert office.path.stat().st_mode & 0o077 == 0


def test_the_same_person_has_another_hash_in_another_file(
    index_pair: tuple[Office, Office],
) -> None:
    for office in index_pair:
        office.refused(LIFT, ADA)

    first, second = (office.store.gaps()[0].person for office in index_pair)
    assert first != second


def test_follow_up_is_kept_in_the_askers_words_alone(office: Office) -> None:
    earlier = (Turn("Who repairs the boiler?", "Who repairs the boiler?"),
               Turn("and the lift?", "lift repairs Secretname Ltd"))  # fmt: skip
    asked = office.asking.ask("how often?", visible_to=visible_to(ADA.principal))
    follow_up = replace(asked, standalone="how often lift Secretname Ltd")

    office.recorded(
        ADA, replace(follow_up, answer=replace(follow_up.answer, confidence=0.0)), earlier
    )

    (gap,) = office.store.gaps()
    assert gap.question == "Who repairs the boiler? → and the lift? → how often?"


def test_old_questions_are_erased_with_their_vectors(office: Office) -> None:
    answer = office.refused(LIFT)
    assert office.gaps()
    office.days_pass(181)

    assert office.store.gaps() == []
    with pytest.raises(NotFound):
        office.say("wrong", answer)
    with sqlite3.connect(office.path) as file:
        assert file.execute("SELECT count(*) FROM asked").fetchone() == (0,)
        assert file.execute("SELECT count(*) FROM vectors").fetchone() == (0,)
    file.close()


@pytest.mark.parametrize("off", [{"enabled": False}, {"questions": False}])
def test_nothing_is_collected_when_it_is_off(
    office: Office, tmp_path: Path, off: dict[str, bool]
) -> None:
    quiet = Office(office.index, tmp_path / "quiet", **off)
    asked = quiet.asking.ask(LIFT, visible_to=visible_to(ADA.principal))

    assert quiet.store.record(ADA, asked) is None
    with pytest.raises(RequestError, match=r"service\.gaps"):
        quiet.say("wrong", "a")
    assert not quiet.path.exists()


def test_file_that_cannot_be_written_keeps_no_answer_back(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.path.write_bytes(b"this is no database " * 100)
    asked = office.asking.ask(LIFT, visible_to=visible_to(ADA.principal))

    assert office.store.record(ADA, asked) is None
    assert "was not kept" in caplog.text
    assert LIFT not in caplog.text
    with pytest.raises(NotRecorded):
        office.say("wrong", "a")


@pytest.fixture
def index_pair(empty_index: Index, tmp_path: Path) -> tuple[Office, Office]:
    return Office(empty_index, tmp_path / "one"), Office(empty_index, tmp_path / "two")
