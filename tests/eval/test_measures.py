"""Ranking measures are those of ir_measures, ties by document id; span measures are by hand."""

from dataclasses import replace
from math import log2

import ir_measures
import pytest
import pytrec_eval
from ir_measures import Qrel, ScoredDoc

from eval.measure_names import RANKING
from eval.measures import ranking_measures, span_measures
from index.errors import ConfigError
from tests.eval.outcomes import outcome, passage, place, topic

MANY = [f"d{i:02}" for i in range(40)]
Run = list[tuple[str, float]]

# name -> topics of (judged, (document, score) as a tool would have them, in any order)
ADVERSARIAL: dict[str, list[tuple[dict[str, int], Run]]] = {
    "all tied": [({"b": 1}, [("c", 1.0), ("a", 1.0), ("b", 1.0)])],
    "tied across the cutoff": [({"d10": 1, "d09": 2}, [(d, 0.5) for d in reversed(MANY[:12])])],
    "no hits": [({"a": 1}, []), ({"a": 1}, [("a", 1.0)])],
    "nothing found by anyone": [({"a": 1}, []), ({"b": 2}, [])],
    "unjudged above judged": [({"z": 2}, [("a", 3.0), ("b", 2.0), ("z", 1.0)])],
    "cutoff beyond the list": [({"a": 1, "b": 1, "c": 1}, [("x", 2.0), ("b", 1.0)])],
    "relevant beyond the cutoff": [({"d25": 1, "d03": 1}, [(d, 0.0) for d in MANY])],
    "graded": [({"a": 1, "b": 3, "c": 2}, [("a", 9.0), ("c", 8.0), ("x", 7.0), ("b", 6.0)])],
    "all relevant": [(dict.fromkeys(MANY[:15], 1), [(d, -i) for i, d in enumerate(MANY[:15])])],
    "none relevant found": [({"z": 1}, [(d, 1.0 / (i + 1)) for i, d in enumerate(MANY)])],
    "one document": [({"a": 2}, [("a", 0.0)])],
    "scores that single precision cannot tell apart": [
        ({"b": 1}, [("a", 1.0 + 1e-12), ("b", 1.0), ("c", 1.0 + 2e-12)])
    ],
    "many topics": [
        ({MANY[i]: 1, MANY[-i - 1]: 2}, [(d, float(hash_of(i, d))) for d in MANY[i:]])
        for i, hash_of in ((i, lambda i, d: (i * 7 + int(d[1:]) * 11) % 5) for i in range(20))
    ],
}


def in_order(run: Run) -> Run:
    return sorted(run, key=lambda hit: (-hit[1], hit[0]))


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_ranking_measures_are_those_of_ir_measures_and_trec_eval(name: str) -> None:
    case = {f"q{i}": (judged, in_order(run)) for i, (judged, run) in enumerate(ADVERSARIAL[name])}
    ours = ranking_measures(
        [outcome(topic(i, judged), [d for d, _ in run]) for i, (judged, run) in case.items()]
    )

    qrels = [Qrel(i, d, grade) for i, (judged, _) in case.items() for d, grade in judged.items()]
    # Strict scores in our order: the tools break ties by descending id, and we by ascending.
    scored = [
        ScoredDoc(i, d, 100.0 - rank)
        for i, (_, run) in case.items()
        for rank, (d, _) in enumerate(run)
    ]
    for measure in RANKING:
        oracle = {
            m.query_id: m.value
            for m in ir_measures.iter_calc([ir_measures.parse_measure(measure)], qrels, scored)
        }
        assert {i: v[measure] for i, v in ours.items()} == pytest.approx(oracle, abs=1e-9)

    evaluator = pytrec_eval.RelevanceEvaluator(
        {i: judged for i, (judged, _) in case.items()},
        {"ndcg_cut_10", "map", "recall_5", "recall_10", "recall_20", "success_1", "success_5"},
    )
    names = {"nDCG@10": "ndcg_cut_10", "AP": "map", "R@20": "recall_20", "Success@5": "success_5"}
    found = evaluator.evaluate(
        {i: {d: 100.0 - r for r, (d, _) in enumerate(run)} for i, (_, run) in case.items() if run}
    )
    for i in found:
        theirs = {ours_: found[i][trec] for ours_, trec in names.items()}
        assert {m: ours[i][m] for m in names} == pytest.approx(theirs, abs=1e-9)


def measured(ranking: list[str], judged: dict[str, int]) -> dict[str, float]:
    return ranking_measures([outcome(topic("q", judged), ranking)])["q"]


