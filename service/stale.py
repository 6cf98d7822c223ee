"""Whether a document says of itself that it holds no more, by what each chunk knows of it."""

import re
from functools import lru_cache
from typing import Final, Literal

Stale = Literal["superseded", "deprecated", "archived", "rejected", "not_planned", "outdated"]

_WORDS: Final[tuple[tuple[Stale, str], ...]] = (
    ("superseded", r"super[sc]eded|replaced|duplicate"),
    ("deprecated", r"deprecated|obsoleted?"),
    ("archived", r"archived|retired|withdrawn|discontinued"),
    ("rejected", r"rejected|declined"),
    ("not_planned", r"not planned|won'?t ?fix"),
    ("outdated", r"outdated|out of date"),
)
_EACH: Final = tuple((state, re.compile(rf"\b(?:{words})\b")) for state, words in _WORDS)
_DENIED: Final = re.compile(r"\b(?:not|never|to be|will be|being|partly|partially)\W+(?!planned)")
_MARK = "|".join(words for _, words in _WORDS[:3])
# A title is about the document only where it is set apart: "(deprecated)", "[archived] …",
# "OLD: …", "… - superseded". "How we replaced Redis" is no mark.
_MARKED = re.compile(
    rf"[(\[]\s*(?P<inside>{_MARK}|old|outdated)\b[^)\]]*[)\]]"
    rf"|\A\W*(?P<before>{_MARK}|old|outdated)\s*(?::|\s[-\u2013\u2014]\s)"
    rf"|(?::|\s[-\u2013\u2014])\s*(?P<after>{_MARK}|outdated)\W*\Z",
    re.IGNORECASE,
)
_FOLDERS: Final[dict[str, Stale]] = {
    "archive": "archived",
    "archives": "archived",
    "archived": "archived",
    "attic": "archived",
    "deprecated": "deprecated",
    "obsolete": "deprecated",
    "superseded": "superseded",
    "outdated": "outdated",
}
_HISTORY = re.compile(
    r"\b(?:was|were|did|had|used to|former(?:ly)?|previous(?:ly)?|earlier|original(?:ly)?|history"
    r"|historical(?:ly)?|back (?:then|when)|in the past|at (?:that|the) time|old|older"
    r"|before(?=\W*\Z)|(?:superse|superce|replac|deprecat|archiv|reject|declin|abandon|outdat)\w+"
    r"|g(?:a|i)ve up|giving up|(?:in|of|since|before|after|by|until) (?:19|20)\d\d)\b",
    re.IGNORECASE,
)


def ranks_lower(status: str, title: str, doc_id: str) -> bool:
    """Whether the document should stand behind those that hold.

    An issue that was closed as not planned does not: "no, and why" is what is asked of it.
    """
    return stale(status, title, doc_id) not in (None, "not_planned")


@lru_cache(maxsize=10_000)
def stale(status: str, title: str, doc_id: str) -> Stale | None:
    """Why the document does not hold; None: it holds, is a draft, or does not say.

    A status decides alone, for it is somebody's word on just this document: `current` in a folder
    `archive/` holds. The title and the folders count only where there is none.
    """
    if status.strip():
        return of_words(status)
    if marked := _MARKED.search(title):
        return of_words(marked["inside"] or marked["before"] or marked["after"])
    *folders, _ = doc_id.partition(":")[2].lower().split("/")
    states = (_FOLDERS.get(folder.strip("_.")) for folder in folders)
    return next((state for state in states if state), None)


def of_words(text: str) -> Stale | None:
    """The state that a status, or a mark in a title, is a word for."""
    lowered = text.lower().replace("_", " ")
    if _DENIED.search(lowered):
        return None
    for state, words in _EACH:
        if words.search(lowered):
            return state
    return "archived" if lowered.strip() == "old" else None


def asks_about_the_past(question: str) -> bool:
    """Whether what does not hold any more may be just what is asked for."""
    return bool(_HISTORY.search(question))
