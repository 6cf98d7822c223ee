"""Vectors kept in the catalog by model and content: no text is embedded twice."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from index.database import Database
from index.embedding import Embedder, Vectors
from index.types import ChunkId

ContentHash = NewType("ContentHash", str)


def content_hash(text: str) -> ContentHash:
    """Key of a text's embedding: 16 bytes of BLAKE2b in hexadecimal."""
    return ContentHash(hashlib.blake2b(text.encode(), digest_size=16).hexdigest())


class Embeddings:
    """The kept vectors of one model."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        """Vectors made by `embedder`, or by any other backend of the same name."""
        self.embedder = embedder
        self._database = database
        self._model = _model_id(database, embedder.name)

    def of(self, contents: Iterable[ContentHash]) -> dict[ContentHash, Vectors]:
        """(d,) float32 vectors by content; without those that were never embedded."""
        rows = self._database.connection().execute(
            """SELECT content, vector FROM embeddings
               WHERE model = ? AND content IN (SELECT value FROM json_each(?))""",
            (self._model, json.dumps(sorted(set(contents)))),
        )
        return {ContentHash(c): np.frombuffer(v, dtype="<f4") for c, v in rows}

    def of_chunks(self, chunk_ids: NDArray[np.int64]) -> Vectors:
        """(n, d) float32: the vectors of n chunks, in their order; zeros where one is missing."""
        # CROSS JOIN keeps the order of the tables. Left to itself SQLite begins with all vectors of
        # the model and goes through the whole list of ids for each: 155 s for 20,000 chunks.
        rows = self._database.connection().execute(
            """SELECT c.id, e.vector FROM chunks c
               CROSS JOIN embeddings e ON e.model = ? AND e.content = c.content
               WHERE c.id IN (SELECT value FROM json_each(?))""",
            (self._model, json.dumps(chunk_ids.tolist())),
        )
        found = {chunk_id: np.frombuffer(vector, dtype="<f4") for chunk_id, vector in rows}
        vectors = np.zeros((len(chunk_ids), self.embedder.dimension), dtype=np.float32)
        for place, chunk_id in enumerate(chunk_ids.tolist()):
            if chunk_id in found:
                vectors[place] = found[chunk_id]
        return vectors

    def missing(self) -> list[ChunkId]:
        """Shown chunks whose text has no vector of this model."""
        rows = self._database.connection().execute(
            """SELECT c.id FROM documents d JOIN chunks c ON c.version = d.live
               LEFT JOIN embeddings e ON e.model = ? AND e.content = c.content
               WHERE e.content IS NULL ORDER BY c.id""",
            (self._model,),
        )
        return [ChunkId(row[0]) for row in rows]

    def ensure(self, texts: Sequence[tuple[ContentHash, str]]) -> int:
        """Embed and keep what is not kept yet; gives how many texts that was."""
        known = self.of(content for content, _ in texts)
        missing = {content: text for content, text in texts if content not in known}
        if not missing:
            return 0
        vectors = self.embedder.embed_passages(list(missing.values()))
        with self._database.transaction() as write:
            write.executemany(
                "INSERT OR IGNORE INTO embeddings VALUES (?, ?, ?)",
                (
                    (self._model, content, np.ascontiguousarray(vector, dtype="<f4").tobytes())
                    for content, vector in zip(missing, vectors, strict=True)
                ),
            )
        return len(missing)


def _model_id(database: Database, name: str) -> int:
    found = database.connection().execute("SELECT id FROM models WHERE name = ?", (name,))
    if (row := found.fetchone()) is None:
        with database.transaction() as write:
            row = (write.execute("INSERT INTO models (name) VALUES (?)", (name,)).lastrowid,)
    return int(row[0])
