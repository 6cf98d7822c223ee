"""Google Docs JSON becomes text that people can read, in sections that can be linked to."""

from hypothesis import given
from hypothesis import strategies as st

from index.plaintext import plain
from ingest.markup.docs_json import parse_docs
from tests.ingest.docs import code, doc, heading, levels, para, run, section, tab, table

SIGNS = "*_[]<>#`|~{}&!-+=:.()/\\$%^\"'?1 ab\v\n;@"


def test_headings_become_sections_with_their_ids() -> None:
    parsed = doc(para("Intro."), heading("Setup", 1, "h.1"), para("Run it."), heading("Mac", 2))

    found = [(s.section.headings, s.section.explicit_id) for s in parsed.sections]
    assert found == [((), ""), (("Setup",), "h.1"), (("Setup", "Mac"), "")]
    assert parsed.text == "Intro.\n\n# Setup\n\nRun it.\n\n## Mac\n"


def test_title_is_a_heading_and_subtitle_is_not() -> None:
    parsed = doc(para("Plan", style="TITLE"), para("For all", style="SUBTITLE"), heading("Why"))

    assert [s.section.headings for s in parsed.sections] == [("Plan",), ("Why",)]


def test_heading_without_words_opens_no_section() -> None:
    parsed = doc(para("One."), heading(" "), para("Two."))

    assert [s.section.headings for s in parsed.sections] == [()]


def test_titles_of_several_tabs_come_first_in_the_path() -> None:
    inner = tab(heading("Deep"), title="Inner", tab_id="t.b")
    outer = tab(heading("Top"), title="Outer", tab_id="t.a", nested=[inner])
    parsed = parse_docs({"tabs": [outer, tab(para("x"), title="Last", tab_id="t.c")]})

    assert [(s.tab_id, s.section.headings) for s in parsed.sections] == [
        ("t.a", ("Outer",)),
        ("t.a", ("Outer", "Top")),
        ("t.b", ("Outer", "Inner")),
        ("t.b", ("Outer", "Inner", "Deep")),
        ("t.c", ("Last",)),
    ]


def test_document_read_without_tabs_has_sections_without_tab() -> None:
    parsed = parse_docs({"title": "Old", "body": {"content": [heading("One"), para("x")]}})

    assert [(s.tab_id, s.section.headings) for s in parsed.sections] == [("", ("One",))]


def test_lists_keep_nesting_and_numbers() -> None:
    lists = {"n": levels("DECIMAL", "ALPHA", "ROMAN"), "b": levels("-")}
    items = [("n", 0), ("n", 1), ("n", 1), ("n", 2), ("n", 0), ("n", 1), ("b", 0)]
    parsed = doc(*(para(f"i{n}", bullet=b) for n, b in enumerate(items)), lists=lists)

    assert parsed.text.split("\n") == [
        "1. i0",
        "    a. i1",
        "    b. i2",
        "        i. i3",
        "2. i4",
        "    a. i5",
        "",
        "- i6",
        "",
    ]


def test_numbering_goes_on_after_other_text() -> None:
    lists = {"n": levels("DECIMAL")}
    one, two = para("a", bullet=("n", 0)), para("b", bullet=("n", 0))

    assert doc(one, para("Between."), two, lists=lists).text == "1. a\n\nBetween.\n\n2. b\n"


def test_number_shows_the_levels_above_where_the_list_does() -> None:
    numbered = levels("DECIMAL", "UPPER_ROMAN")
    numbered["listProperties"]["nestingLevels"][1]["glyphFormat"] = "%0.%1."
    parsed = doc(para("a", bullet=("n", 0)), para("b", bullet=("n", 1)), lists={"n": numbered})

    assert parsed.text == "1. a\n    1.I. b\n"


def test_items_are_blocks_inside_of_blocks() -> None:
    lists = {"b": levels("-", "-")}
    parsed = doc(para("a", bullet=("b", 0)), para("b", bullet=("b", 1)), lists=lists)

    (whole,) = parsed.sections[0].section.blocks
    (item,) = whole.children
    assert (whole.kind, item.kind) == ("list", "item")
    assert [child.kind for child in item.children] == ["paragraph", "list"]
    assert item.children[1].children[0].span.of(parsed.text) == "- b"


