"""Document -> whether it still holds, since when it does not, and what took its place."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, Protocol

from index.access import VisibleTo
from index.types import DocId, Document
from service.answering.days import day_in, day_worded
from service.answering.frontmatter import front_matter
from service.answering.references import targets
from service.answering.types import Nearest, State, Validity
from service.stale import of_words, stale

_HEAD: Final = 3000  # characters; a state is said at the top, or not to be relied on
_CHAIN: Final = 10  # documents; a longer one is a mistake in somebody's links

_STATE_WORDS = r"super[sc]eded|replaced|deprecated|obsoleted?|archived|retired|withdrawn|rejected"
# A line that is about the document: "Status: superseded by …", "> **Superseded by …", or the
# first line under a heading "Status". A sentence that goes on is about something else.
_SAID = re.compile(
    r"^(?:[>*_\-\s|]*)status[*_]*\s*[:|]\s*[*_]*(?P<labelled>[^\n]*)$"
    r"|^#+\s*status\s*\n+(?P<under>[^\n]+)$"
    rf"|^[>*_!\[\]\s]*(?P<alone>(?:{_STATE_WORDS})\b(?:[*_.:!]|\s+(?:by|on|in favou?r of)\b)"
    r"[^\n]*)$",
    re.IGNORECASE | re.MULTILINE,
)
_NAMES_SUCCESSOR = re.compile(
    r"(?:super[sc]eded|replaced|obsoleted)[_ -]?(?:by|with)\b|\bin favou?r of\b|\bduplicates? of\b"
    r"|\bmoved to\b|\buse\b.{1,80}\binstead\b|\bsee\b.{1,80}\binstead\b",
    re.IGNORECASE,
)
_ISSUE = re.compile(r"(?<![\w&])#\d+\b")
_SUCCESSOR_KEYS: Final = ("superseded_by", "superceded_by", "replaced_by", "obsoleted_by")
_DATE_KEYS: Final = ("superseded_on", "deprecated_on", "archived_on", "deprecated_since")


class Documents(Protocol):
    """The read of the index that successors are looked up with."""

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        """The live version; None when there is none or it may not be shown."""
        ...


class _Titled(Protocol):
    @property
    def title(self) -> str: ...


class Ended(Protocol):
    """A validity, ours or that of the HTTP contract."""

    @property
    def state(self) -> State: ...  # noqa: D102
    @property
    def since(self) -> datetime | None: ...  # noqa: D102
    @property
    def by(self) -> _Titled | None: ...  # noqa: D102


def validity_of(document: Document, index: Documents, *, visible_to: VisibleTo) -> Validity | None:
    """Why the document does not hold any more; None while it holds.

    Of a chain of replacements the last one that this person may read is named; a successor that
    they may not read is not, nor its date.
    """
    state = _state(document)
    if state is None:
        return None
    said = list(_said(document, state))
    first = _successor(document, said, index, visible_to)
    since = _day_said(said) or (_decided(first) if first else None)
    return Validity(state, since, _nearest(_last(document, first, index, visible_to)))


def worded(validity: Ended) -> str:
    """The same for people: "superseded on 3 May 2025 by “Travel policy”"."""
    when = f" on {day_worded(validity.since)}" if validity.since else ""
    title = f"“{validity.by.title}”" if validity.by else ""
    match validity.state:
        case "superseded":
            return f"superseded{when}{title and f' by {title}'}"
        case "outdated":
            when = f" since {day_worded(validity.since)}" if validity.since else ""
            return f"outdated{when}{title and f': {title} is newer and says otherwise'}"
        case "not_planned":
            return f"closed as not planned{when}{title and f'; see {title}'}"
        case "deprecated" | "archived" | "rejected":
            return f"{validity.state}{when}{title and f'; see {title}'}"


def _state(document: Document) -> State | None:
    found = stale(document.status, document.title, document.doc_id)
    if found or document.status.strip():
        return found
    return next((s for line in _lines(document.text[:_HEAD]) if (s := of_words(line))), None)


def _lines(head: str) -> Iterator[str]:
    """What the document says of its own state, in the text."""
    for match in _SAID.finditer(head):
        yield match["labelled"] or match["under"] or match["alone"] or ""


def _said(document: Document, state: State) -> Iterator[str]:
    """The lines that say that it does not hold, the most deliberate first."""
    fields = front_matter(document.text)
    yield from (f"replaced by {fields[key]}" for key in _SUCCESSOR_KEYS if fields.get(key))
    yield from (f"{state} on {fields[key]}" for key in _DATE_KEYS if fields.get(key))
    yield from (line for line in (document.status, document.title) if of_words(line))
    yield from _lines(document.text[:_HEAD])
    # Of issues, what was said last: "Duplicate of #12" is in the comment that closes it.
    found = [line for line in document.text.splitlines() if _NAMES_SUCCESSOR.search(line)]
    yield from reversed(found)
    if "duplicate" in document.status:
        told = [line for line in document.text.splitlines()[1:] if _ISSUE.search(line)]
        yield from (f"duplicate of {line}" for line in reversed(told))
    closed = r"\bclosed as [a-z ]+ on (\d{4}-\d\d-\d\d)"
    yield from (f"{state} on {day}" for day in re.findall(closed, document.text[:_HEAD], re.I))


def _successor(
    document: Document, said: list[str], index: Documents, visible_to: VisibleTo
) -> Document | None:
    """The first document that a line names as having taken this one's place, if it may be read."""
    for line in said:
        if not (named := _NAMES_SUCCESSOR.search(line)):
            continue
        for doc_id in targets(document, line[named.start() :]):
            if doc_id == document.doc_id:
                continue
            if found := index.document(doc_id, visible_to=visible_to):
                return found
    return None


def _last(
    document: Document, first: Document | None, index: Documents, visible_to: VisibleTo
) -> Document | None:
    seen, last = {document.doc_id}, first
    while last and last.doc_id not in seen and len(seen) < _CHAIN:
        seen.add(last.doc_id)
        state = _state(last)
        said = list(_said(last, state)) if state else []
        following = _successor(last, said, index, visible_to)
        if following is None or following.doc_id in seen:
            break
        last = following
    return last


def _day_said(said: list[str]) -> datetime | None:
    return next((day for line in said if of_words(line) and (day := day_in(line))), None)


def _decided(document: Document) -> datetime | None:
    """The day that the document itself bears, or of its making.

    Not when it was last changed: who repairs a comma in it today did not replace anything today.
    """
    return day_in(front_matter(document.text).get("date", "")) or document.created_at


def _nearest(document: Document | None) -> Nearest | None:
    if document is None:
        return None
    return Nearest(
        doc_id=document.doc_id,
        title=document.title,
        headings=(),
        url=document.url,
        updated_at=document.updated_at,
        authors=document.authors,
    )
