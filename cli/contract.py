"""What `--json` prints of the commands that have no place in the HTTP contract."""

from collections.abc import Sequence
from typing import Self

from index.repair import Problem
from service.shapes import Model


class Disagreement(Model):
    """One way in which the stores of the index disagree."""

    store: str
    what: str
    repair: str


class Diagnosis(Model):
    """What was found, and what of it is left after a repair (without one: all of it)."""

    found: list[Disagreement]
    left: list[Disagreement]

    @classmethod
    def of(cls, found: Sequence[Problem], left: Sequence[Problem]) -> Self:
        """The same problems as others read them."""
        return cls.model_validate({"found": list(found), "left": list(left)})


class Rebuilt(Model):
    """What a rebuild wrote, and how many of its texts had to be embedded."""

    documents: int
    chunks: int
    embedded: int
