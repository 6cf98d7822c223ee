"""Slack as a whole: its routes or its connection, made from settings and a desk."""

from collections.abc import Callable

from fastapi import APIRouter
from pydantic import SecretStr
from starlette.types import ASGIApp

from service.slack.app import slack_app
from service.slack.once import Once
from service.slack.settings import SlackSettings, app_token, bot_token, signing_secret
from service.slack.socket_mode import SocketMode
from service.slack.types import Desk
from service.slack.verifying import Verification


class Slack:
    """Slack, ready to be started with the application that has its routes.

    Attributes:
        router: what the application includes; empty with Socket Mode, where nobody calls.
    """

    def __init__(self, desk: Desk, settings: SlackSettings) -> None:
        """Nothing is connected yet.

        Args:
            desk: answers.
            settings: see there.

        Raises:
            ConfigError: a secret is not set.
        """
        once, token = Once(), app_token(settings)
        verify = _nobody if token else _verified(settings, signing_secret(settings), once)
        self._app = slack_app(desk, settings, bot_token(settings), verify)
        self._socket = SocketMode(self._app.bolt, settings, token, once) if token else None
        self.router = APIRouter() if token else self._app.router

    async def start(self) -> None:
        """Open the connection of Socket Mode, if that is how Slack reaches us."""
        if self._socket:
            await self._socket.start()

    async def close(self) -> None:
        """Take nothing more, and wait for what was begun."""
        if self._socket:
            await self._socket.close()
        await self._app.close()


def _verified(
    settings: SlackSettings, secret: SecretStr, once: Once
) -> Callable[[ASGIApp], ASGIApp]:
    return lambda app: Verification(app, settings, secret, once)


def _nobody(app: ASGIApp) -> ASGIApp:
    """For a route that is not included anywhere."""
    return app
