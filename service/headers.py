"""What every response has, whatever made it: headers that keep browsers in bounds, one shape."""

from typing import Final

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.schemas import Error

_DATA_CSP: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

# The pages of FastAPI load their scripts from a CDN and have one inline. So only these pages may,
# and where people have identities they should be off: that script acts as whoever looks at them.
_DOCS_CSP: Final = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data: https://fastapi.tiangolo.com; "
    "style-src https://cdn.jsdelivr.net 'unsafe-inline'; "
    "script-src https://cdn.jsdelivr.net 'unsafe-inline'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DOCS: Final = frozenset({"/docs", "/redoc"})

_ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
_TOO_LARGE: Final = 413


class GuardedFastAPI(FastAPI):
    """FastAPI with headers and error shape also where its own outermost layers respond.

    Middleware that is added in the usual way stands inside of those that answer 413 and 500.
    """

    def build_middleware_stack(self) -> ASGIApp:
        """The layers, with ours around them."""
        return SecurityHeaders(TooLargeAsJson(super().build_middleware_stack()))


class SecurityHeaders:
    """Adds to each response what it does not say itself; takes away who serves it.

    Strict-Transport-Security is not among them: whoever ends TLS says it, and that is not us.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Around an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_docs = scope["path"] in _DOCS

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-security-policy", _DOCS_CSP if is_docs else _DATA_CSP)
                # Not for /v1 alone: what is added elsewhere is not kept by anybody either.
                headers.setdefault("cache-control", "no-store")
                if "server" in headers:
                    del headers["server"]
            await send(message)

        await self._app(scope, receive, with_headers)


class TooLargeAsJson:
    """Says that a body is too large in the shape of every refusal; FastAPI says it as text."""

    def __init__(self, app: ASGIApp) -> None:
        """Around an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        is_replaced = False

        async def in_shape(message: Message) -> None:
            nonlocal is_replaced
            if is_replaced:
                return
            if message["type"] == "http.response.start" and message["status"] == _TOO_LARGE:
                is_replaced = True
                await _too_large(scope, receive, send)
                return
            await send(message)

        await self._app(scope, receive, in_shape)


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    said = Error(error="TooLarge", detail="the body is larger than what is read here")
    # The rest of the body is not read: the connection cannot be used for another request.
    response = JSONResponse(said.model_dump(), _TOO_LARGE, {"connection": "close"})
    await response(scope, receive, send)
