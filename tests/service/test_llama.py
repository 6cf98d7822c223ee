"""llama-index's own query engines on our retriever."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import CitationQueryEngine, RetrieverQueryEngine

from index.access import PUBLIC, Principal
from index.settings import IndexSettings
from index.store import Index
from index.types import ChunkDraft, Span
from service.errors import BadQuestion
from service.llama import AnswerableRetriever
from service.retrieval import Retriever
from service.settings import ServiceSettings
from tests.fakes.embedder import HashEmbedder
from tests.service.chat.desk import ADA, BO, PAYROLL, document, fill

WHO = "Who approved the payroll of June?"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index(IndexSettings(data_dir=tmp_path), HashEmbedder(), chunker="whole") as index:
        fill(index)
        yield index


def of(index: Index, principal: Principal, limit: int = 10) -> AnswerableRetriever:
    retriever = Retriever(index, HashEmbedder(), ServiceSettings().retrieval)
    return AnswerableRetriever(index, retriever, principal, limit=limit)


def found(retriever: AnswerableRetriever) -> set[str]:
    return {hit.node.metadata["doc_id"] for hit in retriever.retrieve(WHO)}


def test_nobody_is_no_default(index: Index) -> None:
    with pytest.raises(TypeError, match="say who asks"):
        of(index, None)  # type: ignore[arg-type]


def test_nothing_private_of_somebody_else_is_found(index: Index) -> None:
    assert "docs:payroll.md" not in found(of(index, Principal(BO)))


def test_what_is_mine_is_found(index: Index) -> None:
    assert "docs:payroll.md" in found(of(index, Principal(ADA)))


def test_node_says_where_it_stands(index: Index) -> None:
    best, *others = of(index, Principal(ADA)).retrieve(WHO)

    assert best.node.get_content() == PAYROLL
    assert best.node.metadata == {
        "doc_id": "docs:payroll.md",
        "source": "docs",
        "title": "Money",
        "headings": ["Money"],
        "url": "https://docs.example/docs:payroll.md",
        "lines": [1, 1],
        "updated_at": "2026-06-01T00:00:00+00:00",
        "status": "current",
        "validity": None,
    }
    assert all(best.get_score() >= other.get_score() for other in others)


def test_document_that_does_not_hold_any_more_says_so(index: Index) -> None:
    text = "The payroll of May was approved by Bo."
    old = replace(document("docs:old.md", text, PUBLIC), status="deprecated")
    index.put([(old, [ChunkDraft(0, Span(0, len(text)), text)])])
    said = {
        hit.node.metadata["doc_id"]: hit.node.metadata["validity"]
        for hit in of(index, Principal(BO)).retrieve(WHO)
    }
    assert said == {
        "docs:old.md": "deprecated",
        "docs:receipts.md": None,
        "docs:anchor.md": None,
    }


def test_limit_is_kept(index: Index) -> None:
    assert len(of(index, Principal(ADA), limit=1).retrieve(WHO)) == 1


def test_empty_query_is_refused(index: Index) -> None:
    with pytest.raises(BadQuestion):
        of(index, Principal(ADA)).retrieve("  ")


def test_query_engines_run_on_it(index: Index) -> None:
    mine = of(index, Principal(ADA))
    plain = RetrieverQueryEngine.from_args(mine, llm=MockLLM()).query(WHO)
    citing = CitationQueryEngine(mine, llm=MockLLM()).query(WHO)

    assert PAYROLL in str(plain)
    assert PAYROLL in str(citing)
    assert {node.node.metadata["doc_id"] for node in citing.source_nodes} >= {"docs:payroll.md"}
