"""An embedding model for tests: deterministic, offline, made of hashed words."""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np

from index.embedding import Vectors

_WORD = re.compile(r"\w+|[^\w\s]")
_ENDING = re.compile(r"(?:ings?|ed|es|s|ly|e)$")


class HashEmbedder:
    """An `Embedder` whose vectors are near each other when the texts share words.

    Attributes:
        embedded: every text that became a vector, passages and queries, in order; a test that
            says "nothing was embedded again" looks here.
    """

    def __init__(self, dimension: int = 64, name: str | None = None, max_tokens: int = 256) -> None:
        self._dimension = dimension
        self._name = name or f"hash/{dimension}"
        self._max_tokens = max_tokens
        self.embedded: list[str] = []

    @property
    def name(self) -> str:
        """Identity of the vectors; another name stands for another model."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """Words that are read of one text, two special tokens included like in BERT."""
        return self._max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words and punctuation marks of each text."""
        return [len(_WORD.findall(text)) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, rows of unit length, in the order of `texts`."""
        self.embedded.extend(texts)
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            self._fill(row, text)
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """(dimension,) float32 of unit length."""
        vector: Vectors = self.embed_passages([text])[0]
        return vector

    def _fill(self, row: Vectors, text: str) -> None:
        for word in _WORD.findall(text.lower())[: self._max_tokens - 2]:
            digest = crc32(_stem(word).encode("utf-8", "replace"))
            # The sign bit keeps different words from adding up in a shared slot.
            row[(digest >> 1) % self._dimension] += 1.0 if digest & 1 else -1.0
        length = float(np.linalg.norm(row))
        if length == 0.0:
            row[0], length = 1.0, 1.0
        row /= length


def _stem(word: str) -> str:
    return _ENDING.sub("", word) if len(word) > 3 else word
