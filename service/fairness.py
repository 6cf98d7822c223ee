"""Work that a few threads do at once, and the others in the order in which they came."""

import threading
from collections import deque


class FewAtOnce:
    """A context manager that many threads share; do not enter it inside of itself.

    Threads that compute all at once only take the interpreter from each other: everybody waits as
    long as whoever is last, and some far longer. In turn, most wait less and nobody much longer.
    """

    def __init__(self, at_once: int) -> None:
        """With so many of them at once."""
        self._lock = threading.Lock()
        self._free = at_once
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        """Wait for one's turn."""
        with self._lock:
            if self._free and not self._waiting:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        """Let the next one in."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1
