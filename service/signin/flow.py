"""Signing in, from the first click to whom the provider names: authorization code with PKCE."""

import hmac
import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from service.identity.oidc import NoIdentity, Tokens
from service.identity.provider import ProviderDown, ProviderKeys, ProviderRefused
from service.identity.types import Proven
from service.signin.attempts import Attempts
from service.signin.client import Client
from service.signin.errors import NotAccepted, ProviderAway
from service.signin.goals import local_goal

logger = logging.getLogger(__name__)

T = TypeVar("T")
_AT_ONCE: Final = 8  # who waits for the provider must not take all threads of the service
_MAX_CHARS: Final = 4096  # of a code
_ERROR: Final = re.compile(r"[a-z_]{1,40}")  # of OAuth; anything else is not logged


@dataclass(frozen=True, slots=True)
class Returned:
    """What a browser brings back from the provider; empty: it is not there."""

    state: str = ""
    code: str = ""
    error: str = ""
    issuer: str = ""


class Flow:
    """Sign-ins at one provider."""

    def __init__(
        self,
        client_id: str,
        client: Client,
        tokens: Tokens,
        provider: ProviderKeys,
        attempts: Attempts,
    ) -> None:
        self._client_id, self._client, self._tokens = client_id, client, tokens
        self._provider, self._attempts = provider, attempts
        self._free = threading.BoundedSemaphore(_AT_ONCE)

    def begin(self, goal: str) -> tuple[str, str]:
        """Where the browser goes, and what it keeps until it is back.

        Raises:
            ProviderAway: nobody knows where that is.
        """
        attempt, sealed = self._attempts.begin(local_goal(goal))
        return self._asking(lambda: self._client.address(attempt)), sealed

    def end(self, sealed: str | None, returned: Returned) -> tuple[Proven, str]:
        """Whom the provider names, and where they wanted to go.

        Raises:
            WrongAttempt: this browser did not begin it, or it is over.
            NotAccepted: the provider let nobody in, or nobody whom we do.
            ProviderAway: it does not answer.
        """
        attempt = self._attempts.end(sealed, returned.state)
        if returned.error:
            known = _ERROR.fullmatch(returned.error)
            raise _refused(f"the provider said {known[0] if known else 'something unknown'}")
        if not 0 < len(returned.code) <= _MAX_CHARS:
            raise _refused("the provider gave no code")
        # RFC 9207; providers that do not send it yet are told apart by the state alone.
        said = self._asking(self._provider.discovery)
        if returned.issuer not in ("", said.get("issuer")):
            raise _refused("another issuer sent the browser back")
        token = self._asking(lambda: self._client.id_token(returned.code, attempt.verifier))
        try:
            claims, proven = self._tokens.read(token)
        except NoIdentity as reason:
            raise _refused(str(reason)) from None
        if not _is_same(claims.get("nonce"), attempt.nonce):
            raise _refused("its nonce is of another sign-in")
        if not _is_for(claims, self._client_id):
            raise _refused("the token was made for another client")
        return proven, attempt.goal

    def _asking(self, ask: Callable[[], T]) -> T:
        if not self._free.acquire(blocking=False):
            raise ProviderAway
        try:
            return ask()
        except ProviderRefused as reason:
            raise _refused(f"the provider refused the code: {reason}") from None
        except ProviderDown as reason:
            logger.warning("nobody can sign in: %s", reason)
            raise ProviderAway from None
        finally:
            self._free.release()


def _refused(why: str) -> NotAccepted:
    """The one refusal; why is for whoever runs the service, and never holds parts of a token."""
    logger.info("a sign-in was refused: %s", why)
    return NotAccepted()


def _is_same(claim: object, nonce: str) -> bool:
    return isinstance(claim, str) and hmac.compare_digest(
        claim.encode(errors="replace"), nonce.encode()
    )


def _is_for(claims: Mapping[str, Any], client_id: str) -> bool:
    """Whether the party that a token was made for is us (OpenID Connect Core, 3.1.3.7)."""
    audience, party = claims.get("aud"), claims.get("azp")
    if party is None:
        return not (isinstance(audience, list) and len(audience) > 1)
    return bool(party == client_id)
