"""What the documents have near a gap, whom to ask, and whether it is answered by now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from index.access import VisibleTo, visible_to
from index.types import Document, ScoredChunk
from service.answering.types import Answer
from service.asking import Asking, Evidence
from service.errors import BadQuestion, NotFound
from service.gaps.types import Asked, Reason
from service.identity.types import Identity
from service.retrieval import best_of_each_document
from service.schemas import Nearest

_NEAREST: Final = 3
_CITED: Final = 5
_OWNERS: Final = 3
_SAID_WRONG: Final[frozenset[Reason]] = frozenset({"wrong", "outdated"})


class Cluster(Protocol):
    """The part of a cluster that is looked at here."""

    @property
    def question(self) -> str:
        """The most central question."""
        ...

    @property
    def asked(self) -> tuple[Asked, ...]:
        """All of them."""
        ...


@dataclass(frozen=True, slots=True)
class Near:
    """What is near a gap, as one person may read it; see `schemas.Gap`."""

    nearest: tuple[Nearest, ...] = ()
    cited: tuple[Nearest, ...] = ()
    ask: tuple[str, ...] = ()
    is_answered: bool = False


class Nearby:
    """Asks for each gap anew, as whoever looks: nothing of an earlier answer is shown."""

    def __init__(self, asking: Asking, sure: float) -> None:
        """Over one way of asking.

        Args:
            asking: with the extractive answerer: a list of gaps is no reason to pay a model.
            sure: the confidence from which on a question counts as answered.
        """
        self._asking = asking
        self._sure = sure

    def of(self, cluster: Cluster, viewer: Identity) -> Near:
        """What is near one gap."""
        may_read = visible_to(viewer.principal)
        hits, answer = self._asked(cluster.question, may_read)
        best = best_of_each_document(hits)[:_NEAREST]
        # An answer that was sure and wrong is as sure now: only its askers can say it is mended.
        was_wrong = any(one.reason in _SAID_WRONG for one in cluster.asked)
        is_sure = answer is not None and not answer.abstained and answer.confidence >= self._sure
        return Near(
            nearest=tuple(Nearest.model_validate(hit.chunk) for hit in best),
            cited=tuple(self._cited(cluster.asked, may_read)),
            ask=_owners(best),
            is_answered=is_sure and not was_wrong,
        )

    def _asked(
        self, question: str, may_read: VisibleTo
    ) -> tuple[Sequence[ScoredChunk], Answer | None]:
        hits: Sequence[ScoredChunk] = ()
        streaming = self._asking.stream(question, visible_to=may_read)
        try:
            while True:
                step = next(streaming)
                if isinstance(step, Evidence):
                    hits = step.hits
        except StopIteration as ended:
            return hits, ended.value.answer
        except BadQuestion:  # longer than is read by now
            return hits, None

    def _cited(self, asked: Sequence[Asked], may_read: VisibleTo) -> Iterable[Nearest]:
        ids = dict.fromkeys(doc_id for one in reversed(asked) for doc_id in one.documents)
        shown = 0
        for doc_id in ids:
            if shown == _CITED:
                return
            try:
                found = self._asking.document(doc_id, visible_to=may_read)
            except NotFound:
                continue  # not any more, or not for this person: the two look the same
            shown += 1
            yield _as_nearest(found)


def _as_nearest(document: Document) -> Nearest:
    return Nearest(
        doc_id=document.doc_id,
        title=document.title,
        headings=[],
        url=document.url,
        updated_at=document.updated_at,
        authors=list(document.authors),
    )


def _owners(best: Sequence[ScoredChunk]) -> tuple[str, ...]:
    """Authors of the nearest documents; who wrote more and nearer ones comes first."""
    pull: dict[str, float] = {}
    for rank, hit in enumerate(best, 1):
        for author in dict.fromkeys(hit.chunk.authors):
            pull[author] = pull.get(author, 0.0) + 1 / rank
    return tuple(sorted(pull, key=lambda author: -pull[author])[:_OWNERS])
