"""What of a document does not depend on the question: its units, their words, its headings'.

Kept by the very document that the index has just given out: whoever may not read it, or a newer
version of it, never comes to what is kept. Everything here is worked out of that object alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from index.types import CLOSING_COMMENT, Document, Span
from service.answering.units import Unit, section_units

Analyze = Callable[[str], list[str]]

_DOCUMENTS: Final = 256  # kept; the index keeps about as many


@dataclass(frozen=True, slots=True)
class Piece:
    """A unit with its words.

    Attributes:
        quote: its own words, verbatim.
        terms: of the quote, with those of its table's header.
        lead: terms of its lead line.
        seen: what was found out about the quote, by what was asked; the same for every question.
    """

    unit: Unit
    quote: str
    terms: frozenset[str]
    lead: frozenset[str]
    seen: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def shows(self, what: str, test: Callable[[str], object]) -> bool:
        """Whether the quote passes a test that has this name."""
        found = self.seen.get(what)
        if found is None:
            found = self.seen[what] = bool(test(self.quote))
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """A section by its headings.

    Attributes:
        heading: terms of its own heading.
        path: terms of the title and of all headings over it.
        closes: whether a maintainer wrote it when closing an issue.
    """

    heading: frozenset[str]
    path: frozenset[str]
    closes: bool


class Pieces:
    """The pieces of one document, worked out as they are asked for."""

    def __init__(self, document: Document, analyze: Analyze) -> None:
        self._document = document
        self._analyze = analyze
        self._pieces: dict[tuple[int, tuple[int, ...]], tuple[Piece, ...]] = {}
        self._places: dict[int, Place] = {}

    def within(self, spans: Sequence[Span]) -> list[Piece]:
        """The pieces that share a character with one of the spans, in reading order."""
        return [
            piece
            for number, section in enumerate(self._document.sections)
            if (near := [span for span in spans if span.overlaps(section.span)])
            for piece in self._of_section(number, near)
            if any(piece.unit.span.overlaps(span) for span in near)
        ]

    def place(self, section: int) -> Place:
        """The headings of a section."""
        if section not in self._places:
            headings = self._document.sections[section].headings
            self._places[section] = Place(
                heading=self._terms(headings[-1] if headings else ""),
                path=self._terms(" ".join((self._document.title, *headings))),
                closes=any(heading.startswith(CLOSING_COMMENT) for heading in headings),
            )
        return self._places[section]

    def _of_section(self, number: int, spans: Sequence[Span]) -> tuple[Piece, ...]:
        blocks = self._document.sections[number].blocks
        read = tuple(
            i for i, block in enumerate(blocks) if any(block.span.overlaps(s) for s in spans)
        )
        key = number, read
        if key not in self._pieces:
            self._pieces[key] = tuple(self._made(section_units(self._document, number, set(read))))
        return self._pieces[key]

    def _made(self, units: Sequence[Unit]) -> Iterator[Piece]:
        text = self._document.text
        for unit in units:
            quote = unit.span.of(text)
            # The slice with its markup: taking it out costs five times as much as analysing it.
            header = f"{unit.header.of(text)}\n" if unit.header else ""
            lead = self._terms(unit.lead.of(text)) if unit.lead else frozenset()
            yield Piece(unit, quote, self._terms(header + quote), lead)

    def _terms(self, text: str) -> frozenset[str]:
        return frozenset(self._analyze(text))


class Shelf:
    """The pieces of the documents that were read last."""

    def __init__(self, analyze: Analyze) -> None:
        """Empty; terms are as `analyze` has them."""
        kept = lru_cache(_DOCUMENTS)(lambda same: Pieces(same.document, analyze))
        self._kept: Callable[[_Same], Pieces] = kept

    def pieces(self, document: Document) -> Pieces:
        """Those of this very object; an equal one has its own."""
        return self._kept(_Same(document))


class _Same:
    """A document as a key: equal to itself alone."""

    __slots__ = ("document",)

    def __init__(self, document: Document) -> None:
        self.document = document

    def __hash__(self) -> int:
        return id(self.document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.document is other.document
