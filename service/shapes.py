"""What the shapes of the HTTP contract are made of: their base, and places in documents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


def like(example: Mapping[str, Any]) -> ConfigDict:
    """Model configuration that shows an example in the documentation."""
    return ConfigDict(json_schema_extra={"examples": [dict(example)]})


class Model(BaseModel):
    """Base of the contract: never changed once made."""

    # Our own types are read by their attributes, so that each field is named once.
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Span(Model):
    """Half-open range of characters in the document's text."""

    start: int
    end: int


class Lines(Model):
    """First and last line, counted from 1."""

    first: int
    last: int

    @model_validator(mode="before")
    @classmethod
    def _of_pair(cls, value: object) -> object:
        match value:
            case (first, last):
                return {"first": first, "last": last}
            case _:
                return value


class Place(Model):
    """Where in which document something stands.

    `url` is where a reader lands; `source_url` leads to the exact lines, where the source has
    such links.
    """

    doc_id: str
    source: str
    title: str
    headings: list[str]
    url: str
    source_url: str | None
    lines: Lines
    span: Span
    updated_at: datetime | None
    status: str
