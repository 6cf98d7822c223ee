"""The signing keys of an OpenID Connect provider, found by discovery, kept and renewed."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm

from service.identity.addresses import is_loopback
from service.identity.settings import OidcSettings

logger = logging.getLogger(__name__)

DISCOVERY: Final = "/.well-known/openid-configuration"
AT_MOST_EVERY_SECONDS: Final = 60.0
"""Between two fetches, whatever is asked for: a flood of unknown keys is no flood of requests."""

_TIMEOUT_SECONDS: Final = 5.0
_MOST_SECONDS: Final = 15.0  # of a whole answer
_MAX_BYTES: Final = 1024 * 1024
_MAX_KEYS: Final = 200
# What a key must be for an algorithm: else a key could be used as what it is not.
_SUITS: Final[Mapping[str, tuple[str, str | None]]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}


class ProviderDown(Exception):
    """The provider did not give its keys, or gave what cannot be understood."""


class ProviderRefused(ProviderDown):
    """It answered that the request is wrong (4xx): asking again will not help."""


@dataclass(frozen=True, slots=True)
class _KeySet:
    by_use: Mapping[tuple[str, str], jwt.PyJWK] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    fetched_at: float = float("-inf")
    discovery: Mapping[str, Any] = field(default_factory=dict)


class ProviderKeys:
    """Keys by their id and algorithm; safe to use from many threads."""

    def __init__(
        self,
        settings: OidcSettings,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Nothing is fetched yet.

        Args:
            settings: of the provider.
            clock: seconds that only go forward.
            transport: another way to the provider than the network.
        """
        self._settings, self._clock = settings, clock
        self._client = httpx.Client(
            timeout=_TIMEOUT_SECONDS, headers={"User-Agent": "answerable"}, transport=transport
        )
        self._known = _KeySet()
        self._tried_at = float("-inf")
        self._problem = ""
        self._fetching = threading.Lock()

    def find(self, key_id: str, algorithm: str) -> jwt.PyJWK | None:
        """The key for this id and algorithm; None if the provider has none, or cannot be asked."""
        known = self._current(is_enough=key_id in self._known.ids)
        return known.by_use.get((key_id, algorithm)) if known else None

    def endpoint(self, name: str) -> str:
        """An address of the provider, by its name in the discovery document.

        Raises:
            ProviderDown: it has none, or cannot be asked.
        """
        return self._allowed(self.discovery().get(name), name)

    def discovery(self) -> Mapping[str, Any]:
        """What the provider says of itself; the issuer in it is the configured one.

        Raises:
            ProviderDown: it cannot be asked.
        """
        known = self._current(is_enough=bool(self._known.discovery))
        if known is None:
            raise ProviderDown("what the provider says of itself is not known now")
        return known.discovery

    def problems(self) -> list[str]:
        """What is wrong with the provider, for the status."""
        return [self._problem] if self._problem else []

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    @property
    def _cache_seconds(self) -> float:
        return self._settings.jwks_cache.total_seconds()

    def _is_older(self, known: _KeySet, seconds: float) -> bool:
        return self._clock() - known.fetched_at > seconds

    def _current(self, *, is_enough: bool) -> _KeySet | None:
        """What is known, renewed if it is old or not enough; None if it is too old to count."""
        known = self._known
        if not is_enough or self._is_older(known, self._cache_seconds):
            # Whoever has a key that is known does not wait for others who fetch.
            known = self._renewed(wait=not is_enough)
        is_too_old = self._is_older(known, self._settings.jwks_max_age.total_seconds())
        return None if is_too_old else known

    def _renewed(self, *, wait: bool) -> _KeySet:
        if not self._fetching.acquire(blocking=wait):
            return self._known
        try:
            now = self._clock()
            if now - self._tried_at >= AT_MOST_EVERY_SECONDS:
                self._tried_at = now
                self._fetch(now)
            return self._known
        finally:
            self._fetching.release()

    def _fetch(self, now: float) -> None:
        try:
            self._known = self._read_keys(now)
        except ProviderDown as error:
            self._problem = f"the keys of {self._settings.issuer} cannot be renewed: {error}"
            logger.warning("%s", self._problem)
        else:
            self._problem = ""

    def _read_keys(self, now: float) -> _KeySet:
        place = self._settings.issuer.rstrip("/") + DISCOVERY
        document = self._json(place)
        if document.get("issuer") != self._settings.issuer:
            raise ProviderDown("the discovery document names another issuer")
        rows = self._json(self._allowed(document.get("jwks_uri"), "keys")).get("keys")
        if not isinstance(rows, list) or len(rows) > _MAX_KEYS:
            raise ProviderDown("there is no list of keys, or one without end")
        found: dict[tuple[str, str], jwt.PyJWK] = {}
        for row in rows:
            if isinstance(row, dict):
                found |= _usable(row, self._settings.algorithms)
        if not found:
            raise ProviderDown(f"no key is for {', '.join(self._settings.algorithms)}")
        return _KeySet(found, frozenset(key_id for key_id, _ in found), now, document)

    def _allowed(self, url: object, what: str) -> str:
        """An address, if nobody on the way can change what is read there."""
        parts = urlsplit(url if isinstance(url, str) else "")
        is_near = parts.scheme == "http" and is_loopback(parts.hostname or "")
        is_ours = is_near and self._settings.issuer.startswith("http:")
        if not isinstance(url, str) or not (parts.scheme == "https" or is_ours):
            raise ProviderDown(f"the {what} have no https address")
        return url

    def _json(self, url: str) -> dict[str, Any]:
        return asked(self._client, "GET", url)


def asked(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    data: Mapping[str, str] | None = None,
    auth: httpx.Auth | None = None,
) -> dict[str, Any]:
    """The JSON object that a server answers with.

    Raises:
        ProviderRefused: it answers that the request is wrong.
        ProviderDown: it cannot be reached, or answers with anything else.
    """
    body, began = bytearray(), time.monotonic()
    try:
        # Redirects are not followed: they could lead to where anybody may write.
        with client.stream(method, url, data=data, auth=auth, follow_redirects=False) as response:
            if response.status_code != httpx.codes.OK:
                kind = ProviderRefused if response.is_client_error else ProviderDown
                raise kind(f"it answered {response.status_code}")
            for part in response.iter_bytes():
                body += part
                if len(body) > _MAX_BYTES:
                    raise ProviderDown("its answer is too long")
                # The timeout is for each piece, and pieces may be small.
                if time.monotonic() - began > _MOST_SECONDS:
                    raise ProviderDown("its answer takes too long")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderDown(f"it cannot be reached: {type(error).__name__}") from error
    return _object(bytes(body))


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProviderDown("its answer is not JSON") from error
    if not isinstance(found, dict):
        raise ProviderDown("its answer is no JSON object")
    return found


def _usable(
    row: Mapping[str, Any], algorithms: tuple[str, ...]
) -> dict[tuple[str, str], jwt.PyJWK]:
    """The key, once for each allowed algorithm that it is good for; none if it is not for us."""
    key_id, is_for_signatures = row.get("kid"), row.get("use", "sig") == "sig"
    if not isinstance(key_id, str) or not key_id or not is_for_signatures:
        return {}
    found = {}
    for algorithm in algorithms:
        kind, curve = _SUITS[algorithm]
        is_curve = curve is None or row.get("crv") == curve
        if row.get("kty") != kind or not is_curve or row.get("alg", algorithm) != algorithm:
            continue
        try:
            found[key_id, algorithm] = jwt.PyJWK(dict(row), algorithm)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
            logger.debug("a key of the provider cannot be used: %s", type(error).__name__)
    return found
