from index.types import Span
from service.answering.units import Unit, units_of
from tests.service.answering.desk import make_document

PAGE = """---
title: Setup
---

# Setup

It takes an hour. Ask for help.

You need:

- a laptop,
- a key.

1. Clone it:

   ```shell
   git clone x
   ```

2. Run it.

| What | Limit |
| --- | --- |
| Books | 40 |
| Phone | 25 |

Harbour
: Where boats sleep.
"""


def units(text: str, markup: str = "markdown") -> list[tuple[Unit, str]]:
    document = make_document(text, markup=markup)
    found = units_of(document, [Span(0, len(text))])
    return [(unit, unit.span.of(text)) for unit in found]


def quotes(text: str, kind: str) -> list[str]:
    return [quote for unit, quote in units(text) if unit.kind == kind]


def test_headings_and_front_matter_are_no_answers() -> None:
    assert not any("Setup" in quote for _, quote in units(PAGE))


def test_sentences_of_paragraphs_and_items_come_without_their_markers() -> None:
    assert quotes(PAGE, "sentence")[:4] == [
        "It takes an hour.",
        "Ask for help.",
        "a laptop,",
        "a key.",
    ]


def test_list_is_quoted_whole_with_the_line_that_introduces_it() -> None:
    (unit,) = [unit for unit, _ in units(PAGE) if unit.kind == "list" and "laptop" in _]

    assert unit.lead is not None
    assert unit.lead.of(PAGE) == "You need:"


def test_line_that_introduces_something_is_no_unit_of_its_own() -> None:
    assert "You need:" not in quotes(PAGE, "sentence")


def test_numbered_list_is_steps_with_its_code_inside() -> None:
    (steps,) = quotes(PAGE, "steps")

    assert steps.startswith("1. Clone it:")
    assert "git clone x" in steps
    assert steps.endswith("2. Run it.")


def test_code_knows_the_line_before_it() -> None:
    (unit,) = [unit for unit, _ in units(PAGE) if unit.kind == "code"]

    assert unit.lead is not None
    assert unit.lead.of(PAGE) == "Clone it:"


def test_rows_know_the_header_of_their_table() -> None:
    rows = [(u, quote) for u, quote in units(PAGE) if u.kind == "table" and not u.is_whole]

    assert [quote for _, quote in rows] == ["| Books | 40 |", "| Phone | 25 |"]
    assert all(u.header and "What" in u.header.of(PAGE) for u, _ in rows)


def test_definition_stays_with_its_term() -> None:
    assert "Harbour\n: Where boats sleep." in quotes(PAGE, "sentence")


def test_only_blocks_that_touch_the_passage_are_read() -> None:
    document = make_document("# A\n\nOne. Two.\n\n# B\n\nThree.\n")
    place = document.text.index("Two")

    found = units_of(document, [Span(place, place + 3)])

    assert [unit.span.of(document.text) for unit in found] == ["Two."]


def test_rst_list_and_code_are_units() -> None:
    text = "Title\n=====\n\nRun this::\n\n    make all\n\n- one\n- two\n"
    kinds = [unit.kind for unit, _ in units(text, "rst")]

    assert "code" in kinds
    assert "list" in kinds


def test_labels_and_comments_of_rst_say_nothing() -> None:
    text = ".. _why-self:\n\nWhy self\n========\n\n.. a comment\n\nIt is explicit.\n"

    assert [quote for _, quote in units(text, "rst")] == ["It is explicit."]
