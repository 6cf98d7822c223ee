"""Fits the confidence of answers: a logistic function of a few features, held to their meaning.

The features are the answerer's own (`service.answering.confidence`); what is fitted is how much
each counts, so that the confidence is the probability that the answer is right.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from eval.answer_measures import is_right
from eval.confidence_measures import Surenesses, confidence_values
from eval.outcomes import Outcome
from index.errors import ConfigError
from service.answering.confidence import SIGNS

FOLDS: Final = 5
WRONG_RATES: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
_LEAST: Final = 20  # topics of either kind; fewer say nothing
_REGULARISATION: Final = 0.05  # C of scikit-learn: strong, the features say much the same

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FittedOn:
    """A set that was fitted on, by its name and hash, and what of it counted."""

    name: str
    digest: str
    topics: int
    right: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """Answering from `confidence` up: of what is answered `wrong_rate` at most was wrong.

    Of all topics, `answered` (a share) still get an answer.
    """

    wrong_rate: float
    confidence: float
    answered: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted confidence, and how good it is on topics that each fit did not see.

    Attributes:
        auroc: area under the curve of right against wrong, out of fold; so is `ece`, the expected
            calibration error.
    """

    sets: tuple[FittedOn, ...]
    model: str
    bias: float
    coefficients: Mapping[str, float]
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
                "bias": _short(self.bias),
                "coefficients": {n: _short(v) for n, v in self.coefficients.items()},
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
    rows: list[Mapping[str, float]] = []
    labels: list[bool] = []
    for name, digest, outcomes in asked:
        counted: list[bool] = []
        for outcome in outcomes:
            if (is_known := is_right(outcome)) is not None:
                rows.append(outcome.features)
                counted.append(is_known)
        labels += counted
        sets.append(FittedOn(name, digest, len(counted), sum(counted)))
    right = np.array(labels, dtype=np.bool_)
    if min(right.sum(), (~right).sum()) < _LEAST:
        raise ConfigError(
            f"{right.sum()} right and {(~right).sum()} wrong answers are too few to calibrate on; "
            f"at least {_LEAST} of each are needed"
        )
    neutral = {name: _mean(rows, name) for name in SIGNS}
    names, bias, weights = _fit(rows, right, neutral)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    likely = cross_val_predict(
        _model(), _matrix(rows, names, neutral), right, cv=folds, method="predict_proba"
    )[:, 1]
    good = confidence_values(Surenesses(likely, right))
    return Calibration(
        sets=tuple(sets),
        model=model,
        bias=bias,
        coefficients=weights,
        neutral=neutral,
        auroc=good["AUROC"],
        ece=good["ECE"],
        thresholds=tuple(_threshold(likely, right, rate) for rate in WRONG_RATES),
    )


def keep_calibration(path: Path, calibration: Calibration) -> None:
    """Write it to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(calibration.to_json() + "\n", encoding="utf-8")


def _fit(
    rows: Sequence[Mapping[str, float]], right: NDArray[np.bool_], neutral: Mapping[str, float]
) -> tuple[list[str], float, dict[str, float]]:
    """Names, bias and weights; a feature that would count against its meaning is left out."""
    names = list(SIGNS)
    while True:
        fitted = _model().fit(_matrix(rows, names, neutral), right)
        scaler, logistic = fitted[0], fitted[-1]
        weights = dict(zip(names, logistic.coef_[0] / scaler.scale_, strict=True))
        against = {name: abs(w) for name, w in weights.items() if w * SIGNS[name] < 0}
        if not against:
            shift = float(np.dot(list(weights.values()), scaler.mean_))
            bias = float(logistic.intercept_[0]) - shift
            return names, bias, {name: float(weights.get(name, 0.0)) for name in SIGNS}
        names.remove(max(against, key=lambda name: against[name]))


def _model() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=_REGULARISATION))


def _matrix(
    rows: Sequence[Mapping[str, float]], names: Sequence[str], neutral: Mapping[str, float]
) -> Array:
    """(topics, features) float64; what is not known has its neutral value."""
    return np.array([[row.get(name, neutral[name]) for name in names] for row in rows])


def _mean(rows: Sequence[Mapping[str, float]], name: str) -> float:
    known = [row[name] for row in rows if name in row]
    return sum(known) / len(known) if known else 0.0


def _threshold(likely: Array, right: NDArray[np.bool_], rate: float) -> Threshold:
    """The lowest confidence from which on at most `rate` of the answers were wrong."""
    order = np.argsort(-likely, kind="stable")
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    held = np.flatnonzero(wrong <= rate)
    if not len(held):
        return Threshold(rate, 1.0, 0.0)
    last = int(held[-1])
    return Threshold(rate, float(likely[order[last]]), (last + 1) / len(order))


def _short(value: float) -> float:
    return round(value, 4)
