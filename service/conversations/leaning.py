"""Whether a question means something only after the ones before it."""

import re
from collections.abc import Callable
from typing import Final, Literal

from service.answering.question import Question

Leaning = Literal["no", "fragment", "reference"]
"""fragment: it has no question of its own, the earlier one is asked again of something else.
reference: it asks something new of what was spoken of before."""

_FEW: Final = 3  # informative terms; with more, a question that only begins with `and` is whole
_MOSTLY: Final = 0.5  # share of a short question's terms that makes it one of the same topic
# Of the heaviest term said before: a question whose terms together weigh less has only words of
# everywhere (`how many days a year?`). BM25 itself has no scale: it grows with the index.
_LIGHT: Final = 0.75

# What is asked again of something else: `and in Oslo?`, `what about contractors?`, `for how long?`.
_OPENING: Final = re.compile(
    r"(?:and|but|or|also|plus|what about|how about|what if|same|likewise)\b", re.IGNORECASE
)
# Nothing but the asking: `until when?`, `for how long then?`, `why not?`.
_BARE: Final = re.compile(
    r"(?:(?:and|but|for|until|till|since|from|by|to|with|in|at|of|on|after|before)\s+)*"
    r"(?:how(?: (?:long|much|many|often|far|soon|late|early|come))?|when|where|why|who|whom|whose"
    r"|which|what)(?: (?:then|so|not|exactly|else|ones?))*[\s?!.]*\Z",
    re.IGNORECASE,
)
_BACK: Final = re.compile(
    r"(?:back to|coming back to|returning to|as (?:to|for)|about)\s+(?:the|my|our|that)\b"
    r"|regarding\b",
    re.IGNORECASE,
)
# Not those of `is it possible`, `how long does it take`, `this year`, `are there`, `instead of`.
_POINTING: Final = re.compile(
    r"\b(?:its|them|they|their|theirs|he|him|his|she|her|hers)\b"
    r"|\bit\b(?! (?:ok|okay|fine|true|possible|allowed|necessary|legal|safe|worth|enough|takes?)\b)"
    r"|\b(?:this|these|those)\b(?! (?:year|month|week|quarter|morning|evening|page|company|january"
    r"|february|march|april|may|june|july|august|september|october|november|december|spring"
    r"|summer|autumn|winter)\b)"
    r"|\b(?:after|before|about|of|for|to|with|in|from|than|like|during|until|by|do|does|is|was|why"
    r"|how|and|on|at|change) that\b(?! (?:a|an|the|i|we|you|they|he|she|it)\b)"
    r"|^that\b|\bthat *\??$"
    r"|(?<!is )(?<!are )(?<!be )(?<!was )\bthere *\??$"
    r"|\bones? *\??$|\b(?:new|other|another|old|such|first|last|had) ones?\b"
    r"|\b(?:such|the same|so far|otherwise|the others?|the rest|the former|the latter)\b"
    r"|\b(?:what|who|where) else\b|\binstead\b(?! of)",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(r"[,.;:!?]\s|\b(?:if|when|and|but|because|before|after)\b")
_WORD: Final = re.compile(r"\w+")


def leaning(
    question: Question, informative: Callable[[str], int], *, shared: float, heaviest: float
) -> Leaning:
    """How a question leans on earlier ones.

    Args:
        question: as it was asked, weighed among what the person may read.
        informative: how many of the question's informative terms a part of it has.
        shared: weighted share of its terms that earlier turns are about, in [0, 1].
        heaviest: weight of the most telling term of the turn before.
    """
    text = " ".join(question.text.split())
    is_short = len(question.weights) <= _FEW
    if _BARE.match(text) or (_OPENING.match(text) and is_short):
        return "fragment"
    if _BACK.match(text) or _points_back(text, informative):
        return "reference"
    if _is_light(question, text, heaviest):
        return "fragment"
    return "reference" if is_short and shared >= _MOSTLY else "no"


def without_pointing(text: str) -> str:
    """The text without the words that point at something else; an answer need not have those."""
    return _POINTING.sub(" ", text)


def _points_back(text: str, informative: Callable[[str], int]) -> bool:
    """Whether it points at something that it does not name itself, before that."""
    found = _POINTING.search(text)
    if found is None:
        return False
    before = text[: found.start()]
    clauses = [before[: clause.start()] for clause in _CLAUSE.finditer(before)]
    named_before = bool(clauses) and informative(clauses[-1]) > 0
    return not named_before and informative(before) < _FEW


def _is_light(question: Question, text: str, heaviest: float) -> bool:
    if not question.unknown and question.weight < _LIGHT * heaviest:
        return True
    return len(_WORD.findall(text)) <= _FEW and len(question.weights) <= 1
