"""Document -> what may be quoted of it: sentences, lists, code blocks, rows of tables."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from index.plaintext import plain
from index.types import Block, Document, Span
from service.answering.sentences import sentences

Kind = Literal["sentence", "list", "steps", "code", "table"]

WHOLE_CHARS: Final = 2400
"""Lists, code and tables up to this size are quoted whole; longer ones fill the screen."""
_WHOLE_ROWS: Final = 9
_DEFINITION_CHARS: Final = 500

_MARKER = re.compile(r"(?:[*+•-]|\(?\d{1,9}[.)]|\(?#[.)]|\(?[a-zA-Z][.)])[ \t]+(?=\S)|>[ \t]*")
_NUMBER = re.compile(r"\(?(?:\d{1,9}|#)[.)][ \t]")
_LEADS_ON = re.compile(r":[*_`\"')]*\s*\Z")


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a document that can be quoted as it stands.

    Attributes:
        span: what is quoted.
        section: position of its section in the document.
        block: position of the block in the section that it is part of.
        position: rank in its section, from 0; a whole has the rank of its first part.
        lead: the line that introduces it ("You need:", a defined term); None if there is none.
        header: first row of its table; None outside of tables, and for whole ones.
        is_whole: whether it is made of other units: a list, a table.
    """

    span: Span
    kind: Kind
    section: int
    block: int
    position: int = 0
    lead: Span | None = None
    header: Span | None = None
    is_whole: bool = False


def units_of(document: Document, within: Sequence[Span]) -> list[Unit]:
    """The units of every block that shares a character with a span of `within`, in order.

    Headings and metadata are none: they say what something is about, not what is so.
    """
    found: list[Unit] = []
    for number, section in enumerate(document.sections):
        spans = [span for span in within if span.overlaps(section.span)]
        if spans:
            blocks = enumerate(section.blocks)
            read = {i for i, block in blocks if any(block.span.overlaps(span) for span in spans)}
            units = section_units(document, number, read)
            found += [u for u in units if any(u.span.overlaps(span) for span in spans)]
    return found


def section_units(document: Document, section: int, read: Collection[int]) -> list[Unit]:
    """The units of these blocks of a section, in order."""
    return list(_Walk(document, section).units(document.sections[section].blocks, read))


class _Walk:
    """One pass over the blocks of a section."""

    def __init__(self, document: Document, section: int) -> None:
        self._text = document.text
        self._markup = document.markup
        self._section = section
        self._block = 0
        self._position = 0

    def units(self, blocks: Sequence[Block], read: Collection[int]) -> Iterator[Unit]:
        lead: Span | None = None
        for number, (block, following) in enumerate(pairwise([*blocks, None])):
            if block is not None:
                self._block = number
                if number in read:
                    yield from self._of(block, lead, is_lead=_takes_lead(following))
                elif block.kind not in ("heading", "metadata"):
                    self._position += 1  # Not read, but what follows no longer opens the section.
                lead = self._lead_of(block, following)

    def _of(self, block: Block, lead: Span | None, *, is_lead: bool = False) -> Iterator[Unit]:
        match block.kind:
            case "heading" | "metadata":
                return
            case "code":
                yield self._unit(block.span, "code", lead)
            case "table":
                yield from self._table(block, lead)
            case "list":
                yield from self._list(block, lead)
            case "paragraph" | "item" | "row":
                if block.children:
                    yield from self._children(block, lead)
                else:
                    yield from self._prose(block.span, lead, is_lead=is_lead)

    def _prose(self, span: Span, lead: Span | None, *, is_lead: bool) -> Iterator[Unit]:
        if self._says_nothing(span):
            return
        found = sentences(self._text, self._without_marker(span))
        if is_lead and found and self._leads_on(found[-1]):
            found.pop()  # It says nothing without what it introduces, which brings it along.
        for sentence in found:
            yield self._unit(sentence, "sentence", lead)

    def _children(self, block: Block, lead: Span | None) -> Iterator[Unit]:
        """The parts of an item, a quotation, a directive; its first line may introduce them."""
        before = self._trimmed(block.span.start, block.children[0].span.start)
        if "\n" in self._text[before.end : block.children[0].span.start] and before != block.span:
            lead = before if before.start < before.end else lead
        for child, following in pairwise([*block.children, None]):
            if child is not None:
                leads = _takes_lead(following)
                yield from self._of(child, lead, is_lead=leads)
                lead = self._lead_of(child, following) or lead

    def _list(self, block: Block, lead: Span | None) -> Iterator[Unit]:
        items = self._definitions(block)
        if len(items) > 1 and block.span.end - block.span.start <= WHOLE_CHARS:
            is_numbered = _NUMBER.match(self._text, block.span.start)
            kind: Kind = "steps" if is_numbered else "list"
            yield self._unit(block.span, kind, lead, is_whole=True)
        for item in items:
            yield from self._of(item, lead)

    def _definitions(self, block: Block) -> list[Block]:
        """The items, a definition (`: text`) together with the term before it."""
        items: list[Block] = []
        for item in block.children or (Block("item", block.span),):
            if items and self._text.startswith(":", item.span.start):
                span = Span(items[-1].span.start, item.span.end)
                if span.end - span.start <= _DEFINITION_CHARS:
                    items[-1] = Block("code" if items[-1].kind == "code" else "item", span)
                    continue
            items.append(item)
        return items

    def _table(self, block: Block, lead: Span | None) -> Iterator[Unit]:
        rows = block.children
        if not rows:
            yield self._unit(block.span, "table", lead)
            return
        is_small = block.span.end - block.span.start <= WHOLE_CHARS
        if len(rows) <= _WHOLE_ROWS and is_small:
            yield self._unit(block.span, "table", lead, is_whole=True)
        for row in rows[1:]:
            yield self._unit(row.span, "table", lead, header=rows[0].span)

    def _unit(
        self,
        span: Span,
        kind: Kind,
        lead: Span | None,
        *,
        header: Span | None = None,
        is_whole: bool = False,
    ) -> Unit:
        position = self._position
        self._position += 0 if is_whole else 1
        return Unit(span, kind, self._section, self._block, position, lead, header, is_whole)

    def _lead_of(self, block: Block, following: Block | None) -> Span | None:
        """The last sentence of a paragraph that ends in a colon, or stands before code."""
        if block.kind != "paragraph" or block.children or not _takes_lead(following):
            return None
        if following is not None and following.kind != "code" and not self._leads_on(block.span):
            return None
        found = sentences(self._text, self._without_marker(block.span))
        return found[-1] if found else None

    def _leads_on(self, span: Span) -> bool:
        return _LEADS_ON.search(self._text, max(span.start, span.end - 8), span.end) is not None

    def _says_nothing(self, span: Span) -> bool:
        """Whether it is markup only: an RST label, a comment."""
        is_markup = self._text.startswith(("..", "<", "{", "["), span.start)
        return is_markup and not plain(span.of(self._text), self._markup)

    def _without_marker(self, span: Span) -> Span:
        found = _MARKER.match(self._text, span.start, span.end)
        return Span(found.end(), span.end) if found else span

    def _trimmed(self, start: int, end: int) -> Span:
        piece = self._text[start:end]
        bare = piece.strip()
        start += len(piece) - len(piece.lstrip())
        return Span(start, start + len(bare)) if bare else Span(end, end)


def _takes_lead(following: Block | None) -> bool:
    return following is not None and following.kind in ("list", "code", "table")
