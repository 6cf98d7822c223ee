"""The knowledge gaps as an operator gets them: grouped now, with what that operator may read."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from index.embedding import Embedder, Vectors
from service import recording
from service.auditing.log import UNRECORDED, AuditLog
from service.errors import NotFound
from service.gaps.clustering import central, grouped
from service.gaps.nearby import Nearby
from service.gaps.schemas import Comment, Dismissed, Gap, GapList, Phrasing, documents_of
from service.gaps.store import GapStore
from service.gaps.types import Asked, folded
from service.gate import require_operator
from service.identity.types import Identity

WEEKS: Final = 12
_MOST_GROUPED: Final = 2000
"""Different questions, the latest; more would take too long while somebody waits."""
_ID_CHARS: Final = 12
_PHRASINGS: Final = 20
_COMMENTS: Final = 20


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions that mean the same, the oldest first; `question` is the most central of them."""

    question: str
    asked: tuple[Asked, ...]

    @property
    def gap_id(self) -> str:
        """Made of the oldest question: it stays while others join, until that one is erased."""
        digest = hashlib.sha256(f"gap {self.asked[0].asked_id}".encode())
        return digest.hexdigest()[:_ID_CHARS]

    @property
    def is_dismissed(self) -> bool:
        """At least half of it was dismissed: it comes back when it is asked as often again."""
        return 2 * sum(one.is_dismissed for one in self.asked) >= len(self.asked)


class GapListing:
    """The use cases of operators; everybody else is refused."""

    def __init__(
        self,
        store: GapStore,
        embedder: Embedder,
        nearby: Nearby,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        audit: AuditLog = UNRECORDED,
    ) -> None:
        """Over parts that are made elsewhere; `embedder` is the index's.

        What is listed is recorded in `audit` first.
        """
        self._audit = audit
        self._store = store
        self._embedder = embedder
        self._nearby = nearby
        self._now = now

    def gaps(
        self,
        operator: Identity,
        *,
        since: datetime | None = None,
        min_count: int = 1,
        limit: int = 50,
    ) -> GapList:
        """The gaps, those asked most often first, then the latest.

        Args:
            operator: who looks; the documents named are those that they may read.
            since: only what was asked from then on.
            min_count: only what was asked so often.
            limit: how many at most.

        Raises:
            Forbidden: they are no operator.
            StorageError: the list cannot be read.
        """
        require_operator(operator)
        wanted = [
            one
            for one in self._clusters()
            if len(one.asked) >= min_count and (not since or one.asked[-1].asked_at >= since)
        ]
        wanted.sort(key=lambda one: (len(one.asked), one.asked[-1].asked_at), reverse=True)
        gaps = [self._gap(one, operator) for one in wanted[:limit]]
        self._audit.record(recording.did(operator, "gaps", documents_of(gaps)))
        return GapList(
            gaps=gaps,
            more=max(0, len(wanted) - limit),
            collects=self._store.settings.collects,
        )

    def gap(self, operator: Identity, gap_id: str) -> Gap:
        """One gap; raises Forbidden, NotFound and StorageError."""
        require_operator(operator)
        found = self._gap(self._find(gap_id), operator)
        self._audit.record(recording.did(operator, "gaps", documents_of([found])))
        return found

    def dismiss(self, operator: Identity, gap_id: str) -> Dismissed:
        """A gap is listed no more; raises Forbidden, NotFound and StorageError."""
        require_operator(operator)
        found = self._find(gap_id)
        self._audit.record(recording.did(operator, "gaps"))
        self._store.dismiss([one.asked_id for one in found.asked])
        return Dismissed(gap_id=gap_id, questions=len(found.asked))

    def _find(self, gap_id: str) -> Cluster:
        for one in self._clusters():
            if one.gap_id == gap_id:
                return one
        raise NotFound(f"there is no gap {gap_id!r}; `answerable gaps` shows the ids")

    def _clusters(self) -> list[Cluster]:
        by_text: dict[str, list[Asked]] = {}
        for one in self._store.gaps():
            by_text.setdefault(folded(one.question), []).append(one)
        latest = sorted(by_text, key=lambda text: by_text[text][-1].asked_at)[-_MOST_GROUPED:]
        # In the order of their first question, so that the same questions make the same groups.
        texts = sorted(latest, key=lambda text: (by_text[text][0].asked_at, text))
        if not texts:
            return []
        vectors = self._vectors(texts)
        clusters = [
            _cluster([by_text[texts[row]] for row in rows], vectors[rows])
            for rows in grouped(vectors)
        ]
        return [one for one in clusters if not one.is_dismissed]

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        name = self._embedder.name
        known = self._store.vectors(name)
        new = {text: self._embedder.embed_query(text) for text in texts if text not in known}
        if new:
            self._store.keep_vectors(name, new)
        return np.stack([known[text] if text in known else new[text] for text in texts])

    def _gap(self, cluster: Cluster, operator: Identity) -> Gap:
        asked = cluster.asked
        near = self._nearby.of(cluster, operator)
        counts = Counter(" ".join(one.question.split()) for one in asked)
        said = [one for one in reversed(asked) if one.comment]
        return Gap(
            gap_id=cluster.gap_id,
            question=cluster.question,
            phrasings=[Phrasing(text=t, asked=n) for t, n in counts.most_common(_PHRASINGS)],
            asked=len(asked),
            people=len({one.person for one in asked}),
            reasons=dict(Counter(one.reason for one in asked).most_common()),
            first_asked=asked[0].asked_at,
            last_asked=asked[-1].asked_at,
            weeks=_weeks([one.asked_at for one in asked], self._now()),
            nearest=list(near.nearest),
            cited=list(near.cited),
            ask=list(near.ask),
            answered_meanwhile=near.is_answered,
            comments=[
                Comment(verdict=one.reason, text=one.comment, asked_at=one.asked_at)
                for one in said[:_COMMENTS]
            ],
        )


def _cluster(same: Sequence[Sequence[Asked]], vectors: Vectors) -> Cluster:
    middle = same[central(vectors, [len(asked) for asked in same])]
    everything = sorted(
        (one for asked in same for one in asked), key=lambda one: (one.asked_at, one.asked_id)
    )
    return Cluster(middle[0].question, tuple(everything))


def _weeks(moments: Sequence[datetime], now: datetime) -> list[int]:
    counts, this_week = [0] * WEEKS, _monday(now)
    for moment in moments:
        ago = (this_week - _monday(moment)).days // 7
        if 0 <= ago < WEEKS:
            counts[WEEKS - 1 - ago] += 1
    return counts


def _monday(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
