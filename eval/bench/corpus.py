"""Ingest and search of a folder of documents, beside the bare work of the model."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eval.bench.timing import milliseconds, percentile, seconds
from index.access import visible_to
from index.embedders import open_embedder
from index.embedding import Embedder
from index.settings import IndexSettings
from index.store import Index
from index.types import contextual_text
from ingest.chunking import CHUNKER
from ingest.cutting import chunker
from ingest.report import SyncReport
from ingest.settings import DocsRepoSettings, IngestSettings
from ingest.sources.docs_repo import DocsRepo
from ingest.sync import sync
from service.answering.extractive import ExtractiveAnswerer
from service.asking import Asking
from service.retrieval import Retriever
from service.settings import ServiceSettings

_QUESTIONS: Final = 200
_LIMIT: Final = 10
_SOURCE: Final = "bench"


@dataclass(frozen=True, slots=True)
class CorpusFigures:
    """What was measured on the corpus; times in the units of their names."""

    documents: int
    chunks: int
    queries: int
    ingest_s: float
    bare_embedding_s: float
    ingest_overhead_ratio: float
    reingest_s: float
    reingest_ratio: float
    embedded_again: int
    search_p50_ms: float
    search_p99_ms: float
    ask_p50_ms: float
    ask_p99_ms: float
    embed_query_p50_ms: float
    search_p50_ratio: float
    bytes_per_chunk: float


def measure_corpus(
    folder: Path, data_dir: Path, questions: list[str]
) -> tuple[CorpusFigures, list[str]]:
    """Ingest `folder` twice into `data_dir`, then ask; leaves the index there.

    Gives the figures, and the questions that were asked: headings where none were given.

    Both start warm, with the model loaded and the stores open: what a start costs is measured by
    itself. The bare embedding of the same chunks is timed before and after the first ingest, and
    the mean of the two counts, because shared machines drift.
    """
    settings = IndexSettings(data_dir=data_dir)
    embedder = open_embedder(settings)
    embedder.embed_query("warm")
    texts = _chunk_texts(folder, data_dir, embedder)
    bare = [seconds(lambda: embedder.embed_passages(texts))]
    with Index(settings, embedder, chunker=CHUNKER, command="bench") as index:
        index.check()
        ingest_s = seconds(lambda: _sync(folder, data_dir, index, embedder))
        bare.append(seconds(lambda: embedder.embed_passages(texts)))
        again: list[SyncReport] = []
        reingest_s = seconds(lambda: again.append(_sync(folder, data_dir, index, embedder)))
        stats = index.stats()
        asked = (questions or _headings(folder))[:_QUESTIONS]
        embed_ms, search_ms, ask_ms = _ask(index, embedder, asked)
    bare_s = sum(bare) / len(bare)
    figures = CorpusFigures(
        documents=stats["documents"],
        chunks=stats["chunks"],
        queries=len(asked),
        ingest_s=ingest_s,
        bare_embedding_s=bare_s,
        ingest_overhead_ratio=ingest_s / bare_s,
        reingest_s=reingest_s,
        reingest_ratio=reingest_s / ingest_s,
        embedded_again=again[0].embedded,
        search_p50_ms=percentile(search_ms, 50),
        search_p99_ms=percentile(search_ms, 99),
        ask_p50_ms=percentile(ask_ms, 50),
        ask_p99_ms=percentile(ask_ms, 99),
        embed_query_p50_ms=percentile(embed_ms, 50),
        search_p50_ratio=percentile(search_ms, 50) / percentile(embed_ms, 50),
        bytes_per_chunk=_index_bytes(data_dir) / max(stats["chunks"], 1),
    )
    return figures, asked


def questions_of(path: Path) -> list[str]:
    """The questions of a question set; empty if there is no such file."""
    if not path.is_file():
        return []
    return [json.loads(line)["question"] for line in path.read_text("utf-8").splitlines() if line]


def _ask(
    index: Index, embedder: Embedder, questions: list[str]
) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of each question: embedding alone, search, ask.

    The three take turns, so that all see the same machine.
    """
    settings = ServiceSettings()
    retriever = Retriever(index, embedder, settings.retrieval)
    asking = Asking(index, retriever, ExtractiveAnswerer(index, settings), settings)
    public = visible_to(None)
    asking.ask(questions[0], visible_to=public)
    embed, search, ask = [], [], []
    for question in questions:
        embed.append(milliseconds(embedder.embed_query, question))
        search.append(milliseconds(asking.search, question, visible_to=public, limit=_LIMIT))
        ask.append(milliseconds(asking.ask, question, visible_to=public))
    return embed, search, ask


def _sync(folder: Path, data_dir: Path, index: Index, embedder: Embedder) -> SyncReport:
    source = DocsRepo(_SOURCE, DocsRepoSettings(kind="docs_repo", path=folder), data_dir)
    report = sync(source, index, chunker=chunker(embedder), settings=IngestSettings())
    if report.error:
        raise SystemExit(f"bench: {folder}: {report.error}")
    return report


def _chunk_texts(folder: Path, data_dir: Path, embedder: Embedder) -> list[str]:
    """What the model will read of the folder, without an index."""
    source = DocsRepo(_SOURCE, DocsRepoSettings(kind="docs_repo", path=folder), data_dir)
    cut = chunker(embedder)
    texts = []
    for change in source.changes(None, {}):
        if document := getattr(change, "document", None):
            for draft in cut(document):
                headings = document.sections[draft.section].headings
                texts.append(contextual_text(document.title, headings, draft.plain))
    return list(dict.fromkeys(texts))


def _headings(folder: Path) -> list[str]:
    """Headings of the folder's files, to ask where there are no questions."""
    found: dict[str, None] = {}
    for path in sorted(folder.rglob("*.md")) + sorted(folder.rglob("*.rst")):
        text = path.read_text("utf-8", errors="replace")
        found |= dict.fromkeys(re.findall(r"^#{1,4} +(\S.{8,80})$", text, flags=re.MULTILINE))
        found |= dict.fromkeys(re.findall(r"^(\S.{8,80})\n[=\-~^]{8,}$", text, flags=re.MULTILINE))
    return list(found)[:: max(1, len(found) // _QUESTIONS)] or ["what is written here"]


def _index_bytes(data_dir: Path) -> int:
    """Size on disk of the three stores; the exported model is not the index."""
    files = (f for f in data_dir.rglob("*") if f.is_file() and "models" not in f.parts)
    return sum(f.stat().st_size for f in files)
