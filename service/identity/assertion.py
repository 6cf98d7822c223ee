"""Assertions of the Slack proxy: one request of one person, signed, short-lived, used once."""

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt
from pydantic import SecretStr

from index.errors import ConfigError
from service.identity import addresses
from service.identity.types import Proven

ISSUER: Final = "answerable-slack"
KIND: Final = "answerable-slack+jwt"
"""The `typ` of the token, by which it is told from those of an identity provider."""
MIN_SECRET_BYTES: Final = 32  # of HMAC with SHA-256, RFC 7518 section 3.2
LIFETIME_SECONDS: Final = 60
ALGORITHM: Final = "HS256"

Claims = Mapping[str, Any]


class Signer:
    """Makes assertions, on the side of the proxy."""

    def __init__(
        self, secret: SecretStr, audience: str, now: Callable[[], float] = time.time
    ) -> None:
        """For one API.

        Args:
            secret: shared with the service.
            audience: address of the API, as both sides have it in their settings.
            now: seconds since 1970.

        Raises:
            ConfigError: the secret is too short to sign with.
        """
        self._secret, self._audience, self._now = signing_key(secret), audience, now

    def sign(self, person: Claims, method: str, path: str, body: bytes) -> str:
        """A token for one request; `person` are the claims that say who it is."""
        now = int(self._now())
        claims = {
            **person,
            "iss": ISSUER,
            "aud": self._audience,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "request": fingerprint(method, path, body),
        }
        return jwt.encode(claims, self._secret, ALGORITHM, headers={"typ": KIND})


def claims_of(user_id: str, team_id: str, email: str | None) -> Claims:
    """Who asks, as an assertion says it; without `email` a guest, who sees what is public."""
    who = {"slack_user": user_id, "slack_team": team_id}
    return who if email is None else {**who, "sub": email}


def proven_of(user_id: str, team_id: str, email: str | None) -> Proven:
    """The same, proven; raises ValueError if the address is none."""
    if email is None:
        # A name that no document's reader and no key has: `service.identity.identify` makes it a
        # service without groups.
        return Proven("", frozenset(), "slack", f"slack guest {team_id} {user_id}".lower())
    known = addresses.address(email)
    return Proven(known, frozenset(), "slack", known)


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What an assertion is bound to: the whole request but for its headers."""
    parts = (method.upper().encode(), path.encode(), hashlib.sha256(body).digest())
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def signing_key(secret: SecretStr) -> bytes:
    """The secret as a key; raises ConfigError if it is too short to sign with."""
    key = secret.get_secret_value().encode()
    if len(key) < MIN_SECRET_BYTES:
        raise ConfigError(
            f"the secret that the Slack proxy signs with has {len(key)} bytes, it needs "
            f"{MIN_SECRET_BYTES}; make one with `openssl rand -hex 32`"
        )
    return key
