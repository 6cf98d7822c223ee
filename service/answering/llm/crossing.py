"""Sentences whose words are all in the source, put together otherwise than they are there."""

import re
from collections.abc import Callable, Sequence
from typing import Final

Terms = Callable[[str], Sequence[str]]
"""The content terms of a text."""

_SMALL_WORDS: Final = (
    "a an the and or but if of to in on at by for from with as is are was were be been being it "
    "its this that these those there their they them you your we our us he she his her i my me "
    "do does did done has have had having will would shall should can could may might must not "
    "no yes so than then when where which who whom whose what how why also only just very too "
    "into out up about over under such any all each every both more most some other same own "
    "per via get gets got make makes use used using one need needs able within until before "
    "after"
)
SMALL: Final = frozenset(_SMALL_WORDS.split())
"""Words that say nothing of what a sentence is about."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_JOINTS = re.compile(r"[;]\s|\.\s|,?\s(?:and|but|while|whereas)\s")
# A clause with a subject of its own.
_OWN = re.compile(
    r"(?:the|a|an|each|every|all|other)\s|[A-Z]\w*\s"
    r"|(?:[\w-]+\s){1,3}(?:is|are|was|were|has|have|will|can|may|must|should)\b"
)
_FOR_OTHERS = re.compile(
    r"\b(?:it|they|them|he|she|this|that|these|those|who|which)\b", re.IGNORECASE
)


def turned_round(text: str, quotes: str) -> str:
    """Whether "x does y" became "y does x", with the same word between."""
    told, said = (set(zip(w, w[1:], w[2:], strict=False)) for w in map(_words, (text, quotes)))
    for a, verb, b in told - said:
        if (b, verb, a) in said:
            return f"its source has '{b} {verb} {a}' the other way round"
    return ""


def _words(text: str) -> list[str]:
    low = (word.casefold() for word in _WORD.findall(text))
    return [word for word in low if word not in SMALL]


def crossed(text: str, quotes: str, terms: Terms) -> str:
    """Whether a clause takes its subject from one clause of the source, the rest from another."""
    joined: list[str] = []
    for piece in _JOINTS.split(quotes):
        stands_alone = _OWN.match(piece) and not _FOR_OTHERS.search(piece) and len(terms(piece)) > 2
        if joined and not (stands_alone and len(terms(joined[-1])) > 1):
            joined[-1] += f" {piece}"
        else:
            joined.append(piece)
    said = [set(terms(piece)) for piece in joined]
    for piece in (c for part in _JOINTS.split(text) for c in re.split(r",\s", part)):
        told = set(terms(piece)) & set().union(*said)
        own = [one - set().union(*(o for o in said if o is not one)) for one in said]
        if not any(told <= one for one in said) and sum(bool(told & one) for one in own) > 1:
            return "it joins what its source says of two different things"
    return ""
