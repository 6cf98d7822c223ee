from datetime import timedelta

import pytest

from index.access import user
from service.errors import Forbidden, NotFound
from service.gaps.schemas import documents_of
from tests.service.gaps.office import ADA, BOB, OPERATOR, WEDNESDAY, Office, person

LIFT = "who repairs the lift in the office"
LIFT_AGAIN = "who repairs the lift in our office"
CANTEEN = "when does the canteen serve breakfast"
PAGE = "# Lift\n\nThe lift in the office is repaired by Ravn Elevators.\n"


def test_only_operators_see_gaps(office: Office) -> None:
    office.refused(LIFT)
    gap = office.only_gap()

    for refused in (
        lambda: office.listing.gaps(ADA),
        lambda: office.listing.gap(ADA, gap.gap_id),
        lambda: office.listing.dismiss(ADA, gap.gap_id),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert office.gaps() == [gap]


def test_nearest_document_of_somebody_else_is_not_named(office: Office) -> None:
    for reader, name in ((ADA, "hers.md"), (OPERATOR, "mine.md")):
        readers = user(reader.principal.email)
        office.put(name, PAGE, readers=readers, author=f"author of {name}")
    office.say("wrong", office.answered(LIFT, 0.9, ADA), ADA, doc_ids=["docs:mine.md"])

    gap = office.only_gap()
    assert [one.doc_id for one in gap.nearest] == ["docs:mine.md"]
    assert [one.doc_id for one in gap.cited] == ["docs:mine.md"]
    assert gap.ask == ["author of mine.md"]
    assert set(documents_of([gap])) == {"docs:mine.md"}


def test_questions_that_mean_the_same_are_one_gap(office: Office) -> None:
    office.refused(LIFT, ADA)
    office.days_pass(1)
    office.refused(LIFT_AGAIN, BOB)
    office.refused("Who repairs the LIFT in the office", BOB)
    office.refused(CANTEEN, BOB)

    lift, canteen = office.gaps()
    assert (lift.asked, lift.people, lift.reasons) == (3, 2, {"unanswered": 3})
    assert lift.question == LIFT
    assert {one.text for one in lift.phrasings} >= {LIFT, LIFT_AGAIN}
    assert (canteen.question, canteen.asked) == (CANTEEN, 1)


def test_id_stays_while_others_ask(office: Office) -> None:
    office.refused(LIFT, ADA)
    before = office.only_gap().gap_id
    office.days_pass(1)
    for _ in range(3):
        office.refused(LIFT_AGAIN, BOB)

    after = office.only_gap()
    assert (after.gap_id, after.question) == (before, LIFT_AGAIN)
    assert office.listing.gap(OPERATOR, before) == after


def test_weeks_begin_on_monday_and_the_current_one_is_last(office: Office) -> None:
    for days_ago in (84, 77, 8, 2, 0):
        office.now = WEDNESDAY - timedelta(days=days_ago)
        office.refused(LIFT)

    gap = office.only_gap()
    assert gap.weeks == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]
    assert (gap.first_asked, gap.last_asked) == (WEDNESDAY - timedelta(days=84), WEDNESDAY)


def test_list_can_be_cut_by_time_by_count_and_by_length(office: Office) -> None:
    office.refused(CANTEEN)
    office.refused(CANTEEN)
    office.days_pass(3)
    office.refused(LIFT)

    assert [gap.question for gap in office.gaps(min_count=2)] == [CANTEEN]
    assert [gap.question for gap in office.gaps(since=WEDNESDAY + timedelta(days=1))] == [LIFT]
    shortened = office.listing.gaps(OPERATOR, limit=1)
    assert ([gap.question for gap in shortened.gaps], shortened.more) == ([CANTEEN], 1)


def test_dismissed_gap_comes_back_when_it_is_asked_as_often_again(office: Office) -> None:
    office.refused(LIFT)
    gap_id = office.only_gap().gap_id

    assert office.listing.dismiss(OPERATOR, gap_id).questions == 1
    assert office.gaps() == []
    with pytest.raises(NotFound, match="answerable gaps"):
        office.listing.gap(OPERATOR, gap_id)

    office.refused(LIFT)
    assert office.gaps() == []
    office.refused(LIFT_AGAIN)
    assert office.only_gap().asked == 3


def test_gap_that_is_answered_meanwhile_says_so(office: Office) -> None:
    office.refused(LIFT)
    assert not office.only_gap().answered_meanwhile

    office.put("lift.md", PAGE)
    assert office.only_gap().answered_meanwhile


def test_answer_that_was_called_wrong_does_not_count_as_answered(office: Office) -> None:
    office.put("lift.md", PAGE)
    office.say("wrong", office.answered(LIFT, 0.9))

    assert not office.only_gap().answered_meanwhile


def test_whoever_wrote_nearer_documents_is_to_be_asked_first(office: Office) -> None:
    office.put("lift.md", PAGE, author="mara")
    office.put("pool.md", "# Pool\n\nThe pool is closed.\n", author="jonas")
    office.refused(LIFT)

    assert office.only_gap().ask == ["mara", "jonas"]


def test_question_is_embedded_once(office: Office) -> None:
    office.refused(LIFT)
    office.refused(CANTEEN)
    office.gaps()
    embedded = office.index.embedder.embedded  # type: ignore[attr-defined]
    embedded.clear()

    clusters = office.listing._clusters()

    assert len(clusters) == 2
    assert embedded == []


def test_comments_are_shown_without_who_made_them(office: Office) -> None:
    office.say("wrong", office.refused(LIFT, person("zoe")), person("zoe"), text="It is not.")

    gap = office.only_gap()
    assert [(one.verdict, one.text) for one in gap.comments] == [("wrong", "It is not.")]
    assert "zoe" not in gap.model_dump_json()
