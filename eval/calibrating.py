"""Fits the confidence of answers: the product of logistic functions, held to what features mean.

The features are the answerer's own (`service.answering.confidence`). One factor says how likely an
answer is right where the documents are about the question; where questions about something else
were asked, too, another says how likely they are about it at all. One function alone cannot say
both: what tells a right answer from a wrong one says little about a topic that is not there.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.model_selection import StratifiedKFold

from eval.answer_measures import is_right
from eval.confidence_measures import Surenesses, confidence_values
from eval.fitting import Array, Labels, Part, matrix
from eval.outcomes import Outcome
from eval.topics import FOREIGN
from index.errors import ConfigError
from service.answering.confidence import SIGNS, Logistic

FOLDS: Final = 5
WRONG_RATES: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
_LEAST: Final = 20  # topics of either kind; fewer say nothing


@dataclass(frozen=True, slots=True)
class FittedOn:
    """A set that was fitted on, by its name and hash, and what of it counted."""

    name: str
    digest: str
    topics: int
    right: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """Answering from `confidence` up: at most `wrong_rate` of what is answered is to be wrong.

    Of all topics, `answered` (a share) still get an answer.
    """

    wrong_rate: float
    confidence: float
    answered: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted confidence, and how good it is on topics that each fit did not see.

    Which features are used was learnt on all of them.

    Attributes:
        auroc: area under the curve of right against wrong, out of fold; so is `ece`, the expected
            calibration error.
    """

    sets: tuple[FittedOn, ...]
    model: str
    factors: Mapping[str, Logistic]
    neutral: Mapping[str, float]
    auroc: float
    ece: float
    thresholds: tuple[Threshold, ...]

    def to_json(self) -> str:
        """As `service.answering.confidence` reads it."""
        return json.dumps(
            {
                "fitted_by": "answerable eval calibrate",
                "fitted_on": [
                    {"set": s.name, "sha256": s.digest, "topics": s.topics, "right": s.right}
                    for s in self.sets
                ],
                "model": self.model,
                "out_of_fold": {"AUROC": _short(self.auroc), "ECE": _short(self.ece)},
                "factors": {
                    name: {
                        "bias": _short(of.bias),
                        "coefficients": {n: _short(v) for n, v in of.weights.items()},
                    }
                    for name, of in self.factors.items()
                },
                "neutral": {n: _short(v) for n, v in self.neutral.items()},
                "thresholds": {
                    f"{t.wrong_rate:g}": {
                        "min_confidence": _short(t.confidence),
                        "answered": _short(t.answered),
                    }
                    for t in self.thresholds
                },
            },
            indent=2,
        )


def calibrate(
    asked: Iterable[tuple[str, str, Sequence[Outcome]]], model: str, seed: int
) -> Calibration:
    """The confidence that fits these outcomes.

    Args:
        asked: name, digest and outcomes of each set.
        model: the embedding model, since its cosines are a feature.
        seed: of the folds.

    Raises:
        ConfigError: too few topics are right or wrong to say anything.
    """
    sets: list[FittedOn] = []
    known: list[Outcome] = []
    labels: list[bool] = []
    for name, digest, outcomes in asked:
        judged = [(one, found) for one in outcomes if (found := is_right(one)) is not None]
        known += [one for one, _ in judged]
        counted = [found for _, found in judged]
        labels += counted
        sets.append(FittedOn(name, digest, len(counted), sum(counted)))
    right = np.array(labels, dtype=np.bool_)
    foreign = np.array([FOREIGN in one.topic.tags for one in known], dtype=np.bool_)
    wrong = ~right & ~foreign
    if min(right.sum(), wrong.sum()) < _LEAST:
        raise ConfigError(
            f"{right.sum()} right and {wrong.sum()} wrong answers are too few to calibrate on; "
            f"at least {_LEAST} of each are needed"
        )
    rows = [one.features for one in known]
    neutral = {name: _mean(rows, name) for name in SIGNS}
    parts = _parts(known, matrix(rows, neutral), right, foreign)
    likely = _out_of_fold(list(parts.values()), right, seed)
    good = confidence_values(Surenesses(likely, right))
    return Calibration(
        sets=tuple(sets),
        model=model,
        factors={name: part.logistic() for name, part in parts.items()},
        neutral=neutral,
        auroc=good["AUROC"],
        ece=good["ECE"],
        thresholds=tuple(_threshold(likely, rate) for rate in WRONG_RATES),
    )


def keep_calibration(path: Path, calibration: Calibration) -> None:
    """Write it to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(calibration.to_json() + "\n", encoding="utf-8")


def _parts(
    known: Sequence[Outcome], found: Array, right: Labels, foreign: Labels
) -> dict[str, Part]:
    """The factors by name; that of the topic only where enough was asked about something else."""
    parts = {"right": Part(found, right, ~foreign)}
    if foreign.sum() >= _LEAST:
        # Nobody said of the other questions without an answer whether their topic is there.
        answerable = np.array([one.topic.answerable for one in known], dtype=np.bool_)
        parts["topic"] = Part(found, ~foreign, answerable | foreign)
    return parts


def _out_of_fold(parts: Sequence[Part], right: Labels, seed: int) -> Array:
    """(topics,) the confidence that each gets from what was fitted without it."""
    likely = np.ones(len(right))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(right, right):
        for part in parts:
            likely[test] *= part.likely(train, test)
    return likely


def _mean(rows: Sequence[Mapping[str, float]], name: str) -> float:
    known = [row[name] for row in rows if name in row]
    return sum(known) / len(known) if known else 0.0


def _threshold(likely: Array, rate: float) -> Threshold:
    """The lowest confidence from which on the answers are expected to be wrong so often at most.

    By the fitted probabilities: there are too few answers of a high confidence to count, and one
    of them more or less moved the threshold by a third.
    """
    descending = np.sort(likely)[::-1]
    wrong = np.cumsum(1.0 - descending) / np.arange(1, len(descending) + 1)
    held = int(np.count_nonzero(wrong <= rate))  # it only ever grows
    if not held:
        return Threshold(rate, 1.0, 0.0)
    return Threshold(rate, float(descending[held - 1]), held / len(descending))


def _short(value: float) -> float:
    return round(value, 4)
