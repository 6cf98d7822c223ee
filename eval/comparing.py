"""Two reports of one set, topic by topic: what changed, by how much, and how surely."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from eval.differences import Pairs, gap, measured_differences
from eval.gate import Condition, judge
from eval.measure_names import ANSWERS, LESS_IS_BETTER
from eval.results import Comparison, Moved, Provenance, Report
from eval.statistics import Resampling
from index.errors import ConfigError

# What a topic can gain or lose, the most telling first; to be answered is neither by itself.
_TELLING: Final = ("nDCG@10", *(name for name in ANSWERS if name != "answered"))
_HASH_CHARS: Final = 12  # enough to tell two apart


def compare(
    first: Report, second: Report, gate: Sequence[Condition] = (), *, allow_different: bool = False
) -> Comparison:
    """The second report against the first, over the topics that both have, paired by query id.

    Args:
        first: the baseline, whose seed and resamples make the intervals.
        second: what is compared with it.
        gate: conditions to judge.
        allow_different: compare reports of different sets over the query ids they share.

    Raises:
        ConfigError: the reports are of different sets, or share no topic.
    """
    _refuse_others(first.provenance, second.provenance, allow_different)
    before = {asked.query_id: asked for asked in first.questions}
    after = {asked.query_id: asked for asked in second.questions}
    pairs = [(asked, after[i]) for i, asked in before.items() if i in after]
    if not pairs:
        raise ConfigError("the two reports have no topic in common: compare runs of one set")
    differences = measured_differences(
        pairs, Resampling(first.provenance.seed, first.provenance.resamples)
    )
    moved = _moved(pairs)
    return Comparison(
        first=first.provenance,
        second=second.provenance,
        changed=tuple(_changed(first.provenance.model_dump(), second.provenance.model_dump())),
        topics=len(pairs),
        differences=differences,
        better=tuple(m for m in moved if _is_gain(m)),
        worse=tuple(m for m in moved if not _is_gain(m)),
        only_first=tuple(i for i in before if i not in after),
        only_second=tuple(i for i in after if i not in before),
        gate=judge(gate, differences),
    )


def _refuse_others(first: Provenance, second: Provenance, allow_different: bool) -> None:
    if first.set_digest != second.set_digest and not allow_different:
        raise ConfigError(
            f"the reports are of different question sets, {first.set_name!r} "
            f"({first.set_digest[:_HASH_CHARS]}) and {second.set_name!r} "
            f"({second.set_digest[:_HASH_CHARS]}): run both on one set"
        )


def _moved(pairs: Pairs) -> list[Moved]:
    """Topics that changed, each by the first of _TELLING that did, the largest change first."""
    moved = [
        Moved(
            query_id=a.query_id,
            question=a.question,
            measure=name,
            first=a.measures[name],
            second=b.measures[name],
            first_verdict=a.verdict,
            second_verdict=b.verdict,
        )
        for a, b in pairs
        if (name := _first_that_changed(a.measures, b.measures)) is not None
    ]
    return sorted(moved, key=lambda m: (-abs(gap(m.first, m.second)), m.query_id))


def _first_that_changed(first: Mapping[str, float], second: Mapping[str, float]) -> str | None:
    changed = (
        name
        for name in _TELLING
        if name in first and name in second and gap(first[name], second[name])
    )
    return next(changed, None)


def _is_gain(moved: Moved) -> bool:
    return (moved.second > moved.first) != (moved.measure in LESS_IS_BETTER)


def _changed(first: Mapping[str, object], second: Mapping[str, object]) -> Iterator[str]:
    """What differs, as `name: before -> after`; settings by their path."""
    before, after = dict(_flat(first)), dict(_flat(second))
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, "nothing"), after.get(name, "nothing")
        if old != new:
            yield f"{name}: {old} -> {new}"


def _flat(values: Mapping[str, object], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        elif name.endswith("_digest"):
            yield path + name, str(value)[:_HASH_CHARS]
        else:
            yield path + name, str(value)