def test_gains_are_the_grades_themselves() -> None:
    found = measured(["a", "x", "b"], {"a": 1, "b": 3})

    assert found["nDCG@10"] == pytest.approx((1 + 3 / log2(4)) / (3 + 1 / log2(3)), abs=1e-9)


def test_measures_of_a_small_ranking_are_as_worked_out_by_hand() -> None:
    found = measured(["x", "a", "y", "b"], {"a": 1, "b": 1, "c": 1})

    assert found == pytest.approx(
        {
            "nDCG@10": (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3) + 1 / log2(4)),
            "R@5": 2 / 3,
            "R@10": 2 / 3,
            "R@20": 2 / 3,
            "RR@10": 1 / 2,
            "AP": (1 / 2 + 2 / 4) / 3,
            "Success@1": 0.0,
            "Success@5": 1.0,
        },
        abs=1e-9,
    )
    assert list(found) == list(RANKING)


def test_reciprocal_rank_stops_at_ten_and_average_precision_does_not() -> None:
    found = measured(MANY, {"d10": 1})

    assert (found["RR@10"], found["AP"]) == (0.0, pytest.approx(1 / 11, abs=1e-9))


def test_ties_stay_in_the_order_of_the_ranking() -> None:
    """trec_eval itself would put `b` first: it orders ties by descending id."""
    tied = outcome(topic("q", {"a": 1}), ["a", "b"])
    tied = replace(tied, ranking=(("a", 0.5), ("b", 0.5)))

    assert ranking_measures([tied])["q"]["Success@1"] == 1.0


def test_topic_without_hits_counts_zero() -> None:
    assert set(measured([], {"a": 1}).values()) == {0.0}


def test_document_judged_in_several_places_counts_once_at_its_best_grade() -> None:
    once = topic("q", {"a": 2, "b": 1})
    thrice = replace(once, judgements=(*once.judgements, *topic("q", {"a": 1}).judgements))

    assert ranking_measures([outcome(thrice, ["b", "a"])])["q"] == measured(
        ["b", "a"], {"a": 2, "b": 1}
    )


def test_answerable_topic_without_judgements_is_refused() -> None:
    with pytest.raises(ConfigError, match="'q9' is answerable and no document"):
        ranking_measures([outcome(topic("q1", {"a": 1})), outcome(topic("q9"))])


def test_unanswerable_topic_is_left_out() -> None:
    with_helping = outcome(topic("q2", {"a": 1}, answerable=False), ["a"])

    assert ranking_measures([with_helping]) == {}


def test_document_that_comes_twice_in_a_ranking_is_refused() -> None:
    with pytest.raises(ValueError, match="ranking of topic 'q' repeats"):
        measured(["a", "b", "a"], {"a": 1})


def test_query_id_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="same query_id"):
        ranking_measures([outcome(topic("q", {"a": 1})), outcome(topic("q", {"b": 1}))])


def test_span_recall_is_of_the_best_places_that_a_passage_overlaps() -> None:
    places = [place("a", 0, 10, 2), place("a", 50, 60, 2), place("b", 0, 10, 1)]
    passages = [passage("b", 0, 90), passage("a", 9, 20), passage("a", 40, 51)]
    found = outcome(topic(), places=places, passages=passages, evidence=2)

    assert span_measures(found) == {"span-R@10": 1.0, "span-R@evidence": 0.5}


def test_passage_that_only_touches_a_place_does_not_overlap_it() -> None:
    found = outcome(
        topic(), places=[place("a", 10, 20)], passages=[passage("a", 0, 10)], evidence=1
    )

    assert span_measures(found)["span-R@10"] == 0.0


def test_passage_of_another_document_does_not_count() -> None:
    found = outcome(topic(), places=[place("a", 0, 20)], passages=[passage("b", 0, 20)], evidence=1)

    assert span_measures(found)["span-R@evidence"] == 0.0


def test_eleventh_passage_is_beyond_the_cutoff() -> None:
    passages = [*(passage("x", i, i + 1) for i in range(10)), passage("a", 0, 5)]
    found = outcome(topic(), places=[place("a", 0, 5)], passages=passages, evidence=11)

    assert span_measures(found) == {"span-R@10": 0.0, "span-R@evidence": 1.0}


def test_span_measures_are_not_defined_without_spans() -> None:
    assert span_measures(outcome(topic("q", {"a": 1}), ["a"], passages=[passage("a", 0, 5)])) == {}
