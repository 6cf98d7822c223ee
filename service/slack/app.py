"""Slack's requests: acknowledged at once, and then done; by HTTP, or through Socket Mode."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from fastapi import APIRouter
from pydantic import SecretStr
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from service.slack import texts
from service.slack.commands import answer_command
from service.slack.feedback import VERDICTS, take
from service.slack.flow import Flow
from service.slack.memory import Memory
from service.slack.mentions import answer_mention
from service.slack.responding import Speaker
from service.slack.settings import SlackSettings
from service.slack.sharing import share
from service.slack.types import Desk
from service.slack.work import Work

PATH: Final = "/slack/events"
_ANY: Final = re.compile(".*", re.DOTALL)
_OURS: Final = frozenset({"share", *VERDICTS})

Body = Mapping[str, Any]
Verify = Callable[[ASGIApp], ASGIApp]


class SlackApp:
    """The routes of Slack.

    Attributes:
        bolt: takes verified requests, and what Socket Mode delivers.
        router: one route, `PATH`, for commands, buttons and events.
    """

    def __init__(self, flow: Flow, verify: Verify) -> None:
        """Over parts that are made elsewhere.

        Args:
            flow: the parts.
            verify: what stands in front of every request.
        """
        self._flow = flow
        self.bolt = _bolt(flow)
        # By itself Route calls a function with a Request; what is none is an ASGI application.
        endpoint = verify(_Endpoint(self.bolt))
        self.router = APIRouter(routes=[Route(PATH, endpoint, include_in_schema=False)])

    async def close(self) -> None:
        """Begin nothing more, and wait for what was begun."""
        await self._flow.work.close()


def slack_app(
    desk: Desk,
    settings: SlackSettings,
    token: SecretStr,
    verify: Verify,
    work: Work | None = None,
    memory: Memory | None = None,
) -> SlackApp:
    """Slack's routes over a desk.

    Args:
        desk: answers.
        settings: see there.
        token: of the bot.
        verify: what stands in front of every request; see `service.slack.verifying`.
        work: None: a new one.
        memory: None: a new one.
    """
    speaker = Speaker(settings, token)
    flow = Flow(desk, settings, speaker, memory or Memory(), work or Work())
    return SlackApp(flow, verify)


class _Endpoint:
    """Bolt as an ASGI application."""

    def __init__(self, bolt: AsyncApp) -> None:
        self._handler = AsyncSlackRequestHandler(bolt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._handler.handle(Request(scope, receive))
        await response(scope, receive, send)


def _bolt(flow: Flow) -> AsyncApp:
    bolt = AsyncApp(
        name="answerable",
        # Without a token: with one, Bolt asks Slack whose it is before it acknowledges anything.
        client=AsyncWebClient(base_url=flow.settings.api_base),
        authorize=_authorized,
        request_verification_enabled=False,  # `verify` did that, before anything was parsed
        attaching_function_token_enabled=False,
    )
    bolt.command(_ANY)(partial(_on_command, flow))
    bolt.action(_ANY)(partial(_on_action, flow))
    bolt.event("app_mention")(partial(_on_mention, flow))
    bolt.event(_ANY)(_on_event)
    return bolt


async def _authorized(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


async def _on_command(flow: Flow, ack: AsyncAck, body: Body) -> None:
    await ack()
    to = flow.speaker.to(
        _text(body, "team_id"),
        _text(body, "channel_id"),
        _text(body, "user_id"),
        _text(body, "response_url") or None,
    )
    text, command = _text(body, "text"), _text(body, "command") or flow.settings.command
    flow.begin(to, lambda: answer_command(flow, to, text, command), texts.BROKEN)


async def _on_action(flow: Flow, ack: AsyncAck, body: Body) -> None:
    await ack()
    action = body["actions"][0]
    name, key = _text(action, "action_id"), _text(action, "value")
    if name == "more":
        name, _, key = _text(action.get("selected_option") or {}, "value").partition(":")
    if name not in _OURS:
        return  # A link: whoever pressed it is there already.
    container = body.get("container") or {}
    to = flow.speaker.to(
        _text(body.get("team") or {}, "id") or _text(body["user"], "team_id"),
        _text(body.get("channel") or {}, "id") or _text(container, "channel_id"),
        _text(body["user"], "id"),
        _text(body, "response_url") or None,
    )
    to.thread = _text(container, "thread_ts") or None
    if name == "share":
        flow.begin(to, lambda: share(flow, to, key), texts.BROKEN_PRESS)
        return
    verdict = next(one for one in VERDICTS if one == name)
    flow.begin(to, lambda: take(flow, to, key, verdict), texts.BROKEN_PRESS)


async def _on_mention(flow: Flow, body: Body, event: Body) -> None:
    user, channel = _text(event, "user"), _text(event, "channel")
    is_of_bot = event.get("bot_id") or event.get("bot_profile") or event.get("subtype")
    if is_of_bot or event.get("edited") or not user or not channel:
        return
    to = flow.speaker.to(_text(body, "team_id"), channel, user)
    to.thread = _text(event, "thread_ts") or _text(event, "ts") or None
    text = _text(event, "text")
    flow.begin(to, lambda: answer_mention(flow, to, text), texts.BROKEN)


async def _on_event() -> None:
    """Nothing: what we did not ask for is acknowledged, or Slack sends it again."""


def _text(fields: Mapping[str, Any], name: str) -> str:
    found = fields.get(name)
    return found if isinstance(found, str) else ""
