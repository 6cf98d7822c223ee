import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.access import visible_to
from index.store import Index
from index.types import Block, DocId, Document, Markup, Revision, Section, Span
from ingest.cleaning import Removed, cleaned
from ingest.errors import Unreadable
from ingest.invisible import invisible
from ingest.markup import parse
from ingest.source import Upsert
from ingest.sync import sync
from tests.ingest.scripted import END, USUAL, Scripted, whole

LINES_URL = "https://git.example/page.md#L{start}"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


def document(
    text: str, markup: Markup = "markdown", *, lines_url: str | None = LINES_URL, name: str = "p.md"
) -> Document:
    parsed = parse(text, markup, name=name)
    return Document(
        doc_id=DocId(f"docs:{name}"),
        source="docs",
        title=parsed.title,
        url="https://docs.example/p",
        text=text,
        markup=markup,
        sections=tuple(
            Section(s.headings, s.span, "https://docs.example/p", "", s.blocks)
            for s in parsed.sections
        ),
        readers=frozenset({"public"}),
        revision=Revision("1"),
        lines_url=lines_url,
    )


def clean(text: str, markup: Markup = "markdown") -> str:
    return cleaned(document(text, markup))[0].text


def removed(text: str, markup: Markup = "markdown") -> Removed:
    return cleaned(document(text, markup))[1]


def blocks(sections: tuple[Section, ...]) -> Iterator[Block]:
    waiting = [block for section in sections for block in section.blocks]
    while waiting:
        block = waiting.pop(0)
        yield block
        waiting = [*block.children, *waiting]


def tagged(words: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in words)


@pytest.mark.parametrize(
    ("text", "shown", "kind"),
    [
        ("pay\u200bment", "payment", "invisible"),
        ("ex\u00adample", "example", "invisible"),
        ("\ufeffStart", "Start", "invisible"),
        ("a\u2060b\u2064c\u034fd\u3164e", "abcde", "invisible"),
        ("in \u202edlrow\u202c order", "in dlrow order", "direction"),
        ("\u2066a\u2069\u200f\u061c", "a", "direction"),
        (f"Hello{tagged('obey me')} all", "Hello all", "tag"),
        ("\U0001f600\ufe0f\ufe00\ufe05\U000e0123", "\U0001f600\ufe0f", "selector"),
        ("1\ufe0f and b\ufe0f", "1 and b", "selector"),
        ("a\x1b[8mb\x00c\x7f", "a[8mbc", "control"),
        ("a\U000f1234\U00101234\ufdd0", "a", "control"),
        ("word\u200dword \u200c.", "wordword .", "invisible"),
    ],
)
def test_invisible_characters_go(text: str, shown: str, kind: str) -> None:
    assert clean(text, "text") == shown
    assert kind in removed(text, "text")


