"""Documents of an answer that say different things of the same: shown as such, or the newer first.

Two sentences contradict each other only if they say nearly the same in the same words, both answer
the question, and differ in just one number, day, name or negation. Whatever differs beside that is
taken for what makes both of them true. A false alarm costs more trust than a missed one.
"""

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from index.types import DocId, Document, Span
from service.answering.question import Question
from service.answering.scoring import Candidate
from service.answering.statements import Analyze, Statement, of_candidate
from service.answering.types import Citation, Disagreement, Nearest, Validity
from service.answering.values import Asserted

_NEWER: Final = timedelta(days=30)  # less may be two people editing in the same month
_LEAST_TERMS: Final = 3  # shared ones; of fewer, two sentences are hardly about the same
_SAME: Final = 0.7  # share of the larger sentence's words that both have, values apart
_NEARLY: Final = 0.85  # the same where a name or a negation differs: there is no unit to go by
_ANSWERS: Final = 0.7  # weighted share of the question's terms that both say, places included
_ASKS_FOR_NAME = re.compile(r"\b(?:who|whom|(?:which|what) (?!are\b|were\b)\w+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two statements that cannot both be so.

    Attributes:
        first: of what the answer says, unless the other one is newer.
        is_outdated: whether `first` is from the same place as `second`, and clearly newer.
    """

    first: Statement
    second: Statement
    is_outdated: bool


def disagreeing(
    question: Question, said: Sequence[Candidate], found: Sequence[Candidate], analyze: Analyze
) -> list[Conflict]:
    """What the documents say against the sentences that were chosen; mostly nothing.

    Args:
        question: what is asked.
        said: what the answer is made of.
        found: everything in the evidence.
        analyze: the terms of a text.
    """
    others = [c for c in found if c.unit.kind == "sentence"]
    # Most pairs share too few terms, and are dropped before anything is read.
    pairs = [(one, c) for one in _sentences(said, others) for c in others if _is_near(one, c)]
    read = {
        (c.doc_id, c.unit.span): of_candidate(c, analyze)
        for c in {(c.doc_id, c.unit.span): c for pair in pairs for c in pair}.values()
    }
    conflicts = []
    for pair in pairs:
        first, second = (read[c.doc_id, c.unit.span] for c in pair)
        if first and second:
            conflicts += conflicts_of(question, [first], [second])
    return _once(conflicts)


def conflicts_of(
    question: Question, said: Iterable[Statement], others: Sequence[Statement]
) -> list[Conflict]:
    """The pairs that contradict each other, each once."""
    found = [
        _ordered(one, other)
        for one in said
        for other in others
        if _contradict(question, one, other)
    ]
    return _once(found)


def with_both_sides(
    chosen: Sequence[Candidate], found: Sequence[Candidate], conflicts: Sequence[Conflict]
) -> list[Candidate]:
    """What was chosen with the other side of each conflict beside it, the newer one first."""
    shown: dict[tuple[DocId, Span], Candidate] = {}
    for candidate in chosen:
        sides = [
            _holder(side, chosen, found)
            for conflict in conflicts
            if any(_holds(candidate, side) for side in _both(conflict))
            for side in _both(conflict)
        ]
        for one in sides or [candidate]:
            shown.setdefault((one.doc_id, one.unit.span), one)
    return list(shown.values())


def settled(
    conflicts: Sequence[Conflict], citations: Sequence[Citation]
) -> tuple[tuple[Citation, ...], tuple[Disagreement, ...]]:
    """The citations, the outdated ones marked, and what is left to disagree.

    A conflict of which one side is not cited, since it could not be verified, is none.
    """
    marked = {citation.marker: citation for citation in citations}
    found = []
    for conflict in conflicts:
        newer, older = (_citation(marked.values(), side) for side in _both(conflict))
        if newer is None or older is None:
            continue
        if conflict.is_outdated:
            ended = Validity("outdated", newer.updated_at, _nearest(conflict.first.document))
            marked[older.marker] = replace(older, validity=older.validity or ended)
        else:
            found.append(Disagreement((newer.marker, older.marker)))
    return tuple(marked.values()), tuple(dict.fromkeys(found))


def _sentences(said: Iterable[Candidate], sentences: Sequence[Candidate]) -> list[Candidate]:
    """What was chosen, of lists and tables the sentences in them."""
    return [
        c
        for one in said
        for c in sentences
        if c.doc_id == one.doc_id and one.unit.span.contains(c.unit.span)
    ]


def _holds(candidate: Candidate, side: Statement) -> bool:
    return candidate.doc_id == side.document.doc_id and candidate.unit.span.contains(side.span)


def _holder(side: Statement, chosen: Iterable[Candidate], found: Iterable[Candidate]) -> Candidate:
    """What is shown of a side: what was chosen with it, else the sentence alone."""
    of_chosen = (candidate for candidate in chosen if _holds(candidate, side))
    alone = (c for c in found if (c.doc_id, c.unit.span) == side.place)
    return next(chain(of_chosen, alone))


def _citation(citations: Iterable[Citation], side: Statement) -> Citation | None:
    for citation in citations:
        if citation.doc_id == side.document.doc_id and citation.span.contains(side.span):
            return citation
    return None


def _is_near(one: Candidate, other: Candidate) -> bool:
    if one.doc_id == other.doc_id:
        return False
    shared = len(one.terms & other.terms)
    return shared >= _LEAST_TERMS and shared >= 0.5 * max(len(one.terms), len(other.terms))


def _contradict(question: Question, one: Statement, other: Statement) -> bool:
    if one.document.doc_id == other.document.doc_id:
        return False
    shared = one.words & other.words
    same = _overlap(one.words, other.words)
    if len(shared) < _LEAST_TERMS or same < _SAME:
        return False
    answered = shared | (
        (one.around | one.words) & (other.around | other.words) & frozenset(question.weights)
    )
    if question.share(answered) < _ANSWERS:
        return False
    if one.asserts.names != other.asserts.names:
        return _name_different(question, one, other)
    return _differ_in_one(one.asserts, other.asserts, same >= _NEARLY)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one), len(other), 1)


def _name_different(question: Question, one: Statement, other: Statement) -> bool:
    """Whether the one name that differs is what is asked for: who does it, or with which tool."""
    only = [one.asserts.names - other.asserts.names, other.asserts.names - one.asserts.names]
    if [len(names) for names in only] != [1, 1] or not _ASKS_FOR_NAME.search(question.text):
        return False
    if (one.named ^ other.named) & question.weights.keys():
        return False
    bare = one.words - one.named, other.words - other.named
    is_same_else = replace(one.asserts, names=frozenset()) == replace(
        other.asserts, names=frozenset()
    )
    return is_same_else and len(bare[0]) >= _LEAST_TERMS and _overlap(*bare) >= _NEARLY


def _differ_in_one(one: Asserted, other: Asserted, is_nearly_same: bool) -> bool:
    """Whether just one thing differs, and it is of the kinds that cannot both be so."""
    units = one.values.keys() | other.values.keys()
    differing = [unit for unit in units if one.values.get(unit) != other.values.get(unit)]
    is_negation = one.is_negated != other.is_negated
    if one.bounds != other.bounds:
        return False
    if is_negation:
        return is_nearly_same and not differing
    if len(differing) != 1:
        return False
    first, second = (side.values.get(differing[0], frozenset()) for side in (one, other))
    return len(first) == len(second) == 1


def _ordered(one: Statement, other: Statement) -> Conflict:
    """The newer one first; as they are where it is not known which that is."""
    mine, theirs = one.document.updated_at, other.document.updated_at
    if mine and theirs and theirs > mine:
        one, other = other, one
    is_outdated = _same_place(one.document, other.document) and _clearly_newer(
        one.document.updated_at, other.document.updated_at
    )
    return Conflict(one, other, is_outdated)


def _same_place(one: Document, other: Document) -> bool:
    folders = [posixpath.dirname(document.doc_id) for document in (one, other)]
    # Ids without a folder (of Google Docs) do not say where their documents are.
    return one.source == other.source and folders[0] == folders[1] and _has_path(one)


def _has_path(document: Document) -> bool:
    return "/" in document.doc_id or "." in document.doc_id.partition(":")[2]


def _clearly_newer(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one - other >= _NEWER


def _both(conflict: Conflict) -> tuple[Statement, Statement]:
    return conflict.first, conflict.second


def _once(conflicts: Iterable[Conflict]) -> list[Conflict]:
    pairs = {frozenset(one.place for one in _both(c)): c for c in conflicts}
    return list(pairs.values())


def _nearest(document: Document) -> Nearest:
    return Nearest(
        doc_id=document.doc_id,
        title=document.title,
        headings=(),
        url=document.url,
        updated_at=document.updated_at,
        authors=document.authors,
    )
