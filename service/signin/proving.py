"""The cookie of a session as a proof of identity, where only our own pages can have sent it."""

import hmac
import logging
from typing import Final

from service.identity.errors import refused
from service.identity.headers import only
from service.identity.sign_in_settings import SignInSettings
from service.identity.types import Caller, Proven
from service.signin.cookies import Cookie
from service.signin.sessions import Session, Sessions

logger = logging.getLogger(__name__)

CSRF_HEADER: Final = "X-CSRF-Token"
_READING: Final = frozenset({"GET", "HEAD"})
_SAME: Final = "same-origin"
_BY_HAND: Final = "none"  # an address that was typed, or a bookmark


class SessionProof:
    """The way of those who signed in with a browser."""

    def __init__(self, settings: SignInSettings, cookie: Cookie, sessions: Sessions) -> None:
        self._origin, self._cookie, self._sessions = settings.origin, cookie, sessions

    def prove(self, caller: Caller) -> Proven | None:
        """Who is signed in; None if no session came with the request.

        Raises:
            Unauthenticated: another page may have had it sent, or another proof came with it.
        """
        session_id = self._cookie.of(caller.headers)
        if session_id is None:
            return None
        if only(caller.headers, "Authorization") is not None:
            raise refused()
        # Looked up only then: what others have a browser send does not keep a session awake.
        if not self._is_ours(caller):
            logger.debug("a session was refused: the request did not come from our pages")
            raise refused()
        session = self._sessions.find(session_id)
        if session is None:
            return None
        if not _only_reads(caller) and not _has_token(caller, session):
            logger.debug("a session was refused: the request does not show its token")
            raise refused()
        return session.proven

    def session(self, caller: Caller) -> Session | None:
        """The session that a request came with; proves nothing by itself."""
        session_id = self._cookie.of(caller.headers)
        return self._sessions.find(session_id) if session_id is not None else None

    def _is_ours(self, caller: Caller) -> bool:
        """Whether the browser says that one of our pages sent the request.

        What only reads may come without a word of that: browsers show no other page what we
        answer, and some old ones say nothing. What changes something may not.
        """
        site = only(caller.headers, "Sec-Fetch-Site")
        origin = only(caller.headers, "Origin")
        if origin is not None and origin.lower() != self._origin:
            return False
        if _only_reads(caller):
            return site in (None, _SAME, _BY_HAND)
        return site == _SAME or (site is None and origin is not None)


def _only_reads(caller: Caller) -> bool:
    return caller.method in _READING


def _has_token(caller: Caller, session: Session) -> bool:
    sent = (only(caller.headers, CSRF_HEADER) or "").encode(errors="replace")
    return hmac.compare_digest(sent, session.csrf.encode())
