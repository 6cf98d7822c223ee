"""What we say in Slack: to one person, or in a channel; tried again where that may help."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Final

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from service.slack.blocks import Message
from service.slack.screening import is_response_url
from service.slack.settings import SlackSettings

logger = logging.getLogger(__name__)

FAILURES: Final = (SlackClientError, aiohttp.ClientError, OSError)
"""What requests to Slack fail with, timeouts included; `code` says why."""

_OK: Final = 200
_LIMITED: Final = 429
_USES_MAX: Final = 5
_USABLE_SECONDS: Final = 30 * 60 - 30.0  # ours begin when a request is read here, Slack's earlier
_PATIENCE_SECONDS: Final = 30  # a longer Retry-After is not waited for
_RETRIES: Final = 2
_PAUSE_SECONDS: Final = 0.2


@dataclass(slots=True)
class To:
    """Somebody, where they asked or pressed.

    Attributes:
        response_url: what Slack gave us to answer with; None: there is none, as for mentions.
        thread: where they asked; None: in no thread.
        begun: when it was read here, in seconds of the clock.
        uses: how often `response_url` was used.
    """

    team: str
    channel: str
    user: str
    response_url: str | None = None
    thread: str | None = None
    begun: float = field(default_factory=time.monotonic)
    uses: int = 0


class Speaker:
    """Sends what is said.

    Attributes:
        client: of the Web API, as our bot.
    """

    def __init__(
        self,
        settings: SlackSettings,
        token: SecretStr,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is sent yet.

        Args:
            settings: see there.
            token: of the bot.
            clock: seconds; never goes back.
        """
        self._settings = settings
        self._clock = clock
        self._me: str | None = None
        self.client = AsyncWebClient(
            token=token.get_secret_value(),
            base_url=settings.api_base.rstrip("/") + "/",
            timeout=settings.timeout_seconds,  # type: ignore[arg-type] # aiohttp takes fractions
            retry_handlers=[Patient()],
        )

    def to(self, team: str, channel: str, user: str, url: str | None = None) -> To:
        """Somebody who can be told something from now on."""
        return To(team, channel, user, url, begun=self._clock())

    async def me(self) -> str:
        """The user id of our bot; raises FAILURES."""
        if self._me is None:
            self._me = str((await self.client.auth_test())["user_id"])
        return self._me

    async def tell(self, to: To, message: Message, *, replaces: bool = False) -> bool:
        """Say something to one person, whom nobody else hears; False: they were not reached.

        Where Slack does not take the `response_url` any more, our bot says it, if it can.

        Args:
            to: the person.
            message: what to say.
            replaces: whether it takes the place of what was said last.
        """
        if await self._respond(to, message, replaces=replaces):
            return True
        try:
            await self.client.chat_postEphemeral(
                channel=to.channel,
                user=to.user,
                thread_ts=to.thread,
                text=message.text,
                blocks=list(message.blocks),
                link_names=False,
                parse="none",
            )
        except FAILURES as error:
            logger.warning("somebody in Slack could not be told: %s", code(error))
            return False
        return True

    async def post(self, channel: str, message: Message, thread: str | None = None) -> None:
        """Say something to everybody in a channel; raises FAILURES."""
        await self.client.chat_postMessage(
            channel=channel,
            thread_ts=thread,
            text=message.text,
            blocks=list(message.blocks),
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
            parse="none",
        )

    async def _respond(self, to: To, message: Message, *, replaces: bool) -> bool:
        url = to.response_url
        is_late = self._clock() - to.begun > _USABLE_SECONDS
        if url is None or is_late or to.uses >= _USES_MAX:
            return False
        if not is_response_url(url, self._settings):
            return False
        to.uses += 1
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_seconds)
        try:
            async with aiohttp.ClientSession(
                timeout=timeout, trace_configs=[_staying()]
            ) as session:
                webhook = AsyncWebhookClient(url, session=session, retry_handlers=[Patient()])
                response = await webhook.send(
                    text=message.text,
                    blocks=message.blocks or None,
                    response_type="ephemeral",
                    replace_original=replaces,
                    unfurl_links=False,
                    unfurl_media=False,
                )
        except FAILURES as error:
            logger.warning("a response_url could not be reached: %s", code(error))
            return False
        if response.status_code != _OK:
            logger.warning("a response_url was refused: %s", response.status_code)
        return response.status_code == _OK


class Patient(AsyncRetryHandler):
    """Tries again when Slack says when to, or could not be reached; not for long."""

    def __init__(self) -> None:
        super().__init__(max_retry_count=_RETRIES)

    async def _can_retry_async(
        self,
        *,
        state: RetryState,  # noqa: ARG002 - named by slack_sdk
        request: HttpRequest,  # noqa: ARG002
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is not None:
            wait = _retry_after(response)
            return response.status_code == _LIMITED and 0 <= wait <= _PATIENCE_SECONDS
        return isinstance(error, aiohttp.ClientConnectorError | aiohttp.ServerDisconnectedError)

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,  # noqa: ARG002
        response: HttpResponse | None = None,
        error: Exception | None = None,  # noqa: ARG002
    ) -> None:
        """Wait."""
        state.next_attempt_requested = True
        pause = _PAUSE_SECONDS * 2**state.current_attempt
        await asyncio.sleep(_retry_after(response) if response is not None else pause)
        state.increment_current_attempt()


def code(error: BaseException) -> str:
    """Why Slack refused, in Slack's own word; of other failures their kind. Never an address."""
    if isinstance(error, SlackApiError):
        response = error.response
        found = response.get("error") if hasattr(response, "get") else None
        return str(found or "unreadable")
    return type(error).__name__


def _retry_after(response: HttpResponse) -> int:
    """Seconds; -1: it does not say."""
    for name, value in response.headers.items():
        if name.lower() == "retry-after":
            said = value if isinstance(value, str) else next(iter(value), "")
            return int(said) if said.isdecimal() and len(said) < 6 else -1
    return 1


def _staying() -> aiohttp.TraceConfig:
    """Goes nowhere else: the address was checked, that of a redirect was not."""

    async def refuse(
        session: aiohttp.ClientSession,  # noqa: ARG001 - named by aiohttp
        context: SimpleNamespace,  # noqa: ARG001
        params: aiohttp.TraceRequestRedirectParams,  # noqa: ARG001
    ) -> None:
        raise aiohttp.ClientError("redirects of a response_url are not followed")

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace
