"""Everything of signing in, put together."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from service.identity.oidc import Tokens
from service.identity.provider import ProviderKeys
from service.identity.settings import AuthSettings
from service.identity.sign_in_settings import client_secret
from service.identity.types import Prove
from service.limits import Limits
from service.signin.attempts import LIFE, Attempts
from service.signin.client import Client
from service.signin.cookies import Cookie
from service.signin.flow import Flow
from service.signin.proving import SessionProof
from service.signin.sessions import Sessions

_ATTEMPT: Final = "-signing-in"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the endpoints of signing in need, and what those who identify people do.

    Attributes:
        attempt: the cookie of a sign-in that is under way.
        cookie: of a session.
        limits: of failures; None: there are none.
        has_proxy: whether a proxy may say who somebody is, too.
        close: lets go of connections.
        problems: says what is wrong with the provider, for the status.
    """

    flow: Flow
    attempt: Cookie
    cookie: Cookie
    sessions: Sessions
    proof: SessionProof
    limits: Limits | None
    has_proxy: bool
    close: Callable[[], None]
    problems: Callable[[], list[str]]

    @property
    def prove(self) -> Prove:
        """The way for `make_identify`."""
        return self.proof.prove


def make_sign_in(
    auth: AuthSettings,
    limits: Limits | None = None,
    *,
    now: Callable[[], float] = time.time,
    clock: Callable[[], float] = time.monotonic,
) -> SignIn | None:
    """Signing in as configured, ready for browsers; None: it is off. Nothing is fetched yet.

    Args:
        auth: of `service.auth`.
        limits: those of the gate: whoever fails too often has to wait here, too.
        now: seconds of the wall clock, for sign-ins under way.
        clock: seconds that only go forward, for sessions.

    Raises:
        ConfigError: the client's secret is missing.
    """
    settings = auth.sign_in
    if settings is None or auth.oidc is None:
        return None
    secret = client_secret(settings)
    # The same checks as of any token, but made for us: a token for the API signs nobody in.
    oidc = auth.oidc.model_copy(update={"audience": settings.client_id})
    provider = ProviderKeys(oidc, clock)
    client = Client(settings, secret, provider)
    sessions = Sessions(settings, clock)
    cookie = Cookie(settings, timedelta(hours=settings.session_hours))

    def close() -> None:
        client.close()
        provider.close()

    return SignIn(
        Flow(settings.client_id, client, Tokens(oidc, provider), provider, Attempts(now)),
        Cookie(settings, LIFE, _ATTEMPT),
        cookie,
        sessions,
        SessionProof(settings, cookie, sessions),
        limits,
        auth.proxy is not None,
        close,
        provider.problems,
    )
