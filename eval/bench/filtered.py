"""Filtered search against unfiltered search and against brute force, on synthetic chunks."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from eval.bench.timing import milliseconds, percentile
from index.access import Principal, VisibleTo, group, visible_to
from index.embedding import Vectors
from index.settings import IndexSettings
from index.store import Index
from index.types import ChunkDraft, DocId, Document, Revision, Section, Span
from service.retrieval import Retriever
from service.settings import RetrievalSettings

SELECTIVITIES: Final = (0.5, 0.1, 0.01, 0.001)
_CHUNKS_A_DOCUMENT: Final = 10
_BATCH_DOCUMENTS: Final = 500
_WORDS: Final = 60
_TOP: Final = 10
_CLUSTERS: Final = 500


@dataclass(frozen=True, slots=True)
class FilteredFigures:
    """By selectivity (as in `SELECTIVITIES`): times of whole retrievals, and recall.

    Attributes:
        p50_ratio: median of filtered over median of unfiltered, in the same run.
        recall: share of the brute-force top 10 among the permitted that the dense leg gave.
    """

    chunks: int
    queries: int
    unfiltered_p50_ms: float
    unfiltered_p99_ms: float
    p50_ms: dict[str, float]
    p50_ratio: dict[str, float]
    p99_ratio: dict[str, float]
    recall: dict[str, float]
    unfiltered_recall: float


class SyntheticEmbedder:
    """Vectors in clusters, as texts have topics; the first word of a text names its cluster."""

    name = "synthetic/384"
    dimension = 384
    max_tokens = 256

    def __init__(self) -> None:
        """The cluster centres are fixed."""
        self._centres = np.random.default_rng(7).normal(size=(_CLUSTERS, self.dimension))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words."""
        return [len(text.split()) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32, unit rows."""
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> Vectors:
        """(384,) float32 of unit length."""
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        noise = np.random.default_rng(int.from_bytes(digest)).normal(size=self.dimension)
        cluster = int.from_bytes(hashlib.blake2b(text.split()[0].encode()).digest()) % _CLUSTERS
        vector = self._centres[cluster] + 0.7 * noise
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def measure_filtered(data_dir: Path, chunks: int, queries: int) -> FilteredFigures:
    """Fill an index with `chunks` chunks and search it as people who may see a share of them."""
    rng = np.random.default_rng(11)
    embedder = SyntheticEmbedder()
    settings = IndexSettings(data_dir=data_dir)
    with Index(settings, embedder, chunker="synthetic", command="bench") as index:
        filled = _fill(index, chunks, rng)
        index.warm()
        retriever = Retriever(index, embedder, RetrievalSettings())
        questions = [_text(rng, int(rng.integers(_CLUSTERS)), 8) for _ in range(queries)]
        vectors = np.stack([embedder.embed_query(q) for q in questions])
        people = {"all": _member("all")} | {str(s): _member(str(s)) for s in SELECTIVITIES}
        times: dict[str, list[float]] = {name: [] for name in people}
        for question in questions:  # interleaved, so that all see the same machine
            for name, person in people.items():
                took = milliseconds(retriever.retrieve, question, visible_to=person, limit=_TOP)
                times[name].append(took)
        matrix = embedder.embed_passages([chunk.text for chunk in filled])
        recall = {
            name: _recall(index, person, vectors, _permitted(filled, name), matrix)
            for name, person in people.items()
        }
    base = times.pop("all")
    whole = recall.pop("all")
    return FilteredFigures(
        chunks=len(filled),
        queries=queries,
        unfiltered_p50_ms=percentile(base, 50),
        unfiltered_p99_ms=percentile(base, 99),
        p50_ms={name: percentile(t, 50) for name, t in times.items()},
        p50_ratio={name: percentile(t, 50) / percentile(base, 50) for name, t in times.items()},
        p99_ratio={name: percentile(t, 99) / percentile(base, 99) for name, t in times.items()},
        recall=recall,
        unfiltered_recall=whole,
    )


def _member(name: str) -> VisibleTo:
    return visible_to(Principal("", frozenset({name})))


@dataclass(frozen=True, slots=True)
class _Filled:
    doc_id: DocId
    position: int
    text: str
    groups: frozenset[str]


def _fill(index: Index, chunks: int, rng: np.random.Generator) -> list[_Filled]:
    """Put documents that everybody in `all`, and a share of the other groups, may read."""
    filled = []
    items = []
    for number in range(chunks // _CHUNKS_A_DOCUMENT):
        doc_id = DocId(f"synthetic:{number}")
        groups = frozenset(["all", *(str(s) for s in SELECTIVITIES if rng.random() < s)])
        document, drafts = _document(doc_id, frozenset(map(group, groups)), rng)
        filled += [_Filled(doc_id, i, draft.plain, groups) for i, draft in enumerate(drafts)]
        items.append((document, drafts))
        if len(items) == _BATCH_DOCUMENTS:
            index.put(items)
            items = []
    index.put(items)
    return filled


def _document(
    doc_id: DocId, readers: frozenset[str], rng: np.random.Generator
) -> tuple[Document, list[ChunkDraft]]:
    cluster = int(rng.integers(_CLUSTERS))
    parts = [_text(rng, cluster, _WORDS) for _ in range(_CHUNKS_A_DOCUMENT)]
    text = "\n".join(parts)
    drafts, start = [], 0
    for part in parts:
        drafts.append(ChunkDraft(0, Span(start, start + len(part)), part))
        start += len(part) + 1
    document = Document(
        doc_id=doc_id,
        source="synthetic",
        title="",
        url=doc_id,
        text=text,
        markup="text",
        sections=(Section((), Span(0, len(text)), doc_id),),
        readers=readers,
        revision=Revision("1"),
    )
    return document, drafts


def _text(rng: np.random.Generator, cluster: int, words: int) -> str:
    """Words with the frequencies of natural language, led by one that names the cluster."""
    drawn = rng.zipf(1.2, size=words) % 30_000
    return " ".join([f"topic{cluster}", *(f"word{w}" for w in drawn)])


def _permitted(filled: list[_Filled], name: str) -> dict[int, tuple[DocId, int]]:
    """Rows of the chunks that the group may see, with what identifies each in the index."""
    return {
        row: (chunk.doc_id, chunk.position)
        for row, chunk in enumerate(filled)
        if name in chunk.groups
    }


def _recall(
    index: Index,
    person: VisibleTo,
    vectors: Vectors,
    permitted: dict[int, tuple[DocId, int]],
    matrix: Vectors,
) -> float:
    rows = np.fromiter(permitted, dtype=np.int64)
    hits = wanted = 0
    for vector in vectors:
        order = rows[np.argsort(-(matrix[rows] @ vector), kind="stable")[:_TOP]]
        best = {permitted[row] for row in order.tolist()}
        ids = [i for i, _ in index.nearest(vector, visible_to=person, limit=_TOP)]
        given = index.chunks(ids, visible_to=person).values()
        hits += len(best & {(chunk.doc_id, chunk.position) for chunk in given})
        wanted += len(best)
    return hits / wanted if wanted else 1.0
