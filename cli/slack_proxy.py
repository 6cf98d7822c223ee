"""The Slack proxy as a process: Slack's routes near the edge, the product behind its API."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.telemetry import TelemetryConfig

from cli.listening import listen
from service import schemas
from service.headers import GuardedFastAPI
from service.slack.people import People
from service.slack.proxy_settings import SlackProxySettings, assertion_secret
from service.slack.remote import RemoteDesk
from service.slack.running import Slack
from service.slack.settings import bot_token

_SECONDS_TO_FINISH: Final = 15
_SILENT: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}


def serve(config: Path, say: Callable[[str], None]) -> None:
    """Listen until told to stop.

    Raises:
        ConfigError: the settings are wrong, a secret is not set, or the address is taken.
    """
    settings = SlackProxySettings.load(config)
    server = uvicorn.Server(
        uvicorn.Config(
            proxy_app(settings),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
    )
    listening = listen(settings.host, settings.port, "slack_proxy.port")
    say(f"listening on port {listening.getsockname()[1]}, asking {settings.api_url}")
    server.run(sockets=[listening])


def proxy_app(settings: SlackProxySettings) -> FastAPI:
    """Slack's routes and /healthz, and nothing else.

    Raises:
        ConfigError: a secret is not set or too short.
    """
    secret = assertion_secret(settings)
    people = People(settings.slack, bot_token(settings.slack))
    desk = RemoteDesk(people, settings, secret)
    slack = Slack(desk, settings.slack)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await slack.start()
        yield
        await slack.close()
        await run_in_threadpool(desk.close)

    app = GuardedFastAPI(
        title="Answerable for Slack",
        lifespan=lifespan,
        telemetry=_SILENT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.include_router(slack.router)
    app.get("/healthz")(schemas.Alive)
    return app
