from dataclasses import replace

from index.access import Principal, visible_to
from index.types import Document, Revision, Span
from service.answering.pieces import Pieces, Shelf
from service.answering.units import units_of
from tests.service.answering.desk import Desk, make_document

TEXT = """# Berths

The harbour master assigns berths. Ask her before noon.

- bring the papers
- bring the fee

## Fees

A berth costs 40 euro a night. Payment is due on arrival.
"""


def _words(text: str) -> list[str]:
    return text.lower().split()


def test_the_pieces_of_any_range_are_its_units() -> None:
    document = make_document(TEXT)
    pieces = Pieces(document, _words)
    for start in range(0, len(TEXT), 7):
        for end in range(start + 1, len(TEXT), 31):
            spans = [Span(start, end)]
            found = [piece.unit for piece in pieces.within(spans)]
            assert found == units_of(document, spans)


def test_two_documents_that_are_equal_have_pieces_of_their_own() -> None:
    shelf = Shelf(_words)
    one = make_document(TEXT)
    other: Document = replace(one)
    assert one == other
    assert shelf.pieces(one) is shelf.pieces(one)
    assert shelf.pieces(one) is not shelf.pieces(other)


def test_an_answer_quotes_the_new_version_as_soon_as_there_is_one(desk: Desk) -> None:
    question = "What does a berth cost a night?"
    desk.put(make_document(TEXT))
    assert "40 euro" in desk.ask(question).citations[0].quote
    # Of the same length and the same revision: nothing but the index says that it is another.
    changed = replace(make_document(TEXT.replace("40", "55")), revision=Revision("same"))
    desk.put(changed)
    assert "55 euro" in desk.ask(question).citations[0].quote


def test_what_was_read_for_one_person_is_not_shown_to_another(desk: Desk) -> None:
    question = "What does a berth cost a night?"
    anna = visible_to(Principal("anna@docs.example"))
    desk.put(make_document(TEXT, readers="user:anna@docs.example"))
    assert desk.ask(question, visible_to=anna).citations
    assert not desk.ask(question).nearest
    desk.put(make_document(TEXT, readers="user:bo@docs.example"))
    assert not desk.ask(question, visible_to=anna).nearest
