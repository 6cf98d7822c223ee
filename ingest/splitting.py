"""Blocks that are too long for a chunk -> smaller pieces, each an exact slice of the source.

The one module that imports llama-index for chunking: its sentence tokenizer comes with its data
and gives exact slices. Its `SentenceSplitter` is not used: it counts the tokens of every sentence
again, one by one, and drops the blanks that offsets are counted with.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from index.plaintext import plain
from index.types import Block, BlockKind, Markup, Span

_WORD = re.compile(r"\S+")
_LINE = re.compile(r"[^\r\n]+")
_LINED: frozenset[BlockKind] = frozenset({"code", "table", "row", "metadata"})


@dataclass(frozen=True, slots=True)
class Piece:
    """What a chunk is packed from.

    Attributes:
        block: kind, span and children.
        plain: the piece as people read it.
        is_raw: the piece was cut out of something that its slice does not show (the middle of a
            code block, words of a sentence), so that its text is taken as it is.
    """

    block: Block
    plain: str
    is_raw: bool = False

    @property
    def span(self) -> Span:
        """Where the piece is in the document."""
        return self.block.span


def piece(text: str, markup: Markup, block: Block) -> Piece:
    """The block as a piece."""
    return Piece(block, plain(block.span.of(text), markup))


def smaller(text: str, markup: Markup, whole: Piece) -> list[Piece]:
    """The next smaller pieces of one that is too long; itself alone if it is one character.

    They cover what `whole` covers, in order: its children, else its lines (code, tables), else
    sentences, else words, else halves of a word.
    """
    block = whole.block
    if block.children:
        return [piece(text, markup, part) for part in _children(text, block)]
    if block.kind in _LINED and len(lines := _matches(_LINE, text, block)) > 1:
        if block.kind == "code":
            return _code_lines(text, markup, lines)
        return [piece(text, markup, line) for line in lines]
    if not whole.is_raw and len(sentences := _by_sentence(text, block)) > 1:
        return [piece(text, markup, sentence) for sentence in sentences]
    words = _matches(_WORD, text, block)
    return [_raw(text, word) for word in (words if len(words) > 1 else _halves(block))]


def trimmed(text: str, start: int, end: int) -> Span:
    """The part of `text[start:end]` between its blank ends."""
    piece = text[start:end]
    return Span(end - len(piece.lstrip()), start + len(piece.rstrip()))


def _children(text: str, block: Block) -> Iterator[Block]:
    """The children; what stands before, between and after them goes with its neighbour."""
    starts = [block.span.start, *(child.span.start for child in block.children[1:])]
    ends = [*starts[1:], block.span.end]
    for child, start, end in zip(block.children, starts, ends, strict=True):
        yield Block(child.kind, trimmed(text, start, end), child.children)


def _matches(pattern: re.Pattern[str], text: str, block: Block) -> list[Block]:
    found = pattern.finditer(text, block.span.start, block.span.end)
    return [Block(block.kind, Span(*match.span())) for match in found if match[0].strip()]


def _code_lines(text: str, markup: Markup, lines: list[Block]) -> list[Piece]:
    """The first line may open the code (a fence, a directive); the others are as they are."""
    first, *others = lines
    return [piece(text, markup, first), *(_raw(text, line) for line in others)]


@cache
def _sentence_tokenizer() -> Callable[[str], list[str]]:
    # Imported when the first paragraph is too long, which few corpora have: llama-index and the
    # nltk that it loads take 2 to 8 seconds, more than all else that chunking does.
    from llama_index.core.node_parser.text.utils import split_by_sentence_tokenizer

    return split_by_sentence_tokenizer()


def _by_sentence(text: str, block: Block) -> list[Block]:
    sentences: list[Block] = []
    start = block.span.start
    source = block.span.of(text)
    for sentence in _sentence_tokenizer()(source):
        start = text.index(sentence, start, block.span.end)
        end = start + len(sentence)
        sentences.append(Block(block.kind, trimmed(text, start, end)))
        start = end
    return sentences


def _halves(block: Block) -> list[Block]:
    start, end = block.span.start, block.span.end
    middle = (start + end) // 2
    halves = (Span(start, middle), Span(middle, end))
    return [Block(block.kind, half) for half in halves if half.start < half.end]


def _raw(text: str, block: Block) -> Piece:
    return Piece(block, block.span.of(text), is_raw=True)
