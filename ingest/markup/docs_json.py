"""A Google Doc as the Docs API gives it -> one readable text, with sections and their tabs.

The text is Markdown of our own making. Whatever stands in the document is escaped, so that
`index.plaintext` gives back its words; a markup of its own for Google Docs would have needed a
second reader of lists, tables and code for nothing.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from index.plaintext import plain
from ingest.markup.docs_body import TabText
from ingest.markup.docs_inline import Surroundings
from ingest.markup.lines import Lines
from ingest.markup.parsed import ParsedSection
from ingest.markup.structure import Heading, LineBlock, sections_of
from ingest.shapes import Json, child, children, word

# Below every level that a heading can have, whatever the depth of its tab.
_TAB_LEVEL = -100


@dataclass(frozen=True, slots=True)
class DocsSection:
    """A section, and where in Google Docs it is.

    Attributes:
        section: `explicit_id` is the heading's own id (`h.…`); empty where it has none.
        tab_id: the tab; empty in documents that were read without tabs.
    """

    section: ParsedSection
    tab_id: str


@dataclass(frozen=True, slots=True)
class ParsedDocs:
    """A document's text and the sections that partition it, all tabs in reading order."""

    title: str
    text: str
    sections: tuple[DocsSection, ...]


@dataclass(frozen=True, slots=True)
class _Tab:
    tab_id: str
    title: str
    depth: int
    content: Json


def parse_docs(document: Json) -> ParsedDocs:
    """The document as people read it: no suggestions, no tables of contents.

    Args:
        document: answer of `documents.get`, with tabs or (as before there were any) without.
    """
    tabs = list(_tabs(document))
    lines: list[str] = []
    headings: list[Heading] = []
    blocks: list[LineBlock] = []
    starts: list[int] = []
    for tab in tabs:
        starts.append(len(lines))
        text = TabText(Surroundings.of(tab.content), lines, headings, blocks)
        if len(tabs) > 1:
            text.add_title(tab.title, _TAB_LEVEL + tab.depth, tab.depth)
        text.add(tab.content)
    joined = _joined_surrogates("\n".join(lines).rstrip("\n"))
    found = Lines(f"{joined}\n" if joined else "")
    named = [_named(heading) for heading in headings]
    sections = sections_of(found, named, blocks)
    placed = tuple(
        DocsSection(section, _tab_at(found.number_at(section.span.start), starts, tabs))
        for section in sections
    )
    return ParsedDocs(word(document, "title"), found.text, placed if joined else ())


def _named(heading: Heading) -> Heading:
    text = " ".join(plain(_joined_surrogates(heading.text), "markdown").split())
    return Heading(
        heading.level, text, heading.first, heading.end, heading.begins, heading.explicit_id
    )


def _tabs(document: Json) -> Iterator[_Tab]:
    if children(document, "tabs"):
        yield from _nested(document, "tabs", 0)
    else:
        yield _Tab("", "", 0, document)


def _nested(owner: Json, key: str, depth: int) -> Iterator[_Tab]:
    for tab in children(owner, key):
        about = child(tab, "tabProperties")
        title = f"{word(about, 'iconEmoji')} {word(about, 'title')}".strip()
        yield _Tab(word(about, "tabId"), title, depth, child(tab, "documentTab"))
        yield from _nested(tab, "childTabs", depth + 1)


def _tab_at(line: int, starts: list[int], tabs: list[_Tab]) -> str:
    return tabs[bisect_right(starts, line) - 1].tab_id


def _joined_surrogates(text: str) -> str:
    """Google counts UTF-16: two runs may share a character; halves without a partner go."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
