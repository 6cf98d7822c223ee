"""What people read of a slice of Markdown, RST or text."""

import time

import pytest

from index.plaintext import plain


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# A *b* {#id}", "A b"),
        ("A\n===\n\nB\n---", "A\n\nB"),
        ("**bold *in* it** _so_ ~~not~~ ***both***", "bold in it so not both"),
        ("*a **b** c*", "a b c"),
        ("2 * 3 * 4, snake_case_name, *args", "2 * 3 * 4, snake_case_name, *args"),
        ("[text](http://x.org/a_(b) 't'), [b][ref], ![alt](i.png)", "text, b, alt"),
        ("[![alt](i.png)](http://x.org)", "alt"),
        ("[the `code`](x) and ``a ` b``", "the code and a ` b"),
        ("<https://x.org/a_b_c> [^1]", "https://x.org/a_b_c"),
        ("`*raw* &amp;` &amp; &lt;b&gt;", "*raw* &amp; & <b>"),
        ("\\*stars\\* and \\`ticks\\`", "*stars* and `ticks`"),
        ("<p>One</p><br/>two <b>three</b>", "One\n\ntwo three"),
        ("<your-name>, List<String>, a < b > c", "<your-name>, List<String>, a < b > c"),
        ("<DB_NAME> <TabItem value='x'>in</TabItem>", "<DB_NAME> in"),
        ("<img src='x' alt='A cat'> <!-- not\nthis -->seen", "A cat seen"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<% if x %>kept<%= y %><% end %>", "kept"),
        ("[x]({% page '/a/b' %}) in {% slack_channel \"tock\" %}", "x in tock"),
        ("* a\n  + b\n3) c\n- [ ] d", "- a\n  - b\n3. c\n- [ ] d"),
        ("| a | b |\n|:--|--:|\n| c | `d` |", "a | b\nc | d"),
        ("> [!NOTE]\n> quoted\n> > twice", "Note:\nquoted\ntwice"),
        ('!!! warning "Careful"\n    text', "warning Careful\n    text"),
        (":::tip Title\ntext\n:::", "tip Title\ntext"),
        ("Term\n:   Meaning", "Term\nMeaning"),
        ("text\n\n[ref]: http://x.org\n[^1]: the note", "text\n\nthe note"),
        ("import X from './x'\n\nimport taxes are due", "import taxes are due"),
        ("---\ntitle: A *b*\n---\ntext", "title: A *b*\n\ntext"),
        ("a\n\n***\n\nb", "a\n\nb"),
    ],
)
def test_markdown_reads_without_its_marks(source: str, expected: str) -> None:
    assert plain(source, "markdown").replace("\n\n", "\n") == expected.replace("\n\n", "\n")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("```py title='x'\nif *a*:\n    b_c_ = `1`\n```", "if *a*:\n    b_c_ = `1`"),
        ("~~~\n# no\n```\n~~~", "# no\n```"),
        ("text\n\n    *code*\n      more\n\ntext", "text\n\n    *code*\n      more\n\ntext"),
        ("x = *a*\n```", "x = *a*"),
        ("```\nnever closed *a*", "never closed *a*"),
        ("- item\n\n    *prose* of it", "- item\n\n    prose of it"),
    ],
)
def test_code_in_markdown_stays_as_it_is(source: str, expected: str) -> None:
    assert plain(source, "markdown") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("=====\nTitle\n=====\n\nSub\n---", "Title\n\nSub"),
        (":func:`~os.path.join` and :py:class:`!Foo`", "join and Foo"),
        (":ref:`this way <label>`, :doc:`/a/b`, :pep:`8`", "this way, /a/b, 8"),
        ("`Site <http://x.org>`_, word_, `two words`__", "Site, word, two words"),
        ("``*raw* \\n`` **b** *e* |sub| [1]_ [#n]_", "*raw* \\n b e sub"),
        ("snake_case 2 * 3 __init__", "snake_case 2 * 3 __init__"),
        ("a\\ b \\*c\\*", "ab *c*"),
        (".. note:: Mind *this*.\n\n   More.", "Note: Mind this.\n\n   More."),
        (".. versionadded:: 3.2\n   Text.", "New in version 3.2\n   Text."),
        (".. method:: A.b(c, *, d)\n   :noindex:\n\n   Does.", "A.b(c, *, d)\n\n   Does."),
        (".. image:: x.png\n   :alt: A cat\n   :width: 3", "A cat"),
        (".. _label:\n\n.. a comment\n   of two lines\n\ntext", "text"),
        (".. [1] The note.", "The note."),
        (".. |x| replace:: the text", "the text"),
        ("+---+---+\n| a | b |\n+===+===+\n| c | d |\n+---+---+", "a | b\nc | d"),
        ("=====  ===\na      b\n=====  ===\nc d    e\n=====  ===", "a | b\nc d | e"),
        ("* a\n\n  - b\n\n#. c\n\n:field: value", "- a\n\n  - b\n\n#. c\n\nfield: value"),
        ("| line\n| block", "line\nblock"),
    ],
)
def test_rst_reads_without_its_marks(source: str, expected: str) -> None:
    assert plain(source, "rst") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "Run::\n\n    *a* :b:`c`\n      d\n\nthen *e*",
            "Run:\n\n    *a* :b:`c`\n      d\n\nthen e",
        ),
        (".. code-block:: py\n   :linenos:\n\n   *a*\n\nb", "   *a*\n\nb"),
        (">>> f(*a)\n*b*", ">>> f(*a)\nb"),
    ],
)
def test_code_in_rst_stays_as_it_is(source: str, expected: str) -> None:
    assert plain(source, "rst").strip("\n") == expected


def test_text_is_only_tidied() -> None:
    assert plain("\n *a*  \r\n\n\n\n# b\n", "text") == "*a*\n\n# b"


UNENDING = [
    "*a ", "_a ", "`", "` ", "`` ` ", "[", "[a](", "![", "<a ", "<A ", "<A a=", "<!-- ", "{%", "<%",
    "**a", "#", "|", "{.", "\\", ":a", ":a:", "a_", "a-", "-=", "- ", "~~a ", "> ", "+-", "= ", " ",
]  # fmt: skip


@pytest.mark.parametrize("markup", ["markdown", "rst", "text"])
@pytest.mark.parametrize("piece", UNENDING)
def test_time_grows_with_the_length_only(markup: str, piece: str) -> None:
    source = piece * (40_000 // len(piece)) + "x"

    started = time.process_time()
    plain(source, markup)  # type: ignore[arg-type]  # parametrised

    assert time.process_time() - started < 1.0  # quadratic ones take 10 s and more
