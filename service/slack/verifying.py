"""In front of everything that Slack sends: its signature, on the raw body, before it is parsed."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from pydantic import SecretStr
from slack_sdk.signature import Clock, SignatureVerifier
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.identity.bodies import replaying
from service.schemas import Error
from service.slack.once import Once
from service.slack.screening import Refused, delivery_key
from service.slack.settings import SlackSettings

logger = logging.getLogger(__name__)

_SIGNATURE: Final = re.compile(r"v0=[0-9a-f]{64}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_LENGTH: Final = re.compile(r"[0-9]{1,12}")
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_PROBE: Final = re.compile(
    rb"(token=[A-Za-z0-9_-]{0,100}&)?ssl_check=1(&token=[A-Za-z0-9_-]{0,100})?"
)
_UNSIGNED_BYTES: Final = 1024  # of Slack's probes, which may be unsigned
_MOST_FIELDS: Final = 100
_MOST_CHALLENGE_CHARS: Final = 500
_SECONDS_TO_READ: Final = 5
_FAILED: Final = 500

Fields = Mapping[str, Any]


class Verification:
    """An ASGI application: what Slack sent goes on to another one, all else gets the same 401.

    Refused requests are not counted against an address (`service.limits`): all of Slack's come
    through the same edge or tunnel, and somebody who forges some would shut out Slack. One costs a
    hash of at most `max_body_bytes`.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: SlackSettings,
        secret: SecretStr,
        once: Once,
        now: Callable[[], float] = time.time,
    ) -> None:
        """In front of an application.

        Args:
            app: gets the request with its body as it was signed.
            settings: see there.
            secret: what Slack signs with.
            once: what was delivered already; the same as for Socket Mode.
            now: seconds since 1970.
        """
        self._app = app
        self._settings = settings
        self._verifier = SignatureVerifier(secret.get_secret_value(), _Clock(now))
        self._once = once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        try:
            headers = _single(scope["headers"])
            raw = await self._body(scope, headers, receive)
            found = self._verified(headers, raw)
        except Refused as reason:
            logger.info("a request that is not from Slack was refused: %s", reason)
            await _refusal()(scope, receive, send)
            return
        if isinstance(found, Response):
            await found(scope, receive, send)
        elif self._once.take(*found):
            await self._pass_on(scope, replaying(raw, receive), send, found)
        else:
            await Response()(scope, receive, send)

    async def _body(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> bytes:
        """All of the body, if it is not too long; refused before it is read where headers tell."""
        is_signed = _SIGNATURE.fullmatch(headers.get("x-slack-signature", "")) is not None
        most = self._settings.max_body_bytes if is_signed else _UNSIGNED_BYTES
        length = headers.get("content-length", "0")
        if scope["method"] != "POST":
            raise Refused("its method is not POST")
        if not _LENGTH.fullmatch(length) or int(length) > most:
            raise Refused("it is too long")
        raw = bytearray()
        try:
            async with asyncio.timeout(_SECONDS_TO_READ):
                while True:
                    message = await receive()
                    raw += message.get("body", b"")
                    if message["type"] != "http.request" or len(raw) > most:
                        raise Refused("it is too long, or did not come to its end")
                    if not message.get("more_body", False):
                        return bytes(raw)
        except TimeoutError as error:
            raise Refused("it comes too slowly") from error

    def _verified(self, headers: Mapping[str, str], raw: bytes) -> tuple[str, ...] | Response:
        """By what this delivery is known again; or what to say right away."""
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        signature = headers.get("x-slack-signature", "")
        timestamp = headers.get("x-slack-request-timestamp", "")
        if _is_probe(kind, raw):
            return Response()
        if not _SIGNATURE.fullmatch(signature):
            raise Refused("it has no signature")
        # The verifier reads the timestamp with int(), which takes more than digits.
        if not _TIMESTAMP.fullmatch(timestamp) or "content-encoding" in headers:
            raise Refused("its timestamp is no number, or its body is encoded")
        try:
            is_valid = self._verifier.is_valid(raw, timestamp, signature)
        except ValueError as error:
            raise Refused("its body is not UTF-8") from error
        if not is_valid:
            raise Refused("its signature does not hold, or not any more")
        payload = _payload(kind, raw)
        if payload.get("type") == "url_verification":
            return _challenged(payload)
        key = delivery_key(payload, self._settings)
        return (signature,) if key is None else (signature, key)

    async def _pass_on(
        self, scope: Scope, receive: Receive, send: Send, keys: tuple[str, ...]
    ) -> None:
        has_failed = True

        async def watched(message: Message) -> None:
            nonlocal has_failed
            if message["type"] == "http.response.start":
                has_failed = message["status"] >= _FAILED
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            if has_failed:
                # Slack will deliver it again.
                self._once.forget(*keys)


class _Clock(Clock):
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now()


def _single(lines: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in lines:
        key = name.decode("latin-1").lower()
        if key in found and (key.startswith(("x-slack-", "content-"))):
            raise Refused("a header is there twice")
        found[key] = value.decode("latin-1")
    return found


def _is_probe(kind: str, raw: bytes) -> bool:
    """Whether Slack only looks whether our certificate holds; nothing comes of it."""
    return kind == _FORM and _PROBE.fullmatch(raw) is not None


def _payload(kind: str, raw: bytes) -> Fields:
    """What was sent, wherever Slack puts it; raises Refused for what Slack does not send."""
    try:
        text = raw.decode()
        if kind == _JSON:
            return _object(text)
        if kind != _FORM:
            raise Refused("its content type is not one of Slack's")
        fields = parse_qsl(
            text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except (ValueError, RecursionError) as error:
        raise Refused("it cannot be parsed") from error
    form = _each_once(fields)
    if any("\0" in name + value for name, value in form.items()):
        raise Refused("it holds null characters")
    if "payload" not in form:
        return form
    if len(form) > 1:
        raise Refused("it has fields beside its payload")
    try:
        return _object(form["payload"])
    except (ValueError, RecursionError) as error:
        raise Refused("its payload cannot be parsed") from error


def _object(text: str) -> Fields:
    found = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    if not isinstance(found, dict):
        raise Refused("it is no object")
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """As a mapping; two readers may disagree on which of two fields of the same name counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("a field is there twice")
    return found


def _no_number(constant: str) -> object:
    raise Refused(f"{constant} is no number")


def _challenged(payload: Fields) -> Response:
    challenge = payload.get("challenge")
    if not isinstance(challenge, str) or len(challenge) > _MOST_CHALLENGE_CHARS:
        raise Refused("it challenges with nothing")
    return JSONResponse({"challenge": challenge})


def _refusal() -> Response:
    said = Error(error="Unauthenticated", detail="this is no request of Slack that is known here")
    # What is left of a body is not read: the connection cannot be used for another request.
    return JSONResponse(said.model_dump(), 401, {"connection": "close"})
