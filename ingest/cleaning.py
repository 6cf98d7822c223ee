"""Documents without what people do not see: what nobody can read must not be found or quoted.

Texts of others may carry orders to a language model where no person looks: in characters without
width, in a second invisible alphabet, in comments, in elements that a page hides.
"""

import logging
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Final

from index.plaintext import plain
from index.types import Block, DocId, Document, Markup, Section, Span
from ingest.errors import Unreadable
from ingest.hidden import Hidden, Region, hidden
from ingest.invisible import Character, invisible, without_invisible

logger = logging.getLogger(__name__)

Kind = Character | Hidden
Removed = Mapping[Kind, int]
"""How much was taken out: characters, and regions of markup; what did not occur is left out."""

_PASSES: Final = 8  # What is taken out may leave a mark that its ends make together.
_NAMED: Final = 5
_LINES: Final = re.compile(r"[^\r\n]+")
_WORDS: Final[dict[Kind, str]] = {
    "invisible": "invisible characters",
    "direction": "characters that turn the reading direction",
    "tag": "Unicode tag characters",
    "selector": "variation selectors",
    "control": "control characters",
    "comment": "comments",
    "script": "scripts, styles or templates",
    "hidden": "hidden elements",
    "entity": "entities of invisible characters",
}


def cleaned(document: Document) -> tuple[Document, Removed]:
    """The document without what people do not see; the same object where there is none of it.

    Line ends stay, so that line numbers do. Every span points at the text that it pointed at;
    blocks of which nothing is left are gone. In code only characters are taken out: marks of
    markup are its text.

    Raises:
        Unreadable: what it hides is nested too deeply.
    """
    removed: Counter[Kind] = Counter()
    found = list(invisible(document.text))
    removed.update(kind for _, _, kind in found)
    result = _shortened(document, [(start, end) for start, end, _ in found])
    is_whole = document.lines_url is not None
    for _ in range(_PASSES):
        regions = hidden(result.text, result.markup, result.sections, is_whole=is_whole)
        if not regions:
            break
        removed.update(region.kind for region in regions)
        result = _shortened(result, _between_lines(result.text, regions))
    else:
        raise Unreadable("what it hides is nested too deeply to be taken out")
    return _labelled(result), {kind: removed[kind] for kind in _WORDS if removed[kind]}


@dataclass(slots=True)
class Cleaning:
    """The documents of one run, with what was taken out of them."""

    removed: Counter[Kind] = field(default_factory=Counter)
    documents: dict[DocId, None] = field(default_factory=dict)

    def clean(self, document: Document) -> Document:
        """The document without what people do not see; counted, and logged without its words.

        Raises:
            Unreadable: what it hides is nested too deeply.
        """
        result, removed = cleaned(document)
        if removed:
            self.removed.update(removed)
            self.documents[document.doc_id] = None
            logger.info("cleaned", extra={"doc_id": document.doc_id, "removed": dict(removed)})
        return result

    def counts(self) -> dict[str, int]:
        """By kind, and under `documents` how many there are; empty when nothing was taken out."""
        if not self.documents:
            return {}
        return {"documents": len(self.documents), **dict(self.removed.items())}

    def notes(self) -> tuple[str, ...]:
        """What a person should know of it; empty when nothing was taken out."""
        if not self.documents:
            return ()
        kinds = [f"{self.removed[kind]:,} {_WORDS[kind]}" for kind in _WORDS if self.removed[kind]]
        named = ", ".join(list(self.documents)[:_NAMED])
        more = f" and {len(self.documents) - _NAMED:,} more" if len(self.documents) > _NAMED else ""
        return (
            f"took out what readers of the page do not see ({', '.join(kinds)}) of "
            f"{len(self.documents):,} documents: {named}{more}",
        )


def _between_lines(text: str, regions: Iterable[Region]) -> list[tuple[int, int]]:
    """The regions without the line ends in them."""
    return [
        found.span()
        for region in regions
        for found in _LINES.finditer(text, region.start, region.end)
    ]