@pytest.mark.parametrize(
    "text",
    [
        FAMILY,
        "\u2764\ufe0f\u200d\U0001f525",
        "1\ufe0f\u20e3",
        "\u26a0\ufe0f Careful",
        SCOTLAND,
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian: a joiner that parts letters
        "\u0d28\u0d4d\u200d",  # Malayalam: an old chillu at the end of a word
        "\u0915\u094d\u200d\u0937",  # Hindi
        "na\u00efve \u00a0 Stra\u00dfe \u65e5\u672c\u8a9e \ue0b0 \u2014 \u2026",
    ],
)
def test_characters_that_are_seen_stay(text: str) -> None:
    page = document(text, "text")

    assert cleaned(page) == (page, {})
    assert cleaned(page)[0] is page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One <!-- obey --> two", "One  two"),
        ("<!--\nobey\n\nme\n-->\nText", "\n\n\n\n\nText"),
        ("<!-- never closed\n\nobey", "\n\n"),
        ("<!--> seen -->", " seen -->"),
        ("a {/* obey */} b", "a  b"),
        ("a <%# obey %> b", "a  b"),
        ("<script>obey()</script>Text", "Text"),
        ("<style>\n.a{}\n</style>\n\nText", "\n\n\n\nText"),
        ("<div hidden>\n\nobey **me**\n\n</div>\n\nText", "\n\n\n\n\n\nText"),
        ("<div hidden>\n\n```\nobey\n```\n\n</div>\n\nText", "\n\n\n\n\n\n\n\nText"),
        ("<div hidden><div>a</div>obey</div>Text", "Text"),
        ("x <span style='DISPLAY : none'>obey</span> y", "x  y"),
        ('x <span style="visibility:hidden">obey</span> y', "x  y"),
        ('x <span style="color:red;font-size:0px">obey</span> y', "x  y"),
        ('x <b style="opacity:0.0">obey</b> y', "x  y"),
        ("x <b style={{display: 'none'}}>obey</b> y", "x  y"),
        ("x <b style={{fontSize: 0}}>obey</b> y", "x  y"),
        ('x <i style="display&#58;none">obey</i> y', "x  y"),
        ('x <i style="position:absolute;left:-9999px">obey</i> y', "x  y"),
        ('x <i aria-hidden="true">obey</i> y', "x  y"),
        ("x <input hidden value='obey'> y", "x  y"),
        ("x <span hidden>obey\nstill\n\ny", "x \n\n\ny"),
        ("<div hidden>\n\nobey\n\n# To the end\n\nobey", "\n\n\n\n\n\n"),
        ("Text\n\n[//]: # (obey me)\n\nText", "Text\n\n\n\nText"),
        ('[comment]: <> "obey\nme"\n\nText', "\n\n\nText"),
        ("x&#x200B;y&#xE0041;&zwj;z", "xyz"),
        ("<!<!-- a -->-- obey -->", ""),
        ("| a | b |\n|--|--|\n| c | d<!-- obey --> |", "| a | b |\n|--|--|\n| c | d |"),
        ("# Title\n\n`a` <!-- obey --> `b`", "# Title\n\n`a`  `b`"),
        ("\\`<!-- obey -->\\`", "\\`\\`"),
        ("<div>\n` <!-- obey --> `\n</div>", "<div>\n`  `\n</div>"),
        ("# A `\n<!-- obey -->\nb `", "# A `\n\nb `"),
    ],
)
def test_hidden_markdown_goes_and_line_ends_stay(text: str, shown: str) -> None:
    assert clean(text) == shown
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "Use `<!-- x -->` for comments, `` ` <script>a</script> `` for code.",
        "```html\n<!-- kept -->\n<div hidden>kept</div>\n```",
        "Text\n\n    <!-- kept -->\n    <script>kept</script>\n",
        "- item\n\n  ```\n  <!-- kept -->\n  ```\n",
        "The <script> tag loads code, <style> and <!-- begin things.",
        "a < b and c > d, <your-name>, <!DOCTYPE html>, &amp; &nbsp; AT&T",
        "\\<!-- kept -->",
        "<details>\n<summary>More</summary>\n\nText\n\n</details>\n",
        '<div style="opacity:0.5">x</div>',
        '<a href="x" title="hidden">x</a> <button hidden={false}>x</button>',
        '<p style="font-size:0.9em; left:-1px">x</p>',
        "[top]: # is no comment\n\n[docs]: https://docs.example 'Docs'",
        "[top]: #\n",
    ],
)
def test_markup_that_people_see_stays(text: str) -> None:
    page = document(text)

    assert cleaned(page)[0] is page


def test_characters_go_in_code_too() -> None:
    assert clean("```\nrm\u200b -rf <!-- x -->\n```") == "```\nrm -rf <!-- x -->\n```"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (".. obey me\n   and more\n\n   still\n\nText", "\n\n\n\n\nText"),
        ("..\n   obey\n\nText", "\n\n\nText"),
        (".. note::\n\n   Text\n\n   .. obey\n", ".. note::\n\n   Text\n\n\n"),
        (".. _label:\n.. obey\n\nTitle\n=====\n", ".. _label:\n\n\nTitle\n=====\n"),
        ("..\n   obey\n..\n   me\n..\n   too\n", "\n\n\n\n\n\n"),
        (".. raw:: html\n\n   <b>x</b><!-- obey -->\n", ".. raw:: html\n\n   <b>x</b>\n"),
        ("x\u200by", "xy"),
    ],
)
def test_hidden_rst_goes(text: str, shown: str) -> None:
    assert clean(text, "rst") == shown


@pytest.mark.parametrize(
    "text",
    [
        ".. note::\n\n   Text\n\n.. _label:\n\n.. [1] Foot\n\n.. |x| replace:: y\n\n__ https://x.example\n",
        "Code::\n\n   .. kept\n   <!-- kept -->\n",
        "..\n\nText\n",
        "Text goes on\n.. in the same paragraph\n",
        ".. code-block:: rst\n\n   .. kept\n",
        "Wait ... and <!-- kept --> in RST\n",
    ],
)
def test_rst_that_people_see_stays(text: str) -> None:
    page = document(text, "rst")

    assert cleaned(page)[0] is page


def test_plain_text_hides_nothing_but_characters() -> None:
    text = "<!-- shown --> <div hidden>shown</div> .. shown"

    assert clean(text, "text") == text


def test_headings_and_titles_lose_what_is_hidden() -> None:
    text = "# Pay<span hidden> obey</span>\n\n## A\u200bB\n\nText.\n"
    page, _ = cleaned(document(text))

    assert page.title == "Pay"
    assert [section.headings for section in page.sections] == [("Pay",), ("Pay", "AB")]


def test_heading_in_a_comment_names_no_section() -> None:
    page, _ = cleaned(document("# Pay\n\nOne.\n\n<!--\n<h2>Obey</h2>\n\nme\n-->\n\nTwo.\n"))

    assert [section.headings for section in page.sections if "Obey" in section.headings] == []
    assert "Obey" not in page.text
    assert page.sections[-1].span.end == len(page.text)


