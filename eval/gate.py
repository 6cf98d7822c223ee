"""Conditions on a comparison, for CI: `nDCG@10>=-0.01`.

A condition is a measure, one of `>=`, `<=`, `>`, `<`, and a number. It is about the difference,
the second report's value minus the first's: `nDCG@10>=-0.01` lets nDCG@10 fall by 0.01 at most,
`wrong-answer<=0.02` lets the share of wrong answers rise by 0.02 at most. With `value:` before the
measure it is about the second report's own value: `value:quote-validity>=1`, `value:leaks<=0`.
Several stand in one text with commas or spaces between them.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from eval.measure_names import ALL
from eval.results import Difference, GateResult
from index.errors import ConfigError

Operator = Literal[">=", "<=", ">", "<"]

_VALUE: Final = "value:"
_CONDITION = re.compile(r"(?P<measure>[^<>=]+?)\s*(?P<operator>>=|<=|>|<)\s*(?P<bound>[^<>=]+)")
_AROUND_OPERATOR = re.compile(r"\s*(>=|<=|>|<)\s*")
_NOISE: Final = 1e-9  # a fall by exactly what is allowed must not fail for its last bit


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to hold.

    Attributes:
        of_value: about the second report's value; else about the difference.
    """

    measure: str
    operator: Operator
    bound: float
    of_value: bool = False

    def __str__(self) -> str:
        return f"{_VALUE if self.of_value else ''}{self.measure}{self.operator}{self.bound:g}"

    def admits(self, value: float) -> bool:
        """Whether it holds for a value; never for NaN."""
        match self.operator:
            case ">=":
                return value >= self.bound - _NOISE
            case "<=":
                return value <= self.bound + _NOISE
            case ">":
                return value > self.bound + _NOISE
            case "<":
                return value < self.bound - _NOISE


def parse_conditions(texts: Iterable[str]) -> tuple[Condition, ...]:
    """The conditions in the texts, in their order.

    Raises:
        ConfigError: a measure that there is not, or what is no condition.
    """
    found = []
    for text in texts:
        parts = re.split(r"[,\s]+", _AROUND_OPERATOR.sub(r"\1", text.strip()))
        found += [_parse(part) for part in parts if part]
        if not any(parts):
            raise ConfigError(_not_one(text))
    return tuple(found)


def _parse(text: str) -> Condition:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise ConfigError(_not_one(text))
    of_value = match["measure"].startswith(_VALUE)
    measure = match["measure"].removeprefix(_VALUE)
    if measure not in ALL:
        raise ConfigError(f"no measure is called {measure!r}: there are {', '.join(ALL)}")
    try:
        bound = float(match["bound"])
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise ConfigError(_not_one(text))
    return Condition(measure, _operator(match["operator"]), bound, of_value)


def _operator(text: str) -> Operator:
    operators: dict[str, Operator] = {">=": ">=", "<=": "<=", ">": ">", "<": "<"}
    return operators[text]


def _not_one(text: str) -> str:
    return (
        f"{text!r} is no condition: write a measure, one of >= <= > <, and a number, such as "
        "nDCG@10>=-0.01 for the difference or value:quote-validity>=1 for the second report's value"
    )


def judge(conditions: Sequence[Condition], of: Iterable[Difference]) -> tuple[GateResult, ...]:
    """Whether each condition holds; one on a measure that is not in both reports never does."""
    by_name = {difference.measure: difference for difference in of}
    results = []
    for condition in conditions:
        difference = by_name.get(condition.measure)
        if difference is None:
            holds, reason = False, f"{condition.measure} is not in both reports"
        elif condition.of_value:
            holds = condition.admits(difference.second)
            reason = _value_reason(condition, difference)
        else:
            holds = condition.admits(difference.difference.value)
            reason = _difference_reason(condition, difference)
        results.append(GateResult(condition=str(condition), holds=holds, reason=reason))
    return tuple(results)


def _value_reason(condition: Condition, difference: Difference) -> str:
    words = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
    value, bound = _numbers(difference.second, condition.bound)
    return f"{condition.measure} is {value}, and has to be {words[condition.operator]} {bound}"


def _difference_reason(condition: Condition, difference: Difference) -> str:
    found = difference.difference
    size, bound = _numbers(abs(found.value), abs(condition.bound))
    change = "did not change"
    if math.isnan(found.value):
        change = "has no difference"
    elif found.value:
        change = f"{'rose' if found.value > 0 else 'fell'} by {size}"
    if found.low is not None and found.high is not None:
        change += f" (95 % interval {found.low:.3f} … {found.high:.3f})"
    return f"{condition.measure} {change}, and {_allowance(condition, bound)}"


def _allowance(condition: Condition, bound: str) -> str:
    """What the condition lets the difference do."""
    is_least, is_strict = condition.operator[0] == ">", len(condition.operator) == 1
    away, back = ("fall", "rise") if is_least else ("rise", "fall")
    if condition.bound == 0:
        return f"has to {back}" if is_strict else f"must not {away}"
    if (condition.bound < 0) == is_least:
        return f"may {away} by " + (f"less than {bound}" if is_strict else f"{bound} at most")
    return f"has to {back} by " + (f"more than {bound}" if is_strict else f"{bound} at least")


def _numbers(value: float, bound: float) -> tuple[str, str]:
    """Both with three digits, or as many more as it takes to tell them apart."""
    for digits in range(3, 10):
        texts = f"{value:.{digits}f}", f"{bound:.{digits}f}"
        if texts[0] != texts[1] or value == bound:
            break
    return texts
