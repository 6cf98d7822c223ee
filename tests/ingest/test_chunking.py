"""Chunks: exact slices that cover the document and fit the budget."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.types import ChunkDraft, Markup, Section, contextual_text
from ingest.chunking import Budget, chunk
from ingest.markup import parse

TITLE = "Doc"


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def sections_of(text: str, markup: Markup) -> list[Section]:
    parsed = parse(text, markup, name="doc.md")
    return [Section(s.headings, s.span, "", "", s.blocks) for s in parsed.sections]


def chunks(text: str, limit: int, markup: Markup = "markdown") -> list[ChunkDraft]:
    return chunk(TITLE, text, sections_of(text, markup), markup, budget=Budget(limit, words))


def slices(text: str, limit: int, markup: Markup = "markdown") -> list[str]:
    return [draft.span.of(text) for draft in chunks(text, limit, markup)]


def assert_covered(text: str, drafts: Sequence[ChunkDraft]) -> None:
    done = 0
    for draft in drafts:
        assert not text[done : draft.span.start].strip()
        assert draft.span.of(text).strip() == draft.span.of(text) != ""
        assert draft.span.start >= done
        done = draft.span.end
    assert not text[done:].strip()


def test_a_short_section_is_one_chunk() -> None:
    text = "# A\n\none two\n\n- three\n\n# B\n\nfour\n"

    drafts = chunks(text, 20)

    assert [(d.section, d.span.of(text)) for d in drafts] == [
        (0, "# A\n\none two\n\n- three"),
        (1, "# B\n\nfour"),
    ]
    assert drafts[0].plain == "A\n\none two\n\n- three"


def test_blocks_are_packed_until_the_budget_is_full() -> None:
    assert slices("a a a\n\nb b b\n\nc c c\n\nd d d", 7) == ["a a a\n\nb b b", "c c c\n\nd d d"]


def test_title_and_headings_count() -> None:
    # "Doc > A" takes three of the ten words.
    assert slices("# A\n\na a a\n\nb b b\n\nc c c", 10) == ["# A\n\na a a\n\nb b b", "c c c"]


def test_a_long_heading_counts_as_half_of_the_budget() -> None:
    drafts = chunks("# " + "long " * 30 + "\n\na a a a a\n\nb b b b b", 10)

    assert len(drafts) == 9
    assert max(len(d.plain.split()) for d in drafts) == 5


@pytest.mark.parametrize(
    "block",
    ["```\nc c\nc c\n```", "- i i\n  i i", "| t | t |\n|---|---|\n| t | t |", "p p p. P p p."],
)
def test_a_block_that_fits_is_never_cut(block: str) -> None:
    text = f"a a a a a a\n\n{block}\n\nb b b b b b"

    assert any(block in piece for piece in slices(text, 12))


def test_a_list_that_is_too_long_is_cut_between_items() -> None:
    assert slices("- a a a\n- b b b\n- c c c", 9) == ["- a a a\n- b b b", "- c c c"]


def test_code_that_is_too_long_is_cut_between_lines_and_stays_code() -> None:
    text = "```py\nif __a__ == *b:\n    c = `d`\n    e = f\n```"

    drafts = chunks(text, 6)

    assert [d.span.of(text) for d in drafts] == [
        "```py\nif __a__ == *b:",
        "c = `d`",
        "e = f\n```",
    ]
    assert [d.plain for d in drafts] == ["if __a__ == *b:", "    c = `d`", "    e = f"]


def test_a_table_that_is_too_long_is_cut_between_rows() -> None:
    text = "| a | b |\n|---|---|\n| c | d |\n| e | f |"

    assert slices(text, 8) == ["| a | b |\n|---|---|\n| c | d |", "| e | f |"]


def test_a_paragraph_that_is_too_long_is_cut_between_sentences() -> None:
    assert slices("One two three. Four five six. Seven eight nine.", 8) == [
        "One two three. Four five six.",
        "Seven eight nine.",
    ]


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    assert slices("a b c d e f g", 4) == ["a b c", "d e f", "g"]


def test_a_word_that_is_too_long_is_cut_anywhere() -> None:
    text = "x" * 1000

    drafts = chunks(text, 10)

    assert_covered(text, drafts)
    assert max(d.span.end - d.span.start for d in drafts) <= 200


def test_a_bare_heading_goes_with_the_section_after_it() -> None:
    text = "# A\n\n## B\n\ntext\n"

    assert [(d.section, d.span.of(text)) for d in chunks(text, 20)] == [(1, text.rstrip())]


def test_front_matter_goes_with_the_first_section() -> None:
    text = "---\nowner: us\n---\n# A\n\ntext\n"

    assert [(d.section, d.plain) for d in chunks(text, 20)] == [(1, "owner: us\n\nA\n\ntext")]


def test_a_bare_heading_at_the_end_is_a_chunk() -> None:
    assert slices("# A\n\ntext\n\n# B\n", 20) == ["# A\n\ntext", "# B"]


def test_a_heading_is_not_left_behind_by_its_text() -> None:
    text = "a a a\n\n# H\n\n" + "b b b b b b b"

    assert slices(text, 12) == ["a a a", "# H\n\nb b b b b b b"]


def test_a_line_that_ends_in_a_colon_stays_with_its_list() -> None:
    assert slices("a a a a\n\nDo this:\n\n- b b\n- c c", 10) == [
        "a a a a",
        "Do this:\n\n- b b\n- c c",
    ]


@pytest.mark.parametrize("text", ["", " \n\n", "\ufeff"])
def test_a_blank_document_has_at_most_its_byte_order_mark(text: str) -> None:
    assert slices(text, 10) == [piece for piece in [text.strip()] if piece]


def test_rst_is_cut_inside_a_long_directive() -> None:
    text = ".. class:: A\n\n   One two three.\n\n   Four five six.\n\n   Seven.\n"

    assert slices(text, 6, "rst") == [
        ".. class:: A\n\n   One two three.",
        "Four five six.\n\n   Seven.",
    ]


def test_counting_is_done_in_batches() -> None:
    calls: list[int] = []

    def count(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return words(texts)

    text = "\n\n".join(f"# H{n}\n\n" + "w " * 30 for n in range(50))
    chunk(TITLE, text, sections_of(text, "markdown"), "markdown", budget=Budget(100, count))

    assert len(calls) == 2


PIECES = [
    "# Head\n", "## Sub {#id}\n", "Under\n-----\n", "word ", "A sentence. ", "\n", "\n\n", "\r\n",
    "- item\n", "  - nested\n", "1. first\n", "```\n", "~~~py\ncode(x)\n~~~\n", "    indented\n",
    "| a | b |\n|---|---|\n| c | d |\n", "| e | f\n", "> quote\n", "<div>\n", "</div>\n", "<!-- ",
    "-->", "[a](b)", "[r]: x\n", "**", "`", "\t", "---\n", "---\na: b\n---\n", ":::note\n", ":::\n",
    "!!! note\n", "é\u0301", "\u2028", "\x0b", "\x85", "\ufeff", "日本語。", "x" * 300,
    "Title\n=====\n", ".. note:: x\n", "   more\n", ".. code::\n\n   y\n", "::\n\n", "=== ===\n",
    "+---+\n| a |\n+---+\n", ".. _l:\n", "term\n   def\n",
    ":f: v\n", "`r`_ ", ".. [1] n\n", "\ufdd0",
]  # fmt: skip


@settings(deadline=None)  # the first long sentence loads llama-index
@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=40),
    markup=st.sampled_from(["markdown", "rst", "text"]),
    limit=st.integers(2, 30),
)
def test_whatever_the_text_its_chunks_cover_it_and_fit(
    pieces: list[str], markup: Markup, limit: int
) -> None:
    text = "".join(pieces)
    sections = sections_of(text, markup)

    drafts = chunk(TITLE, text, sections, markup, budget=Budget(limit, words))

    assert [s.span.start for s in sections] == [0, *(s.span.end for s in sections[:-1])]
    assert sections[-1].span.end == len(text)
    assert_covered(text, drafts)
    for draft in drafts:
        path = contextual_text(TITLE, sections[draft.section].headings, "")
        prefix = min(*words([path]), limit // 2)
        assert len(draft.plain.split()) <= max(1, limit - prefix)


@settings(deadline=None)  # the first long sentence loads llama-index
@given(st.text(max_size=200), st.sampled_from(["markdown", "rst", "text"]))
def test_any_characters_are_covered(text: str, markup: Markup) -> None:
    drafts = chunk(TITLE, text, sections_of(text, markup), markup, budget=Budget(8, words))

    assert_covered(text, drafts)
