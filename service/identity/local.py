"""Local mode: one person at this machine, and nobody else."""

from typing import Final
from urllib.parse import urlsplit

from index.access import Principal
from index.errors import ConfigError
from service.identity.addresses import is_loopback
from service.identity.errors import refused
from service.identity.headers import only
from service.identity.settings import AuthSettings
from service.identity.types import Caller, Identity

LOCAL: Final = Principal("local")
"""Whoever sits at this machine; sees what is public."""

IDENTITY: Final = Identity(LOCAL, "local", "local", is_operator=True)
"""The same, known to be there."""


def local(caller: Caller) -> Identity:
    """The person at this machine.

    Raises:
        Unauthenticated: the request comes from elsewhere, or from a web page that is not ours, or
            it carries a credential, which nobody would check here.
    """
    peer_is_here = is_loopback(caller.address)
    # A page of somebody else's whose name was made to lead to this machine sends its own name.
    host = only(caller.headers, "Host")
    origin = only(caller.headers, "Origin")
    host_is_here = host is not None and _is_here(f"http://{host}")
    origin_is_here = origin is None or _is_here(origin)
    claims_more = only(caller.headers, "Authorization") is not None
    if not (peer_is_here and host_is_here and origin_is_here) or claims_more:
        raise refused()
    return IDENTITY


def refuse_open(host: str, settings: AuthSettings) -> None:
    """Refuse to listen where others could ask while nobody has to say who they are.

    Raises:
        ConfigError: `host` is not this machine alone, and no way to prove an identity is set.
    """
    if settings.is_local and not is_loopback(host):
        raise ConfigError(
            f"service.host {host!r} can be reached by others, and nobody would have to say who "
            "they are: set service.auth.keys, oidc or proxy (docs/identity.md), or listen on "
            "127.0.0.1"
        )


def _is_here(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme in ("http", "https") and parts.username is None and not parts.path
        # Asking for the port finds out whether it is one.
        return is_plain and parts.port != 0 and is_loopback(parts.hostname or "")
    except ValueError:
        return False
