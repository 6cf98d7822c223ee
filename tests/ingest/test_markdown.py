"""Markdown: sections, blocks and titles on small documents."""

import pytest

from index.types import Block, BlockKind
from ingest.markup import Parsed, detect, parse


def read(text: str, name: str = "page.md") -> Parsed:
    return parse(text, "markdown", name=name)


def headings(text: str, name: str = "page.md") -> list[tuple[str, ...]]:
    return [section.headings for section in read(text, name).sections]


def blocks(text: str) -> list[tuple[BlockKind, str]]:
    found = [block for section in read(text).sections for block in section.blocks]
    return [(block.kind, block.span.of(text)) for block in found]


def outline(text: str, block: Block) -> tuple[object, ...]:
    inner = tuple(outline(text, child) for child in block.children)
    return (block.kind, block.span.of(text), *inner)


def test_sections_follow_the_headings_and_partition_the_text() -> None:
    text = "intro\n\n# A\na\n\n## B\nb\n# C\nc\n"

    parsed = read(text)

    assert [(s.headings, s.span.of(text)) for s in parsed.sections] == [
        ((), "intro\n\n"),
        (("A",), "# A\na\n\n"),
        (("A", "B"), "## B\nb\n"),
        (("C",), "# C\nc\n"),
    ]


def test_underlined_headings_count_like_those_with_hashes() -> None:
    assert headings("One\n===\n\nTwo\n---\n\n### Three\n") == [
        ("One",),
        ("One", "Two"),
        ("One", "Two", "Three"),
    ]


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_a_hash_in_a_fence_is_no_heading(fence: str) -> None:
    assert headings(f"# A\n\n{fence}sh\n# comment\n{fence}\n") == [("A",)]


def test_a_fence_that_never_closes_takes_the_rest() -> None:
    assert blocks("# A\n```\n# no\n\nmore") == [("heading", "# A"), ("code", "```\n# no\n\nmore")]


def test_a_heading_in_a_quote_or_item_begins_no_section() -> None:
    assert headings("# A\n> # quoted\n\n- # listed\n") == [("A",)]


def test_html_headings_begin_sections() -> None:
    text = '<div>\n<h2 id="way">The <b>way</b></h2>\n<p>Go.</p>\n</div>\n'

    parsed = read(text)

    assert [(s.headings, s.explicit_id) for s in parsed.sections] == [
        ((), ""),
        (("The way",), "way"),
    ]


def test_indentation_of_an_html_template_is_not_code() -> None:
    text = "<div>\n\n        <h2>Deep</h2>\n\n        <p>text</p>\n</div>\n"

    assert headings(text, "page.html.erb") == [(), ("Deep",)]


def test_markup_of_a_heading_is_left_out_of_its_text() -> None:
    assert headings("# The `code` of **[us](x)** &amp; them #\n") == [("The code of us & them",)]


@pytest.mark.parametrize(
    "text",
    ["## A {#own}\n", '<a id="own"></a>\n\n## A\n', '## A <a name="own"></a>\n', "A {#own}\n---\n"],
)
def test_the_id_that_an_author_gave_is_found(text: str) -> None:
    (section,) = read(text).sections

    assert (section.headings, section.explicit_id) == (("A",), "own")


def test_an_anchor_above_a_heading_belongs_to_its_section() -> None:
    text = '# A\n\ntext\n\n<a id="b"></a>\n\n## B\n'

    assert [s.span.of(text) for s in read(text).sections] == [
        "# A\n\ntext\n\n",
        '<a id="b"></a>\n\n## B\n',
    ]


def test_front_matter_gives_metadata_and_title() -> None:
    text = "---\ntitle: On call\ntags: [a, b]\nsince: 2026-01-30\nnested: {x: 1}\n---\n# Other\n"

    parsed = read(text)

    assert parsed.title == "On call"
    assert parsed.metadata == {"title": "On call", "tags": ["a", "b"], "since": "2026-01-30"}
    assert parsed.sections[0].blocks[0].kind == "metadata"


def test_toml_front_matter_is_read_too() -> None:
    assert read('+++\ntitle = "Leave"\n+++\ntext\n').title == "Leave"


@pytest.mark.parametrize("broken", ["a: [1", "a: b: c", "a: &x\n  - *y", "a:\n\t- b"])
def test_broken_front_matter_keeps_its_text(broken: str) -> None:
    text = f"---\n{broken}\n---\n# A\n"

    parsed = read(text)

    assert parsed.metadata == {}
    assert parsed.title == "A"
    assert parsed.sections[0].blocks[0].span.of(text) == f"---\n{broken}\n---"


