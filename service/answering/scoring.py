"""How well each unit answers a question: its words, its place, and what the question expects."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from index.types import DocId, Document
from service.answering.evidence import Reading
from service.answering.pieces import Piece, Pieces, Place
from service.answering.question import Expects, Question
from service.answering.units import Unit

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


def candidates(question: Question, reading: Reading, pieces: Pieces) -> list[Candidate]:
    """Every unit of a reading with its score, in reading order.

    Args:
        question: what is asked.
        reading: what is read of which document.
        pieces: those of the same document.
    """
    within = pieces.within([passage.span for passage in reading.passages])
    said = [question.said(piece.terms) for piece in within]
    places = _places(question, pieces, within, said)
    found = []
    for number, piece in enumerate(within):
        unit, place = piece.unit, places[piece.unit.section]
        passage = max(p.score for p in reading.passages if p.span.overlaps(unit.span))
        around = said[number].union(
            place.path, question.said(piece.lead), *_beside(within, said, number)
        )
        own, with_place = question.share(said[number]), question.share(around)
        section = question.share(place.section)
        worth = (
            own * (_WHOLE if unit.is_whole else 1.0)
            + _AROUND * (with_place - own)
            + _SECTION * section
            + _PASSAGE * passage
            + _shape(question, piece, own)
            + _opening(unit, place.heading)
            + (_ASKED_THERE if place.asks_the_same else 0.0)
            + (_CLOSING if place.closes else 0.0)
        )
        found.append(Candidate(reading.document, unit, piece.terms, worth, passage, own, section))
    return found


def _beside(
    within: Sequence[Piece], said: Sequence[frozenset[str]], number: int
) -> Iterator[frozenset[str]]:
    """What the sentences right before and after it in its paragraph say."""
    one = within[number].unit
    if one.kind != "sentence":
        return
    for other in (number - 1, number + 1):
        if 0 <= other < len(within):
            two = within[other].unit
            if two.kind == "sentence" and two.block == one.block and two.section == one.section:
                yield said[other]


@dataclass(slots=True)
class _Place:
    """What a section says of the question's terms.

    Attributes:
        path: the title and the headings over it.
        section: the same, and all that was read of it.
        heading: share of the question that its own heading says.
        asks_the_same: whether its own heading is the question, or nearly so.
        closes: whether a maintainer wrote it when closing an issue.
    """

    path: frozenset[str]
    section: frozenset[str]
    heading: float
    asks_the_same: bool
    closes: bool


def _places(
    question: Question, pieces: Pieces, within: Sequence[Piece], said: Sequence[frozenset[str]]
) -> dict[int, _Place]:
    places: dict[int, _Place] = {}
    for piece, own in zip(within, said, strict=True):
        section = piece.unit.section
        if section not in places:
            places[section] = _place(question, pieces.place(section))
        places[section].section |= own
    return places


def _place(question: Question, place: Place) -> _Place:
    path = question.said(place.path)
    shared, both = place.heading & question.wording, place.heading | question.wording
    return _Place(
        path=path,
        section=path,
        heading=question.share(question.said(place.heading)),
        # One word is a topic, not a question.
        asks_the_same=len(shared) > 1 and len(shared) >= _SAME_WORDING * len(both),
        closes=place.closes,
    )


def _opening(unit: Unit, heading: float) -> float:
    """What it is worth that a unit stands at the top of its section."""
    share = max(0.0, 1 - unit.position / _LEAST_TERMS)
    return share * (_FIRST + (_UNDER_HEADING if heading >= _HEADING_IS_QUESTION else 0.0))


def _shape(question: Question, piece: Piece, own: float) -> float:
    """What its form is worth: what the question expects, enough words, no question itself."""
    score = _EXPECTED * _expected(question, piece)
    if len(piece.terms) < _LEAST_TERMS and not own:
        score -= _SHORT
    if piece.unit.kind == "sentence" and piece.shows("question", _is_question):
        score -= _QUESTION
    if piece.shows("pointer", _is_pointer):
        score -= _POINTER
    return score


def _is_question(quote: str) -> bool:
    return quote.rstrip("*_\"')").endswith("?")


def _is_pointer(quote: str) -> bool:
    if "://" not in quote and "](" not in quote:
        return False
    return len(_LINK.sub("", quote)) < _MOSTLY_LINKS * len(quote)


def _expected(question: Question, piece: Piece) -> float:
    """Whether the unit has what the question expects: 1 if so, below 0 if nobody asked for it."""
    unit = piece.unit
    if (unit.is_whole or unit.kind == "code") and not unit.header:
        if not question.expects.isdisjoint(_WHOLE_FOR.get(unit.kind, ())):
            return 1.0
        return -_UNASKED_CODE if unit.kind == "code" else -1.0
    signs = [kind for kind in question.expects if kind in _SIGNS]
    if not signs:
        return 0.0
    return sum(piece.shows(kind, _SIGNS[kind].search) for kind in signs) / len(signs)
