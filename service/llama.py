"""The index as a retriever of llama-index, for one person."""

# llama-index takes seconds to import: nothing else of ours may import this module.

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.access import Principal, VisibleTo, visible_to
from index.search import Search
from index.types import Chunk, DocId, ScoredChunk
from service.answering.validity import validity_of, worded
from service.asking import checked
from service.retrieval import Retriever

_LIMIT: Final = 10
_MAX_CHARS: Final = 20_000  # of a query, like the longest question
_FOR_MODELS: Final = ("title", "headings", "updated_at", "status", "validity")


class AnswerableRetriever(BaseRetriever):
    """Finds what one person may read; what they may is looked up for each query."""

    def __init__(
        self, index: Search, retriever: Retriever, principal: Principal, *, limit: int = _LIMIT
    ) -> None:
        """Over an open index.

        Args:
            index: where what is found stands.
            retriever: of this index.
            principal: who asks. There is no default: a retriever for everybody would have to be
                for somebody who may read everything.
            limit: how many chunks a query finds at most.
        """
        super().__init__()
        if not isinstance(principal, Principal):
            raise TypeError("say who asks: a Principal, like that of a key or of this machine")
        self._index = index
        self._retriever = retriever
        self._principal = principal
        self._limit = limit

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        query = checked(query_bundle.query_str, _MAX_CHARS)
        viewer = visible_to(self._principal)
        found = self._retriever.retrieve(query, visible_to=viewer, limit=self._limit)
        validity = self._validity(found.ranking, viewer)
        return [
            NodeWithScore(node=_node(hit.chunk, validity[hit.chunk.doc_id]), score=hit.score)
            for hit in found.ranking
        ]

    def _validity(
        self, ranking: Sequence[ScoredChunk], viewer: VisibleTo
    ) -> dict[DocId, str | None]:
        """In words, of each document; None while it holds."""
        said: dict[DocId, str | None] = {}
        for doc_id in {hit.chunk.doc_id for hit in ranking}:
            document = self._index.document(doc_id, visible_to=viewer)
            found = document and validity_of(document, self._index, visible_to=viewer)
            said[doc_id] = worded(found) if found else None
        return said


def _node(chunk: Chunk, validity: str | None) -> TextNode:
    metadata = _metadata(chunk) | {"validity": validity}
    return TextNode(
        id_=str(chunk.chunk_id),
        text=chunk.plain,
        metadata=metadata,
        # Models read where a text stands; ids and addresses are for whoever cites it.
        excluded_llm_metadata_keys=[key for key in metadata if key not in _FOR_MODELS],
        excluded_embed_metadata_keys=list(metadata),
    )


def _metadata(chunk: Chunk) -> dict[str, Any]:
    first, last = chunk.lines
    return {
        "doc_id": str(chunk.doc_id),
        "source": chunk.source,
        "title": chunk.title,
        "headings": list(chunk.headings),
        "url": chunk.url,
        "lines": [first, last],
        "updated_at": _iso(chunk.updated_at),
        "status": chunk.status,
    }


def _iso(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat()
