"""Embedding backends: which model to run, and how."""

import logging

import numpy as np

from index.embedders.export import ensure_exported
from index.embedders.exported import PROBE_TEXT, Exported
from index.embedders.fast import GRAPH_ERRORS, FastEmbedder
from index.embedders.model import Model, find_model
from index.embedding import Embedder
from index.errors import ConfigError
from index.settings import IndexSettings

__all__ = ["open_embedder"]

_LEAST_PROBE_COSINE = 0.9999  # of the same export on the machine that made it: 1 - 1e-7
logger = logging.getLogger(__name__)


def open_embedder(settings: IndexSettings) -> Embedder:
    """The configured model, on the backend that `settings.backend` names.

    "auto" takes the fast backend, exporting the model the first time, and the reference where
    the model cannot be exported; it logs why.

    Raises:
        ConfigError: the model is not on this machine, or it cannot run on the chosen backend.
        StorageError: the data directory cannot be written.
    """
    model = find_model(settings)
    if settings.backend != "reference":
        try:
            return _open_fast(model, settings)
        except ConfigError as error:
            if settings.backend == "fast":
                raise ConfigError(f"backend: fast cannot run {model.name}: {error}") from error
            logger.warning("using the reference backend for %s: %s", model.name, error)
    # Importing torch takes seconds and hundreds of megabytes, for this branch only.
    from index.embedders.reference import ReferenceEmbedder

    return ReferenceEmbedder(model, settings.threads)


def _open_fast(model: Model, settings: IndexSettings) -> FastEmbedder:
    if model.obstacle:
        raise ConfigError(model.obstacle)
    models = settings.data_dir / "models"
    exported = ensure_exported(model, models)
    embedder = _load(exported, model, settings.threads)
    if embedder is None:
        logger.warning("exporting %s again: it does not give the vectors it gave", model.name)
        exported = ensure_exported(model, models, renew=True)
        embedder = _load(exported, model, settings.threads)
    if embedder is None:
        raise ConfigError("the exported model does not repeat its own vectors")
    return embedder


def _load(exported: Exported, model: Model, threads: int | None) -> FastEmbedder | None:
    """The fast backend; None if it no longer gives the vector it gave when exported."""
    try:
        embedder = FastEmbedder(exported, model, threads)
        vector = embedder.embed_passages([PROBE_TEXT])[0]
    except GRAPH_ERRORS as error:
        logger.warning("cannot load %s: %s", exported.folder, error)
        return None
    probe = np.asarray(exported.probe, dtype=np.float32)
    if probe.shape != vector.shape or float(probe @ vector) < _LEAST_PROBE_COSINE:
        return None
    return embedder