def test_document_of_which_nothing_is_left_has_no_blocks() -> None:
    page, _ = cleaned(document("<!-- obey -->\n\n<div hidden>x</div>\n"))

    assert page.text == "\n\n\n"
    assert list(blocks(page.sections)) == []


def test_authors_lose_invisible_characters() -> None:
    page = document("Text.")
    changed = Document(
        **{**{f: getattr(page, f) for f in page.__slots__}, "authors": ("A\u202eda",)}
    )

    assert cleaned(changed)[0].authors == ("Ada",)


def test_mark_left_open_in_a_comment_hides_nothing_of_the_next_one() -> None:
    text = "# Issue\n\n<div hidden>\n\n## Comment by b\n\nSeen.\n\n## Comment by a\n\n</div>\n"

    assert "Seen." in cleaned(document(text, lines_url=None))[0].text
    assert "Seen." not in cleaned(document(text))[0].text  # a file that one author wrote


def test_what_is_nested_too_deeply_is_not_read() -> None:
    text = "x <div " * 12 + "hidden></div> hidden></div>" + " hidden></div>" * 10

    with pytest.raises(Unreadable, match="nested"):
        cleaned(document(text))


MARKS = [
    "<!--", "-->", "{/*", "*/}", "<div hidden>", "</div>", "<span ", "hidden", ">", "<", "`", "``",
    "```", "\n", "\n\n", " ", "    ", "# ", "- ", "> ", "| ", "a", "b c", "\\", "&#x200b;", "&",
    "\u200b", "\u200d", "\ufe0f", "\u2764", "\U000e0041", "\u202e", "[//]: # (", ")", '"', "'",
    "<script>", "</script>", "..", ".. x\n", "   y", "::\n\n", "=====\n", "\r\n", "---\n",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(MARKS), max_size=40).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from(["markdown", "rst", "text"]), st.booleans())
def test_whatever_is_hidden_spans_stay_right(text: str, markup: Markup, is_file: bool) -> None:
    before = document(text, markup, lines_url=LINES_URL if is_file else None)
    try:
        after, _ = cleaned(before)
    except Unreadable:
        return

    assert cleaned(after)[0] is after
    assert list(invisible(after.text)) == []
    assert after.text.count("\n") == text.count("\n")
    assert [s.span.start for s in after.sections] == [0, *(s.span.end for s in after.sections[:-1])]
    assert after.sections[-1].span.end == len(after.text)
    for section in after.sections:
        for outer, inner in within(section.span, section.blocks):
            assert outer.contains(inner)
            assert inner.of(after.text).strip()


def within(outer: Span, found: tuple[Block, ...]) -> Iterator[tuple[Span, Span]]:
    done = outer.start
    for block in found:
        assert done <= block.span.start
        done = block.span.end
        yield outer, block.span
        yield from within(block.span, block.children)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["plain words", "`code <!-- x -->`", "**bold**"]), min_size=1))
def test_blocks_that_hide_nothing_keep_their_text(paragraphs: list[str]) -> None:
    text = "\n\n<!-- obey\n\nme -->\n\n".join(paragraphs)
    page, _ = cleaned(document(text))

    assert [block.span.of(page.text) for block in blocks(page.sections)] == paragraphs


@pytest.mark.parametrize(
    "unit", ["<!--", "<a \"", "<a '\"", "`" * 3 + " ", "[//]: # (", "<div hidden>", "<span hidden>",
             "<script>", "<p hidden><p>", "&#x200b;", "\u200b", "{/*", "<x ", "``` ` ", "<!--\n\n"]
)  # fmt: skip
def test_time_grows_with_the_length_only(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        span = Span(0, len(text))
        section = Section((), span, "", "", (Block("paragraph", span),))
        page = replace(document(""), text=text, sections=(section,))
        began = time.process_time()
        cleaned(page)
        return time.process_time() - began

    seconds(1_000)
    assert seconds(200_000) < 3


def test_run_reports_what_it_took_out_and_the_index_never_had_it(index: Index) -> None:
    page = document("# Pay\n\nPaid monthly.<!-- obey me --> Thanks\u200b.\n")

    report = sync(Scripted(Upsert(page), *END), index, chunker=whole, settings=USUAL)

    assert report.cleaned == {"documents": 1, "comment": 1, "invisible": 1}
    assert report.notes == (
        "took out what readers of the page do not see (1 invisible characters, 1 comments) of "
        "1 documents: docs:p.md",
    )
    stored = index.document(page.doc_id, visible_to=visible_to(None))
    assert stored is not None
    assert stored.text == "# Pay\n\nPaid monthly. Thanks.\n"
    assert stored.revision == page.revision


def test_document_that_is_all_hidden_is_not_in_the_index(index: Index) -> None:
    page = document("<!-- obey me -->\n")

    report = sync(Scripted(Upsert(page), *END), index, chunker=whole, settings=USUAL)

    assert report.skipped == {page.doc_id: "no text"}
