"""Socket Mode: the same deliveries through a connection that we open, without a public address."""

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final

from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from service.slack.once import Once
from service.slack.screening import Refused, delivery_key
from service.slack.settings import SlackSettings

logger = logging.getLogger(__name__)

# At DEBUG the client logs what people ask, and addresses that are as good as tokens.
_QUIET: Final = logging.getLogger(f"{__name__}.client")
_QUIET.setLevel(logging.INFO)


class SocketMode:
    """A connection to Slack; while it cannot be made, it is tried again and again."""

    def __init__(
        self, bolt: AsyncApp, settings: SlackSettings, token: SecretStr, once: Once
    ) -> None:
        """Nothing is connected before `start`.

        Args:
            bolt: takes what is delivered.
            settings: see there.
            token: the app's, which begins with xapp-.
            once: what was delivered already.
        """
        self._bolt, self._settings, self._once = bolt, settings, once
        self._token = token
        self._handler: _Screened | None = None
        self._connecting: asyncio.Task[Any] | None = None

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._handler = _Screened(self._bolt, self._settings, self._token, self._once)
        connecting = self._handler.connect_async()  # type: ignore[no-untyped-call] # Bolt's
        self._connecting = asyncio.create_task(connecting)

    async def close(self) -> None:
        """Let go of the connection; nothing more is delivered."""
        if self._handler is None or self._connecting is None:
            return
        self._connecting.cancel()
        with suppress(asyncio.CancelledError):
            await self._connecting
        await self._handler.close_async()  # type: ignore[no-untyped-call] # Bolt's


class _Screened(AsyncSocketModeHandler):
    """Bolt's handler, behind the same checks as requests; Slack proved itself when we connected."""

    def __init__(
        self, bolt: AsyncApp, settings: SlackSettings, token: SecretStr, once: Once
    ) -> None:
        super().__init__(bolt, token.get_secret_value(), logger=_QUIET)
        self._settings, self._once = settings, once

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override] # as Bolt's own
        try:
            key = delivery_key(req.payload, self._settings)
        except Refused as reason:
            logger.warning("a delivery was refused: %s", reason)
            await _acknowledge(client, req)
            return
        keys = (req.envelope_id,) if key is None else (key,)
        if not self._once.take(*keys):
            await _acknowledge(client, req)
            return
        try:
            await super().handle(client, req)
        except Exception:
            # Not acknowledged: Slack will deliver it again.
            self._once.forget(*keys)
            raise


async def _acknowledge(client: SocketModeClient, req: SocketModeRequest) -> None:
    await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
