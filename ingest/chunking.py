"""Document -> chunks: exact slices that fit what the embedding model reads.

Blocks are kept whole and packed together while they fit; only a block that alone is too long is
cut, at its children, then lines or sentences, then words. Texts are counted in batches, since
counting tokens is most of the work.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from index.plaintext import plain
from index.types import Block, ChunkDraft, Markup, Section, Span, contextual_text
from ingest.splitting import Piece, piece, smaller, trimmed

CHUNKER = "blocks-1"
"""Name and version of the rules; changes whenever the same document gives other chunks."""


def chunker_name(chunk_tokens: int | None) -> str:
    """What the index remembers of how its chunks were cut: another limit gives other chunks."""
    return CHUNKER if chunk_tokens is None else f"{CHUNKER}/{chunk_tokens}"


# Tokenizers that know no sub-words count a 10,000-character word as one token; prose has about 5.
_MAX_CHARS_PER_TOKEN = 20
_CLOSING_FENCE = re.compile(r"(?:\A|\n)[ \t>]*(?:`{3,}|~{3,})[ \t]*\Z")


@dataclass(frozen=True, slots=True)
class Budget:
    """What fits into one chunk.

    Attributes:
        max_tokens: word pieces that the model reads, without its special tokens; at least 2.
        count_tokens: lengths of texts in word pieces, without special tokens.
    """

    max_tokens: int
    count_tokens: Callable[[Sequence[str]], list[int]]


def chunk(
    document_title: str,
    text: str,
    sections: Sequence[Section],
    markup: Markup,
    *,
    budget: Budget,
) -> list[ChunkDraft]:
    """Chunks in reading order that do not overlap and cover every non-blank character.

    A chunk fits when its contextual text does: title, headings, and the plain text of its slice.
    Titles and headings that take more than half of the budget count as half of it.
    """
    return _Chunker(document_title, text, markup, budget).chunks(sections)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A section with the bare headings before it: what chunks are packed within."""

    section: int
    headings: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def span(self) -> Span:
        return Span(self.blocks[0].span.start, self.blocks[-1].span.end)


@dataclass(frozen=True, slots=True)
class _Sized:
    """A piece with its weight in tokens."""

    piece: Piece
    tokens: int

    @property
    def is_atom(self) -> bool:
        """Whether it cannot be cut any further."""
        return self.piece.span.end - self.piece.span.start < 2

    @property
    def leads_on(self) -> bool:
        """Whether it should stay with what follows."""
        return self.piece.block.kind == "heading" or self.piece.plain.endswith(":")


