"""Requests with an assertion of the Slack proxy: bound to their body, then to a person."""

import hmac
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

import jwt
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from service.identity.assertion import (
    ALGORITHM,
    ISSUER,
    KIND,
    LIFETIME_SECONDS,
    Claims,
    fingerprint,
    proven_of,
    signing_key,
)
from service.identity.bodies import replaying
from service.identity.errors import refused
from service.identity.headers import only
from service.identity.types import Caller, Proven

logger = logging.getLogger(__name__)

_LEEWAY_SECONDS: Final = 5
_REQUIRED: Final = ["iss", "aud", "iat", "exp", "jti"]
_MAX_TOKEN_CHARS: Final = 4096
_MAX_ID_CHARS: Final = 64
_MOST_KEPT: Final = 100_000
_TICKET: Final = "x-answerable-slack-ticket"
_NOBODY: Final = b"refused"


class DoesNotHold(Exception):
    """Why an assertion is refused: for the log, not for who sent it."""


class Assertions:
    """The way `slack` for a proxy elsewhere: `guard` reads the request, `prove` names the person.

    Both are needed: only `guard` sees the body which a token is for. It puts a ticket into the
    request that only this object knows, so that without it no assertion holds.
    """

    def __init__(
        self,
        secret: SecretStr,
        audience: str,
        max_body_bytes: int,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Nothing was asserted yet.

        Args:
            secret: shared with the proxy.
            audience: address of this API, as both sides have it in their settings.
            max_body_bytes: of a request with an assertion.
            now: seconds since 1970.

        Raises:
            ConfigError: the secret is too short to sign with.
        """
        self._secret, self._audience, self._now = signing_key(secret), audience, now
        self._max_body_bytes = max_body_bytes
        self._used: OrderedDict[str, float] = OrderedDict()
        self._tickets: OrderedDict[str, tuple[float, Proven]] = OrderedDict()
        self._lock = threading.Lock()

    def prove(self, caller: Caller) -> Proven | None:
        """Whom an assertion names; None if the request has none.

        Raises:
            Unauthenticated: it does not hold.
        """
        ticket = only(caller.headers, _TICKET)
        if ticket is None:
            return None
        with self._lock:
            until, proven = self._tickets.pop(ticket, (0.0, None))
        if proven is None or until < self._now():
            raise refused()
        return proven

    def guard(self, app: ASGIApp) -> ASGIApp:
        """The application, behind what takes tickets away that others made, and gives ours."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            token = _token(scope)
            if token is not None and _count(scope, b"authorization") > 1:
                token = ""
            headers = [line for line in scope["headers"] if line[0].lower() != _TICKET.encode()]
            if token is None:
                has_ticket = len(headers) < len(scope["headers"])
                ticket, read = (_NOBODY if has_ticket else None), receive
            else:
                ticket, read = await self._ticket(token, scope, receive)
                if ticket != _NOBODY:
                    headers = [line for line in headers if line[0].lower() != b"authorization"]
            if ticket is not None:
                headers.append((_TICKET.encode(), ticket))
            await app({**scope, "headers": headers}, read, send)

        return guarded

    async def _ticket(self, token: str, scope: Scope, receive: Receive) -> tuple[bytes, Receive]:
        """A ticket and the body again; a refused request is left to the gate, which counts it."""
        try:
            # The signature first: nobody else's bodies are read.
            claims = self._claims(token)
            body = await _read(receive, self._max_body_bytes)
            wanted = fingerprint(scope["method"], _path(scope), body)
            if not hmac.compare_digest(wanted, _text(claims, "request", 64)):
                raise DoesNotHold("it is for another request")
            proven = _proven(claims)
            self._use(_text(claims, "jti", _MAX_ID_CHARS))
        except DoesNotHold as reason:
            logger.info("an assertion was refused: %s", reason)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError, OverflowError) as error:
            logger.info("an assertion was refused: %s", type(error).__name__)
        else:
            return self._issued(proven), replaying(body, receive)
        return _NOBODY, receive

    def _claims(self, token: str) -> Claims:
        if len(token) > _MAX_TOKEN_CHARS:
            raise DoesNotHold("it is too long")
        # The times are checked below, against a clock that tests can set.
        claims: Claims = jwt.decode(
            token,
            self._secret,
            algorithms=[ALGORITHM],
            audience=self._audience,
            issuer=ISSUER,
            options={
                "require": _REQUIRED,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "strict_aud": True,
                "enforce_minimum_key_length": True,
            },
        )
        issued, expires = claims["iat"], claims["exp"]
        if type(issued) is not int or type(expires) is not int:
            raise DoesNotHold("its times are no whole numbers")
        if not 0 < expires - issued <= LIFETIME_SECONDS:
            raise DoesNotHold("it lives too long")
        if not issued - _LEEWAY_SECONDS <= self._now() <= expires:
            raise DoesNotHold("it is from another time")
        return claims

    def _use(self, token_id: str) -> None:
        if not token_id:
            raise DoesNotHold("it has no id")
        with self._lock:
            now = self._now()
            while self._used and next(iter(self._used.values())) < now:
                self._used.popitem(last=False)
            if token_id in self._used:
                raise DoesNotHold("it was used before")
            if len(self._used) >= _MOST_KEPT:
                # Forgetting one that still holds would let it be used again.
                raise DoesNotHold("too many are in use")
            # As long as any token could hold, so that the oldest is always the first to go.
            self._used[token_id] = now + LIFETIME_SECONDS + _LEEWAY_SECONDS

    def _issued(self, proven: Proven) -> bytes:
        ticket, now = secrets.token_urlsafe(32), self._now()
        with self._lock:
            # Of requests that never came to the gate.
            while self._tickets and next(iter(self._tickets.values()))[0] < now:
                self._tickets.popitem(last=False)
            self._tickets[ticket] = (now + LIFETIME_SECONDS, proven)
        return ticket.encode()


def _proven(claims: Claims) -> Proven:
    user, team = (_text(claims, key, _MAX_ID_CHARS) for key in ("slack_user", "slack_team"))
    if not user or not (user + team).isalnum():
        raise DoesNotHold("it names no user of Slack")
    email = claims.get("sub")
    if email is not None and not isinstance(email, str):
        raise DoesNotHold("its subject is no text")
    return proven_of(user, team, email)


def _text(claims: Claims, key: str, most: int) -> str:
    found = claims.get(key)
    if not isinstance(found, str) or len(found) > most or not found.isascii():
        raise DoesNotHold(f"its claim {key!r} is no short text")
    return found


def _token(scope: Scope) -> str | None:
    """The token of a request that asserts something; None: it comes another way."""
    lines: Iterable[tuple[bytes, bytes]] = scope["headers"]
    for name, value in lines:
        scheme, _, token = value.decode("latin-1").strip().partition(" ")
        if name.lower() == b"authorization" and scheme.lower() == "bearer" and _is_ours(token):
            return token.strip()
    return None


def _count(scope: Scope, header: bytes) -> int:
    return sum(name.lower() == header for name, _ in scope["headers"])


def _is_ours(token: str) -> bool:
    try:
        return bool(jwt.get_unverified_header(token.strip()).get("typ") == KIND)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return False


def _path(scope: Scope) -> str:
    """As it was sent, with the query: decoded, two addresses may look the same."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return (raw + b"?" + query if query else raw).decode("latin-1")


async def _read(receive: Receive, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or len(body) > most:
            raise DoesNotHold("its body is too long, or did not come to its end")
        if not message.get("more_body", False):
            return bytes(body)
