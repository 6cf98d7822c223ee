"""Whether a sentence says yes or no, must or may, always or except, as its sources do."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from index.types import Document, Span
from service.answering.sentences import sentences

NEGATION: Final = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|can't|forbid\w*"
    r"|forbade|prohibit\w*|ban(?:s|ned)?|disallow\w*|den(?:y|ies|ied)|refus\w*|reject\w*|avoid\w*"
    r"|lack(?:s|ed|ing)?|fail(?:s|ed)?\sto|stopped|refrain\w*|hardly|rarely|seldom"
    r"|barely|unable"
    r"|impossible|\w+n't|nicht|kein\w*|nie(?:mals)?|pas|jamais|nunca|n\u00e3o|non|niet|geen)\b"
    r"|\b(?:\u043d\u0435|\u043d\u0435\u0442|\u043d\u0438\u043a\u043e\u0433\u0434\u0430)\b"
    r"|[\u4e0d\u6ca1\u672a]|\u7981\u6b62|\u306a\u3044|\u307e\u305b\u3093",
    re.IGNORECASE,
)
_NO_NEGATION = re.compile(
    r"\b(?:not only|no later than|not later than|no more than|not more than|no less than"
    r"|not exceed\w*|no earlier than|no (?:longer|sooner) than|whether or not|No\. ?\d)\b"
)
_EXCEPTION = re.compile(
    r"\b(?:unless|except(?:ion\w*|ing)?|exclud\w+|apart from|other than|au\u00dfer|sauf|salvo"
    r"|excepto|exceto)\b",
    re.IGNORECASE,
)
_EXCEPT_FOR = re.compile(rf"{_EXCEPTION.pattern}.*", re.IGNORECASE | re.DOTALL)
_CONTRAST = re.compile(r"\b(?:others?|otherwise|else|remaining|the rest)\b", re.IGNORECASE)
_ONLY = re.compile(r"\b(?:only|solely|exclusively|nur|seulement|solo|apenas)\b", re.IGNORECASE)
_GROUPS: Final = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"always|every time|at all times|in every case",
        r"all|every|everyone|everybody|everything|each|any|anyone|anybody|whole|entire",
        r"before|prior|earlier|in advance|beforehand|until|by|ahead",
        r"after|following|later|afterwards|once|since|past|then",
        r"at least|minimum|no less|not less|no fewer|or more|at the least",
        r"at most|maximum|max|up to|no more|not more|not exceed\w*|limit\w*|cap\w*|at the most"
        r"|or less|or fewer|within|no later",
        r"more than|over|above|exceed\w*|greater|longer than|beyond|higher",
        r"less than|fewer|under|below|shorter|lower|smaller",
        r"increas\w+|rais\w+|grow\w*|grew|rises?|rose|higher|up",
        r"decreas\w+|reduc\w+|lower\w*|cuts?|drop\w*|fall\w*|fell|down",
        r"forbid\w*|prohibit\w*|banned|not allowed|must not|may not|cannot|can't|not permitted"
        r"|never|do not|don't|disallow\w*",
        r"optional\w*|voluntary|not required|need not|may|can|if you (?:like|want|wish)",
        r"enabl\w+|turn\w* on|switch\w* on|activat\w+",
        r"disabl\w+|turn\w* off|switch\w* off|deactivat\w+",
        r"approv\w+|accept\w*|sign\w*|agree\w*|consent\w*|permission",
        r"reject\w*|declin\w+|refus\w+|den(?:y|ies|ied)",
        r"daily|every day|each day|per day|a day",
        r"weekly|every week|each week|per week|a week",
        r"monthly|every month|each month|per month|a month|of the month",
        r"yearly|annual\w*|every year|each year|per year|a year|per annum",
        r"days?|daily",
        r"weeks?|weekly",
        r"months?|monthly",
        r"years?|yearly|annual\w*|annum",
        r"hours?|hourly|hrs?|h",
        r"minutes?|min",
        r"quarters?|quarterly",
    )
)
# As asked for: `all` in a sentence needs `all` in its sources; `by` and `from` are too common.
_ASKED: Final = (
    r"always",
    r"all|every|everyone|everybody|everything|each",
    r"before|prior|until",
    r"after|afterwards",
    r"at least|minimum",
    r"at most|maximum|up to|no more than",
    r"more than|above|exceeds?",
    r"less than|fewer|under|below",
    r"increas\w+|raised?",
    r"decreas\w+|reduced?",
    r"forbidden|prohibited|banned",
    r"optional",
    r"enabled?|enables",
    r"disabled?|disables",
    r"approv\w+|accepted",
    r"reject\w*|declin\w+",
    r"daily",
    r"weekly",
    r"monthly",
    r"yearly|annual\w*",
    r"days?",
    r"weeks?",
    r"months?",
    r"years?",
    r"hours?",
    r"minutes?",
    r"quarters?",
)
_DIRECTIONS: Final = tuple(
    (re.compile(rf"\b(?:{asked})\b", re.IGNORECASE), given)
    for asked, given in zip(_ASKED, _GROUPS, strict=True)
)
# What makes a source's word weaker than the sentence would be without it.
_WEAKER: Final = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"some\w*", r"most", r"few", r"propos\w+|suggest\w*", r"plan\w*|intend\w*",
        r"temporar\w+", r"half|50 ?%", r"partly|partial\w*", r"think\w*|believ\w*|rumou?r\w*",
        r"would|could|might",
    )
)  # fmt: skip
_MUST = re.compile(
    r"\b(?:must|have to|has to|had to|required?|requires|requirement|need(?:s|ed)? to|mandatory"
    r"|obliged|obligatory|shall|compulsory|muss|m\u00fcssen|m\u00fcsst)\b",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\b(?:may|can|could|might|allow\w*|permit\w*|free to|entitled|eligible|optional|able to"
    r"|possible|darf|d\u00fcrfen|kann|k\u00f6nnen)\b",
    re.IGNORECASE,
)
_SHOULD = re.compile(
    r"\b(?:should|recommend\w*|advis\w+|ought|encouraged?|suggest\w*|prefer\w*|please|sollte\w*)\b",
    re.IGNORECASE,
)
_CLAUSES = re.compile(r"[,;:]\s|\s[-\u2013\u2014]\s|\s(?:but|while|whereas|although|however)\s")
_ROWS = re.compile(r"\n[ \t]*(?=[-*+\u2022|>#]|\d{1,3}[.)])")
_ITEM = re.compile(r"[ \t]*(?:[-*+\u2022]|\d{1,3}[.)])[ \t]")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_FORBIDDING = re.compile(
    r"\b(?:not|never|don't|must not|prohibited|forbidden|banned|no longer|wrong|false|myths?"
    r"|misconceptions?)\b",
    re.IGNORECASE,
)
_CONTEXT_CHARS: Final = 600
_LEAD_CHARS: Final = 3000


def around(document: Document, span: Span) -> str:
    """The whole sentences that a quote is part of: what it leaves out can turn what it says."""
    text = document.text
    start, end = _paragraph(text, span)
    found = [one for one in sentences(text, Span(start, end)) if one.overlaps(span)]
    return "\n".join(_row(one.of(text), span, one.start) for one in found) or span.of(text)


def lead(document: Document, span: Span) -> str:
    """What a list item stands under: the line that introduces its list, and the last heading."""
    text = document.text
    heading = next(
        (s.headings[-1] for s in document.sections if s.headings and s.span.overlaps(span)), ""
    )
    under = "" if heading.strip().endswith("?") else heading
    line_start = text.rfind("\n", 0, span.start) + 1
    if not _ITEM.match(text, line_start):
        return under
    before = text[max(0, line_start - _LEAD_CHARS) : line_start].rstrip("\n").split("\n")
    for line in reversed(before):
        if not line.strip() or _ITEM.match(line) or line.startswith(("  ", "\t")):
            continue
        return f"{under}\n{line}" if line.rstrip(" *_").endswith(":") else under
    return under


def near(clauses_of: Sequence[str], shared: Sequence[int]) -> list[str]:
    """The clauses that a sentence is about: those that share the most terms with it, or nearly."""
    most = max(shared, default=0)
    return [c for c, n in zip(clauses_of, shared, strict=True) if n and 3 * n >= 2 * most]


def turned(sentence: str, about: Sequence[str]) -> str:
    """How the sentence says the contrary of the clauses it is about; empty: it does not."""
    negative = _negates(_EXCEPT_FOR.sub("", sentence))
    negated = any(_negates(_EXCEPT_FOR.sub("", one)) for one in about)
    if negative and not negated:
        return "it says 'not' or 'no', and its quotes do not"
    if negated and not negative:
        return "its source says 'not' or 'no', and it does not"
    return ""


def misses(sentence: str, quotes: str, whole: str, about: Sequence[str]) -> str:
    """A word that changes what is allowed or when, and that only one of the two has; or nothing.

    Args:
        sentence: what is to be shown.
        quotes: the exact words it rests on.
        whole: the sentences that these are part of.
        about: the clauses of these that the sentence is about.
    """
    if _EXCEPTION.search(whole) and not (_EXCEPTION.search(sentence) or _ONLY.search(sentence)):
        return "its source names an exception that it leaves out"
    if bool(_ONLY.search(sentence)) != bool(_ONLY.search(whole)):
        return "one of sentence and source says 'only', the other does not"
    if _EXCEPTION.search(sentence) and not _EXCEPTION.search(quotes):
        return "it names an exception that its quotes do not"
    if any(_CONTRAST.search(one) for one in about) and not _CONTRAST.search(sentence):
        return "its source says it of the others"
    near_it = "\n".join(about)
    for weaker in _WEAKER:
        if (said := weaker.search(near_it)) and not weaker.search(sentence):
            return f"its source says {said[0]!r}, and it does not"
    return _modal(sentence, quotes) or _direction(sentence, quotes, "\n".join(about))


def clauses(text: str) -> list[str]:
    """The parts of sentences between commas, colons and the like."""
    return [c for row in text.split("\n") for c in _CLAUSES.split(row) if c and c.strip()]


def forbids(text: str) -> bool:
    """Whether a heading or an introducing line says that what follows is not so."""
    return _FORBIDDING.search(text) is not None


def is_negative(text: str) -> bool:
    """Whether anything in it says no."""
    return _negates(text)


def _negates(text: str) -> bool:
    straight = text.replace("\u2019", "'")
    return NEGATION.search(_NO_NEGATION.sub(" ", straight)) is not None


def _modal(sentence: str, quotes: str) -> str:
    must, may, should = (bool(p.search(quotes)) for p in (_MUST, _MAY, _SHOULD))
    if _MUST.search(sentence) and not must and (may or should):
        return "it says 'must', and its quotes do not"
    if re.search(r"\b(?:may|allowed|permitted|entitled)\b", sentence) and not may:
        return "it says 'may', and its quotes do not"
    if _MAY.search(sentence) and must and not may:
        return "its quotes say 'must', and it says 'may' or 'can'"
    if _SHOULD.search(sentence) and not should and not must:
        return "it says 'should', and its quotes do not"
    return ""


def _direction(sentence: str, quotes: str, about: str) -> str:
    for asked, given in _DIRECTIONS:
        found = asked.search(sentence)
        if found and not (given.search(quotes) and given.search(about)):
            return f"it says '{found[0]}', and its quotes do not"
    return ""


def _paragraph(text: str, span: Span) -> tuple[int, int]:
    low, high = max(0, span.start - _CONTEXT_CHARS), min(len(text), span.end + _CONTEXT_CHARS)
    breaks = [found.end() for found in _PARAGRAPH.finditer(text, low, span.start)]
    after = _PARAGRAPH.search(text, span.end, high)
    return (breaks[-1] if breaks else low), (after.start() if after else high)


def _row(text: str, span: Span, offset: int) -> str:
    """Of a sentence that runs over list items or rows, those that the quote is in."""
    rows: list[str] = []
    at = 0
    for cut in [*_cuts(text), len(text)]:
        if offset + at < span.end and span.start < offset + cut:
            rows.append(" ".join(text[at:cut].split()))
        at = cut
    return "\n".join(rows)


def _cuts(text: str) -> Iterator[int]:
    yield from (found.end() for found in _ROWS.finditer(text))
