"""ReStructuredText: sections and blocks, with docutils and Sphinx's directives."""

import pytest

from index.types import BlockKind
from ingest.markup import Parsed, parse


def read(text: str) -> Parsed:
    return parse(text, "rst", name="page.rst")


def headings(text: str) -> list[tuple[str, ...]]:
    return [section.headings for section in read(text).sections]


def blocks(text: str) -> list[tuple[BlockKind, str]]:
    found = [block for section in read(text).sections for block in section.blocks]
    return [(block.kind, block.span.of(text)) for block in found]


def test_adornments_give_the_levels_in_order_of_appearance() -> None:
    text = "=====\nTitle\n=====\n\nOne\n---\n\nDeep\n~~~~\n\nTwo\n---\n"

    assert headings(text) == [
        ("Title",),
        ("Title", "One"),
        ("Title", "One", "Deep"),
        ("Title", "Two"),
    ]


def test_a_heading_block_has_its_adornments() -> None:
    text = "intro\n\n====\nHigh\n====\ntext\n\nLow\n---\nmore\n"

    assert blocks(text) == [
        ("paragraph", "intro"),
        ("heading", "====\nHigh\n===="),
        ("paragraph", "text"),
        ("heading", "Low\n---"),
        ("paragraph", "more"),
    ]


def test_roles_in_a_title_are_their_texts() -> None:
    assert headings("The :mod:`!os` module\n=====================\n") == [("The os module",)]


def test_a_label_names_its_heading_and_belongs_to_its_section() -> None:
    text = "A\n=\n\ntext\n\n.. _My_label:\n\nB\n-\n"

    second = read(text).sections[1]

    assert (second.headings, second.explicit_id) == (("A", "B"), "my-label")
    assert second.span.of(text) == ".. _My_label:\n\nB\n-\n"


def test_the_label_nearest_to_the_heading_names_it() -> None:
    text = ".. _far:\n.. _near:\n\n.. index::\n   single: x\n\nA\n=\n"

    (section,) = read(text).sections

    assert section.explicit_id == "near"


def test_a_target_with_an_address_is_no_label() -> None:
    text = "text\n\n.. _site: https://example.org\n\nA\n=\n"

    assert read(text).sections[1].explicit_id == ""


def test_nothing_after_a_double_colon_is_a_heading() -> None:
    text = "Run::\n\n    A\n    =\n\n    b\n\nafter\n"

    assert blocks(text) == [
        ("paragraph", "Run::"),
        ("code", "A\n    =\n\n    b"),
        ("paragraph", "after"),
    ]


@pytest.mark.parametrize("name", ["code-block", "sourcecode", "console", "testcode"])
def test_code_directives_are_one_block_of_code(name: str) -> None:
    text = f".. {name}:: python\n   :linenos:\n\n   x = 1\n\n   y = 2\n\nafter\n"

    assert blocks(text) == [
        ("code", f".. {name}:: python\n   :linenos:\n\n   x = 1\n\n   y = 2"),
        ("paragraph", "after"),
    ]


@pytest.mark.parametrize("name", ["note", "versionadded", "py:method", "acme-thing", "toctree"])
def test_any_directive_is_one_block_with_its_content(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f".. {name}:: first\n   :odd: option\n\n   text\n\n   * item\n\nafter\n"

    (directive, after) = read(text).sections[0].blocks

    assert directive.span.of(text) == text[: text.index("\n\nafter")]
    assert "list" in [child.kind for child in directive.children]
    assert after.span.of(text) == "after"
    assert capsys.readouterr() == ("", "")


def test_unknown_roles_print_nothing_and_keep_the_paragraph(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert blocks("Use :acme:`this` and |that|_.\n") == [
        ("paragraph", "Use :acme:`this` and |that|_.")
    ]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        ".. include:: secret.txt\n",
        ".. raw:: html\n   :file: secret.txt\n",
        ".. csv-table:: t\n   :file: secret.txt\n",
        ".. literalinclude:: secret.txt\n",
    ],
)
def test_no_directive_reads_a_file(
    text: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("files")
    (folder / "secret.txt").write_text("Leak\n====\n")
    monkeypatch.chdir(folder)

    assert headings(text) == [()]
    assert [piece for _, piece in blocks(text)] == [text.rstrip()]


def test_a_grid_table_has_rows_from_border_to_border() -> None:
    text = "+---+---+\n| a | b |\n+===+===+\n| c | d |\n+---+---+\n"

    ((table,),) = [section.blocks for section in read(text).sections]

    assert table.kind == "table"
    assert [row.span.of(text) for row in table.children] == [
        "+---+---+\n| a | b |\n+===+===+",
        "| c | d |\n+---+---+",
    ]


def test_lists_of_all_kinds_have_items() -> None:
    text = "* one\n* two\n\n  - in\n\n#. num\n\nterm\n   meaning\n\n:field: value\n"

    found = read(text).sections[0].blocks

    assert [(block.kind, len(block.children)) for block in found] == [
        ("list", 2),
        ("list", 1),
        ("list", 1),
        ("list", 1),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "A\n=\n\ntext\n\nB\n~\n\nC\n^\n\nD\n~\n\nE\n+\n\nF\n^\n",  # a level that was skipped
        "+---+\n| a |\n+--\n",  # a table that is broken
        ".. note\n.. |x| image:: y\n..\n   comment\n",
        "Short\n==\n\ntext **open\n",
        "* a\n  * b\n text\n",
        ".. code-block:: x\n  :bad\n\n   y\n",
        "a\x0bb\n=\n\x0c\nB\n-\n\u2028x\n",
    ],
)
def test_mistakes_in_the_markup_lose_no_text(text: str) -> None:
    rest = text
    for _, piece in blocks(text):
        before, found, rest = rest.partition(piece)
        assert not before.strip()
        assert found
    assert not rest.strip()


def test_title_is_the_first_heading_of_the_highest_level() -> None:
    assert read(".. _x:\n\nGuide\n=====\n\nPart\n----\n").title == "Guide"


def test_a_text_has_paragraphs_and_lists() -> None:
    parsed = parse("one\ntwo\n\n- a\n  b\n- c\n", "text", name="notes.txt")

    assert parsed.title == "Notes"
    assert [(b.kind, len(b.children)) for b in parsed.sections[0].blocks] == [
        ("paragraph", 0),
        ("list", 2),
    ]
