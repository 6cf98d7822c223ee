import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.llm.reply import OBJECT_CHARS, Reader
from service.answering.llm.types import Draft, Quoted

ONE = {"sentence": "Pay day is the 25th.", "quotes": [{"passage": 2, "quote": "on the 25th"}]}
TWO = {"sentence": "It is late.", "quotes": [{"passage": "3", "quote": 'a "late" {one}'}]}
FIRST = Draft("Pay day is the 25th.", (Quoted(2, "on the 25th"),))
SECOND = Draft("It is late.", (Quoted(3, 'a "late" {one}'),))
A, B = json.dumps(ONE), json.dumps(TWO)


def read(*pieces: str) -> tuple[list[Draft], bool]:
    reader = Reader()
    drafts = [draft for piece in pieces for draft in reader.feed(piece)]
    return drafts + reader.end(), reader.says_nothing


@pytest.mark.parametrize(
    "text",
    [
        f"{A}\n{B}",
        f"[{A}, {B}]",
        json.dumps({"sentences": [ONE, TWO]}),
        json.dumps({"sentences": [ONE, TWO]}, indent=2),
        f"```json\n[{A},\n{B}]\n```",
        f'Here you are, it\'s "done": {A} and then {B}. Good?',
        f'<think>maybe {{"sentence": "x", "quotes": []}}</think>{A}{B}',
        json.dumps({"name": "answer", "arguments": {"sentences": [ONE, TWO]}}),
        f'{A}\n{{"sentence": "cut off, "quotes\n{B}',
        f'{A}\n{{"sentence": "never closed\n{B}',
        f"{A}{B}" + '{"sentence": "cut o',
        f'{A}<tool_call>{{"name": "search"}}</tool_call>{B}',
        "{" * 500 + A + B,
        '{"sentence": "' + "x" * (2 * OBJECT_CHARS) + '", "quotes": []}' + A + B,
    ],
)
def test_sentences_are_found_however_they_are_wrapped(text: str) -> None:
    assert read(text)[0] == [FIRST, SECOND]


def test_sentence_comes_as_soon_as_it_is_complete() -> None:
    reader = Reader()

    assert reader.feed('{"sentences": [' + A[:-1]) == []
    assert reader.feed("}") == [FIRST]


@pytest.mark.parametrize(
    "text",
    ['{"sentences": []}', "[]", "```json\n{\"sentences\": []}\n```", "NOT_IN_DOCUMENTS",
     '{"sentence": "The documents do not say.", "quotes": []}'],
)  # fmt: skip
def test_statement_that_the_documents_do_not_say_is_understood(text: str) -> None:
    assert read(text) == ([], True)


@pytest.mark.parametrize("text", ["", "no idea", "<think>NOT_IN_DOCUMENTS", "{}x" * 5, A])
def test_everything_else_states_nothing(text: str) -> None:
    assert not read(text)[1]


@pytest.mark.parametrize("number", [True, None, "none", [], {"a": 1}, -1.5e400, "9" * 5000])
def test_passage_that_is_no_number_is_none(number: object) -> None:
    one = {"sentence": "a", "quotes": [{"passage": number, "quote": "b"}]}

    assert all(quote.passage in (0, 1) for d in read(json.dumps(one))[0] for quote in d.quotes)


def test_halves_of_characters_are_dropped() -> None:
    (draft,), _ = read('{"sentence": "a\\ud800b", "quotes": ["c\\udfff"]}')

    assert draft == Draft("ab", (Quoted(0, "c"),))


def test_long_noise_is_read_in_bounded_memory() -> None:
    reader = Reader()
    for _ in range(200):
        assert reader.feed('{"a": ["' + "x{" * 500) == []

    assert len(reader._buffer) <= 2 * OBJECT_CHARS + 1


PIECES = st.lists(
    st.sampled_from([A, B, "{", "}", '"', "\\", "\n", "<think>", "</think>", "[", "]", "[]", "x"])
    | st.text(max_size=5),
    max_size=30,
)


@given(PIECES, st.lists(st.integers(0, 400), max_size=8))
def test_how_a_reply_is_cut_changes_nothing(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(places)]

    assert read(*[p for p in pieces if p]) == read(text) or max(cuts, default=0) > len(text)
