"""How well each unit answers a question: its words, its place, and what the question expects."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from index.types import CLOSING_COMMENT, DocId, Document
from service.answering.evidence import Reading
from service.answering.question import Expects, Question
from service.answering.units import Unit, units_of

Analyze = Callable[[str], list[str]]

# What each part of a score is worth against a unit that says every term of the question (1.0).
_PASSAGE: Final = 1.2  # retrieval put its passage first
_SECTION: Final = 0.5  # its section says the terms, whichever sentence of it does
_AROUND: Final = 0.3  # its headings, lead line or the sentence beside it say what it does not
_WHOLE: Final = 0.6  # what a list or table says as a whole counts less: it is longer
_EXPECTED: Final = 0.1  # it has what such a question asks for
_UNASKED_CODE: Final = 3.0  # times that: its identifiers are words, and say nothing about them
_FIRST: Final = 0.12  # it opens its section
_UNDER_HEADING: Final = 0.3  # it opens a section whose heading is the question
_SHORT: Final = 0.25  # it has too few words to say anything
_CLOSING: Final = 0.7  # a maintainer wrote it when closing: outweighs one rank of retrieval
_QUESTION: Final = 0.4  # it asks, and does not answer
_POINTER: Final = 0.3  # it is little but links: where to read, not what is so
_ASKED_THERE: Final = 0.6  # the heading of its section asks the same, word for word

_LEAST_TERMS: Final = 3
_HEADING_IS_QUESTION: Final = 0.6
_SAME_WORDING: Final = 0.75  # overlap of terms, those that only ask included
_MOSTLY_LINKS: Final = 0.4  # of the characters are outside of links
_LINK = re.compile(r"\[[^\[\]\n]*\]\([^()\n]*\)|`[^`<>]+<[^<>\n]+>`_|https?://\S+")

_NUMBER = r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|once|twice|half"
_SIGNS: Final[Mapping[Expects, re.Pattern[str]]] = {
    "person": re.compile(
        r"(?<![.!?]\s)(?<!\A)\b[A-Z]\w+\s+[A-Z]\w+|[\w.+-]+@[\w-]|(?<!\w)[@#][a-z]"
        r"|\b(?:[Aa]sk|[Tt]ell|[Ww]rite to|[Cc]ontact|[Ll]ead|[Mm]anager|[Tt]eam)\b"
    ),
    "amount": re.compile(_NUMBER + r"|no limit|unlimited|none|never)\b", re.IGNORECASE),
    "time": re.compile(
        _NUMBER + r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|jan(?:uary)?|february|march|april"
        r"|june|july|august|september|october|november|december|days?|weeks?|months?|years?"
        r"|hours?|minutes?|daily|weekly|monthly|yearly|before|after|until)\b",
        re.IGNORECASE,
    ),
    "reason": re.compile(
        r"\b(?:because|since|so that|in order to|due to|reasons?|therefore|as a result|caused?"
        r"|led to|that is why|otherwise|instead|to (?:avoid|keep|make|prevent|help))\b",
        re.IGNORECASE,
    ),
    "place": re.compile(r"https?://|`[^`\n]*[/.][^`\n]*`|(?<!\w)#[a-z]|\]\(|\b(?:in|at|on|under) "),
    "verdict": re.compile(
        r"\b(?:yes|no|not|never|always|may|must|can|cannot|allowed|required|need|only|unless"
        r"|should|optional|nobody|everybody|everyone)\b",
        re.IGNORECASE,
    ),
}
_WHOLE_FOR: Final[Mapping[str, frozenset[Expects]]] = {
    "steps": frozenset({"steps"}),
    "code": frozenset({"steps"}),
    "list": frozenset({"list", "steps"}),
    "table": frozenset({"list"}),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit with its score.

    Attributes:
        terms: its own terms, with those of its table's header.
        score: higher is better; comparable within one question.
        passage: score of the passage that it is in, in [0, 1].
        own: weighted share of the question's terms that it says itself.
        section: the same of all that was read of its section, headings and title included.
    """

    document: Document
    unit: Unit
    terms: frozenset[str]
    score: float
    passage: float
    own: float
    section: float

    @property
    def doc_id(self) -> DocId:
        """The document that it is in."""
        return self.document.doc_id

    @property
    def quote(self) -> str:
        """The unit's own words, verbatim."""
        return self.unit.span.of(self.document.text)


def candidates(question: Question, reading: Reading, analyze: Analyze) -> list[Candidate]:
    """Every unit of a reading with its score, in reading order."""
    document = reading.document
    units = units_of(document, [passage.span for passage in reading.passages])
    terms = [_terms(document.text, unit, analyze) for unit in units]
    said = [question.said(own) for own in terms]
    places = _Places(question, document, analyze, units, said)
    found = []
    for number, unit in enumerate(units):
        passage = max(p.score for p in reading.passages if p.span.overlaps(unit.span))
        around = said[number].union(places.over(unit), *_beside(units, said, number))
        own, with_place = question.share(said[number]), question.share(around)
        section = question.share(places.section(unit))
        worth = (
            own * (_WHOLE if unit.is_whole else 1.0)
            + _AROUND * (with_place - own)
            + _SECTION * section
            + _PASSAGE * passage
            + _shape(question, unit, unit.span.of(document.text), len(terms[number]), own)
            + _opening(unit, places.heading(unit))
            + (_ASKED_THERE if places.asks_the_same(unit) else 0.0)
            + (_CLOSING if places.closes(unit) else 0.0)
        )
        found.append(Candidate(document, unit, terms[number], worth, passage, own, section))
    return found


