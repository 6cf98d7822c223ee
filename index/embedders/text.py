"""What both backends do alike to texts and to rows of vectors."""

import os
from collections.abc import Sequence

import numpy as np
from tokenizers import Tokenizer

from index.embedding import Vectors


class WordPieces:
    """Counts word pieces with a tokenizer of its own.

    Truncation is state of a tokenizer object, so the one that cuts texts for the model cannot
    count whole ones.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        quiet_tokenizers()
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, special tokens not counted."""
        encodings = self._tokenizer.encode_batch_fast(
            [readable(text) for text in texts], add_special_tokens=False
        )
        return [len(encoding) for encoding in encodings]


def quiet_tokenizers() -> None:
    """Tokenizers without threads: they warn, and may hang, once the process forks."""
    # Tokenizing takes 1 % of the time of embedding, so that its threads would gain nothing.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # noqa: TID251 — a message to the library


def readable(text: str) -> str:
    """The text without lone surrogates, which tokenizers refuse."""
    return text.encode("utf-8", "replace").decode("utf-8")


def unit_rows(vectors: Vectors) -> Vectors:
    """(n, d) float32 with rows of unit length; a row of zeros becomes the first axis."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    vectors[lengths[:, 0] == 0, 0] = 1.0
    return vectors
