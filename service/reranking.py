"""A cross-encoder over the best chunks; optional, because no model of that kind is installed."""

from collections.abc import Sequence
from pathlib import Path

from index.errors import ConfigError


class CrossEncoderReranker:
    """Scores pairs of question and text with a sentence-transformers CrossEncoder."""

    def __init__(self, model: str) -> None:
        """Load it.

        Args:
            model: a folder, or a name that is in the local cache; nothing is downloaded.

        Raises:
            ConfigError: there is no such model on this machine, or it cannot be loaded.
        """
        # Importing torch takes seconds and hundreds of megabytes, for those who rerank only.
        from sentence_transformers import CrossEncoder

        name = str(Path(model).expanduser()) if Path(model).expanduser().is_dir() else model
        try:
            self._model = CrossEncoder(name, device="cpu", local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise ConfigError(
                f"service.retrieval.rerank: cannot load {model!r}: {error}; give the folder of a "
                "cross-encoder, nothing is downloaded"
            ) from error

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One score a text, higher is better."""
        if not texts:
            return []
        scores = self._model.predict([(question, text) for text in texts], show_progress_bar=False)
        return [float(score) for score in scores]
