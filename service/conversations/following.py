"""Makes a follow-up stand alone without a model: what it leaves out is carried over."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from index.access import VisibleTo
from service.answering.question import Matches, Question, read_question
from service.conversations.citing import Reads, Recalled, recalled
from service.conversations.leaning import leaning
from service.conversations.types import Turn

_MOST_CARRIED: Final = 10  # words; more of them drown what is asked now
# Titles say what a conversation is about, but an answer may cite beside the point: carrying them
# always cost 0.02 to 0.04 nDCG@10 on the conversations that this was developed with.
_FEWEST_CARRIED: Final = 2  # words; with fewer, the cited place says what it is about
_TRUSTED: Final = 0.6  # share of a turn's terms that a cited place has, to count as its answer
_LAST_FIRST: Final = 0.3  # share of its terms by which a question has to be about an older turn
_MOST_NAMES: Final = 2
_WORD: Final = re.compile(r"\w+(?:[-.,:/'\u2019]\w+)*")
_PERSON: Final = re.compile(r"\b(?:he|him|his|she|her|hers)\b", re.IGNORECASE)
_NAME: Final = re.compile(r"\b[^\W\d_a-z][\w-]+(?: [^\W\d_a-z][\w-]+)+")


class Index(Matches, Reads, Protocol):
    """The reads of the index that carrying over needs."""


class CarryOver:
    """A `Rewriter` that appends words of an earlier turn to a question that leans on it."""

    def __init__(self, index: Index) -> None:
        """Reads again what was cited, and weighs words, as whoever asks."""
        self._index = index

    def standalone(self, question: str, earlier: Sequence[Turn], *, visible_to: VisibleTo) -> str:
        """The question with what it leaves out; itself if it stands alone."""
        if not earlier:
            return question
        asked = read_question(question, self._index, visible_to=visible_to)
        said = [_Said(turn, self._index, visible_to) for turn in earlier]
        last = read_question(earlier[-1].question, self._index, visible_to=visible_to)
        how = leaning(
            asked,
            lambda part: len(self._telling(part, asked)),
            shared=max(asked.share(asked.said(one.terms)) for one in said),
            heaviest=max(last.weights.values(), default=0.0),
        )
        if how == "no":
            return question
        turn = _meant(asked, said)
        # An earlier rewriting may hold words of a document that may not be read any more.
        allowed = frozenset[str]().union(*(one.terms for one in said))
        before = " ".join(
            word
            for word in turn.standalone.split()
            if allowed.issuperset(self._index.analyze(word))
        )
        if how == "fragment" and (again := self._asked_again(before, asked)):
            return again
        carried = self._carried(asked, before, turn, visible_to)
        if how == "fragment":
            carried = [word for word in carried if not _is_replaced(word, question)]
        return f"{question} ({' '.join(carried)})" if carried else question

    def _asked_again(self, before: str, asked: Question) -> str | None:
        """The earlier question of what a fragment names alone: `and an L5?` after one of an L4."""
        named = self._telling(asked.text, asked)
        if len(named) != 1:
            return None
        replaced = {word for word in _WORD.findall(before) if _is_replaced(word, named[0])}
        return before.replace(replaced.pop(), named[0]) if len(replaced) == 1 else None

    def _carried(
        self, asked: Question, before: str, said: "_Said", visible_to: VisibleTo
    ) -> list[str]:
        """Words that tell something, each once, none that the question has itself."""
        read = read_question(before, self._index, visible_to=visible_to)
        words = self._telling(before, read)
        place = said.place_of(read)
        if place and _PERSON.search(asked.text):
            words += _NAME.findall(place.quote)[:_MOST_NAMES]
        if place and len(words) < _FEWEST_CARRIED:
            about = " ".join((place.title, *place.headings[-1:]))
            words += self._telling(about, read_question(about, self._index, visible_to=visible_to))
        has, found = set(asked.wording), []
        for word in words:
            terms = set(self._index.analyze(word))
            if not terms <= has:
                has |= terms
                found.append(word)
        return found[:_MOST_CARRIED]

    def _telling(self, text: str, read: Question) -> list[str]:
        """Words of a text that a question has as informative terms."""
        words = _WORD.findall(text)
        return [word for word in words if read.said(self._index.analyze(word))]


class _Said:
    """A turn with its terms: those that the person wrote, and those they may read now."""

    def __init__(self, turn: Turn, index: Index, visible_to: VisibleTo) -> None:
        self.standalone = turn.standalone
        self._places = {
            place: frozenset(index.analyze(place.text))
            for place in recalled(turn.cited, index, visible_to=visible_to)
        }
        self.wrote = frozenset(index.analyze(turn.question))
        self.terms = self.wrote.union(*self._places.values())

    def place_of(self, read: Question) -> Recalled | None:
        """The first place that has most of what the turn asked for; None if none does."""
        for place, terms in self._places.items():
            if read.share(read.said(terms)) >= _TRUSTED:
                return place
        return None


def _meant(asked: Question, said: Sequence[_Said]) -> _Said:
    """The last turn, unless the question's words are rather those of an older one: back to that."""
    shares = [asked.share(asked.said(one.wrote)) for one in said]
    if shares[-1] > 0.0 or not any(shares):
        shares[-1] += _LAST_FIRST
    return max(zip(reversed(shares), reversed(said), strict=True), key=lambda one: one[0])[1]


def _is_replaced(word: str, text: str) -> bool:
    """Whether the text names another of the same kind: `L5` for `L4`, 2,000 for 30,000."""
    shape = _shape(word)
    others = {other for other in _WORD.findall(text) if other.lower() != word.lower()}
    return bool(shape) and any(_shape(other) == shape for other in others)


def _shape(word: str) -> str:
    """How a code or a number is made; empty for words."""
    if not any(character.isdigit() for character in word):
        return ""
    return "".join(c.upper() for c in word if c.isalpha()) or "0"
