"""One text in one markup -> `Parsed`."""

import logging
import re
from dataclasses import replace
from pathlib import PurePosixPath

from index.plaintext import plain
from index.types import Markup
from ingest.markup.detect import suffix_without_template
from ingest.markup.front_matter import front_matter
from ingest.markup.lines import Lines
from ingest.markup.markdown import markdown_structure
from ingest.markup.parsed import Metadata, Parsed
from ingest.markup.rst import rst_structure
from ingest.markup.structure import Heading, LineBlock, sections_of
from ingest.markup.text import text_blocks

logger = logging.getLogger(__name__)

_WORD_GAP = re.compile(r"[\s_-]+")


def parse(text: str, markup: Markup, *, name: str) -> Parsed:
    """The structure of a text; never fails: what no parser understands is paragraphs.

    Args:
        text: the whole text, with whatever line ends it has.
        markup: what it is written in (see `detect`).
        name: the file's name or path; the title of last resort, and `.html` templates have no
            indented code.
    """
    lines = Lines(text)
    headings: list[Heading] = []
    metadata: Metadata = {}
    match markup:
        case "markdown":
            headings, blocks, metadata = _markdown(lines, name)
        case "rst":
            headings, blocks = _rst(lines, name)
        case "text":
            blocks = text_blocks(lines)
    title = _title(headings, metadata, name)
    headings = [heading if heading.text else _named(heading, title) for heading in headings]
    return Parsed(title, sections_of(lines, headings, blocks), metadata)


def _markdown(lines: Lines, name: str) -> tuple[list[Heading], list[LineBlock], Metadata]:
    front = front_matter(lines)
    skip = front.end if front else 0
    is_html = suffix_without_template(name) == ".html"
    headings, blocks = markdown_structure(lines, skip=skip, is_html=is_html)
    if front is None:
        return headings, blocks, {}
    return headings, [LineBlock("metadata", 0, skip), *blocks], front.metadata


def _rst(lines: Lines, name: str) -> tuple[list[Heading], list[LineBlock]]:
    try:
        return rst_structure(lines)
    except Exception as error:  # noqa: BLE001 - docutils lets any error of its states escape
        logger.warning("read as text", extra={"file": name, "error": repr(error)})
        return [], text_blocks(lines)


def _named(heading: Heading, title: str) -> Heading:
    """A heading that a template fills in (`# <%= title %>`) has the document's title."""
    return replace(heading, text=title) if heading.level == 1 else heading


def _title(headings: list[Heading], metadata: Metadata, name: str) -> str:
    given = metadata.get("title")
    if isinstance(given, str) and given.strip():
        return " ".join(plain(given, "text").split())
    top = min((heading.level for heading in headings), default=0)
    first = next((h.text for h in headings if h.level == top and h.text), "")
    return first or _humanised(name)


def _humanised(name: str) -> str:
    """`on-call_rota.md` is "On call rota"; an index page is named after its folder."""
    path = PurePosixPath(name)
    stem = path.name.split(".")[0] or path.name
    if stem.lower() in {"index", "readme", "_index"} and path.parent.name:
        stem = path.parent.name
    words = _WORD_GAP.sub(" ", stem).strip()
    return words[:1].upper() + words[1:]
