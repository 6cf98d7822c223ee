"""What somebody reads here: answered as them, recorded before it is shown, remembered as a turn."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol, TypeVar

from index.access import visible_to
from service import recording, schemas
from service.answering.courtesy import is_courtesy
from service.answering.types import Said
from service.asking import Answered, Asking, Evidence, Unit
from service.auditing.log import UNRECORDED, AuditLog
from service.conversations.types import Cited, Turn
from service.errors import NotFound, RequestError
from service.identity.types import SERVICE, Identity
from service.limits import Places
from service.models.types import never

NEW = "new"
"""In place of a conversation's id: begin one."""

_SHARES_OF_A_KEY: Final = 4
"""That a key without a person has of the places for answers: many people may ask through it."""

Event = schemas.EvidenceEvent | schemas.SentenceEvent | schemas.Answer
Timed = TypeVar("Timed", schemas.Answer, schemas.Hits)


class Remembers(Protocol):
    """The conversations of everybody; see `service.conversations.store`."""

    def begin(self, owner: str) -> str:
        """The id of a new one."""
        ...

    def turns(self, conversation: str, owner: str) -> tuple[Turn, ...]:
        """What was asked in it, oldest first; raises NotFound, also for other people's."""
        ...

    def add(self, conversation: str, owner: str, turn: Turn) -> None:
        """One more turn."""
        ...

    def forget(self, conversation: str, owner: str) -> None:
        """All of it; raises NotFound like `turns`."""
        ...


class Collects(Protocol):
    """What becomes of questions; see `service.gaps.store`."""

    def record(
        self, asker: Identity, answered: Answered, earlier: Sequence[Turn] = ()
    ) -> str | None:
        """The id by which the asker can say what they think of the answer; None: nothing is kept.

        It never fails: nobody's answer depends on it.
        """
        ...