def test_tables_are_rows_with_a_header() -> None:
    parsed = doc(table(["Day", "Who"], ["Mon", [para("Ada"), para("and Bo")]]))

    assert parsed.text == "| Day | Who |\n| --- | --- |\n| Mon | Ada and Bo |\n"
    (block,) = parsed.sections[0].section.blocks
    assert [child.kind for child in block.children] == ["row", "row"]


def test_ragged_rows_are_filled_up_and_inner_tables_kept() -> None:
    parsed = doc(table(["a", "b"], [[para("c"), table(["d", "e"])]]))

    assert parsed.text.split("\n")[2] == "| c d e |  |"


def test_heading_in_a_table_opens_no_section() -> None:
    parsed = doc(heading("Top"), table([[heading("Inside")], "x"]))

    assert [s.section.headings for s in parsed.sections] == [("Top",)]
    assert "| Inside | x |" in parsed.text


def test_box_around_code_is_a_code_block() -> None:
    parsed = doc(table([code("if a:", "    b = c_d * 2", "```")]))

    assert parsed.text == "````\nif a:\n    b = c_d * 2\n```\n````\n"
    assert plain(parsed.text, "markdown") == "if a:\n    b = c_d * 2\n```"


def test_box_around_text_is_text() -> None:
    assert doc(table(["Beware of the dog."])).text == "Beware of the dog.\n"


def test_lines_in_a_fixed_width_font_are_one_code_block() -> None:
    parsed = doc(para("Type:"), *code("make", "", "make test"), para("Done."))

    assert parsed.text == "Type:\n\n```\nmake\n\nmake test\n```\n\nDone.\n"


def test_fixed_width_means_nothing_where_all_text_has_it() -> None:
    style = {"weightedFontFamily": {"fontFamily": "Courier New"}}
    styles = {"styles": [{"namedStyleType": "NORMAL_TEXT", "textStyle": style}]}

    assert doc(para(run("A letter.", "Courier New")), namedStyles=styles).text == "A letter.\n"


def test_code_in_a_sentence_is_marked_as_code() -> None:
    parsed = doc(para("Set ", run("a_*b*", "Consolas"), " to 1."))

    assert parsed.text == "Set `a_*b*` to 1.\n"
    assert plain(parsed.text, "markdown") == "Set a_*b* to 1."


def test_footnotes_follow_the_paragraph_that_refers_to_them() -> None:
    note = {"footnoteReference": {"footnoteId": "f1", "footnoteNumber": "1"}}
    notes = {"f1": {"content": [para(" In euros.")]}}
    parsed = doc(heading("Cost"), para("Ten", note, "."), heading("Time"), footnotes=notes)

    assert section(parsed, "Cost") == "# Cost\n\nTen[^1].\n\n[^1]: In euros.\n\n"


def test_chips_are_text() -> None:
    parsed = doc(
        para(
            {"person": {"personProperties": {"name": "Ada Moor", "email": "a@x.example"}}},
            ", ",
            {"person": {"personProperties": {"email": "b@x.example"}}},
            ", ",
            {"dateElement": {"dateElementProperties": {"displayText": "May 19, 2026"}}},
            ", ",
            {"dropdown": {"dropdownProperties": {"displayValue": "In review"}}},
            ", ",
            {"richLink": {"richLinkProperties": {"title": "Plan", "uri": "https://x.example/p"}}},
            ", ",
            {"equation": {}},
        )
    )

    assert plain(parsed.text, "markdown") == (
        "Ada Moor, b@x.example, May 19, 2026, In review, Plan, [equation]"
    )
    assert "[Plan](https://x.example/p)" in parsed.text


