"""A follow-up gets the words that it leaves out, and a question that stands alone gets none."""

import pytest

from index.access import PUBLIC, user
from index.store import Index
from service.conversations.following import CarryOver
from service.conversations.types import Turn
from tests.service.conversations.handbook import ANA, ANYBODY, SECRET, cited, put, turn

CARD = turn("What is the monthly limit of a company card?", cited("cards.md", "The monthly limit"))
OFFER = turn("What about the offer?", cited("zephyr.md", "The quokka offer for Zephyr is signed."))


def follow(index: Index, question: str, *earlier: Turn) -> str:
    return CarryOver(index).standalone(question, earlier, visible_to=ANYBODY)


def test_what_may_not_be_read_contributes_nothing(index: Index) -> None:
    earlier = [OFFER]

    for question in ("when was it signed?", "why?", "and who signed it?", "quokka?"):
        as_anybody = CarryOver(index).standalone(question, earlier, visible_to=ANYBODY)
        without = CarryOver(index).standalone(
            question, [Turn(OFFER.question, OFFER.question)], visible_to=ANYBODY
        )
        assert as_anybody == without


def test_what_may_be_read_contributes_its_title(index: Index) -> None:
    rewritten = CarryOver(index).standalone("who signed it?", [OFFER], visible_to=ANA)

    assert "Zephyr" in rewritten


def test_a_right_that_was_lost_takes_its_words_out_of_earlier_rewritings(index: Index) -> None:
    said = turn("who signed it?", standalone="who signed it? (offer Zephyr takeover)")
    earlier = [OFFER, said]
    before = CarryOver(index).standalone("and when was that?", earlier, visible_to=ANA)

    put(index, readers=user("somebody.else@x.example"))
    after = CarryOver(index).standalone("and when was that?", earlier, visible_to=ANA)

    assert "Zephyr" in before
    assert "zephyr" not in after.lower()
    assert "takeover" not in after.lower()


def test_a_deleted_document_contributes_nothing(index: Index) -> None:
    put(index, readers=PUBLIC)
    assert "Zephyr" in follow(index, "who signed it?", OFFER)

    index.delete([SECRET])

    assert "Zephyr" not in follow(index, "who signed it?", OFFER)


def test_the_first_question_comes_back_as_it_is(index: Index) -> None:
    assert follow(index, "and for Pilot?") == "and for Pilot?"


@pytest.mark.parametrize(
    "question",
    [
        "And for Pilot?",
        "what about Pilot?",
        "Until when?",
        "how often?",
        "Who decides about it?",
        "Does that change in Pilot?",
        "Who has such a thing?",
        "What else is there?",
    ],
)
def test_a_question_that_leans_on_the_last_one_gets_its_words(index: Index, question: str) -> None:
    rewritten = follow(index, question, CARD)

    assert rewritten.startswith(question)
    assert "limit company card" in rewritten


@pytest.mark.parametrize(
    "question",
    [
        "How long does a sabbatical take?",
        "What may a hotel in Berlin cost?",
        "If I lose my dog, how do I find it again?",
        "Is it possible to take a sabbatical in Berlin?",
        "Which hotels in Oslo are full this month?",
        "Do I announce a sabbatical four months before instead of six weeks before?",
    ],
)
def test_a_question_that_stands_alone_comes_back_unchanged(index: Index, question: str) -> None:
    assert follow(index, question, CARD) == question


def test_a_code_takes_the_place_of_its_like(index: Index) -> None:
    earlier = turn("What is the notice period of an L4?")

    assert follow(index, "and an L5?", earlier) == "What is the notice period of an L5?"


def test_a_number_is_not_carried_beside_the_one_that_replaces_it(index: Index) -> None:
    earlier = turn("Is a card limit of 1,500 EUR enough?")

    rewritten = follow(index, "and below 4,000 in Oslo?", earlier)

    assert "4,000" in rewritten
    assert "1,500" not in rewritten


def test_a_chain_of_three_keeps_what_it_began_with(index: Index) -> None:
    first = turn("How long does a sabbatical take?")
    second_question = "when do I announce it?"
    second = turn(second_question, standalone=follow(index, second_question, first))

    assert "sabbatical" in follow(index, "and for Pilot?", first, second)


def test_going_back_to_an_older_turn_takes_its_words(index: Index) -> None:
    hotel = turn("What may a hotel in Oslo cost?")

    rewritten = follow(index, "Back to the card: who has it?", CARD, hotel)

    assert "company" in rewritten
    assert "hotel" not in rewritten


def test_a_person_is_named_by_what_was_cited(index: Index) -> None:
    earlier = turn(
        "Whom do I ask for a card?", cited("cards.md", "Ask Oluwaseun Adeyemi for a card.")
    )

    assert "Oluwaseun Adeyemi" in follow(index, "How do I reach him?", earlier)


def test_what_is_carried_is_bounded(index: Index) -> None:
    long = turn(" ".join(f"limit{number}" for number in range(200)))

    assert len(follow(index, "and then?", long).split()) <= 12
