"""What a question asks for: its terms with their weights, and the kind of answer it expects."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from index.access import VisibleTo

Expects = Literal["person", "amount", "time", "reason", "place", "steps", "list", "verdict"]

_MAX_TERMS: Final = 24  # each costs a look-up; a question with more is a story
_LEAST_WEIGHT: Final = 0.5

# Words that a question has and an answer need not have. Those of English only: in other languages
# they get their weight from how common they are.
_ASKING_WORDS: Final = (
    "a about actually all also am an and any anybody anyone anything are as at be been but by can "
    "could d did do does doesn doing don done down else ever exactly find for from get gets "
    "getting give go got had has have having he her here his how i if in into is isn it its just "
    "kind know let like ll long m many may me might much must my need needs no not now of off on "
    "one or our out over own please re s shall should so some somebody someone something such t "
    "take tell than that the their them then there these they thing things this those to too up "
    "us ve very want wants was way we were what when where whether which while who whom whose why "
    "will with would you your"
)
_ASKING: Final = frozenset(_ASKING_WORDS.split())
_WORDS = re.compile(r"\w+")

_KINDS: Final[Mapping[Expects, re.Pattern[str]]] = {
    "person": re.compile(
        r"\b(?:who|whom|whose)\b|\bwhich (?:person|team|lead)\b|\bcontact\b|\bowner\b"
    ),
    "amount": re.compile(
        r"\bhow (?:many|much|long|often|far|fast|early|soon|big|large|high|old|quickly)\b"
        r"|\b(?:what|which) (?:percentage|percent|share|number|limit|amount)\b"
        r"|\b(?:limit|budget|price|cost|cap|allowance|notice|salary)\b"
    ),
    "time": re.compile(
        r"\bwhen\b|\b(?:what|which) (?:time|day|date|year|month|hours?)\b"
        r"|\b(?:until|since|deadline|how (?:long|soon|early|often))\b"
    ),
    "reason": re.compile(r"\bwhy\b|\breasons?\b|\bhow come\b|\bwhat (?:made|caused)\b"),
    "place": re.compile(r"\bwhere\b"),
    "steps": re.compile(
        r"\bhow (?:do|does|can|could|should|would|to|must|may|am|are|is)\b"
        r"|\bwhat (?:do|should|must|can) (?:i|we|you|one) do\b|\bwhat now\b|\bsteps\b"
        r"|\bset up\b|\bcommand\b"
    ),
    "list": re.compile(r"\bwhat are\b|\bwhich are\b|\blist\b|\bwhat (?:kinds?|types?|sorts?) of\b"),
    "verdict": re.compile(
        r"^(?:is|are|am|do|does|did|can|could|may|must|should|shall|will|would|has|have|was)\b"
        r"|\b(?:can|may|must|should|do|am|are) (?:i|we|you)\b|\ballowed\b"
    ),
}


class Matches(Protocol):
    """The reads of the index that a question is weighed with."""

    def analyze(self, text: str) -> list[str]:
        """The terms of a text as the lexical leg compares them."""
        ...

    def best(self, terms: Sequence[str], *, visible_to: VisibleTo) -> dict[str, float]:
        """BM25 score of the chunk that says each term best; of terms that some chunk has."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the answerer reads it.

    Attributes:
        text: as it was asked.
        weights: how much each informative term tells: the BM25 score of the chunk that says it
            best. Terms that no visible chunk has weigh as much as the heaviest that one has.
        weight: of all terms together; the most that BM25 can give a chunk, or nearly so.
        unknown: the terms that no visible chunk has.
        expects: what an answer should contain.
        wording: every term of it, those that only ask included.
    """

    text: str
    weights: Mapping[str, float]
    weight: float
    unknown: frozenset[str]
    expects: frozenset[Expects]
    wording: frozenset[str] = frozenset()
    _shares: dict[frozenset[str], float] = field(default_factory=dict, compare=False, repr=False)

    def said(self, terms: Iterable[str]) -> frozenset[str]:
        """The question's terms that are among `terms`."""
        return frozenset(self.weights.keys() & terms)

    def share(self, terms: frozenset[str]) -> float:
        """Weighted share of the question's terms that are among `terms`, in [0, 1]."""
        if not terms or not self.weight:  # A question can be of small words alone.
            return 0.0
        found = self._shares.get(terms)  # Few sets, and each is asked for many sentences.
        if found is None:
            found = sum(w for term, w in self.weights.items() if term in terms) / self.weight
            self._shares[terms] = found
        return found


def read_question(text: str, index: Matches, *, visible_to: VisibleTo) -> Question:
    """The question with the weights that its terms have among what this person may read."""
    words = [word for word in _WORDS.findall(text.lower()) if word not in _ASKING]
    terms = index.analyze(" ".join(words) or text)[:_MAX_TERMS]
    best = index.best(terms, visible_to=visible_to)
    known = {term: max(score, _LEAST_WEIGHT) for term, score in best.items()}
    heaviest = max(known.values(), default=1.0)
    weights = {term: known.get(term, heaviest) for term in terms}
    lowered = " ".join(text.lower().split())
    return Question(
        text=text,
        weights=weights,
        weight=sum(weights.values()),
        unknown=frozenset(term for term in terms if term not in known),
        expects=frozenset(kind for kind, pattern in _KINDS.items() if pattern.search(lowered)),
        wording=frozenset(index.analyze(text)),
    )
