from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Span
from service.answering.llm.quoting import find
from tests.service.answering.desk import make_document


def found(quote: str, text: str) -> str | None:
    span = find(quote, make_document(text), Span(0, len(text)))
    return span.of(text) if span else None


@pytest.mark.parametrize(
    ("quote", "text", "exact"),
    [
        ("Pay day is the 25th", "Pay day\n  is the 25th.", "Pay day\n  is the 25th"),
        ("we call it 'pay day' here", "We: we call it \u2018pay day\u2019 here",
         "we call it \u2018pay day\u2019 here"),
        ("10-20 days a year", "Take 10\u201320 days a year.", "10\u201320 days a year"),
        ("never share the key", "We **never** share `the key`.", "never** share `the key`"),
        ("read the guide first", "Please read [the guide](https://x.example/a_b) first.",
         "read [the guide](https://x.example/a_b) first"),
        ("the \ufb01rst caf\xe9 opens",
         "So the first cafe\u0301 opens.",
         "the first cafe\u0301 opens"),
        ("terms & conditions apply", "Our terms &amp; conditions apply.",
         "terms &amp; conditions apply"),
        ("30 days", "It takes 30 days.", "30 days"),
        ("--force", "Use `--force` here.", "--force"),
        ("a snake_case name here", "It is a snake_case name here.", "a snake_case name here"),
    ],
)  # fmt: skip
def test_same_words_are_found_at_their_exact_place(quote: str, text: str, exact: str) -> None:
    place = found(quote, text)

    assert place is not None
    assert place.strip("*`") == exact.strip("*`")


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("Pay day is the 26th", "Pay day is the 25th."),
        ("Pay day was the 25th", "Pay day is the 25th."),
        ("pay day is the 25th", "Pay day is the 25th."),
        ("Pay ... the 25th of May", "Pay day is the 25th of May."),
        ("You may park here", "You may not park here."),
        ("allowed in the garden", "It is disallowed in the garden."),
        ("able to enter the lab", "They are unable to enter the lab."),
        ("leave takes 2 days", "leave takes 2.5 days"),
        ("5 days of leave", "You get 25 days of leave."),
        ("5 days of leave", "You get 3-5 days of leave."),
        ("the limit is 10", "the limit is 10% of it"),
        ("the limit is 1", "the limit is 1,000 euros"),
        ("the limit is 102", "the limit is 10\u00b2"),
        ("you may", "Here you may park."),
        ("", "Here you may park."),
        ("...", "Here ... you may park."),
    ],
)
def test_other_words_are_not_found(quote: str, text: str) -> None:
    assert found(quote, text) is None


def test_quote_outside_of_the_passage_is_not_found() -> None:
    text = "Pay day is the 25th. In December it is the 20th."

    assert find("In December it is the 20th.", make_document(text), Span(0, 20)) is None


@given(st.text(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_any_piece_of_any_text_is_found_where_it_says_the_same_or_not_at_all(
    text: str, start: int, end: int
) -> None:
    document = replace(make_document("plain"), text=text)
    whole = Span(0, len(text))
    place = find(text[start:end], document, whole)

    if place is not None:
        assert whole.contains(place)
        assert find(place.of(text), document, whole) == place
