"""A reverse proxy that has identified the person: believed only where it proves to be the proxy."""

import hmac
import logging
from typing import Final

from pydantic import SecretStr

from service.identity import addresses
from service.identity.errors import refused
from service.identity.headers import only
from service.identity.settings import ProxySettings
from service.identity.types import Caller, Proven

logger = logging.getLogger(__name__)

_MAX_GROUPS: Final = 2000


class Proxy:
    """The way `proxy`."""

    def __init__(self, settings: ProxySettings, secret: SecretStr) -> None:
        self._settings = settings
        self._secret = secret.get_secret_value().encode()

    def prove(self, caller: Caller) -> Proven | None:
        """Whom the proxy names; None if the request has none of its headers.

        Raises:
            Unauthenticated: somebody else than the proxy sent one of them, or they name nobody.
        """
        email = only(caller.headers, self._settings.email_header)
        groups = only(caller.headers, self._settings.groups_header)
        secret = only(caller.headers, self._settings.secret_header)
        if email is None and groups is None and secret is None:
            return None
        if not self._is_proxy(caller.address, secret):
            logger.debug("headers of the proxy were refused: not from the proxy")
            raise refused()
        try:
            known = addresses.address(email or "")
            named = frozenset(addresses.name(part) for part in _parts(groups or ""))
        except ValueError as error:
            logger.debug("headers of the proxy were refused: they name nobody")
            raise refused() from error
        return Proven(known, named, "proxy", known)

    def _is_proxy(self, address: str, secret: str | None) -> bool:
        peer = addresses.machine(address)
        is_near = peer is not None and any(peer in network for network in self._settings.addresses)
        # Compared for every peer: how long it takes must not tell which are configured.
        given = (secret or "").encode(errors="replace")
        return hmac.compare_digest(given, self._secret) and is_near


def _parts(groups: str) -> list[str]:
    found = [part for part in groups.split(",") if part.strip()]
    if len(found) > _MAX_GROUPS:
        raise ValueError("too many groups")
    return found
