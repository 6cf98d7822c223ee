"""Conditions for CI are read, judged, and explained."""

import math

import pytest

from eval.gate import Condition, judge, parse_conditions
from eval.results import Difference, Estimate, GateResult
from index.errors import ConfigError


def changed(
    value: float, low: float | None = None, high: float | None = None, second: float = 0.5
) -> Difference:
    """nDCG@10, changed by so much."""
    return Difference(
        measure="nDCG@10",
        first=second - value,
        second=second,
        difference=Estimate(value=value, low=low, high=high, n=9),
        p_value=None,
        p_corrected=None,
        better=0,
        worse=0,
        equal=9,
    )


def judged(condition: str, difference: Difference) -> GateResult:
    return judge(parse_conditions([condition]), [difference])[0]


def test_condition_is_a_measure_an_operator_and_a_number() -> None:
    assert parse_conditions(["nDCG@10>=-0.01"]) == (Condition("nDCG@10", ">=", -0.01),)
    assert parse_conditions([" AURC < 1e-3 "]) == (Condition("AURC", "<", 0.001),)


def test_several_conditions_stand_in_one_text_or_in_many() -> None:
    expected = ("nDCG@10>=-0.01", "R@5>0", "value:leaks<=0")

    together = parse_conditions(["nDCG@10>=-0.01, R@5 > 0 value:leaks<=0"])
    assert tuple(map(str, together)) == expected
    assert parse_conditions(expected) == together


def test_value_stands_for_the_second_reports_own_value() -> None:
    condition = parse_conditions(["value:quote-validity>=1"])[0]

    assert condition == Condition("quote-validity", ">=", 1.0, of_value=True)


def test_unknown_measure_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no measure is called 'ndcg': there are nDCG@10, R@5"):
        parse_conditions(["ndcg>=0"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nDCG@10",
        "nDCG@10>=",
        ">=0",
        "nDCG@10=0",
        "nDCG@10>=x",
        "nDCG@10>=nan",
        "AP>=0>=1",
        "0<AP",
    ],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_conditions([text])


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ("nDCG@10>=-0.01", -0.01, True),
        ("nDCG@10>=-0.01", -0.010000000000000009, True),
        ("nDCG@10>=-0.01", -0.0101, False),
        ("nDCG@10>0", 0.0, False),
        ("nDCG@10>0", 0.001, True),
        ("nDCG@10<=0.02", 0.02, True),
        ("nDCG@10<=0.02", 0.021, False),
        ("nDCG@10<0.02", 0.02, False),
        ("nDCG@10<0.02", -0.5, True),
    ],
)
def test_condition_holds_for_a_difference(condition: str, value: float, holds: bool) -> None:
    assert judged(condition, changed(value)).holds is holds


@pytest.mark.parametrize("condition", ["nDCG@10>=-1", "nDCG@10<=1", "nDCG@10>-1", "nDCG@10<1"])
def test_nan_never_passes(condition: str) -> None:
    nan = changed(math.nan, second=math.nan)

    assert not judged(condition, nan).holds
    assert not judged(f"value:{condition}", nan).holds


def test_measure_that_is_not_in_both_reports_never_passes() -> None:
    result = judged("AP>=-1", changed(0.0))

    assert (result.holds, result.reason) == (False, "AP is not in both reports")


def test_value_is_judged_by_itself() -> None:
    assert judged("value:nDCG@10>=0.5", changed(-0.4, second=0.5)).holds
    below = judged("value:nDCG@10>=0.5", changed(-0.4, second=0.49))

    assert (below.holds, below.reason) == (False, "nDCG@10 is 0.490, and has to be at least 0.500")


def test_reason_gives_the_change_its_interval_and_what_is_allowed() -> None:
    assert judged("nDCG@10>=-0.01", changed(-0.132, -0.16, -0.101)).reason == (
        "nDCG@10 fell by 0.132 (95 % interval -0.160 … -0.101), and may fall by 0.010 at most"
    )


@pytest.mark.parametrize(
    ("condition", "value", "reason"),
    [
        ("nDCG@10>=-0.01", 0.0, "did not change, and may fall by 0.010 at most"),
        ("nDCG@10>-0.01", -0.02, "fell by 0.020, and may fall by less than 0.010"),
        ("nDCG@10>=0", -0.02, "fell by 0.020, and must not fall"),
        ("nDCG@10>0", 0.02, "rose by 0.020, and has to rise"),
        ("nDCG@10>=0.05", 0.02, "rose by 0.020, and has to rise by 0.050 at least"),
        ("nDCG@10<=0.01", 0.02, "rose by 0.020, and may rise by 0.010 at most"),
        ("nDCG@10<=0", 0.02, "rose by 0.020, and must not rise"),
        ("nDCG@10<-0.05", -0.02, "fell by 0.020, and has to fall by more than 0.050"),
        ("nDCG@10>=-0.01", -0.0101, "fell by 0.0101, and may fall by 0.0100 at most"),
    ],
)
def test_reason_says_what_a_condition_asks(condition: str, value: float, reason: str) -> None:
    assert judged(condition, changed(value)).reason == f"nDCG@10 {reason}"
