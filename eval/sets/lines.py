"""What the lines of the product's own sets have in common: who asks, and what is relevant."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from eval.sets.files import Said
from eval.topics import Judgement
from service.identity.local import LOCAL


def _asker(value: str) -> str:
    name, at, domain = value.partition("@")
    if value != LOCAL.email and not (name and at and domain):
        raise ValueError(f"{value!r} should be `{LOCAL.email}` or an e-mail address")
    return value


def _in_order(value: tuple[int, int]) -> tuple[int, int]:
    if not 1 <= value[0] <= value[1]:
        raise ValueError(f"{list(value)} should be [first, last], counted from 1")
    return value


Asker = Annotated[str, AfterValidator(_asker)]
"""An address, or `local`."""


class Strict(BaseModel):
    """A line, or a part of one: no other keys, no other types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Relevant(Strict):
    """A document that is relevant, and where in it."""

    document: Said
    grade: int = Field(2, ge=1)
    heading: Said | None = None
    quote: Said | None = None
    lines: Annotated[tuple[int, int], AfterValidator(_in_order)] | None = None

    @property
    def judgement(self) -> Judgement:
        """The same as measures want it."""
        return Judgement(**dict(self))
