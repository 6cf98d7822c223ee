"""What an answer and its citations are worth."""

from dataclasses import replace

import pytest

from eval.answer_measures import answer_measures, is_right, verdict
from eval.answer_text import contains, normalized, telling_words
from eval.outcomes import Cited, Outcome
from index.types import Span
from tests.eval.outcomes import cited, outcome, place, topic

LONG = "the quick brown fox jumps over the lazy dog near the quiet river bank"


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("It is paid on the **15th**.", "15th"),
        ("Ask `ops_team` first", "ops_team"),
        ("The  limit\nis 30\u00a0days", "limit is 30 days"),
        ("don\u2019t panic", "Don't panic"),
        ("open 9\u201317", "9-17"),
        ("say \u201cplease\u201d", 'say "please"'),
        ("STRASSE", "straße"),
        ("within 15, or so", "15"),
        ("It costs 15.", "15"),
        ("It costs $5 now", "$5"),
        ("yes", "Yes."),
        ("use C++ here", "C++"),
    ],
)
def test_gold_answer_is_found_whatever_its_typography(text: str, gold: str) -> None:
    assert contains(normalized(text), normalized(gold))


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("150 days", "15"),
        ("the 15th", "15"),
        ("version 1.15", "15"),
        ("15.5 km", "15"),
        ("30,000 euros", "30"),
        ("notable", "not"),
        ("anything", "**"),
        ("anything", "."),
    ],
)
def test_part_of_a_word_or_number_is_no_answer(text: str, gold: str) -> None:
    assert not contains(normalized(text), normalized(gold))


def test_later_occurrence_in_whole_words_counts() -> None:
    assert contains("150 and 15", "15")


def test_stop_words_tell_nothing_unless_there_are_no_others() -> None:
    assert telling_words("the bridge is not at the harbour") == {"bridge", "not", "harbour"}
    assert telling_words("it is") == {"it", "is"}


def answered(says: str, *gold: str, abstained: bool = False) -> dict[str, float]:
    return answer_measures(outcome(topic("q", {"a": 1}, gold=gold), says=says, abstained=abstained))


def test_answer_that_contains_one_of_the_gold_answers_is_contained() -> None:
    assert answered("Send it within 30 days.", "a month", "30 days")["containment"] == 1.0
    assert answered("Send it within 30 weeks.", "a month", "30 days")["containment"] == 0.0


def test_abstention_contains_nothing() -> None:
    found = answered("30 days", "30 days", abstained=True)

    assert (found["containment"], found["answer-recall"], found["answered"]) == (0, 0, 0)


def test_refusal_that_quotes_a_right_answer_contains_it() -> None:
    asked = topic("q", {"a": 1}, gold=["a month", "30 days"])
    quotes = ["Send it.", "At most **30 days**."]

    refused = answer_measures(outcome(asked, abstained=True, closest=quotes))
    in_vain = answer_measures(outcome(asked, abstained=True, closest=["Send it."]))
    shown = answer_measures(outcome(asked, says="30 days", closest=quotes))

    assert (refused["refusal-containment"], in_vain["refusal-containment"]) == (1.0, 0.0)
    assert "refusal-containment" not in shown


def test_answer_recall_is_of_the_gold_answer_that_is_met_best() -> None:
    assert answered("The red boat", "a red boat at sea", "blue")["answer-recall"] == 2 / 3


def test_measures_of_gold_answers_need_some() -> None:
    assert answered("something").keys().isdisjoint({"containment", "answer-recall"})
    assert answered("something", "**").keys().isdisjoint({"containment", "answer-recall"})


def test_unanswerable_topic_has_no_containment() -> None:
    found = answer_measures(outcome(topic(gold=["30 days"], answerable=False), says="30 days"))

    assert found == {"answered": 1.0, "wrong-answer": 1.0}