def _terms(text: str, unit: Unit, analyze: Analyze) -> frozenset[str]:
    # The slice with its markup: taking it out costs five times as much as analysing it does.
    header = f"{unit.header.of(text)}\n" if unit.header else ""
    return frozenset(analyze(header + unit.span.of(text)))


def _beside(
    units: Sequence[Unit], said: Sequence[frozenset[str]], number: int
) -> Iterator[frozenset[str]]:
    """What the sentences right before and after it in its paragraph say."""
    one = units[number]
    for other in (number - 1, number + 1):
        if one.kind == "sentence" and 0 <= other < len(units):
            two = units[other]
            if two.kind == "sentence" and two.block == one.block and two.section == one.section:
                yield said[other]


class _Places:
    """What titles, headings, lead lines and whole sections say of the question's terms."""

    def __init__(
        self,
        question: Question,
        document: Document,
        analyze: Analyze,
        units: Sequence[Unit],
        said: Sequence[frozenset[str]],
    ) -> None:
        self._question = question
        self._document = document
        self._analyze = analyze
        self._known: dict[str, frozenset[str]] = {}
        self._asking: dict[int, bool] = {}
        sections: dict[int, frozenset[str]] = {}
        for unit, own in zip(units, said, strict=True):
            before = sections.get(unit.section)
            sections[unit.section] = own | (self._path(unit.section) if before is None else before)
        self._sections = sections

    def heading(self, unit: Unit) -> float:
        """Share of the question that the unit's own heading says."""
        return self._question.share(self._of(self._heading(unit.section)))

    def asks_the_same(self, unit: Unit) -> bool:
        """Whether the unit's own heading is the question, or nearly so."""
        if unit.section not in self._asking:
            wording = frozenset(self._analyze(self._heading(unit.section)))
            shared, both = wording & self._question.wording, wording | self._question.wording
            # One word is a topic, not a question.
            is_same = len(shared) > 1 and len(shared) >= _SAME_WORDING * len(both)
            self._asking[unit.section] = is_same
        return self._asking[unit.section]

    def closes(self, unit: Unit) -> bool:
        """Whether a maintainer wrote it when closing an issue."""
        path = self._document.sections[unit.section].headings
        return any(heading.startswith(CLOSING_COMMENT) for heading in path)

    def over(self, unit: Unit) -> frozenset[str]:
        """Terms of the headings and the lead line over the unit."""
        lead = self._of(unit.lead.of(self._document.text)) if unit.lead else frozenset()
        return self._path(unit.section) | lead

    def section(self, unit: Unit) -> frozenset[str]:
        """Terms of the section: its headings and the title, and what was read of it."""
        return self._sections[unit.section]

    def _heading(self, section: int) -> str:
        path = self._document.sections[section].headings
        return path[-1] if path else ""

    def _path(self, section: int) -> frozenset[str]:
        headings = self._document.sections[section].headings
        return self._of(" ".join((self._document.title, *headings)))

    def _of(self, text: str) -> frozenset[str]:
        if text not in self._known:
            self._known[text] = self._question.said(self._analyze(text))
        return self._known[text]


def _opening(unit: Unit, heading: float) -> float:
    """What it is worth that a unit stands at the top of its section."""
    share = max(0.0, 1 - unit.position / _LEAST_TERMS)
    return share * (_FIRST + (_UNDER_HEADING if heading >= _HEADING_IS_QUESTION else 0.0))


def _shape(question: Question, unit: Unit, quote: str, terms: int, own: float) -> float:
    """What its form is worth: what the question expects, enough words, no question itself."""
    score = _EXPECTED * _expected(question, unit, quote)
    if terms < _LEAST_TERMS and not own:
        score -= _SHORT
    if unit.kind == "sentence" and quote.rstrip("*_\"')").endswith("?"):
        score -= _QUESTION
    if _is_pointer(quote):
        score -= _POINTER
    return score


def _is_pointer(quote: str) -> bool:
    if "://" not in quote and "](" not in quote:
        return False
    return len(_LINK.sub("", quote)) < _MOSTLY_LINKS * len(quote)


def _expected(question: Question, unit: Unit, quote: str) -> float:
    """Whether the unit has what the question expects: 1 if so, below 0 if nobody asked for it."""
    wanted = _WHOLE_FOR.get(unit.kind, frozenset())
    if (unit.is_whole or unit.kind == "code") and not unit.header:
        if wanted & question.expects:
            return 1.0
        return -_UNASKED_CODE if unit.kind == "code" else -1.0
    signs = [_SIGNS[kind] for kind in question.expects if kind in _SIGNS]
    if not signs:
        return 0.0
    return sum(1.0 for sign in signs if sign.search(quote)) / len(signs)