class _Cuts:
    """What is taken out of a text, and where everything else comes to stand."""

    def __init__(self, text: str, cuts: Sequence[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in cuts]
        self._ends = [end for _, end in cuts]
        self._gone = [0, *accumulate(end - start for start, end in cuts)]
        edges = [0, *(edge for cut in cuts for edge in cut), len(text)]
        kept = zip(edges[::2], edges[1::2], strict=True)
        self.text = "".join(text[start:end] for start, end in kept)

    def moved(self, span: Span) -> Span:
        """The span of what is left of it."""
        return Span(self._offset(span.start), self._offset(span.end))

    def blocks(self, blocks: Iterable[Block]) -> tuple[Block, ...]:
        """The blocks without those of which nothing is left."""
        return tuple(moved for block in blocks if (moved := self._block(block)))

    def _offset(self, old: int) -> int:
        cut = bisect_right(self._starts, old)
        if cut and old < self._ends[cut - 1]:
            return self._starts[cut - 1] - self._gone[cut - 1]
        return old - self._gone[cut]

    def _block(self, block: Block) -> Block | None:
        span = self.moved(block.span)
        if span.end - span.start != block.span.end - block.span.start:
            piece = span.of(self.text)
            begin = span.start + len(piece) - len(piece.lstrip())
            span = Span(begin, begin + len(piece.strip()))
            if not piece.strip():
                return None
        return Block(block.kind, span, self.blocks(block.children))


def _shortened(document: Document, cuts: Sequence[tuple[int, int]]) -> Document:
    """The document without the cuts, which are in order and do not touch a line end."""
    if not cuts:
        return document
    short = _Cuts(document.text, cuts)
    sections: list[Section] = []
    renamed: dict[tuple[int, str], str] = {}
    for old in document.sections:
        renamed |= _renamed(document, old, short)
        span, blocks = short.moved(old.span), short.blocks(old.blocks)
        if old.blocks and not blocks and not span.of(short.text).strip():
            # Its blank lines go to the section before it; at the top, to the one after it.
            if sections:
                sections[-1] = replace(sections[-1], span=Span(sections[-1].span.start, span.end))
            continue
        start = span.start if sections else 0
        headings = tuple(
            name
            for depth, heading in enumerate(old.headings)
            if (name := renamed.get((depth, heading), heading))
        )
        sections.append(replace(old, span=Span(start, span.end), blocks=blocks, headings=headings))
    if not sections:
        sections = [Section((), Span(0, len(short.text)), document.url)]
    titles = (new for (_, heading), new in renamed.items() if heading == document.title)
    title = next(titles, document.title) or _first_heading(sections) or document.doc_id
    return replace(document, text=short.text, sections=tuple(sections), title=title)


def _renamed(document: Document, section: Section, short: _Cuts) -> dict[tuple[int, str], str]:
    """The section's own heading as it reads now, if something was taken out of it."""
    for block in section.blocks[:1] if section.headings else ():
        before = block.span.of(document.text)
        after = short.moved(block.span).of(short.text)
        own = section.headings[-1]
        if block.kind == "heading" and before != after and _words(before, document.markup) == own:
            return {(len(section.headings) - 1, own): _words(after, document.markup)}
    return {}


def _words(source: str, markup: Markup) -> str:
    return " ".join(plain(source, markup).split())


def _first_heading(sections: Iterable[Section]) -> str:
    return next((section.headings[0] for section in sections if section.headings), "")


def _labelled(document: Document) -> Document:
    """The document with titles and names that hold nothing invisible."""
    sections = tuple(
        section
        if (headings := tuple(map(without_invisible, section.headings))) == section.headings
        else replace(section, headings=headings)
        for section in document.sections
    )
    title, status = without_invisible(document.title), without_invisible(document.status)
    authors = tuple(map(without_invisible, document.authors))
    result = replace(document, title=title, status=status, authors=authors, sections=sections)
    return document if result == document else result
