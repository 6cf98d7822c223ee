"""A judged place is found in the document, or it is said why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import PlaceNotFound
from eval.places import resolve, section_around
from eval.topics import Judgement
from index.types import DocId, Document, Revision, Section, Span
from ingest.markup import parse

TEXT = """\
Before the first heading.

# Travel

Ask first.

## Trains

Second class, ask first.

### Night trains

A bed is fine.

## Hotels

150 EUR a night.

# Trains

Of thought.
"""


def document(text: str = TEXT) -> Document:
    sections = parse(text, "markdown", name="travel.md").sections
    return Document(
        doc_id=DocId("handbook:travel.md"),
        source="handbook",
        title="Travel",
        url="",
        text=text,
        markup="markdown",
        sections=tuple(Section(s.headings, s.span, "", "", s.blocks) for s in sections),
        readers=frozenset({"public"}),
        revision=Revision("1"),
    )


def place(text: str = TEXT, **where: object) -> str:
    span = resolve(Judgement("handbook:travel.md", **where), document(text))  # type: ignore[arg-type]
    assert span is not None
    return span.of(text)


def test_a_document_without_a_place_is_meant_as_a_whole() -> None:
    assert resolve(Judgement("handbook:travel.md", 2), document()) is None


def test_a_heading_means_its_section_and_all_below_it() -> None:
    found = place(heading="Travel")

    assert found.startswith("# Travel\n")
    assert "Second class" in found
    assert found.rstrip().endswith("150 EUR a night.")


def test_a_heading_ends_where_its_sibling_begins() -> None:
    assert place(heading="Night trains").split() == [
        "###",
        "Night",
        "trains",
        "A",
        "bed",
        "is",
        "fine.",
    ]


def test_of_equal_headings_the_first_is_meant_until_a_quote_says_otherwise() -> None:
    assert "Second class" in place(heading="Trains")
    assert place(heading="Trains", quote="Of thought") == "Of thought"


def test_sections_of_the_same_name_in_a_row_do_not_swallow_each_other() -> None:
    text = "# A\n\none\n\n# A\n\ntwo\n"
    assert place(text, heading="A") == "# A\n\none\n\n"


def test_a_quote_is_its_first_occurrence() -> None:
    span = resolve(Judgement("handbook:travel.md", quote="sk first"), document())
    assert span == Span(TEXT.index("sk first"), TEXT.index("sk first") + 8)


def test_a_quote_is_looked_for_under_its_heading() -> None:
    span = resolve(Judgement("x", heading="Trains", quote="sk first"), document())
    assert span is not None
    assert span.start == TEXT.rindex("sk first")


def test_a_heading_may_be_given_with_its_markup() -> None:
    text = "# The `keel` command\n\nText.\n"
    assert place(text, heading="The `keel` command") == place(text, heading="The keel command")


def test_lines_are_counted_from_one_and_end_before_the_line_end() -> None:
    assert place(lines=(3, 5)) == "# Travel\n\nAsk first."
    assert place(lines=(1, 1)) == "Before the first heading."


def test_the_last_line_may_lack_its_end() -> None:
    assert place("a\nb", lines=(2, 2)) == "b"


def test_a_quote_is_looked_for_on_its_lines() -> None:
    span = resolve(Judgement("x", lines=(9, 9), quote="ask first"), document())
    assert span == Span(TEXT.index("ask first"), TEXT.index("ask first") + 9)


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ({"heading": "Boats"}, "no heading 'Boats'"),
        ({"heading": "Boats", "quote": "Ask first"}, "no heading 'Boats'"),
        ({"quote": "Ask last"}, "whose text has it nowhere"),
        ({"quote": "ask FIRST"}, "whose text has it nowhere"),
        ({"heading": "Hotels", "quote": "Ask first."}, "not under the heading 'Hotels'"),
        ({"lines": (1, 1), "quote": "Ask first."}, "on other lines"),
        ({"lines": (20, 22)}, "has lines 1 to 21; 20 to 22"),
        ({"lines": (22, 22)}, "has lines 1 to 21"),
        ({"lines": (0, 1)}, "has lines 1 to 21"),
        ({"heading": "Hotels", "lines": (1, 1)}, "not under the heading 'Hotels'"),
    ],
)
def test_what_is_not_there_is_refused_with_its_reason(
    where: dict[str, object], reason: str
) -> None:
    with pytest.raises(PlaceNotFound, match=reason):
        place(**where)


@given(st.text(alphabet="ab \n\r\u2028", min_size=1, max_size=40), st.data())
def test_lines_count_like_the_index_counts_them(text: str, data: st.DataObject) -> None:
    rows = text.split("\n")
    count = len(rows) - (rows[-1] == "")
    first = data.draw(st.integers(1, count))
    last = data.draw(st.integers(first, count))

    assert place(text, lines=(first, last)) == "\n".join(rows[first - 1 : last])


@pytest.mark.parametrize(
    ("quote", "section"),
    [
        ("class", "## Trains\n\nSecond class, ask first.\n\n"),
        ("Before", "Before the first heading.\n\n"),
    ],
)
def test_section_around_a_quote_ends_at_the_next_heading(quote: str, section: str) -> None:
    whole = document()
    found = resolve(Judgement("d", quote=quote), whole)

    assert found is not None
    assert section_around(found, whole).of(TEXT) == section


def test_section_around_a_judged_heading_has_what_is_below_it() -> None:
    whole = document()
    found = resolve(Judgement("d", heading="Travel"), whole)

    assert found is not None
    assert section_around(found, whole) == found
