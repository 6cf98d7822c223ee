"""What a knowledge gap is made of: questions that were asked, and why each of them is one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Verdict = Literal["useful", "wrong", "outdated", "missing"]
"""What the asker says of an answer; `missing`: something that they asked for is not in it."""

Reason = Literal["unanswered", "low_confidence", "wrong", "outdated", "missing"]
"""Why a question is a gap: as the service found, or (the last three) as the asker said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that somebody asked once, and that is a gap.

    Attributes:
        question: in the asker's own words; of a follow-up, those it follows come first.
        person: a keyed hash, the same for the same person; nothing leads back to who it is.
        comment: what the asker added; empty: nothing.
        documents: ids of the documents that the answer cited, and that the asker named. Whoever
            looks at the gap may not be allowed to know of them.
    """

    asked_id: str
    question: str
    person: bytes
    asked_at: datetime
    reason: Reason
    comment: str = ""
    documents: tuple[str, ...] = ()
    is_dismissed: bool = False


def folded(question: str) -> str:
    """A question as it is compared: neither case nor blanks make it another one."""
    return " ".join(question.casefold().split())


def reason_of(
    verdict: Verdict | None, *, abstained: bool, confidence: float, low_confidence: float
) -> Reason | None:
    """Why a question is a gap; None: it is none. What the asker says of an answer goes first."""
    if verdict is not None and verdict != "useful":
        return verdict
    if abstained:
        return "unanswered"
    if verdict is None and confidence < low_confidence:
        return "low_confidence"
    return None
