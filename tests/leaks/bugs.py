"""Five bugs that somebody could write, to see that the suite finds them.

Most of them are stopped by a second defence, and would change no response if they were alone. So
each is put where nothing stops it; what else had to be taken away is said with each.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from index import access
from index.access import VisibleTo, visible_to
from index.store import Index, PutReport
from index.types import Chunk, ScoredChunk
from service.asking import Answered, Asking
from service.retrieval import Retrieval, Retriever
from tests.leaks.companies import DOMAINS, GROUPS, PEOPLE
from tests.leaks.service import Bug


def everybody() -> VisibleTo:
    """What no person is: all of them at once."""
    readers = {access.PUBLIC, *map(access.user, PEOPLE), *map(access.group, GROUPS)}
    everything = frozenset({*readers, *map(access.domain, DOMAINS)})
    return VisibleTo(everything, visible_to(None).grant)


class OneLegUnfiltered(Index):
    """The lexical leg looks at every chunk; the catalog's last check is still there."""

    def matching(self, text: str, *, visible_to: VisibleTo, limit: int) -> Any:
        del visible_to
        return super().matching(text, visible_to=everybody(), limit=limit)


class OneLegUnfilteredAndTrusted(OneLegUnfiltered):
    """The same, and what the legs found is not checked again: without that nothing would leak."""

    def chunks(self, chunk_ids: Any, *, visible_to: VisibleTo) -> Any:
        del visible_to
        return super().chunks(chunk_ids, visible_to=everybody())


class NobodyIsEverybody(Index):
    """A document without readers is taken for one without restrictions, where it is written.

    Read the other way in one place only, each of the other places would still refuse it.
    """

    def put(self, items: Any) -> PutReport:
        public = frozenset({access.PUBLIC})
        return super().put([(replace(d, readers=d.readers or public), c) for d, c in items])


class AnswersKeptForAll(Asking):
    """Answers are kept by their question, whoever asks it."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._kept: dict[str, Answered] = {}

    def ask(self, question: str, **others: Any) -> Answered:
        if question not in self._kept:
            self._kept[question] = super().ask(question, **others)
        return self._kept[question]


class NeighboursUnfiltered(Retriever):
    """The chunks beside each hit are merged into the ranking, and read as nobody in particular.

    `Index.neighbours` cannot do this: it stays in one version of one document, which has one set
    of readers. So the neighbours here are those by number, over the borders of documents.
    """

    def retrieve(self, question: str, *, visible_to: VisibleTo, limit: int) -> Retrieval:
        found = super().retrieve(question, visible_to=visible_to, limit=limit)
        beside = {hit.chunk.chunk_id + step for hit in found.ranking for step in (-1, 1)}
        chunks: dict[Any, Chunk] = self._index.chunks(beside, visible_to=everybody())  # type: ignore[arg-type]
        known = {hit.chunk.chunk_id for hit in found.ranking}
        more = [ScoredChunk(c, 0.0) for i, c in chunks.items() if i not in known]
        return Retrieval(question, (*found.ranking, *more), found.timings_ms)


BUGS: Final = (
    Bug("filter dropped in one leg", index=OneLegUnfilteredAndTrusted),
    Bug("stale group cache", membership_counts_for=timedelta(days=7)),
    Bug("empty readers are everybody", index=NobodyIsEverybody),
    Bug("answers kept without the person", asking=AnswersKeptForAll),
    Bug("neighbours merged unfiltered", retriever=NeighboursUnfiltered),
)
STOPPED: Final = Bug("filter dropped in one leg, last check kept", index=OneLegUnfiltered)
"""The defence in depth: the catalog's check keeps this one from showing anything."""
