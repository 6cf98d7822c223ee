"""The reference backend: any sentence-transformers model, run by torch.

Importing this module imports torch (some 8 s and 500 MB), so that only `open_embedder` and the
export worker do it, when nothing faster will do.
"""

import os
import threading
from collections.abc import Sequence

import huggingface_hub.constants
import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from index.embedders.model import Model
from index.embedders.text import WordPieces, readable, unit_rows
from index.embedding import Vectors
from index.errors import ConfigError

_BATCH_TEXTS = 16  # torch's best of 8, 16, 32 and 64 on two cores


class ReferenceEmbedder:
    """Vectors as sentence-transformers computes them.

    Attributes:
        transformer: the loaded model, for the export.
    """

    def __init__(self, model: Model, threads: int | None = None) -> None:
        _forbid_network()
        if threads is not None:
            torch.set_num_threads(threads)
        try:
            self.transformer = SentenceTransformer(
                str(model.folder), device="cpu", local_files_only=True
            )
        except (OSError, ValueError, ImportError, RuntimeError) as error:
            raise ConfigError(f"cannot load the model in {model.folder}: {error}") from error
        self.transformer.max_seq_length = model.max_tokens
        # Prompts are put in front below; the model's own default would come on top of them.
        self.transformer.default_prompt_name = None
        backend = getattr(self.transformer.tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise ConfigError(f"the model in {model.folder} has no tokenizer that counts quickly")
        self._pieces = WordPieces(Tokenizer.from_str(backend.to_str()))
        self._model = model
        self._lock = threading.Lock()  # its tokenizer keeps truncation as state

    @property
    def name(self) -> str:
        """Identity of the vectors."""
        return self._model.name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.transformer.get_embedding_dimension() or 0

    @property
    def max_tokens(self) -> int:
        """Word pieces read of one text, special tokens included."""
        return self._model.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, special tokens not counted, nothing cut off."""
        return self._pieces.count(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, rows of unit length, in the order of `texts`."""
        return self._embed([self._model.passage_prompt + text for text in texts])

    def embed_query(self, text: str) -> Vectors:
        """(dimension,) float32 of unit length."""
        vector: Vectors = self._embed([self._model.query_prompt + text])[0]
        return vector

    def _embed(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            vectors = self.transformer.encode(
                [readable(text) for text in texts],
                batch_size=_BATCH_TEXTS,
                show_progress_bar=False,
                normalize_embeddings=True,
            )
        return unit_rows(np.asarray(vectors, dtype=np.float32))


def _forbid_network() -> None:
    # The libraries read the variable when they are first imported; if something else imported
    # them before, the constant is what counts. Child processes inherit the variable.
    os.environ["HF_HUB_OFFLINE"] = "1"  # noqa: TID251 — a message to the library, not a setting
    huggingface_hub.constants.HF_HUB_OFFLINE = True
