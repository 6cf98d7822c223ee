"""What was delivered already: the same thing from Slack runs once, however often it comes."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

KEPT_SECONDS: Final = 600
"""Twice the window in which a signature holds, which reaches into the past and the future."""

_MOST_KEPT: Final = 20_000  # only what was signed by Slack gets here


class Once:
    """Remembers keys for ten minutes; in memory, for one process."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, most_kept: int = _MOST_KEPT
    ) -> None:
        """Nothing was delivered yet.

        Args:
            clock: seconds; never goes back.
            most_kept: keys; beyond it the oldest is forgotten.
        """
        self._clock = clock
        self._most_kept = most_kept
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, *keys: str) -> bool:
        """Whether none of these was there before; from now on all of them were."""
        with self._lock:
            now = self._clock()
            while self._seen and next(iter(self._seen.values())) <= now - KEPT_SECONDS:
                self._seen.popitem(last=False)
            is_new = self._seen.keys().isdisjoint(keys)
            for key in keys:
                self._seen.setdefault(key, now)
            while len(self._seen) > self._most_kept:
                self._seen.popitem(last=False)
            return is_new

    def forget(self, *keys: str) -> None:
        """These may come again: what they asked for failed."""
        with self._lock:
            for key in keys:
                self._seen.pop(key, None)
