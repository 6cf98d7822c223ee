from dataclasses import replace
from datetime import UTC, datetime

import pytest

from index.types import Document, Span
from service.answering.disagreement import (
    Conflict,
    conflicts_of,
    disagreeing,
    settled,
    with_both_sides,
)
from service.answering.evidence import gather
from service.answering.pieces import Shelf
from service.answering.question import read_question
from service.answering.scoring import candidates
from service.answering.statements import Statement, of_citation
from service.answering.verify import Claim, Part, verified
from tests.service.answering.desk import ANYBODY, Desk, make_document

MAY = datetime(2026, 5, 1, tzinfo=UTC)
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
QUESTION = "how long may a harbour keep a camera"
SIXTY = "A harbour may keep a camera for 60 days."


class Quoted:
    def __init__(self, document: Document, sentence: str) -> None:
        start = document.text.index(sentence)
        self.doc_id = document.doc_id
        self.span = Span(start, start + len(sentence))


def said(
    desk: Desk, sentence: str, name: str = "support/a.md", status: str = "", at: object = None
) -> Statement | None:
    document = make_document(f"# Cameras\n\n{sentence}\n", name=name)
    document = replace(document, status=status, updated_at=at)  # type: ignore[arg-type]
    desk.put(document)
    return of_citation(Quoted(document, sentence), document, desk.index.analyze)


def conflicts(desk: Desk, one: Statement | None, other: Statement | None) -> list[Conflict]:
    question = read_question(QUESTION, desk.index, visible_to=ANYBODY)
    return conflicts_of(question, [one] if one else [], [other] if other else [])


@pytest.mark.parametrize(
    "other",
    [
        "A harbour may keep a camera for 45 days.",
        "A harbour may keep a camera for **forty-five** or 45 days.",
        "Our harbour may keep the camera for ten days.",
    ],
)
def test_other_number_of_the_same_is_a_disagreement(desk: Desk, other: str) -> None:
    assert conflicts(desk, said(desk, SIXTY), said(desk, other, "fairs/b.md"))


def test_negation_of_the_same_is_a_disagreement(desk: Desk) -> None:
    one = said(desk, "A harbour may keep a camera in the summer season.")
    other = said(desk, "A harbour may not keep a camera in the summer season.", "fairs/b.md")

    assert conflicts(desk, one, other)


@pytest.mark.parametrize(
    "other",
    [
        SIXTY,
        "A harbour may keep a camera for sixty days, that is 60 days.",
        "A harbour may keep a camera for 2 months.",
        "A harbour in Norway may keep a camera for 45 days.",
        "A harbour may keep a camera for at least 45 days.",
        "A harbour may keep a camera for 45 days if it asks.",
        "A harbour was told to keep a camera for 45 days.",
        "A harbour may keep a boat ramp key for 45 days.",
        "Does a harbour keep a camera for 45 days?",
        "A harbour may keep a camera for 45 days in 2019.",
    ],
)
def test_what_may_be_true_as_well_is_no_disagreement(desk: Desk, other: str) -> None:
    assert conflicts(desk, said(desk, SIXTY), said(desk, other, "fairs/b.md")) == []


@pytest.mark.parametrize(
    "status", ["superseded", "archived", "draft", "proposed", "open", "closed"]
)
def test_only_documents_that_hold_can_disagree(desk: Desk, status: str) -> None:
    other = said(desk, "A harbour may keep a camera for 45 days.", "fairs/b.md", status)

    assert conflicts(desk, said(desk, SIXTY), other) == []


def test_same_document_does_not_disagree_with_itself(desk: Desk) -> None:
    assert conflicts(desk, said(desk, SIXTY), said(desk, SIXTY.replace("60", "45"))) == []


def test_sentences_that_do_not_answer_the_question_are_left_alone(desk: Desk) -> None:
    one, other = said(desk, SIXTY), said(desk, SIXTY.replace("60", "45"), "fairs/b.md")
    question = read_question("sabbatical notice period", desk.index, visible_to=ANYBODY)

    assert one
    assert other
    assert conflicts_of(question, [one], [other]) == []


def settle(desk: Desk, found: list[Conflict]) -> tuple[list[str | None], list[tuple[int, ...]]]:
    parts = []
    for side in (found[0].first, found[0].second):
        quote = side.span.of(side.document.text)
        parts.append(Part(quote, "sentence", (Claim(side.document.doc_id, side.span, quote),)))
    _, citations = verified(desk.index, parts, visible_to=ANYBODY)
    marked, disagreements = settled(found, citations)
    states = [citation.validity.state if citation.validity else None for citation in marked]
    return states, [one.markers for one in disagreements]


def test_newer_of_the_same_folder_outdates_the_older(desk: Desk) -> None:
    old = said(desk, SIXTY, "support/a.md", at=JANUARY)
    new = said(desk, SIXTY.replace("60", "45"), "support/b.md", at=MAY)

    found = conflicts(desk, old, new)

    assert found[0].first.document.doc_id == "docs:support/b.md"
    assert settle(desk, found) == ([None, "outdated"], [])


def test_newer_of_another_folder_only_disagrees_and_is_first(desk: Desk) -> None:
    old = said(desk, SIXTY, "support/a.md", at=JANUARY)
    new = said(desk, SIXTY.replace("60", "45"), "fairs/b.md", at=MAY)

    assert settle(desk, conflicts(desk, old, new)) == ([None, None], [(1, 2)])


def test_same_folder_without_dates_only_disagrees(desk: Desk) -> None:
    one = said(desk, SIXTY, "support/a.md")
    other = said(desk, SIXTY.replace("60", "45"), "support/b.md")

    assert settle(desk, conflicts(desk, one, other)) == ([None, None], [(1, 2)])


def test_side_that_could_not_be_verified_makes_no_disagreement(desk: Desk) -> None:
    found = conflicts(desk, said(desk, SIXTY), said(desk, SIXTY.replace("60", "45"), "fairs/b.md"))

    assert settled(found, []) == ((), ())


def test_list_that_was_chosen_is_shown_with_the_sentence_against_it(desk: Desk) -> None:
    said(desk, f"- {SIXTY}\n- A harbour gets four of them.", "support/a.md", at=JANUARY)
    said(desk, SIXTY.replace("60", "45"), "fairs/b.md", at=MAY)
    question = read_question(QUESTION, desk.index, visible_to=ANYBODY)
    hits = desk.retriever.retrieve(QUESTION, visible_to=ANYBODY, limit=8).ranking
    shelf = Shelf(desk.index.analyze)
    readings = gather(desk.index, hits, 1, visible_to=ANYBODY)
    found = [c for one in readings for c in candidates(question, one, shelf.pieces(one.document))]
    whole = [c for c in found if c.unit.is_whole]

    against = disagreeing(question, whole, found, desk.index.analyze)
    shown = with_both_sides(whole, found, against)

    assert [c.doc_id for c in shown] == ["docs:fairs/b.md", "docs:support/a.md"]
    assert shown[1] is whole[0]
    assert with_both_sides(whole, found, []) == whole
