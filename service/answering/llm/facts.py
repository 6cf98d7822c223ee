"""What a sentence may not get wrong by a character: numbers, dates, names, code, addresses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ONE_TO_NINETEEN: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_ONES: Final = _ONE_TO_NINETEEN.split()
_TWENTY_TO_NINETY: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS: Final = _TWENTY_TO_NINETY.split()
_FIRST_TO_TWELFTH: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
)
_ORDINALS: Final = _FIRST_TO_TWELFTH.split()
_WORDS: Final = {
    **{word: n for n, word in enumerate(_ONES)},
    **{word: 10 * n for n, word in enumerate(_TENS, 2)},
    **{word: n for n, word in enumerate(_ORDINALS, 1)},
    "hundred": 100,
    "thousand": 1000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "dozen": 12,
    "twice": 2,
    "half": 0.5,
}
_MONTH_NAMES: Final = (
    "january february march april may june july august september october november december"
)
_MONTHS: Final = _MONTH_NAMES.split()
_DAY_NAMES: Final = "monday tuesday wednesday thursday friday saturday sunday"
_WEEKDAYS: Final = _DAY_NAMES.split()
_COUNTED: Final = (
    "day week month year hour minute second percent euro dollar pound person people employee user "
    "time copy page token character byte item file night meter mile point step request quarter "
    "shift degree"
)
_SHORT: Final = "kb mb gb tb ms km kg cm mm mhz ghz"
_UNITS: Final = {
    **{unit + end: unit for unit in _COUNTED.split() for end in ("", "s")},
    **{short: short for short in _SHORT.split()},
    **dict.fromkeys(("hrs", "hr", "h"), "hour"),
    **dict.fromkeys(("min", "mins"), "minute"),
    **dict.fromkeys(("sec", "secs"), "second"),
    "eur": "euro",
    "usd": "dollar",
    "gbp": "pound",
    "copies": "copy",
    **dict.fromkeys(("metre", "metres"), "meter"),
}
_SIGNS: Final = {"$": "dollar", "\u20ac": "euro", "\u00a3": "pound", "%": "percent"}

_NUMBER = re.compile(
    r"(?P<iso>(?<!\d)\d{4}-\d{2}-\d{2}(?!\d))"
    r"|(?:(?P<sign>[$\u20ac\u00a3])\s?)?(?P<minus>(?<![\w\s])-|(?<=\s)-)?(?P<digits>\d+(?:[.,:]\d+)*)"
    r"(?P<th>st|nd|rd|th)?(?P<percent>\s?%|\s?per ?cent\b)?(?P<glued>[A-Za-z]{1,4}\b)?"
    r"|(?<![\w@/.-])(?P<word>[A-Za-z]+(?:-[A-Za-z]+)?)(?![\w@/])",
)
_PRONOUN_ONE = re.compile(
    r"(?:\b(?:no|any|every|some|this|that|the|each|which|another)[ -]|\A)one\b"
    r"|\bone (?:of|another|can|may|must|should|has|is|'s|by)\b",
    re.IGNORECASE,
)
_FIRST_OF_ALL = re.compile(r"\A\W*(?:first|second|third)(?=,)|\bat first\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_AFTER = re.compile(r"[\s-]*((?:[^\W\d_]+[\s-]+){0,3}?[^\W\d_]+)")

_NAME = re.compile(r"(?<![\w/.@#-])[A-Z][\w\u2019'&.]*\w|(?<![\w/.@#-])[A-Z](?!\w)")
_INNER_CAPITAL = re.compile(r"\A(?:\w+[A-Z]|[A-Z]+\d|\w*\d\w*[A-Z])")
_SENTENCE_START = re.compile(r"(?:\A|[.!?:]\s+|[\u201c\"(]\s*)\Z")
_LITERALS = (
    re.compile(r"`+([^`\n]+)`+"),
    re.compile(r"(?<![\w-])--?[a-zA-Z][\w-]*"),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?<![\w@])[@#][A-Za-z][\w-]*"),
    re.compile(r"(?<!\w)[~.]?/?[\w.-]+(?:/[\w.-]+)+/?|(?<![\w/])/[\w.-]+"),
    re.compile(r"\b\w*[A-Za-z]\w*_\w+\b|\b_\w+\b"),
    re.compile(r"\b[a-z]+[A-Z]\w*\b|\b\w+\(\)"),
    re.compile(r"\b[\w-]+\.(?:py|md|rst|ya?ml|json|toml|txt|sh|csv|js|ts|html|pdf|xlsx?|docx?)\b"),
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it counts: its value, and its unit where it is one of the known ones."""

    value: str
    units: frozenset[str]
    at: int


