"""What one reader sees of the term store between two commits: numbers are looked up once.

Tantivy weighs a word by how many chunks of the whole index have it. Whoever may not read some of
them would learn of their words from scores that move. So each word is boosted by the quotient of
its weight among what this person may read and its weight among all: what comes out is BM25 over
the visible chunks. Only the average length of a chunk, which Tantivy divides lengths by, remains
that of the whole index: see `docs/operations.md`.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import tantivy
from tantivy import Occur, Query

from index.access import PUBLIC
from index.remembered import Remembered
from index.types import ChunkId

EVERY: Final = "*"  # in the field of sources; every chunk has it
_DIGITS: Final = 4  # of a score; the next ones move when chunks that nobody here sees come and go
_ROOM: Final = 1024  # words that are remembered, of one view

Hits = list[tuple[ChunkId, float]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be shown.

    Attributes:
        readers: those who ask.
        withheld: sources of which only what is public is shown.
        hidden: sources of which nothing is shown.
    """

    readers: frozenset[str]
    withheld: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


class TermView:
    """The chunks of a scope, as they were when it was made; any number of threads may use it."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, scope: Scope) -> None:
        """Of what `searcher` sees."""
        self._searcher = searcher
        self._schema = schema
        self._shown = self._query_of(scope)
        # Tantivy's own numbers include what was removed and is not merged away yet.
        self._total = searcher.doc_freq("source", EVERY)
        self._seen = _count(searcher, self._shown)
        self._boosts: Remembered[str, float] = Remembered(_ROOM)
        self._best: Remembered[str, Hits] = Remembered(_ROOM)

    def search(self, terms: Iterable[str], limit: int) -> Hits:
        """Chunks that have some of the terms: (id, BM25 score), best first."""
        words = [(Occur.Should, query) for query in self._weighed(terms)]
        if not words:
            return []
        query = _both(Query.boolean_query(words), self._shown)
        hits = self._searcher.search(query, limit=limit, count=False).hits
        found = [(self._chunk_id(address), _rounded(score)) for score, address in hits]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def best(self, term: str) -> Hits:
        """The chunk that says a term best, as `search` gives it; none where no chunk has it."""
        hits = self._best.get(term)
        if hits is None:
            hits = self.search([term], 1)
            self._best.put(term, hits, 1)
        return hits

    def _weighed(self, terms: Iterable[str]) -> Iterator[Query]:
        """A query for each term, worth what the term is worth among the chunks that are shown."""
        for term in terms:
            query = Query.term_query(self._schema, "body", term)
            if self._seen == self._total:
                yield query
            elif boost := self._boost(term, query):
                yield Query.boost_query(query, boost)

    def _boost(self, term: str, query: Query) -> float:
        """0 where no chunk that is shown has it."""
        boost = self._boosts.get(term)
        if boost is None:
            boost, having = 0.0, _count(self._searcher, _both(query, self._shown))
            if having:
                everywhere = _idf(self._total, self._searcher.doc_freq("body", term))
                boost = _idf(self._seen, having) / everywhere
            self._boosts.put(term, boost, 1)
        return boost

    def _query_of(self, scope: Scope) -> Query:
        """Matches what may be shown, with a score of 0."""
        admitted = self._any("readers", scope.readers)
        if scope.withheld:
            old = self._any("source", scope.withheld)
            believed = Query.boolean_query([(Occur.Must, admitted), (Occur.MustNot, old)])
            public = self._any("readers", scope.readers & {PUBLIC})
            admitted = Query.boolean_query([(Occur.Should, believed), (Occur.Should, public)])
        if scope.hidden:
            gone = self._any("source", scope.hidden)
            admitted = Query.boolean_query([(Occur.Must, admitted), (Occur.MustNot, gone)])
        return Query.const_score_query(admitted, 0.0)

    def _any(self, field: str, values: Iterable[str]) -> Query:
        # A set query would read every posting before it is asked for the first: 3-10 times slower.
        return Query.boolean_query(
            [(Occur.Should, Query.term_query(self._schema, field, v)) for v in sorted(values)]
        )

    def _chunk_id(self, address: tantivy.DocAddress) -> ChunkId:
        return ChunkId(int(self._searcher.doc(address)["chunk"][0]))


def _both(words: Query, shown: Query) -> Query:
    return Query.boolean_query([(Occur.Must, words), (Occur.Must, shown)])


def _count(searcher: tantivy.Searcher, query: Query) -> int:
    found = searcher.search(query, limit=1, count=True)
    return int(found.count)  # type: ignore[attr-defined]  # its stub has forgotten it


def _idf(chunks: int, having: int) -> float:
    """As Tantivy has it: never negative, never 0."""
    return math.log(1.0 + (chunks - having + 0.5) / (having + 0.5))


def _rounded(score: float) -> float:
    return float(f"{score:.{_DIGITS}g}")
