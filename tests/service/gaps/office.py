"""A small company that asks: a real index, a real store, and a clock that a test sets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from index.access import PUBLIC, Principal, visible_to
from index.store import Index
from ingest.cutting import chunker
from service.answering.extractive import ExtractiveAnswerer
from service.asking import Answered, Asking
from service.conversations.types import Turn
from service.gaps.database import FILE
from service.gaps.listing import GapListing
from service.gaps.nearby import Nearby
from service.gaps.schemas import Feedback, Gap
from service.gaps.store import GapStore
from service.gaps.types import Verdict
from service.identity.types import Identity
from service.retrieval import Retriever
from service.settings import GapSettings, ServiceSettings
from tests.service.answering.desk import make_document

WEDNESDAY = datetime(2026, 6, 3, 12, tzinfo=UTC)


def person(name: str, *, is_operator: bool = False) -> Identity:
    email = f"{name}@tallow.example"
    return Identity(Principal(email), "key", email, is_operator=is_operator)


ADA, BOB = person("ada"), person("bob")
OPERATOR = person("olga", is_operator=True)


class Office:
    def __init__(self, index: Index, folder: Path, **settings: object) -> None:
        self.index = index
        self.path = folder / FILE
        self.now = WEDNESDAY
        self.store = GapStore(self.path, GapSettings.model_validate(settings), lambda: self.now)
        self.asking = self._asking(min_confidence=0.0)
        nearby = Nearby(self.asking, sure=0.45)
        self.listing = GapListing(self.store, index.embedder, nearby, lambda: self.now)

    def put(self, name: str, text: str, *, readers: str = PUBLIC, author: str = "") -> None:
        document = make_document(text, name=name, readers=readers)
        document = replace(document, authors=(author,) if author else ())
        self.index.put([(document, chunker(self.index.embedder)(document))])

    def refused(self, question: str, who: Identity = ADA, earlier: Sequence[Turn] = ()) -> str:
        """A question that gets no answer; its id."""
        answered = self._asking(min_confidence=1.0).ask(
            question, visible_to=visible_to(who.principal), earlier=earlier
        )
        return self.recorded(who, answered, earlier)

    def answered(self, question: str, confidence: float, who: Identity = ADA) -> str:
        """A question that gets an answer that is so sure; its id."""
        found = self.asking.ask(question, visible_to=visible_to(who.principal))
        assert not found.answer.abstained
        return self.recorded(
            who, replace(found, answer=replace(found.answer, confidence=confidence))
        )

    def recorded(self, who: Identity, answered: Answered, earlier: Sequence[Turn] = ()) -> str:
        answer_id = self.store.record(who, answered, earlier)
        assert answer_id
        return answer_id

    def say(self, verdict: Verdict, answer: str, who: Identity = ADA, **more: object) -> bool:
        values = {"verdict": verdict, "answer": answer, **more}
        return self.store.give(who, Feedback.model_validate(values))

    def gaps(self, who: Identity = OPERATOR, **options: object) -> list[Gap]:
        return self.listing.gaps(who, **options).gaps  # type: ignore[arg-type]

    def only_gap(self, who: Identity = OPERATOR) -> Gap:
        (gap,) = self.gaps(who)
        return gap

    def days_pass(self, days: float) -> None:
        self.now += timedelta(days=days)

    def _asking(self, **answering: object) -> Asking:
        settings = ServiceSettings.model_validate({"answering": answering})
        retriever = Retriever(self.index, self.index.embedder, settings.retrieval)
        return Asking(self.index, retriever, ExtractiveAnswerer(self.index, settings), settings)
