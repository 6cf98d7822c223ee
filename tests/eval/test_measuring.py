"""A report holds every measure, overall, by slice and by topic, and says what went wrong."""

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from eval.measure_names import MEANS, RANKING
from eval.measuring import measure, source_prefix
from eval.outcomes import Outcome
from eval.results import Estimate, Report
from eval.trouble import trouble
from index.errors import ConfigError
from tests.eval.outcomes import PROVENANCE, cited, outcome, passage, place, topic


def measured(*outcomes: Outcome) -> Report:
    return measure(outcomes, PROVENANCE)


RIGHT = outcome(
    topic("right", {"wiki:a": 2}, gold=["30 days"], tags=["fact"]),
    ["wiki:a", "wiki:b"],
    says="Within 30 days.",
    cites=[cited("wiki:a")],
    confidence=0.9,
)
WRONG = outcome(
    topic("wrong", {"drive:b": 2}, gold=["40 days"], tags=["fact", "why"]),
    ["wiki:a", "drive:b"],
    says="Within 30 days.",
    cites=[cited("wiki:a")],
    confidence=0.7,
)
VAIN = outcome(topic("vain", answerable=False), ["wiki:a"], says="No.", confidence=0.6)
REFUSED = outcome(topic("refused", answerable=False), ["wiki:a"], confidence=0.8)


def test_measures_come_in_a_fixed_order() -> None:
    found = list(measured(RIGHT, WRONG, VAIN, REFUSED).measures)

    assert found[: len(RANKING)] == list(RANKING)
    assert found[-6:] == ["wrong-answer", "AURC", "AUROC", "ECE", "AUROC-answerable", "leaks"]
    assert [name for name in MEANS if name in found] == found[:-5]


def test_confidence_is_measured_for_telling_what_cannot_be_answered() -> None:
    sure_in_vain = replace(VAIN, confidence=0.8)
    found = measured(RIGHT, WRONG, sure_in_vain, REFUSED).measures

    # Of the four pairs of answerable and not, one is the wrong way round: 0.7 against 0.8.
    assert found["AUROC-answerable"].value == 0.75
    assert "AUROC-answerable" not in measured(RIGHT, WRONG).measures


def test_measures_are_means_over_the_topics_on_which_they_are_defined() -> None:
    found = measured(RIGHT, WRONG, VAIN, REFUSED).measures

    assert (found["RR@10"].value, found["RR@10"].n) == (0.75, 2)
    assert (found["containment"].value, found["containment"].n) == (0.5, 2)
    assert (found["answered"].value, found["answered"].n) == (0.75, 4)
    assert (found["wrong-answer"].value, found["wrong-answer"].n) == (0.5, 4)
    assert "span-R@10" not in found


def test_few_topics_have_values_and_no_intervals() -> None:
    assert measured(RIGHT, WRONG).measures["AP"] == Estimate(value=0.75, low=None, high=None, n=2)


def test_enough_topics_have_intervals_that_hold_the_value() -> None:
    topics = [
        replace(RIGHT if i % 3 else WRONG, topic=topic(f"q{i}", {"wiki:a": 1})) for i in range(30)
    ]
    found = measured(*topics).measures["citation-recall"]

    assert found.low is not None
    assert found.low <= found.value <= found.high


def test_topic_without_an_answer_counts_with_confidence_zero() -> None:
    asked = measured(RIGHT, REFUSED).questions[1]

    assert (asked.confidence, asked.is_right) == (0.0, False)


def test_confusion_counts_each_topic_once() -> None:
    missed = outcome(topic("missed", {"wiki:a": 1}), abstained=True, says="Yes.")
    count = measured(RIGHT, WRONG, VAIN, REFUSED, missed).confusion

    assert (count.answered_right, count.answered_wrong, count.missed) == (1, 1, 1)
    assert (count.answered_in_vain, count.rightly_refused, count.unjudged) == (1, 1, 0)


def test_leaks_are_counted_over_all_topics() -> None:
    leaking = [
        replace(RIGHT, leaked=("wiki:x", "wiki:y")),
        replace(VAIN, leaked=("wiki:x",)),
    ]

    assert measured(*leaking).measures["leaks"] == Estimate(value=3.0, low=None, high=None, n=2)


def slices(report: Report, dimension: str) -> dict[str, int]:
    return {s.value: s.topics for s in report.slices if s.dimension == dimension}


def test_slices_are_by_source_tag_and_type() -> None:
    report = measured(RIGHT, WRONG, VAIN, REFUSED)

    assert slices(report, "source") == {"drive": 1, "wiki": 1}
    assert slices(report, "tag") == {"fact": 2, "why": 1}
    assert slices(report, "type") == {"answerable": 2, "unanswerable": 2}


def test_dimension_with_one_value_is_no_slice() -> None:
    assert slices(measured(RIGHT, WRONG, VAIN), "asker") == {}
    assert measured(RIGHT).slices == ()


def test_topic_with_documents_of_two_sources_is_in_both_slices() -> None:
    both = outcome(topic("both", {"drive:a": 1, "wiki:b": 1}), ["wiki:b"])

    assert slices(measured(both), "source") == {"drive": 1, "wiki": 1}


def test_slice_has_the_measures_of_its_topics_alone() -> None:
    report = measured(RIGHT, WRONG)
    drive = next(s for s in report.slices if s.value == "drive")

    assert (drive.measures["RR@10"].value, drive.measures["containment"].value) == (0.5, 0.0)


def test_sources_can_be_read_off_the_ids_in_another_way() -> None:
    report = measure(
        [RIGHT, WRONG], PROVENANCE, source_of=lambda document: document.partition(":")[2]
    )

    assert slices(report, "source") == {"a": 1, "b": 1}


