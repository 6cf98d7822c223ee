import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Span
from service.answering.sentences import sentences


def split(text: str) -> list[str]:
    return [span.of(text) for span in sentences(text, Span(0, len(text)))]


def test_sentences_end_at_full_stops_and_question_marks() -> None:
    assert split("Is it lost? Ask the seller. Then wait!") == [
        "Is it lost?",
        "Ask the seller.",
        "Then wait!",
    ]


@pytest.mark.parametrize(
    "whole",
    [
        "Use e.g. Docker for it.",
        "Ask Dr. Smith about No. 5 today.",
        "Version v1.2.3 of Node.js is needed.",
        "See https://a.example/b.c?d=1. and the rest.",
        "Run `make. Now` first.",
        "Read [the page](other. Page.md) first.",
        "J. R. Hartley wrote it.",
    ],
)
def test_full_stop_inside_a_sentence_does_not_end_it(whole: str) -> None:
    assert split(f"{whole} Next one.") == [whole, "Next one."]


def test_closing_marks_stay_with_their_sentence() -> None:
    assert split('**Stop!** He said "Go." Then we left.') == [
        "**Stop!**",
        'He said "Go."',
        "Then we left.",
    ]


def test_sentences_without_blanks_between_them_are_told_apart_in_chinese() -> None:
    assert split("今天休息。明天上班。") == ["今天休息。", "明天上班。"]


def test_only_the_asked_part_of_the_text_is_read() -> None:
    text = "Before. Inside. After."

    assert [span.of(text) for span in sentences(text, Span(8, 15))] == ["Inside."]


@pytest.mark.parametrize("line", ["word " * 2000, "x" * 10_000, "a; " * 3000, "`" * 9_999])
def test_text_without_punctuation_is_cut_into_readable_pieces(line: str) -> None:
    pieces = split(line)

    assert max(len(piece) for piece in pieces) <= 600
    assert "".join("".join(pieces).split()) == "".join(line.split())


@pytest.mark.parametrize("piece", ["`", "](", "<", ". ", "e.g. ", "** "])
def test_time_grows_with_the_length_and_not_faster(piece: str) -> None:
    started = time.perf_counter()

    split(piece * 50_000)

    assert time.perf_counter() - started < 5


@given(st.text(alphabet=st.sampled_from("aB1 .!?:;\n`*_\"'()[]<>…。שלום😀\u2028\t"), max_size=900))
def test_nothing_but_blanks_is_left_between_sentences(text: str) -> None:
    spans = sentences(text, Span(0, len(text)))

    assert "".join("".join(s.of(text) for s in spans).split()) == "".join(text.split())
    assert all(one.end <= two.start for one, two in pairwise(spans))
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)
