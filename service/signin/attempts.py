"""Sign-ins that are under way: kept by the browser, sealed, and good for one return.

Nothing of them is kept here, or anybody could fill the memory by asking to sign in.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from service.signin.errors import WrongAttempt

LIFE: Final = timedelta(minutes=10)
_SECRET_BYTES: Final = 32
_MOST_USED: Final = 10_000  # returns in ten minutes that are remembered


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in that is under way.

    Attributes:
        state: comes back from the provider in the address.
        nonce: comes back in the ID token.
        verifier: of PKCE; only who has it can use the code.
        goal: the local path to go to when it is done.
    """

    state: str
    nonce: str
    verifier: str
    goal: str

    @property
    def challenge(self) -> str:
        """What is shown of the verifier (RFC 7636, S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Attempts:
    """Seals attempts, and opens each once; a restart forgets the key."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """With a key that nobody else has."""
        self._box, self._now = Fernet(Fernet.generate_key()), now
        self._used: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, goal: str) -> tuple[Attempt, str]:
        """A new attempt, and what the browser keeps of it."""
        state, nonce, verifier = (secrets.token_urlsafe(_SECRET_BYTES) for _ in range(3))
        attempt = Attempt(state, nonce, verifier, goal)
        text = json.dumps(asdict(attempt), ensure_ascii=False).encode()
        # Without its padding: a cookie with `=` would be quoted, and browsers send the quotes back.
        return attempt, self._box.encrypt_at_time(text, int(self._now())).decode().rstrip("=")

    def end(self, sealed: str | None, state: str) -> Attempt:
        """The attempt of this browser that the provider answers.

        Raises:
            WrongAttempt: there is none, it is another's, too old, or was ended already.
        """
        try:
            seconds = int(LIFE.total_seconds())
            padded = (sealed or "") + "=" * (-len(sealed or "") % 4)
            text = self._box.decrypt_at_time(padded, seconds, int(self._now()))
        except (InvalidToken, ValueError) as error:
            raise WrongAttempt from error
        attempt = Attempt(**json.loads(text))
        if not hmac.compare_digest(attempt.state.encode(), state.encode(errors="replace")):
            raise WrongAttempt
        self._use(attempt.state)
        return attempt

    def _use(self, state: str) -> None:
        with self._lock:
            now = self._now()
            while self._used and next(iter(self._used.values())) <= now - LIFE.total_seconds() - 1:
                self._used.popitem(last=False)
            if state in self._used:
                raise WrongAttempt
            self._used[state] = now
            if len(self._used) > _MOST_USED:
                self._used.popitem(last=False)