def test_id_without_a_colon_has_no_source() -> None:
    assert (source_prefix("docs:a:b"), source_prefix("12345")) == ("docs", "")


def test_question_shows_ten_ranks_with_grades_and_where_the_wanted_documents_are() -> None:
    ranking = [f"wiki:{i}" for i in range(15)]
    asked = measured(outcome(topic("q", {"wiki:12": 2, "wiki:3": 1, "no": 1}), ranking)).questions[
        0
    ]

    assert [r.grade for r in asked.ranking] == [None, None, None, 1, *[None] * 6]
    assert [(w.document, w.rank) for w in asked.wanted] == [
        ("wiki:12", 13),
        ("wiki:3", 4),
        ("no", None),
    ]


def test_citation_is_right_wrong_or_not_judged() -> None:
    right, wrong, vain = measured(
        RIGHT, WRONG, replace(VAIN, citations=(cited("wiki:a"),))
    ).questions

    assert [q.citations[0].is_right for q in (right, wrong, vain)] == [True, False, None]


def test_questions_keep_the_order_of_the_set() -> None:
    assert [q.query_id for q in measured(WRONG, RIGHT).questions] == ["wrong", "right"]


def test_answerable_topic_without_judgements_is_refused() -> None:
    with pytest.raises(ConfigError, match="no document is judged relevant"):
        measured(outcome(topic("q")))


def test_empty_run_makes_an_empty_report() -> None:
    report = measured()

    assert list(report.measures) == ["leaks"]
    assert (report.slices, report.risk_coverage, report.calibration) == ((), (), ())


def test_same_outcomes_give_the_same_bytes_and_can_be_read_back() -> None:
    first, second = (measured(RIGHT, WRONG, VAIN, REFUSED).model_dump_json() for _ in range(2))

    assert first == second
    assert Report.of_json(first).model_dump_json() == first


def said(of: Outcome) -> Sequence[str]:
    return trouble(of, threshold=0.5)


def test_nothing_is_wrong_with_a_right_answer() -> None:
    assert said(RIGHT) == ()
    assert said(REFUSED) == ()


def test_trouble_names_the_document_that_is_before_the_right_one() -> None:
    assert said(WRONG)[0] == "the right document is at rank 2, behind wiki:a"


def test_trouble_says_that_nothing_or_not_the_right_document_was_found() -> None:
    wanted = topic("q", {"a": 1})
    beyond = outcome(wanted, [*(f"d{i}" for i in range(20)), "a"])

    assert said(outcome(wanted))[0] == "nothing was found"
    assert said(beyond)[0] == "the right document is not in the first 20"


def test_helping_document_in_front_is_trouble_too() -> None:
    helped = outcome(topic("q", {"a": 2, "b": 1}), ["b", "a"])

    assert said(helped)[0] == "the right document is at rank 2, behind b"


def quoting(document: str, evidence: int) -> Outcome:
    return outcome(
        topic("q", {"a": 1}),
        ["a"],
        places=[place("a", 0, 10)],
        passages=[passage("b", 0, 10), passage("a", 0, 10)],
        evidence=evidence,
        says="So it is.",
        cites=[cited(document)],
    )


def test_trouble_tells_a_passage_that_was_not_seen_from_one_that_was_not_chosen() -> None:
    assert said(quoting("b", evidence=1)) == ("the right passage was not in the evidence",)
    assert said(quoting("b", evidence=2)) == (
        "the right passage was in the evidence, and another was quoted",
    )
    assert said(quoting("a", evidence=2)) == ()


def test_trouble_says_that_the_right_passage_does_not_have_the_expected_words() -> None:
    quoted = replace(RIGHT, sentences=("Within a month.",))

    assert said(quoted) == ("the right passage was quoted, and the answer expected is not in it",)


def test_trouble_gives_the_confidence_of_a_refusal() -> None:
    refused = replace(WRONG, abstained=True, confidence=0.43)

    assert said(refused)[-1] == "refused with confidence 0.43, below 0.50"
    assert said(replace(refused, confidence=0.498))[-1].endswith("confidence 0.498, below 0.500")
    assert said(replace(RIGHT, abstained=True, confidence=0.1)) == (
        "refused with confidence 0.10, below 0.50, and the answer would have been right",
    )


def test_refusal_for_want_of_anything_to_say_has_no_confidence() -> None:
    silent = replace(RIGHT, sentences=(), citations=(), abstained=True)

    assert said(silent) == ("refused, for nothing in the evidence answers it",)


def test_trouble_of_an_answer_in_vain_of_leaks_and_of_broken_quotes() -> None:
    worst = replace(VAIN, leaked=("hr:pay",), citations=(cited("x", is_verbatim=False),))

    assert said(worst) == (
        "shows a document that this person may not read: hr:pay",
        "quotes that are not verbatim: 1",
        "answered although the documents do not say",
    )


def test_six_thousand_topics_are_measured_in_seconds() -> None:
    ranking = [f"wiki:{i}" for i in range(100)]
    topics = [
        replace(
            RIGHT if i % 3 else WRONG,
            topic=topic(f"q{i}", {f"wiki:{i % 130}": 1}, gold=["30 days"]),
            ranking=tuple((d, 1.0) for d in ranking),
            confidence=(i * 37 % 1000) / 1000,
        )
        for i in range(6000)
    ]
    began = time.perf_counter()
    report = measured(*topics)

    assert report.topics == 6000
    assert time.perf_counter() - began < 30  # it takes about 4 s; the rest is for a busy machine