def numbers(text: str) -> list[Number]:
    """Every number, written in digits or in words, in order; months and weekdays are some."""
    ones = [found.span() for found in _PRONOUN_ONE.finditer(text)]
    ones += [found.span() for found in _FIRST_OF_ALL.finditer(text)]
    return [
        number
        for found in _NUMBER.finditer(text)
        if not any(a <= found.start() < b for a, b in ones)
        for number in _read(found, text)
    ]


def _read(found: re.Match[str], text: str) -> Iterator[Number]:
    if found["iso"]:
        year, month, day = found["iso"].split("-")
        yield Number(year, frozenset(), found.start())
        yield Number(f"month {int(month)}", frozenset(), found.start())
        yield Number(str(int(day)), frozenset(), found.start())
    elif found["word"]:
        value = _of_word(found["word"], text[found.end() : found.end() + 12])
        if value:
            yield Number(value, _units(text, found.end()), found.start())
    else:
        units = {_SIGNS[found["sign"]]} if found["sign"] else set()
        units |= {"percent"} if found["percent"] else set()
        glued = (found["glued"] or "").lower()
        units |= {_UNITS[glued]} if glued in _UNITS else set()
        value = ("-" if found["minus"] else "") + _value(found["digits"])
        near = frozenset() if found["glued"] or found["percent"] else _units(text, found.end())
        yield Number(value, near | units, found.start())


def _of_word(word: str, after: str) -> str:
    low = word.lower()
    name = low[:-1] if low.endswith("s") else low
    if name in _WEEKDAYS:
        return name
    if low in _MONTHS:
        is_month = word[0].isupper() and (low not in ("may", "march") or _is_date(after))
        return f"month {_MONTHS.index(low) + 1}" if is_month else ""
    parts = low.split("-")
    if low in _WORDS:
        return f"{_WORDS[low]:g}" if low != "second" else ""
    if len(parts) == 2 and parts[0] in _TENS and parts[1] in _WORDS:
        return f"{_WORDS[parts[0]] + _WORDS[parts[1]]:g}"
    if len(parts) == 2 and parts[0] in _WORDS and parts[1] in _UNITS:
        return f"{_WORDS[parts[0]]:g}"
    return ""


def _is_date(after: str) -> bool:
    """Whether what follows `May` or `March` makes it a month."""
    return not re.match(r"\s+[a-z]", after) or re.match(r"\s+(?:and|or|to|is)\b", after) is not None


def _value(digits: str) -> str:
    bare = digits.replace(",", "") if _THOUSANDS.fullmatch(digits) else digits
    if ":" in bare or bare.count(".") > 1 or "," in bare:
        return bare
    whole, point, rest = bare.partition(".")
    rest = rest.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + rest if rest else "")


def _units(text: str, at: int) -> frozenset[str]:
    found = _AFTER.match(text, at)
    words = re.split(r"[\s-]+", found[1].lower()) if found else []
    for word in words:
        if word in _UNITS:
            return frozenset({_UNITS[word]})
        if word in ("and", "or", "to", "of", "in", "for", "per", "the", "a"):
            break
    return frozenset()


def missing_number(sentence: str, sources: str) -> str:
    """A number of the sentence that the sources do not say, or say of another unit; or nothing."""
    said = numbers(sources)
    for number in numbers(sentence):
        same = [one for one in said if one.value == number.value]
        units = set().union(*(one.units for one in same)) if same else set()
        is_bare = any(not one.units for one in same)
        if not same or (number.units and not number.units & units):
            return _shown(sentence, number)
        if not number.units and "percent" in units and not is_bare:
            return _shown(sentence, number)
    return ""


def _shown(sentence: str, number: Number) -> str:
    found = re.compile(r"\s?\S+(?:\s\w+)?").match(sentence, number.at)
    return found[0].strip(" .,;") if found else number.value


def names(sentence: str) -> list[str]:
    """Words with a capital that do not begin a sentence, and those with one inside."""
    found = []
    for match in _NAME.finditer(sentence):
        word = re.sub(r"['\u2019]s?\Z", "", match[0]).rstrip(".")
        is_first = _SENTENCE_START.search(sentence[: match.start()]) is not None
        if word in ("I", "A", "OK") or (is_first and not _INNER_CAPITAL.match(word)):
            continue
        if word.lower() not in _MONTHS and word.lower().rstrip("s") not in _WEEKDAYS:
            found.append(word)
    return found


def literals(sentence: str) -> list[str]:
    """What is copied by the character: code, flags, paths, identifiers, handles, addresses."""
    return [
        found[found.lastindex or 0].strip().rstrip(".")
        for pattern in _LITERALS
        for found in pattern.finditer(sentence)
    ]
