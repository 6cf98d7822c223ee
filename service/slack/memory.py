"""What the buttons under an answer stand for, and which thread is which conversation."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Generic, TypeVar

from service.schemas import Answer

_ANSWERS: Final = 2000
_THREADS: Final = 5000
_ANSWER_AGE: Final = timedelta(minutes=30)
_THREAD_AGE: Final = timedelta(hours=24)

Key = TypeVar("Key")
Value = TypeVar("Value")


class Fading(Generic[Key, Value]):
    """The latest so many values, each for so long; in memory, for one event loop."""

    def __init__(self, most: int, age: timedelta, clock: Callable[[], float]) -> None:
        """Empty; `clock` gives seconds and never goes back."""
        self._most = most
        self._age = age.total_seconds()
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def put(self, key: Key, value: Value) -> None:
        """Keep a value; the oldest goes when there are too many."""
        self._kept[key] = (self._clock(), value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def get(self, key: Key) -> Value | None:
        """The value; None if it is too old, or there never was one."""
        found = self._kept.get(key)
        if found is None:
            return None
        if self._clock() - found[0] > self._age:
            del self._kept[key]
            return None
        return found[1]

    def drop(self, key: Key) -> None:
        """Forget it, if it is there."""
        self._kept.pop(key, None)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that somebody was given.

    Attributes:
        user: user id of who was given it, and
        team: their workspace: nobody else can use its buttons.
        thread: that it was given in; None: in no thread.
        shared: channels that it was shared with.
    """

    user: str
    team: str
    answer: Answer
    thread: str | None = None
    shared: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread, as somebody asks in it: each has a conversation of their own."""

    team: str
    channel: str
    thread: str
    user: str


class Memory:
    """The answers whose buttons still work, and the conversations of threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is known; `clock` gives seconds and never goes back."""
        self._given: Fading[str, Given] = Fading(_ANSWERS, _ANSWER_AGE, clock)
        self._threads: Fading[Thread, str] = Fading(_THREADS, _THREAD_AGE, clock)

    def give(self, given: Given) -> str:
        """Keep an answer; returns the key for its buttons, which cannot be guessed."""
        key = secrets.token_urlsafe(16)
        self._given.put(key, given)
        return key

    def given(self, key: str) -> Given | None:
        """The answer; None: it is too old, or there never was one."""
        return self._given.get(key)

    def conversation(self, thread: Thread) -> str | None:
        """The conversation of a thread; None: it has not begun."""
        return self._threads.get(thread)

    def remember(self, thread: Thread, conversation: str | None) -> None:
        """A thread is this conversation now; None: it is none any more."""
        if conversation is None:
            self._threads.drop(thread)
        else:
            self._threads.put(thread, conversation)