class _Chunker:
    def __init__(self, title: str, text: str, markup: Markup, budget: Budget) -> None:
        self._title = title
        self._text = text
        self._markup = markup
        self._budget = budget

    def chunks(self, sections: Sequence[Section]) -> list[ChunkDraft]:
        units = list(self._units(sections))
        texts = [plain(unit.span.of(self._text), self._markup) for unit in units]
        prefixes = self._prefix_tokens(units)
        tokens = self._weigh(texts)
        drafts: list[ChunkDraft] = []
        for unit, text, prefix, weight in zip(units, texts, prefixes, tokens, strict=True):
            room = self._budget.max_tokens - prefix
            if weight <= room:
                drafts.append(ChunkDraft(unit.section, unit.span, text))
            else:
                drafts += self._pack(unit, room)
        return drafts

    def _units(self, sections: Sequence[Section]) -> Iterator[_Unit]:
        carried: list[Block] = []
        for position, section in enumerate(sections):
            blocks = (*carried, *section.blocks)
            is_last = position == len(sections) - 1
            if blocks and (is_last or not self._is_bare(section)):
                yield _Unit(position, tuple(section.headings), blocks)
                carried = []
            else:
                carried = list(blocks)

    def _is_bare(self, section: Section) -> bool:
        """Whether nothing to read stands in the section but its heading and metadata."""
        body = (block for block in section.blocks if block.kind not in ("heading", "metadata"))
        return not any(plain(block.span.of(self._text), self._markup) for block in body)

    def _prefix_tokens(self, units: Sequence[_Unit]) -> list[int]:
        prefixes = [contextual_text(self._title, unit.headings, "") for unit in units]
        half = self._budget.max_tokens // 2
        return [min(count, half) for count in self._budget.count_tokens(prefixes)]

    def _weigh(self, texts: Sequence[str]) -> list[int]:
        counts = self._budget.count_tokens(texts) if texts else []
        least = (-(-len(text) // _MAX_CHARS_PER_TOKEN) for text in texts)
        return [max(pair) for pair in zip(counts, least, strict=True)]

    def _pack(self, unit: _Unit, room: int) -> list[ChunkDraft]:
        """Chunks of a unit that does not fit as a whole."""
        pieces = [piece(self._text, self._markup, block) for block in unit.blocks]
        packs = _packed(self._sized(pieces, room), room)
        drafts: list[ChunkDraft] = []
        while packs:
            plains = [self._plain(pack) for pack in packs]
            drafts_of_round = zip(packs, plains, self._weigh(plains), strict=True)
            packs = []
            for pack, text, weight in drafts_of_round:
                if weight <= room or len(pack) == 1:
                    drafts.append(ChunkDraft(unit.section, self._span(pack), text))
                else:
                    # Tokens of parts need not add up to those of the whole.
                    packs += [pack[: len(pack) // 2], pack[len(pack) // 2 :]]
        return sorted(drafts, key=lambda draft: draft.span)

    def _sized(self, pieces: Sequence[Piece], room: int) -> list[_Sized]:
        """The pieces with their weights, those that are too long replaced by smaller ones."""
        sized = [_Sized(p, w) for p, w in zip(pieces, self._weigh(_texts(pieces)), strict=True)]
        while any(one.tokens > room and not one.is_atom for one in sized):
            parts = [
                smaller(self._text, self._markup, one.piece) if one.tokens > room else []
                for one in sized
            ]
            weights = iter(self._weigh(_texts([part for found in parts for part in found])))
            sized = [
                new
                for one, found in zip(sized, parts, strict=True)
                for new in ([_Sized(part, next(weights)) for part in found] or [one])
            ]
        return sized

    def _plain(self, pack: Sequence[_Sized]) -> str:
        """What people read of the pack: pieces out of the middle of something as they are."""
        texts: list[str] = []
        for is_raw, run in groupby(pack, key=lambda one: one.piece.is_raw):
            parts = list(run)
            cut = Span(parts[0].piece.span.start, parts[-1].piece.span.end).of(self._text)
            texts.append(_CLOSING_FENCE.sub("", cut) if is_raw else plain(cut, self._markup))
        return "\n".join(text for text in texts if text)

    def _span(self, pack: Sequence[_Sized]) -> Span:
        # A line of code that begins a chunk keeps its indentation in the plain text only.
        return trimmed(self._text, pack[0].piece.span.start, pack[-1].piece.span.end)


def _texts(pieces: Sequence[Piece]) -> list[str]:
    return [one.plain for one in pieces]


def _packed(sized: Sequence[_Sized], room: int) -> list[list[_Sized]]:
    """Runs of pieces that fit, each as long as can be; a piece too long is one of its own."""
    packs: list[list[_Sized]] = []
    free = 0
    for group in _groups(sized, room):
        tokens = sum(one.tokens for one in group)
        if packs and tokens <= free:
            packs[-1] += group
        else:
            packs.append(list(group))
            free = room
        free -= tokens
    return packs


def _groups(sized: Sequence[_Sized], room: int) -> Iterator[list[_Sized]]:
    """Pieces that belong together (a heading, a line that ends in `:`, and what follows)."""
    group: list[_Sized] = []
    for one in sized:
        fits = sum(other.tokens for other in group) + one.tokens <= room
        if group and not (fits and group[-1].leads_on):
            yield group
            group = []
        group.append(one)
    if group:
        yield group