class Answers:
    """The reads of the service, for whoever was identified.

    Attributes:
        asking: the same without recording, for what is recorded elsewhere.
    """

    def __init__(
        self,
        asking: Asking,
        audit: AuditLog = UNRECORDED,
        conversations: Remembers | None = None,
        gaps: Collects | None = None,
        places: Places | None = None,
        few: AbstractContextManager[None] | None = None,
    ) -> None:
        """Over parts that are made elsewhere.

        Args:
            asking: makes the answers.
            audit: what is recorded before anything is shown.
            conversations: None: nothing is remembered.
            gaps: None: what is not answered is collected nowhere.
            places: taken by those who ask; None: as many as there are, where no answer is slow.
            few: entered to make a whole answer, where none is slow; None: as many at once as ask.
        """
        self.asking = asking
        self._audit = audit
        self._conversations = conversations
        self._gaps = gaps
        self._places = places
        self._few = few or nullcontext()

    def ask(
        self,
        asker: Identity,
        question: str,
        *,
        conversation: str | None = None,
        earlier: Sequence[Turn] = (),
        should_stop: Callable[[], bool] = never,
    ) -> schemas.Answer:
        """An answer.

        Args:
            asker: who asks.
            question: as it was asked.
            conversation: the id of one, or `NEW`; None: nothing is remembered.
            earlier: turns before it that the asker brings along, oldest first.
            should_stop: whether nobody waits for it any more.

        Raises:
            BadQuestion: the question is empty, too long, or not text.
            NotFound: no such conversation, or somebody else's.
            NotRecorded: the audit log cannot be written.
            RequestError: nobody waits for it any more.
            TooManyRequests: as many answers are being written for them as may be at once.
        """
        with self._place(asker), self._few:
            turns = self._turns(asker, conversation, earlier)
            answered = self.asking.ask(
                question,
                visible_to=visible_to(asker.principal),
                earlier=turns,
                should_stop=should_stop,
            )
        self._audit.record(recording.answered(asker, answered))
        if should_stop():
            raise RequestError("nobody waits for this answer any more")
        return self._finished(asker, answered, conversation, turns)

    def stream(
        self,
        asker: Identity,
        question: str,
        *,
        conversation: str | None = None,
        earlier: Sequence[Turn] = (),
        should_stop: Callable[[], bool] = never,
    ) -> Generator[Event, None, None]:
        """The same as it comes: the evidence, each sentence once verified, the whole answer.

        Everything is recorded before it is given away. Closing it stops what is being written.
        What was stopped has no whole answer: it may look like a refusal, and is no turn and no gap.
        """
        with self._place(asker):
            turns = self._turns(asker, conversation, earlier)
            answered = yield from self._told(asker, question, turns, should_stop)
        self._audit.record(recording.answered(asker, answered))
        if not should_stop():
            yield self._finished(asker, answered, conversation, turns)

    def search(self, asker: Identity, query: str, *, limit: int, by: Unit) -> schemas.Hits:
        """What fits a query best, best first; raises like `ask`."""
        viewer = visible_to(asker.principal)
        found = self.asking.search(query, visible_to=viewer, limit=limit, by=by)
        self._audit.record(recording.found(asker, found))
        return _as_told(asker, schemas.Hits.of(found))

    def documents(self, asker: Identity) -> schemas.Documents:
        """Every document that may be shown, by title."""
        listed = self.asking.documents(visible_to=visible_to(asker.principal))
        self._audit.record(recording.did(asker, "documents", (one.doc_id for one in listed)))
        return schemas.Documents.model_validate({"documents": listed})

    def document(self, asker: Identity, doc_id: str) -> schemas.Document:
        """One document; raises NotFound, also where there is one that may not be shown."""
        found = self.asking.document(doc_id, visible_to=visible_to(asker.principal))
        self._audit.record(recording.did(asker, "document", [found.doc_id]))
        return schemas.Document.model_validate(found)

    def forget(self, asker: Identity, conversation: str) -> None:
        """A conversation is remembered no more; raises NotFound, also for somebody else's."""
        if self._conversations is None:
            raise NotFound(f"no conversation {conversation!r}")
        self._conversations.forget(conversation, _owner(asker))

    def _turns(
        self, asker: Identity, conversation: str | None, earlier: Sequence[Turn]
    ) -> Sequence[Turn]:
        if conversation is None or conversation == NEW:
            return [one for one in earlier if not is_courtesy(one.question)]
        if self._conversations is None:
            raise NotFound(f"no conversation {conversation!r}")
        return self._conversations.turns(conversation, _owner(asker))

    def _told(
        self,
        asker: Identity,
        question: str,
        turns: Sequence[Turn],
        should_stop: Callable[[], bool],
    ) -> Generator[Event, None, Answered]:
        streaming = self.asking.stream(
            question,
            visible_to=visible_to(asker.principal),
            earlier=turns,
            should_stop=should_stop,
        )
        recorded: set[str] = set()
        while True:
            try:
                step = next(streaming)
            except StopIteration as ended:
                answered: Answered = ended.value
                return answered
            match step:
                case Evidence():
                    shown = [hit.chunk.doc_id for hit in step.hits]
                    self._record_new(asker, shown, recorded)
                    yield schemas.EvidenceEvent.of(step)
                case Said():
                    self._record_new(asker, recording.named(step.citations), recorded)
                    yield schemas.SentenceEvent.model_validate(step)

    def _finished(
        self,
        asker: Identity,
        answered: Answered,
        conversation: str | None,
        turns: Sequence[Turn],
    ) -> schemas.Answer:
        answer_id = self._gaps.record(asker, answered, turns) if self._gaps else None
        if conversation and self._conversations:
            conversation = _remembered(asker, answered, conversation, self._conversations)
        return _as_told(asker, schemas.Answer.of(answered, conversation, answer_id))

    def _place(self, asker: Identity) -> AbstractContextManager[None]:
        if self._places is None or asker.way == "local":
            return nullcontext()
        shares = _SHARES_OF_A_KEY if _is_for_many(asker) else 1
        return self._places.hold(_owner(asker), shares)

    def _record_new(self, asker: Identity, shown: Iterable[str], recorded: set[str]) -> None:
        new = [doc_id for doc_id in dict.fromkeys(shown) if doc_id not in recorded]
        if new or not recorded:
            self._audit.record(recording.did(asker, "evidence", new))
        recorded.update(new)


def _remembered(
    asker: Identity, answered: Answered, conversation: str, of: Remembers
) -> str | None:
    """The conversation, with one turn more if something was asked; None: it is gone."""
    if conversation == NEW:
        conversation = of.begin(_owner(asker))
    if answered.answer.is_courtesy:
        return conversation
    try:
        of.add(conversation, _owner(asker), _turn(answered))
    except NotFound:  # deleted, or forgotten, while the answer was written
        return None
    return conversation


def _is_for_many(asker: Identity) -> bool:
    """Whether it is a key without a person."""
    return asker.key_id is not None and asker.principal.email.startswith(SERVICE)


def _owner(asker: Identity) -> str:
    """Whose conversation it is: the person's, whichever way they come; or the service's key."""
    return asker.principal.email or f"key {asker.key_id} {asker.name}"


def _turn(answered: Answered) -> Turn:
    cited = tuple(Cited(one.doc_id, one.span) for one in answered.answer.citations)
    return Turn(answered.question, answered.standalone, cited)


def _as_told(asker: Identity, made: Timed) -> Timed:
    """Times are for operators: how long words take to be looked up depends on hidden texts, too."""
    return made if asker.is_operator else made.model_copy(update={"timings_ms": {}})
