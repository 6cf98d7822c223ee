"""How documents are cut for a model; the same for ingest and for a rebuild of the index."""

from collections.abc import Sequence
from typing import Final

from index.embedding import Embedder
from index.types import ChunkDraft, Document
from ingest.chunking import Budget, chunk
from ingest.target import Chunker

SPECIAL_TOKENS: Final = 2
"""Word pieces that models of the BERT family add to each text."""


def chunker(embedder: Embedder, max_tokens: int | None = None) -> Chunker:
    """Cuts documents to what the model reads at once.

    Args:
        embedder: counts the tokens.
        max_tokens: a lower limit than the model's own; None: all that it reads.
    """
    limit = embedder.max_tokens - SPECIAL_TOKENS
    budget = Budget(min(limit, max_tokens or limit), embedder.count_tokens)

    def cut(document: Document) -> Sequence[ChunkDraft]:
        return chunk(
            document.title, document.text, document.sections, document.markup, budget=budget
        )

    return cut