def test_prose_between_rules_is_no_front_matter() -> None:
    assert [kind for kind, _ in blocks("---\n\nJust prose.\n\n---\n")] == ["paragraph"] * 3


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("## B\n\n# A\n", "x.md", "A"),
        ("text", "guides/on-call_rota.md", "On call rota"),
        ("text", "guides/index.md", "Guides"),
        ("# <%= current_page.data.title %>\n", "style.html.md.erb", "Style"),
    ],
)
def test_title_is_the_top_heading_else_the_files_name(text: str, name: str, title: str) -> None:
    assert read(text, name).title == title


def test_a_heading_that_a_template_fills_in_is_the_title() -> None:
    text = "---\ntitle: Swift\n---\n# <%= current_page.data.title %>\n\n## Style\n"

    assert headings(text)[1:] == [("Swift",), ("Swift", "Style")]


def test_lists_have_their_items_and_nested_lists() -> None:
    text = "- one\n  more\n- two\n  1. in\n"

    ((block,),) = [section.blocks for section in read(text).sections]

    assert outline(text, block) == (
        "list",
        "- one\n  more\n- two\n  1. in",
        ("item", "- one\n  more", ("paragraph", "- one\n  more")),
        (
            "item",
            "- two\n  1. in",
            ("paragraph", "- two"),
            ("list", "1. in", ("item", "1. in", ("paragraph", "1. in"))),
        ),
    )


def test_the_header_of_a_table_keeps_its_line_of_dashes() -> None:
    text = "| a | b\n|---|---\n| c | d\n"

    ((block,),) = [section.blocks for section in read(text).sections]

    assert outline(text, block) == (
        "table",
        "| a | b\n|---|---\n| c | d",
        ("row", "| a | b\n|---|---"),
        ("row", "| c | d"),
    )


def test_a_container_is_one_block_with_its_closing_fence() -> None:
    assert blocks(":::note\n\nHello\n\n:::\n\nafter") == [
        ("paragraph", ":::note\n\nHello\n\n:::"),
        ("paragraph", "after"),
    ]


def test_headings_in_a_container_that_never_closes_still_count() -> None:
    assert headings(":::note\n\n# A\n\ntext\n") == [(), ("A",)]


def test_an_admonition_is_one_block() -> None:
    text = '!!! note "Mind"\n    first\n\n    second\n'

    assert blocks(text) == [("paragraph", text.rstrip())]


def test_mdx_imports_and_tags_lose_nothing() -> None:
    text = "import X from './x'\n\n# A\n\n<X a={1}>\n  text\n</X>\n"

    assert [piece for _, piece in blocks(text)] == [
        "import X from './x'",
        "# A",
        "<X a={1}>\n  text\n</X>",
    ]


def test_what_the_parser_swallows_is_still_covered() -> None:
    assert blocks("text\n\n[ref]: https://example.org\n") == [
        ("paragraph", "text"),
        ("paragraph", "[ref]: https://example.org"),
    ]


def test_windows_line_ends_and_a_byte_order_mark_keep_the_spans_exact() -> None:
    text = "\ufeff# A\r\n\r\n- x\r\n- y\r\n"

    assert blocks(text) == [("heading", "\ufeff# A"), ("list", "- x\r\n- y")]
    assert headings(text) == [("A",)]


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "---\na: b\n---"])
def test_a_text_without_headings_is_one_section(text: str) -> None:
    (section,) = read(text).sections

    assert (section.span.start, section.span.end) == (0, len(text))


@pytest.mark.parametrize(
    ("name", "text", "markup"),
    [
        ("a.md", "", "markdown"),
        ("a.MDX", "", "markdown"),
        ("a.html.md.erb", "", "markdown"),
        ("a.html.erb", "", "markdown"),
        ("a.html", "", None),
        ("a.csv.erb", "", None),
        ("a.md.j2", "", "markdown"),
        ("a.rst", "", "rst"),
        ("a.text", "", "text"),
        ("a.png", "", None),
        ("LICENSE", "", None),
        ("a.txt", "Just words.\n- and\n", "text"),
        ("a.txt", "One\n===\n\ntext\n\nTwo\n---\n", "rst"),
        ("a.txt", ".. note:: x\n", "rst"),
    ],
)
def test_the_markup_is_told_by_name_and_text(name: str, text: str, markup: str | None) -> None:
    assert detect(name, text) == markup
