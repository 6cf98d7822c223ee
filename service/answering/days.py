"""Days as they are written in texts, and as answers write them."""

import re
from datetime import UTC, datetime
from typing import Final

_NAMES: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_NUMBERS: Final = {name[:3].lower(): number for number, name in enumerate(_NAMES, 1)}
_MONTH = "|".join(rf"{name[:3]}(?:{name[3:]})?" for name in _NAMES)
_DAY = re.compile(
    r"\b(?P<year>\d{4})-(?P<number>\d\d)-(?P<day>\d\d)\b"
    rf"|\b(?P<day_1>\d{{1,2}})\.? (?P<month_1>{_MONTH})\.?,? (?P<year_1>\d{{4}})\b"
    rf"|\b(?P<month_2>{_MONTH})\.? (?P<day_2>\d{{1,2}}),? (?P<year_2>\d{{4}})\b",
    re.IGNORECASE,
)


def day_in(text: str) -> datetime | None:
    """The first day that is written in a text: 2025-05-03, 3 May 2025, May 3, 2025."""
    return next((day for match in _DAY.finditer(text) if (day := _day(match))), None)


def day_worded(time: datetime) -> str:
    """The day for people: 3 May 2025."""
    return f"{time.day} {_NAMES[time.month - 1]} {time.year}"


def _day(match: re.Match[str]) -> datetime | None:
    year = match["year"] or match["year_1"] or match["year_2"]
    day = match["day"] or match["day_1"] or match["day_2"]
    name = match["month_1"] or match["month_2"] or ""
    number = _NUMBERS[name[:3].lower()] if name else int(match["number"])
    try:
        return datetime(int(year), number, int(day), tzinfo=UTC)
    except ValueError:  # The 31st of June.
        return None
