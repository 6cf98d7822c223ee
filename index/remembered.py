"""What was read before, as long as there is room: the latest used stay."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Values by key, bounded by their sizes together; any number of threads may use it.

    It knows nothing of who may read what: ask it only for what this person was admitted to.
    """

    def __init__(self, room: int) -> None:
        """Empty; `room` is the most that all sizes together may be."""
        self._room = room
        self._lock = threading.Lock()
        self._taken = 0
        self._held: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Value | None:
        """The value; None if it is not, or no longer, held."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Hold a value, and let go of those that were not used for longest, to make room."""
        if size > self._room:
            return
        with self._lock:
            _, before = self._held.pop(key, (None, 0))
            self._held[key] = value, size
            self._taken += size - before
            while self._taken > self._room:
                _, (_, freed) = self._held.popitem(last=False)
                self._taken -= freed

    def clear(self) -> None:
        """Hold nothing."""
        with self._lock:
            self._held.clear()
            self._taken = 0
