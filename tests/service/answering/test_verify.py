from dataclasses import replace

from index.access import Principal, user, visible_to
from index.store import Index
from index.types import DocId, Span
from service.answering.verify import Claim, Part, verified
from tests.service.answering.desk import ANYBODY, Desk, make_document

TEXT = "# Pay\n\nPay day is the 25th.\n\n## December\n\nIn December it is the 20th.\n"
QUOTE = "In December it is the 20th."
SPAN = Span(TEXT.index(QUOTE), TEXT.index(QUOTE) + len(QUOTE))


def part(quote: str = QUOTE, span: Span = SPAN, name: str = "page.md") -> Part:
    return Part(quote, "sentence", (Claim(DocId(f"docs:{name}"), span, quote),))


def test_true_quote_becomes_a_citation_with_its_place(desk: Desk, index: Index) -> None:
    desk.put(make_document(TEXT))

    _, (citation,) = verified(index, [part()], visible_to=ANYBODY)

    assert (citation.quote, citation.span, citation.lines) == (QUOTE, SPAN, (7, 7))
    assert citation.headings == ("Pay", "December")
    assert citation.url == "https://docs.example/page.md#1"
    assert citation.source_url == "https://git.example/blob/abc/page.md#L7-L7"


def test_changed_word_is_refused(desk: Desk, index: Index) -> None:
    desk.put(make_document(TEXT))

    assert verified(index, [part(QUOTE.replace("20", "21"))], visible_to=ANYBODY) == ((), ())


def test_quote_that_stands_elsewhere_is_refused(desk: Desk, index: Index) -> None:
    desk.put(make_document(TEXT))
    moved = Span(SPAN.start - 1, SPAN.end - 1)

    assert verified(index, [part(span=moved)], visible_to=ANYBODY) == ((), ())


def test_quote_of_an_older_version_is_refused(desk: Desk, index: Index) -> None:
    desk.put(make_document(TEXT))
    desk.put(make_document(TEXT.replace("20th", "19th")))

    assert verified(index, [part()], visible_to=ANYBODY) == ((), ())


def test_blank_quote_is_refused(desk: Desk, index: Index) -> None:
    desk.put(make_document(TEXT))

    assert verified(index, [part("\n", Span(5, 6))], visible_to=ANYBODY) == ((), ())


def test_document_of_somebody_else_is_not_quoted_to_the_public(desk: Desk, index: Index) -> None:
    desk.put(make_document(TEXT, readers=user("ana@x.example")))

    assert verified(index, [part()], visible_to=ANYBODY) == ((), ())


def test_document_of_somebody_else_is_not_quoted_to_me(desk: Desk, index: Index) -> None:
    desk.put(make_document(TEXT, readers=user("ana@x.example")))

    assert verified(index, [part()], visible_to=visible_to(Principal("bo@x.example"))) == ((), ())


def test_my_document_is_quoted_to_me(desk: Desk, index: Index) -> None:
    desk.put(make_document(TEXT, readers=user("ana@x.example")))
    sentences, _ = verified(index, [part()], visible_to=visible_to(Principal("ana@x.example")))

    assert [sentence.text for sentence in sentences] == [QUOTE]


def test_sentence_stands_only_if_all_its_quotes_do(desk: Desk, index: Index) -> None:
    desk.put(make_document(TEXT))
    (false,) = part("never said").claims
    both = replace(part(), claims=(*part().claims, false))

    assert verified(index, [both], visible_to=ANYBODY) == ((), ())


def test_markers_count_what_is_left(desk: Desk, index: Index) -> None:
    desk.put(make_document(TEXT))

    sentences, citations = verified(index, [part("no"), part(), part()], visible_to=ANYBODY)

    assert [sentence.markers for sentence in sentences] == [(1,), (1,)]
    assert [citation.marker for citation in citations] == [1]
