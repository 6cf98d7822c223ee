"""A small handbook to talk about, one page of it for Ana alone, and what was cited of it."""

from typing import Final

from index.access import PUBLIC, Principal, user, visible_to
from index.store import Index
from index.types import DocId, Document, Revision, Section, Span
from ingest.cutting import chunker
from ingest.markup import parse
from service.conversations.types import Cited, Turn

ANYBODY = visible_to(None)
ANA = visible_to(Principal("ana@x.example"))

PAGES: Final = {
    "cards.md": "# Company cards\n\nThe monthly limit of a company card is 1,500 EUR.\n\n"
    "## Pilot\n\nIn Pilot the limit is 4,000 EUR. Ask Oluwaseun Adeyemi for a card.\n",
    "leave.md": "# Sabbatical\n\nA sabbatical takes six weeks.\n\n"
    "## Notice\n\nAnnounce it four months before.\n",
    "travel.md": "# Travel\n\n## Hotels\n\nA hotel in Oslo may cost 220 EUR a night, "
    "in Berlin 160 EUR.\n",
    "levels.md": "# Levels\n\nThe notice period of an L4 is 8 weeks and of an L5 12 weeks.\n",
}
PRIVATE: Final = "# Zephyr takeover\n\n## Offer\n\nThe quokka offer for Zephyr is signed.\n"
SECRET: Final = DocId("docs:zephyr.md")


def put(index: Index, readers: str = user("ana@x.example")) -> None:
    """All pages; `readers` may read the private one."""
    pages = [document(name, text, PUBLIC) for name, text in PAGES.items()]
    pages.append(document("zephyr.md", PRIVATE, readers))
    cut = chunker(index.embedder)
    index.put([(page, cut(page)) for page in pages])


def document(name: str, text: str, readers: str) -> Document:
    """A page of Markdown."""
    parsed = parse(text, "markdown", name=name)
    sections = tuple(
        Section(s.headings, s.span, f"https://docs.example/{name}", "", s.blocks)
        for s in parsed.sections
    )
    return Document(
        doc_id=DocId(f"docs:{name}"),
        source="docs",
        title=parsed.title,
        url=f"https://docs.example/{name}",
        text=text,
        markup="markdown",
        sections=sections,
        readers=frozenset({readers}),
        revision=Revision(f"{text}{readers}"),
    )


def cited(name: str, quote: str) -> Cited:
    """A quote as an answer cites it."""
    text = {**PAGES, "zephyr.md": PRIVATE}[name]
    start = text.index(quote)
    return Cited(DocId(f"docs:{name}"), Span(start, start + len(quote)))


def turn(question: str, *places: Cited, standalone: str = "") -> Turn:
    """A turn; `standalone` where it was rewritten."""
    return Turn(question, standalone or question, places)
