"""The web application: its parts come from outside, its errors leave in one shape."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import IndexProblem
from service import api, gap_api, pages
from service.chat import router as chat
from service.errors import RequestError
from service.gate import Gate
from service.headers import GuardedFastAPI
from service.mcp import http as mcp
from service.parts import Opening
from service.refusing import headers_of, refused
from service.schemas import Error
from service.signin import api as signin
from service.signin.signing import SignIn

logger = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 256 * 1024  # the longest question is 20,000 characters

# What FastAPI reports of requests by itself holds addresses, and they hold what people search for.
_SILENT: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
_HANDLED: Final = (RequestError, IndexProblem, RequestValidationError, HTTPException, Exception)


class Begun(Protocol):
    """Something that runs as long as the application; see `service.slack.running`."""

    router: APIRouter

    async def start(self) -> None:
        """Before the first request."""
        ...

    async def close(self) -> None:
        """After the last one."""
        ...


def create_app(
    opening: Opening,
    gate: Gate | None = None,
    *,
    has_docs: bool = True,
    sign_in: SignIn | None = None,
    slack: Begun | None = None,
    routers: Sequence[APIRouter] = (),
) -> FastAPI:
    """The application; it starts `opening` when it starts, and closes it when it ends.

    Args:
        opening: makes the parts in the background; requests that need them before get 503.
        gate: who may ask; None: the person at this machine.
        has_docs: whether /docs and the OpenAPI document are there for everybody.
        sign_in: how browsers sign in; None: they do not.
        slack: None: nobody asks in Slack.
        routers: further endpoints.
    """
    gate = gate or Gate()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        opening.start()
        if slack:
            await slack.start()
        yield
        if slack:
            await slack.close()
        await run_in_threadpool(opening.close)
        gate.close()

    app = GuardedFastAPI(
        title="Answerable",
        redirect_slashes=False,  # a redirect would repeat whatever `Host` was sent
        summary="Answers questions from your documents, with citations that can be checked.",
        version="1",
        lifespan=lifespan,
        telemetry=_SILENT,
        max_body_size=MAX_BODY_BYTES,
        responses={422: {"model": Error, "description": "The request cannot be understood."}},
        exception_handlers=dict.fromkeys(_HANDLED, _refuse),
        docs_url="/docs" if has_docs else None,
        redoc_url="/redoc" if has_docs else None,
        openapi_url="/openapi.json" if has_docs else None,
    )
    app.state.opening, app.state.gate, app.state.sign_in = opening, gate, sign_in
    app.add_middleware(_RequestLog)
    app.include_router(api.router)
    app.include_router(gap_api.router)
    app.include_router(api.hooks)
    app.include_router(api.health)
    app.include_router(chat.router)
    app.include_router(signin.router)
    app.include_router(pages.router)
    for router in (*routers, *([slack.router] if slack else ())):
        app.include_router(router)
    app.router.routes.append(mcp.route())
    return app


async def _refuse(_: Request, error: Exception) -> JSONResponse:
    """The one shape of refusals; what nobody expected is logged by the server, with its trace."""
    status, said = refused(error)
    return JSONResponse(said.model_dump(), status, headers_of(error))


class _RequestLog:
    """One line a request: the route, not the address, which may hold what people search for."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = self._clock(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            facts = {
                "method": scope["method"],
                "route": getattr(scope.get("route"), "path", None),
                "status": status,
                "ms": round((self._clock() - began) * 1000, 1),
            }
            logger.info("request", extra=facts)
