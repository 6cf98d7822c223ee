"""The HTTP contract of feedback, and of the list of gaps, which operators alone get."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from service.gaps.types import Reason, Verdict
from service.schemas import Nearest
from service.shapes import Model, like

_WHITESPACE: Final = "\t\n\r"


def _plain(text: str) -> str:
    """Without blanks around it; refused if it holds what is no text."""
    text = text.strip()
    if any(c not in _WHITESPACE and unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise ValueError("holds control characters; send plain text")
    return text


_Text = Annotated[str, AfterValidator(_plain)]


class Feedback(Model):
    """What somebody thinks of an answer that they got.

    Of an answer (`answer`, its `answer_id`), or, where that is not known any more, of a question in
    the words in which it was asked. A second one replaces the first.
    """

    model_config = like(
        {
            "answer": "u3Jv8mXo0YdR2c5kq7wTfA",
            "verdict": "outdated",
            "text": "The limit is 14 days since May.",
        }
    )

    answer: _Text | None = Field(None, min_length=1, max_length=100)
    question: _Text | None = Field(None, min_length=1, max_length=2000)
    verdict: Verdict
    text: _Text = Field("", max_length=2000, description="Why; operators read it")
    doc_ids: tuple[Annotated[_Text, Field(max_length=500)], ...] = Field(
        (), max_length=20, description="Documents that it is about, or that would have answered"
    )

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        if bool(self.answer) == bool(self.question):
            raise ValueError("say either `answer` (its answer_id) or `question`, and not both")
        return self


class Taken(Model):
    """Feedback that was kept; `replaced`: in place of what the same person said before."""

    replaced: bool


class Phrasing(Model):
    """A way in which the same thing was asked, and how often."""

    text: str
    asked: int


class Comment(Model):
    """What somebody added to a verdict; who is not kept."""

    verdict: Reason
    text: str
    asked_at: datetime


class Gap(Model):
    """Questions that mean the same, and that were not answered well.

    `people` counts different askers, `reasons` says how often what went wrong, `weeks` how often
    it was asked in each of the last twelve weeks from Monday to Sunday (UTC), the current one last.
    `nearest`, `cited`, `ask` and `answered_meanwhile` are as whoever looks may read: `nearest` come
    closest to the question now, `cited` are what answers rested on or askers named, `ask` who wrote
    the nearest, `answered_meanwhile` that the question gets a sure answer by now.
    """

    gap_id: str
    question: str
    phrasings: list[Phrasing]
    asked: int
    people: int
    reasons: dict[Reason, int]
    first_asked: datetime
    last_asked: datetime
    weeks: list[int]
    nearest: list[Nearest]
    cited: list[Nearest]
    ask: list[str]
    answered_meanwhile: bool
    comments: list[Comment]


class GapList(Model):
    """Gaps, those asked most often first; `more` are not shown, for there were too many.

    `collects` is false when service.gaps is off: then nothing new is added.
    """

    gaps: list[Gap]
    more: int
    collects: bool


class Dismissed(Model):
    """A gap that is listed no more, and how many questions are in it."""

    gap_id: str
    questions: int


def documents_of(gaps: Iterable[Gap]) -> list[str]:
    """The documents that gaps name, for the audit log."""
    return [one.doc_id for gap in gaps for one in (*gap.nearest, *gap.cited)]
