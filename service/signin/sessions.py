"""Who is signed in: in memory, bounded, over after a time.

Not on the disk: there would be a file to steal and to erase in time, and after a restart the
provider signs most people in again without asking them anything. One process serves a data
directory, so nobody else has to know of them.
"""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.identity.sign_in_settings import SignInSettings
from service.identity.types import Proven

PER_PERSON: Final = 20
IN_ALL: Final = 10_000
_SECRET_BYTES: Final = 32
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in.

    Attributes:
        proven: what the provider said when they signed in; rights are looked up anew each time.
        csrf: what our own pages repeat in a header when they change something.
        ends_at: on the clock of the sessions.
    """

    proven: Proven
    csrf: str
    ends_at: float


@dataclass(slots=True)
class _Kept:
    session: Session
    used_at: float


class Sessions:
    """The sessions of one process, by the hashes of their ids; safe to use from many threads."""

    def __init__(
        self,
        settings: SignInSettings,
        clock: Callable[[], float] = time.monotonic,
        *,
        per_person: int = PER_PERSON,
        in_all: int = IN_ALL,
    ) -> None:
        """Nobody is signed in; beyond the bounds, the session that was quiet for longest ends."""
        self._life, self._idle = settings.session_hours * _HOUR, settings.idle_hours * _HOUR
        self._clock, self._per_person, self._in_all = clock, per_person, in_all
        # The one used last is last.
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, proven: Proven) -> str:
        """The id of a new session, which is not kept; never one that somebody brought along."""
        session_id = secrets.token_urlsafe(_SECRET_BYTES)
        with self._lock:
            now = self._clock()
            csrf = secrets.token_urlsafe(_SECRET_BYTES)
            session = Session(proven, csrf, now + self._life)
            self._kept[_digest(session_id)] = _Kept(session, now)
            self._bound(proven.email, now)
        return session_id

    def find(self, session_id: str) -> Session | None:
        """The session, which is in use again; None if there is none any more."""
        key = _digest(session_id)
        with self._lock:
            kept, now = self._kept.get(key), self._clock()
            if kept is None:
                return None
            if self._is_over(kept, now):
                del self._kept[key]
                return None
            kept.used_at = now
            self._kept.move_to_end(key)
            return kept.session

    def end(self, session_id: str) -> None:
        """It is over; one that is not there is over already."""
        with self._lock:
            self._kept.pop(_digest(session_id), None)

    def end_all(self, email: str) -> None:
        """All sessions of an address are over, on every device."""
        with self._lock:
            for key in self._of(email):
                del self._kept[key]

    def __len__(self) -> int:
        return len(self._kept)

    def _bound(self, email: str, now: float) -> None:
        for key in [key for key, kept in self._kept.items() if self._is_over(kept, now)]:
            del self._kept[key]
        for key in self._of(email)[: -self._per_person]:
            del self._kept[key]
        while len(self._kept) > self._in_all:
            self._kept.popitem(last=False)

    def _of(self, email: str) -> list[bytes]:
        return [key for key, kept in self._kept.items() if kept.session.proven.email == email]

    def _is_over(self, kept: _Kept, now: float) -> bool:
        return now >= kept.session.ends_at or now - kept.used_at >= self._idle


def _digest(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode(errors="replace")).digest()