def citing(*of: Cited, abstained: bool = False) -> Outcome:
    places = [place("a", 0, 10, 2), place("b", 0, 10, 2), place("c", 0, 10, 1)]
    judged = topic("q", {"a": 2, "b": 2, "c": 1})
    return outcome(judged, places=places, says=LONG, cites=of, abstained=abstained)


def test_citation_precision_is_of_citations_in_any_judged_place() -> None:
    found = answer_measures(citing(cited("a", 5, 20), cited("a", 10, 20), cited("c"), cited("x")))

    assert found["citation-precision"] == 0.5


def test_section_precision_takes_in_the_section_around_a_judged_place() -> None:
    judged = [replace(place("a", 50, 60), around=Span(40, 90)), place("b", 0, 10)]
    cites = [cited("a", 80, 85), cited("a", 10, 20), cited("b", 50, 60), cited("b", 5, 9)]
    found = answer_measures(
        outcome(topic("q", {"a": 1, "b": 1}), places=judged, says=LONG, cites=cites)
    )

    assert (found["citation-precision"], found["section-precision"]) == (0.25, 0.5)


def test_citation_recall_is_of_the_best_places() -> None:
    assert answer_measures(citing(cited("a"), cited("c")))["citation-recall"] == 0.5


def test_document_judged_without_a_place_counts_wherever_it_is_cited() -> None:
    whole = outcome(topic("q", {"a": 1}), says=LONG, cites=[cited("a", 900, 950)])

    assert answer_measures(whole)["citation-precision"] == 1.0


def test_refused_topic_has_no_citation_precision_and_no_recall() -> None:
    found = answer_measures(citing(cited("a"), abstained=True))

    assert "citation-precision" not in found
    assert found["citation-recall"] == 0.0


def test_quotes_held_back_have_to_be_verbatim_too() -> None:
    broken = cited("x", is_verbatim=False)

    assert answer_measures(citing(cited("a"), broken, abstained=True))["quote-validity"] == 0.5
    assert "quote-validity" not in answer_measures(citing())


def test_short_gold_answer_decides_before_the_citations_do() -> None:
    judged = topic("q", {"a": 1}, gold=[LONG, "30 days"])

    assert is_right(outcome(judged, says="30 days", cites=[cited("x")])) is True
    assert is_right(outcome(judged, says="30 weeks", cites=[cited("a")])) is False


def test_citations_decide_where_all_gold_answers_are_long() -> None:
    judged = topic("q", {"a": 1}, gold=[LONG])

    assert is_right(outcome(judged, says="no such words", cites=[cited("a")])) is True
    assert is_right(outcome(judged, says=LONG, cites=[cited("x")])) is False


def test_answer_held_back_can_be_right() -> None:
    assert is_right(citing(cited("a"), abstained=True)) is True
    assert answer_measures(citing(cited("a"), abstained=True))["wrong-answer"] == 0.0


def test_no_answer_is_not_right() -> None:
    assert is_right(outcome(topic("q", {"a": 1}))) is False
    assert is_right(outcome(topic("q", {"a": 1}), cites=[cited("a")])) is False


def test_nothing_says_what_is_right_without_short_answer_and_judgement() -> None:
    unjudged = outcome(topic(gold=[LONG]), says=LONG)

    assert is_right(unjudged) is None
    assert verdict(unjudged) == "unjudged"
    assert "wrong-answer" not in answer_measures(unjudged)


@pytest.mark.parametrize(
    ("answerable", "says", "abstained", "expected"),
    [
        (True, "30 days", False, "right"),
        (True, "40 days", False, "wrong"),
        (True, "30 days", True, "missed"),
        (True, "", False, "missed"),
        (False, "30 days", False, "answered in vain"),
        (False, "30 days", True, "rightly refused"),
        (False, "", False, "rightly refused"),
    ],
)
def test_verdict(answerable: bool, says: str, abstained: bool, expected: str) -> None:
    asked = topic("q", {"a": 1}, gold=["30 days"], answerable=answerable)

    assert verdict(outcome(asked, says=says, abstained=abstained)) == expected
