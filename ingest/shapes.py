"""JSON of other makers' shapes: what is missing or of another type reads as empty."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

Json = Mapping[str, object]
_NOTHING: Json = {}


def child(parent: Json, *keys: str) -> Json:
    """The object below these keys, one after the other."""
    found = parent
    for key in keys:
        value = found.get(key)
        found = value if isinstance(value, dict) else _NOTHING
    return found


def children(parent: Json, key: str) -> Sequence[Json]:
    """The objects in the list below `key`; other things in it are left out."""
    value = parent.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def word(parent: Json, key: str) -> str:
    """The string below `key`."""
    value = parent.get(key)
    return value if isinstance(value, str) else ""


def words(parent: Json, key: str) -> tuple[str, ...]:
    """The strings in the list below `key`."""
    value = parent.get(key)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def number(parent: Json, key: str, otherwise: int = 0) -> int:
    """The whole number below `key`."""
    value = parent.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def moment(parent: Json, key: str) -> datetime | None:
    """The time below `key` in UTC; None where it is missing or no RFC 3339 time."""
    try:
        found = datetime.fromisoformat(word(parent, key))
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
