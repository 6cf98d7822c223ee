"""Bearer tokens of an OpenID Connect provider, checked down to who they name."""

import logging
from collections.abc import Mapping
from typing import Any, Final

import jwt

from service.identity import addresses
from service.identity.errors import refused
from service.identity.headers import bearer
from service.identity.keys import PREFIX
from service.identity.provider import ProviderKeys
from service.identity.settings import OidcSettings
from service.identity.types import Caller, Proven

logger = logging.getLogger(__name__)

MAX_TOKEN_CHARS: Final = 16 * 1024
_REQUIRED: Final = ["iss", "aud", "exp", "iat"]
_MAX_GROUPS: Final = 2000


class NoIdentity(Exception):
    """Why a token does not hold: for the log, not for who sent it."""


class Oidc:
    """The way `oidc`."""

    def __init__(self, settings: OidcSettings, keys: ProviderKeys) -> None:
        self._tokens = Tokens(settings, keys)

    def prove(self, caller: Caller) -> Proven | None:
        """Whom the request's token names; None if it has none, or it is an API key.

        Raises:
            Unauthenticated: the token does not hold.
        """
        token = bearer(caller.headers)
        if token is None or token.startswith(PREFIX):
            return None
        try:
            return self._tokens.read(token)[1]
        except NoIdentity as reason:
            logger.debug("a token was refused: %s", reason)
        raise refused()


class Tokens:
    """What tokens of a provider for one audience say."""

    def __init__(self, settings: OidcSettings, keys: ProviderKeys) -> None:
        self._settings, self._keys = settings, keys

    def read(self, token: str) -> tuple[Mapping[str, Any], Proven]:
        """The claims of a token that holds, and whom they name.

        Raises:
            NoIdentity: it does not hold, or names nobody who may be here.
        """
        try:
            claims = self._claims(token)
            return claims, self._proven(claims)
        # RecursionError and OverflowError: of JSON that was made to raise them.
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError) as error:
            # The messages of some name parts of the token.
            raise NoIdentity(type(error).__name__) from error

    def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > MAX_TOKEN_CHARS:
            raise NoIdentity("it is too long")
        # Of the header, only which key and which algorithm is read; keys that a token brings
        # along, or addresses of keys, are nothing to us.
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in self._settings.algorithms or not isinstance(key_id, str):
            raise NoIdentity("its algorithm is not allowed, or it does not name its key")
        key = self._keys.find(key_id, str(algorithm))
        if key is None:
            raise NoIdentity("its key is not one of the provider's, or the provider is down")
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[str(algorithm)],
            audience=self._settings.audience,
            issuer=self._settings.issuer,
            leeway=self._settings.leeway,
            options={"require": _REQUIRED, "enforce_minimum_key_length": True},
        )
        return claims

    def _proven(self, claims: Mapping[str, Any]) -> Proven:
        email = claims.get(self._settings.email_claim)
        if not isinstance(email, str):
            raise NoIdentity(f"it has no text in {self._settings.email_claim!r}")
        if self._settings.require_verified_email and not _is_true(claims.get("email_verified")):
            raise NoIdentity("its address is not verified")
        for claim, wanted in self._settings.required_claims.items():
            if claims.get(claim) != wanted:
                raise NoIdentity(f"its claim {claim!r} is not the configured one")
        known = addresses.address(email)
        domains = self._settings.allowed_domains
        if domains and known.rpartition("@")[2] not in domains:
            raise NoIdentity("its address is of a domain that is not allowed")
        return Proven(known, self._groups(claims), "oidc", known)

    def _groups(self, claims: Mapping[str, Any]) -> frozenset[str]:
        claim = self._settings.groups_claim
        found = claims.get(claim, []) if claim else []
        if not isinstance(found, list) or len(found) > _MAX_GROUPS:
            raise NoIdentity("its groups are no list, or too many")
        if not all(isinstance(group, str) for group in found):
            raise NoIdentity("its groups are not all texts")
        return frozenset(addresses.name(group) for group in found)


def _is_true(claim: object) -> bool:
    # Some providers write the boolean as text.
    return claim is True or claim == "true"
