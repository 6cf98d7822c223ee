"""Which documents a run takes out, and the guard against taking out too many."""

from collections.abc import Iterable
from typing import Final

from index.access import narrows
from index.types import DocId
from ingest.source import SameReaders, Source
from ingest.target import Target

GUARD_FROM: Final = 6
"""Known documents from which a share means something: of five, one is already 20 %."""

NAMED: Final = 10
"""Documents that a refusal names."""


class Deletions:
    """Deletions of one run: gathered, weighed, and only then carried out.

    Attributes:
        done: what was taken out, in the order of its going; values mean nothing.
        refusal: why nothing more is taken out in this run; None as long as it may be.
    """

    def __init__(self, known: int, max_share: float) -> None:
        """Weigh against the documents `known` before the run."""
        self._known = known
        self._max_share = max_share
        self._waiting: dict[DocId, None] = {}
        self._weighed = 0
        self.done: dict[DocId, None] = {}
        self.refusal: str | None = None

    def gather(self, doc_id: DocId) -> None:
        """The document is gone from the source."""
        if doc_id not in self.done:
            self._waiting[doc_id] = None

    def spare(self, doc_id: DocId) -> None:
        """The document is (again) in the source."""
        self._waiting.pop(doc_id, None)
        self.done.pop(doc_id, None)

    def record(self, doc_ids: Iterable[DocId]) -> None:
        """These were taken out."""
        self.done |= dict.fromkeys(doc_ids)

    def take(self) -> list[DocId]:
        """What waits, if all of the run's deletions together are within the share; else nothing."""
        count = self._weighed + len(self._waiting)
        is_weighty = bool(self._waiting) and self._known >= GUARD_FROM
        if is_weighty and count > self._max_share * self._known:
            self.refusal = self._refuse(count)
        if self.refusal:
            return []
        taken, self._waiting = list(self._waiting), {}
        self._weighed = count
        return taken

    def _refuse(self, count: int) -> str:
        names = ", ".join(list(self._waiting)[:NAMED])
        more = f" and {len(self._waiting) - NAMED} more" if len(self._waiting) > NAMED else ""
        return (
            f"{count} of {self._known} documents are gone from the source, more than "
            f"{self._max_share:.0%} (max_delete_share): {names}{more}. They were kept; "
            "if they are gone for good, run again with --allow-mass-delete"
        )


def withhold(source: Source, target: Target) -> None:
    """Hide, before the source is read, what its settings now keep from those who could see it.

    Documents that are read come back with their new readers; those of a run that fails stay
    hidden. It is no matter of how many: it is not guarded.
    """
    if isinstance(source, SameReaders):
        known = ((i, target.readers_of(i)) for i in target.revisions(source.name))
        wider = [i for i, readers in known if readers and narrows(readers, source.readers)]
        if wider:
            target.delete(wider)
