"""How likely the answer is right, from a few features that can be looked at."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from index.errors import ConfigError
from index.types import ScoredChunk
from service.answering.question import Question
from service.answering.scoring import Candidate
from service.settings import AnsweringSettings

COEFFICIENTS: Final = Path(__file__).with_name("confidence.json")

_LEAST_LIKELY: Final = 700.0  # log odds against; a little more is more than a float can hold

SIGNS: Final = {
    "cosine": 1,
    "matched": 1,
    "covered": 1,
    "answer_covered": 1,
    "unknown": -1,
    "agreement": 1,
    "margin": 1,
}
"""The features, and whether more of one speaks for the answer or against it."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A probability.

    Attributes:
        bias: log odds when every feature is 0.
        weights: by feature.
    """

    bias: float
    weights: Mapping[str, float]

    def of(self, found: Mapping[str, float], neutral: Mapping[str, float]) -> float:
        """In [0, 1]; missing features count with their neutral value."""
        parts = (w * found.get(n, neutral.get(n, 0.0)) for n, w in self.weights.items())
        return 1.0 / (1.0 + math.exp(min(-sum(parts, self.bias), _LEAST_LIKELY)))


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The fitted confidence.

    Attributes:
        factors: their product is the confidence: that the documents are about the question, and
            that the answer is right where they are.
        neutral: value of each feature where it is missing, as `cosine` is without a model.
        thresholds: by the share of wrong answers, the confidence from which on no more are wrong.
    """

    factors: tuple[Logistic, ...]
    neutral: Mapping[str, float]
    thresholds: Mapping[float, float]


@cache
def coefficients(path: Path | None = None) -> Coefficients:
    """The coefficients in a file that `answerable eval calibrate` wrote; None: as shipped.

    Raises:
        ConfigError: there is no such file, or it is none of these.
    """
    path = path or COEFFICIENTS
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        thresholds = {
            float(rate): _number(found["min_confidence"])
            for rate, found in raw["thresholds"].items()
        }
        factors = tuple(
            Logistic(_number(one["bias"]), _by_feature(one["coefficients"]))
            for one in raw["factors"].values()
        )
        if not factors:
            raise ValueError("no factors: everything would be sure")
        return Coefficients(factors, _by_feature(raw["neutral"]), thresholds)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"service.answering.confidence: cannot use {path}: {error!r}; "
            "`answerable eval calibrate` writes such a file"
        ) from error


def threshold(settings: AnsweringSettings) -> float:
    """The confidence from which on an answer is given.

    Raises:
        ConfigError: the file of coefficients cannot be used.
    """
    if settings.min_confidence is not None:
        return settings.min_confidence
    thresholds = coefficients(settings.confidence).thresholds
    allowed = [rate for rate in thresholds if rate <= settings.max_wrong_rate]
    return thresholds[max(allowed)] if allowed else 1.0


def features(
    question: Question, evidence: Sequence[ScoredChunk], chosen: Sequence[Candidate]
) -> dict[str, float]:
    """What the confidence is made of, each about in [0, 1]; what is not known is left out.

    cosine: of the best chunk. matched: best BM25 score against the most that the question could
    get. covered: weighted share of the question's terms in the best section with its
    headings. answer_covered: in all chosen units themselves. unknown: weighted share of terms
    that no visible chunk has. agreement: whether both legs like the same document best. margin:
    of the best document's fused score over the next document's.
    """
    found: dict[str, float] = {}
    dense = [(hit.signals["dense"], hit) for hit in evidence if "dense" in hit.signals]
    lexical = [(hit.signals["lexical"], hit) for hit in evidence if "lexical" in hit.signals]
    if dense:
        found["cosine"] = max(score for score, _ in dense)
    if question.weight:
        best = max((score for score, _ in lexical), default=0.0)
        found["matched"] = min(1.0, best / question.weight)
        found["unknown"] = question.share(question.unknown)
    if dense and lexical:
        tops = [max(leg, key=lambda pair: pair[0])[1].chunk.doc_id for leg in (dense, lexical)]
        found["agreement"] = float(tops[0] == tops[1])
    if chosen:
        found["covered"] = max(candidate.section for candidate in chosen)
        said = frozenset[str]().union(*(candidate.terms for candidate in chosen))
        found["answer_covered"] = question.share(said)
    if (margin := _margin(evidence)) is not None:
        found["margin"] = margin
    return found


def confidence(found: Mapping[str, float], fitted: Coefficients) -> float:
    """Probability in [0, 1]; missing features count with their neutral value."""
    return math.prod(one.of(found, fitted.neutral) for one in fitted.factors)


def _by_feature(raw: Mapping[str, object]) -> dict[str, float]:
    if unknown := raw.keys() - SIGNS.keys():
        raise ValueError(f"no such features: {', '.join(sorted(unknown))}")
    return {name: _number(value) for name, value in raw.items()}


def _number(raw: object) -> float:
    if not isinstance(raw, (int, float)) or not math.isfinite(raw):
        raise ValueError(f"{raw!r} is no number")
    return float(raw)


def _margin(evidence: Sequence[ScoredChunk]) -> float | None:
    if not evidence or evidence[0].score <= 0:
        return None
    best = evidence[0]
    others = [hit.score for hit in evidence if hit.chunk.doc_id != best.chunk.doc_id]
    return 1.0 - max(others, default=0.0) / best.score
