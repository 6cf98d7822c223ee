"""What is remembered of conversations: in memory, bounded, each for its owner alone."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from service.conversations.types import Turn
from service.errors import NotFound
from service.settings import ConversationSettings

_ID_BYTES: Final = 18  # nobody guesses them; and who did would not be the owner
_HOUR_SECONDS: Final = 3600


@dataclass(slots=True)
class _Conversation:
    owner: str
    turns: tuple[Turn, ...]
    used: float


class Conversations:
    """Conversations of one process; a restart forgets them.

    Nothing is written to disk: questions say what somebody is worried about, and whoever reads a
    backup of the data directory should not find them there.
    """

    def __init__(
        self, settings: ConversationSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """No conversation yet; `clock` gives seconds and never goes back."""
        self._settings = settings
        self._clock = clock
        # All by id, and those of each owner: both the one used longest ago first.
        self._all: OrderedDict[str, _Conversation] = OrderedDict()
        self._owned: dict[str, OrderedDict[str, None]] = {}
        self._lock = threading.Lock()

    def begin(self, owner: str) -> str:
        """The id of a new conversation; older ones of the same owner may be forgotten for it."""
        with self._lock:
            self._expire()
            owned = self._owned.get(owner, ())
            if len(owned) >= self._settings.per_person:
                self._drop(next(iter(owned)))
            if len(self._all) >= self._settings.in_all:
                self._drop(next(iter(self._all)))
            conversation_id = secrets.token_urlsafe(_ID_BYTES)
            self._all[conversation_id] = _Conversation(owner, (), self._clock())
            self._owned.setdefault(owner, OrderedDict())[conversation_id] = None
            return conversation_id

    def turns(self, conversation_id: str, owner: str) -> tuple[Turn, ...]:
        """What was asked so far, oldest first; empty at the beginning.

        Raises:
            NotFound: unknown, expired, or somebody else's: the three look the same.
        """
        with self._lock:
            return self._of(conversation_id, owner).turns

    def add(self, conversation_id: str, owner: str, turn: Turn) -> None:
        """Remember a turn; the oldest ones beyond the bound are forgotten.

        Raises:
            NotFound: as with `turns`; it may have been deleted while the answer was written.
        """
        with self._lock:
            conversation = self._of(conversation_id, owner)
            conversation.turns = (*conversation.turns, turn)[-self._settings.turns :]
            conversation.used = self._clock()
            self._all.move_to_end(conversation_id)
            self._owned[owner].move_to_end(conversation_id)

    def forget(self, conversation_id: str, owner: str) -> None:
        """Delete a conversation with all of its turns.

        Raises:
            NotFound: as with `turns`.
        """
        with self._lock:
            self._of(conversation_id, owner)
            self._drop(conversation_id)

    def listed(self, owner: str) -> tuple[str, ...]:
        """The ids of an owner's conversations, the one used last first."""
        with self._lock:
            self._expire()
            return tuple(reversed(self._owned.get(owner, OrderedDict())))

    def _of(self, conversation_id: str, owner: str) -> _Conversation:
        self._expire()
        found = self._all.get(conversation_id)
        if found is None or found.owner != owner:
            _not_found()
        return found

    def _expire(self) -> None:
        """Forget what nobody used for too long; those are the first ones."""
        oldest = self._clock() - self._settings.idle_hours * _HOUR_SECONDS
        while self._all and next(iter(self._all.values())).used <= oldest:
            self._drop(next(iter(self._all)))

    def _drop(self, conversation_id: str) -> None:
        owner = self._all.pop(conversation_id).owner
        owned = self._owned[owner]
        del owned[conversation_id]
        if not owned:
            del self._owned[owner]


def _not_found() -> NoReturn:
    # One message for all three cases, without the id: responses cannot be told apart.
    raise NotFound("no such conversation: begin a new one by asking without a conversation id")
