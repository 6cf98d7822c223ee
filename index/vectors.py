"""Chroma behind four verbs; the only module that imports it. Derived: rebuilt from the catalog.

Chroma holds ids and vectors, nothing else: deleted texts would stay in its file until vacuumed.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, cast

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateHNSWConfiguration
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from chromadb.errors import ChromaError

from index.embedding import Vectors
from index.errors import StorageError
from index.types import ChunkId

_COLLECTION: Final = "chunks"
_HNSW: Final = CreateHNSWConfiguration(
    space="cosine", ef_search=600, ef_construction=200, max_neighbors=16
)
_PROBE: Final = 64  # vectors
# Chroma's Rust core raises panics, which are no Exception, on some damaged files.
_BROKEN: Final = (ChromaError, OSError, ValueError, RuntimeError)


class VectorStore:
    """Approximate nearest neighbours by cosine."""

    def __init__(self, directory: Path) -> None:
        """Open or create the collection.

        Raises:
            StorageError: the folder is damaged or cannot be written; `wipe` it and fill it again.
        """
        self._directory = directory
        try:
            self._client = chromadb.PersistentClient(
                str(directory), settings=Settings(anonymized_telemetry=False)
            )
            # embedding_function=None: Chroma's own default downloads a model at run time.
            self._collection = self._client.get_or_create_collection(
                _COLLECTION,
                embedding_function=None,
                configuration={"hnsw": _HNSW},
            )
            self._batch = self._client.get_max_batch_size()
            self._read(0, _PROBE)
            self._read(max(0, self._collection.count() - _PROBE), _PROBE)
        except BaseException as error:
            self.close()
            raise _storage_error(error, directory) from error

    def add(self, chunk_ids: Sequence[ChunkId], vectors: Vectors) -> None:
        """Add (n, d) vectors under n new ids."""
        for start in range(0, len(chunk_ids), self._batch):
            stop = start + self._batch
            try:
                self._collection.add(
                    ids=[str(i) for i in chunk_ids[start:stop]], embeddings=vectors[start:stop]
                )
            except BaseException as error:
                raise _storage_error(error, self._directory) from error

    def remove(self, chunk_ids: Iterable[ChunkId]) -> None:
        """Remove ids; those that are not there are ignored."""
        ids = (str(i) for i in chunk_ids)
        while batch := list(islice(ids, self._batch)):
            try:
                self._collection.delete(ids=batch)
            except BaseException as error:
                raise _storage_error(error, self._directory) from error

    def search(self, vector: Vectors, limit: int) -> list[tuple[ChunkId, float]]:
        """The nearest ids with their cosine, best first."""
        try:
            found = self._collection.query(
                query_embeddings=vector[np.newaxis], n_results=limit, include=["distances"]
            )
        except BaseException as error:
            raise _storage_error(error, self._directory) from error
        distances = (found["distances"] or [[]])[0]
        return [(ChunkId(int(i)), 1.0 - d) for i, d in zip(found["ids"][0], distances, strict=True)]

    def ids(self) -> Iterator[ChunkId]:
        """Every id in the store.

        Raises:
            StorageError: some vectors are lost; a search would pass over them without a word.
        """
        offset = 0
        while True:
            try:
                page = self._read(offset, self._batch)
            except BaseException as error:
                raise _storage_error(error, self._directory) from error
            yield from page
            if len(page) < self._batch:
                return
            offset += len(page)

    def count(self) -> int:
        """Vectors in the store."""
        try:
            return self._collection.count()
        except BaseException as error:
            raise _storage_error(error, self._directory) from error

    def close(self) -> None:
        """Let go of the files, so that the folder may be removed or opened again."""
        if client := getattr(self, "_client", None):
            cast(Client, client).close()
        # A client that failed to start stays in this table and is handed out again as it is.
        SharedSystemClient._identifier_to_system.pop(str(self._directory), None)

    def _read(self, offset: int, limit: int) -> list[ChunkId]:
        # Ids are in Chroma's SQLite file and vectors in a folder beside it. When the folder is
        # lost, counting and searching go on without a word; only reading vectors shows it.
        found = self._collection.get(include=["embeddings"], limit=limit, offset=offset)
        vectors = np.asarray(found["embeddings"])
        if len(vectors) and not np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3):
            raise ValueError("some vectors have lost their values")
        return [ChunkId(int(i)) for i in found["ids"]]


def wipe(directory: Path) -> None:
    """Remove the store's folder, whatever state it is in."""
    if directory.is_dir():
        shutil.rmtree(directory, ignore_errors=True)
    else:
        directory.unlink(missing_ok=True)


def _storage_error(error: BaseException, directory: Path) -> BaseException:
    """What to raise instead: ours for anything Chroma can do, the error itself for the rest."""
    panicked = type(error).__name__ == "PanicException"
    if not panicked and not isinstance(error, _BROKEN):
        return error
    return StorageError(f"cannot use the vector store in {directory}: {error}")
