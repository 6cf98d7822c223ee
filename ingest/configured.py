"""One source of config.yaml: what all kinds have in common, and the settings of its own kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field, PlainValidator, ValidationError

from ingest.registry import find_kind

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_INTERVAL: Final = re.compile(r"(\d{1,6})\s*([smhd])")


def _interval(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _INTERVAL.fullmatch(value.strip())
    if not found:
        raise ValueError(f"{value!r} is no interval; say 30s, 15m, 6h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Interval = Annotated[
    timedelta,
    BeforeValidator(_interval),
    Field(strict=True, ge=timedelta(seconds=10), le=timedelta(days=30)),
]


class _Common(BaseModel):
    every: Interval | None = None


@dataclass(frozen=True, slots=True)
class Configured:
    """A source as config.yaml has it.

    Attributes:
        settings: those of its kind.
        every: how often the running service reads it; None: only when it is told to.
    """

    kind: str
    settings: BaseModel
    every: timedelta | None = None


def _configured(raw: object) -> Configured:
    if isinstance(raw, Configured):
        return raw
    if not isinstance(raw, Mapping) or not isinstance(raw.get("kind"), str):
        raise ValueError("expected keys with values, and among them kind")
    shared = {key: value for key, value in raw.items() if key in _Common.model_fields}
    own = {key: value for key, value in raw.items() if key not in shared}
    kind = find_kind(raw["kind"])
    try:
        common = _Common.model_validate(shared)
        return Configured(raw["kind"], kind.settings.model_validate(own), common.every)
    except ValidationError as error:
        # The values stay out of the message: an address may hold a password.
        raise ValueError("; ".join(map(_said, error.errors()))) from None


def _said(problem: Mapping[str, object]) -> str:
    place = problem["loc"]
    where = ".".join(map(str, place)) if isinstance(place, tuple) else ""
    what = "unknown key" if problem["type"] == "extra_forbidden" else str(problem["msg"])
    return f"{where}: {what}" if where else what


ConfiguredSource = Annotated[Configured, PlainValidator(_configured)]
