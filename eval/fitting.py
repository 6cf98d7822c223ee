"""Logistic functions of the features of answers, each weight held to what its feature means."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from index.errors import ConfigError
from service.answering.confidence import SIGNS, Logistic

Array = NDArray[np.float64]
Labels = NDArray[np.bool_]

_REGULARISATION: Final = 0.05  # C of scikit-learn: strong, the features say much the same


def matrix(rows: Sequence[Mapping[str, float]], neutral: Mapping[str, float]) -> Array:
    """(topics, features) float64; what is not known has its neutral value."""
    return np.array([[row.get(name, neutral[name]) for name in SIGNS] for row in rows])


class Part:
    """One factor of the confidence: a logistic function, and what it is fitted on."""

    def __init__(self, found: Array, labels: Labels, counts: Labels) -> None:
        """Fit it, to learn which features it may use.

        Args:
            found: (topics, features).
            labels: (topics,) what it is to tell apart.
            counts: (topics,) which topics it is fitted on.

        Raises:
            ConfigError: every feature counts against its meaning.
        """
        self._found = found
        self._labels = labels
        self._counts = counts
        self._columns = list(range(len(SIGNS)))
        while against := self._against(self._fitted(counts)):
            self._columns.remove(max(against, key=lambda column: against[column]))
            if not self._columns:
                raise ConfigError(
                    "no feature of these answers tells what it should: the judgements of the set "
                    "may be the wrong way round"
                )

    def likely(self, train: NDArray[np.intp], test: NDArray[np.intp]) -> Array:
        """(test topics,) what it says of them when it is fitted on the others alone."""
        seen = np.zeros_like(self._counts)
        seen[train] = True
        fitted = self._fitted(self._counts & seen)
        predicted: Array = fitted.predict_proba(self._found[test][:, self._columns])[:, 1]
        return predicted

    def logistic(self) -> Logistic:
        """The function, fitted on all of its topics."""
        fitted = self._fitted(self._counts)
        weights = self._weights(fitted)
        shift = float(np.dot(list(weights.values()), fitted[0].mean_))
        names = list(SIGNS)
        by_name = {names[column]: weight for column, weight in weights.items()}
        return Logistic(float(fitted[-1].intercept_[0]) - shift, by_name)

    def _fitted(self, counts: Labels) -> Pipeline:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=_REGULARISATION))
        return model.fit(self._found[counts][:, self._columns], self._labels[counts])

    def _weights(self, fitted: Pipeline) -> dict[int, float]:
        found = fitted[-1].coef_[0] / fitted[0].scale_
        return {column: float(w) for column, w in zip(self._columns, found, strict=True)}

    def _against(self, fitted: Pipeline) -> dict[int, float]:
        """Features that count against their meaning, and how much."""
        signs = list(SIGNS.values())
        return {c: abs(w) for c, w in self._weights(fitted).items() if w * signs[c] < 0}
