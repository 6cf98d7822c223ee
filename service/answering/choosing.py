"""Which of the candidates make the answer: the best one, what it lacks, what it leans on."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from service.answering.question import Question
from service.answering.scoring import Candidate

_USUAL: Final = 3  # sentences that answer most questions; more only if the settings allow it
_CLOSE: Final = 0.82  # of the best score: as good an answer, if it is in the same section
_COMPLEMENT: Final = 0.62  # of the best score: enough for one that says what is still unsaid
_NEWS: Final = 0.18  # weighted share of the question's terms that a complement must add
_NEWS_ELSEWHERE: Final = 0.35  # likewise, of another document
_SAME: Final = 0.8  # overlap of terms from which two units say the same
_GLANCE: Final = 600  # characters; an item or row is clearer among the others of so short a list
_PLAIN: Final = 0.6  # share of the question's terms from which one sentence can stand alone
_GAP: Final = 3  # characters that show what was left out
_CURT: Final = 45  # characters; "No. Never." needs the sentence after it

_LEANS = re.compile(
    r"[*_\"'(]*(?:This|That|These|Those|It|Its|They|Their|He|She|His|Her|However|But|Then|There"
    r"|So|Otherwise|Therefore|Also|Such|If not|If so|In that case|Instead|Afterwards|After that"
    r"|Both|Here|And|Or|Thus|Hence|As a result|For this)\b"
)


def choose(question: Question, found: Sequence[Candidate], limit: int) -> list[Candidate]:
    """The units of the answer: best document first, in reading order within each.

    Args:
        question: what is asked.
        found: candidates of all documents, the best document's first.
        limit: how many units at most.
    """
    ranked = sorted(found, key=lambda c: (-c.score, -c.passage))
    if not ranked:
        return []
    chosen = [ranked[0]]
    room = min(limit, _USUAL)
    if not ranked[0].unit.is_whole:
        chosen += list(_companions(found, chosen[0]))[: limit - 1]
    for candidate in ranked[1:]:
        if len(chosen) >= room or candidate.score < _COMPLEMENT * ranked[0].score:
            break
        if _belongs(question, candidate, chosen):
            chosen.append(candidate)
    if len(chosen) == 1 < room and ranked[0].own < _PLAIN:
        chosen += _after(found, ranked[0])
    return _in_order([_whole(found, candidate) for candidate in chosen])


def closest(found: Sequence[Candidate], room: int) -> list[Candidate]:
    """The best unit and others nearly as good, as many as `room` characters hold, in order.

    Of one document, at least one. Which of its sentences answers is told badly, so several are
    better than the best: see `refusal-containment` in docs/evaluation.md.
    """
    best, *others = sorted(found, key=lambda c: (-c.score, -c.passage))
    chosen, left = [best], room - len(best.quote)
    for other in others:
        if other.score < _COMPLEMENT * best.score:
            break
        overlaps = any(other.unit.span.overlaps(one.unit.span) for one in chosen)
        if len(other.quote) + _GAP <= left and not overlaps and not other.unit.is_whole:
            chosen.append(other)
            left -= len(other.quote) + _GAP
    return sorted(chosen, key=lambda c: c.unit.span)


def _whole(found: Sequence[Candidate], part: Candidate) -> Candidate:
    """The list or table that it is a part of, if that is small enough to be read at a glance."""
    for other in found:
        if (
            other.unit.is_whole
            and other.doc_id == part.doc_id
            and other.unit.span.contains(part.unit.span)
            and len(other.quote) <= _GLANCE
        ):
            return other
    return part


def _companions(found: Sequence[Candidate], best: Candidate) -> Iterator[Candidate]:
    """The sentence that the best one leans on, and the one that a curt one needs."""
    run = _paragraph(found, best)
    if _LEANS.match(best.quote) and (before := [c for c in run if c.unit.span < best.unit.span]):
        yield before[-1]
    if len(best.quote) <= _CURT:
        yield from _after(found, best)


def _after(found: Sequence[Candidate], best: Candidate) -> list[Candidate]:
    """The sentence after it in its paragraph, if there is one."""
    return [c for c in _paragraph(found, best) if c.unit.span > best.unit.span][:1]


def _paragraph(found: Sequence[Candidate], best: Candidate) -> list[Candidate]:
    """The sentences of the paragraph or list that it is a sentence of."""
    if best.unit.kind != "sentence":
        return []
    place = (best.doc_id, best.unit.section, best.unit.block, "sentence")
    return [c for c in found if (c.doc_id, c.unit.section, c.unit.block, c.unit.kind) == place]


def _belongs(question: Question, candidate: Candidate, chosen: Sequence[Candidate]) -> bool:
    """Whether it is as good as the best one, beside it, or says what is still unsaid."""
    if any(_repeats(candidate, other) for other in chosen):
        return False
    best = chosen[0]
    said = frozenset[str]().union(*(other.terms for other in chosen))
    news = question.share(said | candidate.terms) - question.share(said)
    is_near = candidate.doc_id == best.doc_id and candidate.unit.section == best.unit.section
    if candidate.unit.is_whole:
        return False
    if best.unit.is_whole and not is_near:
        return False
    needed = _NEWS if candidate.doc_id == best.doc_id else _NEWS_ELSEWHERE
    return news >= needed or (is_near and candidate.score >= _CLOSE * best.score)


def _repeats(one: Candidate, other: Candidate) -> bool:
    if one.doc_id == other.doc_id and one.unit.span.overlaps(other.unit.span):
        return True
    smaller = min(len(one.terms), len(other.terms))
    return smaller > 0 and len(one.terms & other.terms) >= _SAME * smaller


def _in_order(chosen: Sequence[Candidate]) -> list[Candidate]:
    documents = list(dict.fromkeys(candidate.doc_id for candidate in chosen))
    once = {(candidate.doc_id, candidate.unit.span): candidate for candidate in chosen}
    return sorted(once.values(), key=lambda c: (documents.index(c.doc_id), c.unit.span))
