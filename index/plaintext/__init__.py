"""Markup -> the text as people and models read it.

Light on purpose (only `re` and `html`): the serving path uses it on slices of documents, so it
takes any slice, also one that begins in the middle of a list or a table. Every expression is
linear in the length of the slice: a 10,000-character line costs ten times a 1,000-character one.
"""

from index.plaintext.markdown import plain_markdown
from index.plaintext.rst import plain_rst
from index.plaintext.stash import tidy
from index.types import Markup


def plain(text: str, markup: Markup) -> str:
    """The slice without markup; words of prose and code are kept, blank ends are not.

    Links are their texts, table rows `a | b`, list markers `- ` or `1. `, front matter its lines.
    Code keeps its indentation and its signs.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    match markup:
        case "markdown":
            return plain_markdown(text)
        case "rst":
            return plain_rst(text)
        case "text":
            return tidy(text)