def test_images_say_what_their_author_says_of_them() -> None:
    image = {"inlineObjectProperties": {"embeddedObject": {"description": "A map of the *port*"}}}
    where = {"inlineObjectElement": {"inlineObjectId": "i1"}}
    parsed = doc(para("See ", where), inlineObjects={"i1": image})

    assert plain(parsed.text, "markdown") == "See [image: A map of the *port*]"


def test_links_keep_their_address_and_read_as_their_words() -> None:
    parsed = doc(para("Read ", run("the [old] guide ", link="https://x.example/a_(b)"), "first."))

    assert parsed.text == "Read [the \\[old\\] guide](https://x.example/a_%28b%29) first.\n"
    assert plain(parsed.text, "markdown") == "Read the [old] guide first."


def test_table_of_contents_is_left_out() -> None:
    contents = {"tableOfContents": {"content": [para("Setup")]}}

    assert doc(contents, heading("Setup")).text == "# Setup\n"


def test_suggested_text_is_left_out() -> None:
    new = run("new ", suggestedInsertionIds=["s"])
    old = run("old ", suggestedDeletionIds=["s"])

    assert doc(para("The ", new, old, "way.")).text == "The way.\n"


def test_table_that_somebody_proposes_to_delete_is_left_out() -> None:
    proposed = table(["a", "b"])
    proposed["table"]["suggestedDeletionIds"] = ["s"]

    assert doc(para("Text."), proposed).text == "Text.\n"


def test_table_that_came_marked_as_inserted_is_kept() -> None:
    proposed = table(["a", "b"])
    proposed["table"]["suggestedInsertionIds"] = ["s"]

    assert "a | b" in doc(para("Text."), proposed).text


def test_page_headers_are_kept_apart_from_the_text() -> None:
    parsed = doc(para("Text."), headers={"k": {"content": [para("Confidential")]}})

    kinds = [block.kind for block in parsed.sections[0].section.blocks]
    assert kinds == ["metadata", "paragraph"]


def test_character_that_two_runs_share_is_whole_again() -> None:
    high, low = "🌊".encode("utf-16-le")[:2], "🌊".encode("utf-16-le")[2:]
    halves = [part.decode("utf-16-le", "surrogatepass") for part in (high, low)]
    parsed = doc(para(f"Sea {halves[0]}", run(f"{halves[1]} air", link="")), heading("Next"))

    assert parsed.text == "Sea 🌊 air\n\n# Next\n"
    assert section(parsed, "Next") == "# Next\n"


def test_document_without_words_has_no_sections() -> None:
    parsed = doc(para(" "), table(["", ""]))

    assert (parsed.text, parsed.sections) == ("", ())


@given(st.lists(st.text(SIGNS, max_size=30), min_size=1, max_size=6))
def test_whatever_signs_a_paragraph_has_it_reads_as_they_stand(texts: list[str]) -> None:
    fonts = ["", "Consolas"]
    pieces = [run(t.replace("\n", ""), fonts[n % 2]) for n, t in enumerate(texts)]
    parsed = doc(heading("Top"), para("Words: ", *pieces), para(*pieces, " end"))

    said = "".join(t.replace("\n", "") for t in texts)
    expected = f"Top Words: {said} {said} end"
    assert _bare(plain(parsed.text, "markdown")) == _bare(expected)


@given(st.lists(st.text(SIGNS.replace("\v", ""), max_size=20), min_size=2, max_size=4))
def test_whatever_signs_cells_items_and_headings_have_they_read_so(texts: list[str]) -> None:
    words = [f"w{t.replace(chr(10), '')}" for t in texts]
    lists = {"b": levels("-")}
    parsed = doc(
        table(["A", "B"], [words[0], words[1]]),
        para(words[0], bullet=("b", 0)),
        heading(words[1]),
        lists=lists,
    )

    expected = f"A | B {words[0].strip()} | {words[1].strip()} - {words[0]} {words[1]}"
    assert _bare(plain(parsed.text, "markdown")) == _bare(expected)
    assert _bare(parsed.sections[-1].section.headings[-1]) == _bare(words[1])


def _bare(text: str) -> str:
    return "".join(text.split())
