"""Slack on this machine: its Web API and its response_urls, and what it sends to applications."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.fakes.serve import serve

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - of no application
TEAM = "T0COMPANY"
CHANNEL = "C0GENERAL"
BOT = "U0ANSWERS"


@dataclass(frozen=True)
class Call:
    """A call of the Web API (`method`), or a use of a response_url (`method` is its path)."""

    method: str
    sent: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.sent.get("text", ""))

    @property
    def everything(self) -> str:
        """All that was sent, as one text."""
        return json.dumps(self.sent, ensure_ascii=False)

    def buttons(self) -> dict[str, dict[str, Any]]:
        """By action id."""
        blocks = self.sent.get("blocks") or []
        rows = [block["elements"] for block in blocks if block["type"] == "actions"]
        return {one["action_id"]: one for row in rows for one in row}


@dataclass(frozen=True)
class Failure:
    """How something fails: a status with headers, or Slack's `error` with status 200."""

    status: int = 200
    error: str = ""
    headers: dict[str, str] = field(default_factory=dict)


RATE_LIMITED = Failure(429, "ratelimited", {"Retry-After": "0"})
HANGS = Failure(status=0)


class FakeSlack:
    """What applications call; it remembers everything.

    Attributes:
        members: of channels, ours included.
        channels: what conversations.info says beside the id.
        users: what users.info says, by id.
        failures: the next results of a method, or of "respond"; used up one by one.
        page: members on a page.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.failures: dict[str, list[Failure]] = {}
        self.members: dict[str, list[str]] = {CHANNEL: [BOT]}
        self.channels: dict[str, dict[str, Any]] = {CHANNEL: {"is_channel": True}}
        self.users: dict[str, dict[str, Any]] = {}
        self.page = 200
        self.closing = threading.Event()
        self._changed = threading.Condition()
        self._numbers = count(1)
        self.app = Starlette(
            routes=[
                Route("/api/{method}", self._api, methods=["POST", "GET"]),
                Route("/commands/{path:path}", self._respond, methods=["POST"]),
                Route("/elsewhere", self._respond, methods=["POST", "GET"]),
            ]
        )

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def response_url(self) -> str:
        return f"{self.url}/commands/{TEAM}/{next(self._numbers)}"

    def of(self, method: str) -> list[Call]:
        """Calls of a method; "respond": uses of response_urls."""
        with self._changed:
            return [c for c in self.calls if _kind(c.method) == method]

    def wait_for(self, method: str, number: int = 1, seconds: float = 15) -> Call:
        """The call of a method with this number, counted from 1; AssertionError if it never is."""
        with self._changed:
            found = self._changed.wait_for(lambda: len(self.of_now(method)) >= number, seconds)
            assert found, f"no {method} number {number} among {[c.method for c in self.calls]}"
            return self.of_now(method)[number - 1]

    def of_now(self, method: str) -> list[Call]:
        return [c for c in self.calls if _kind(c.method) == method]

    async def _api(self, request: Request) -> Response:
        method = request.path_params["method"]
        sent = await _sent(request)
        failed = self._took(method, sent)
        if failed is not None:
            return await self._failed(failed)
        answer = getattr(self, f"_{method.replace('.', '_')}", lambda _: {})(sent)
        return JSONResponse({"ok": "error" not in answer, **answer})

    async def _respond(self, request: Request) -> Response:
        failed = self._took(request.url.path, await _sent(request))
        if failed is None:
            return PlainTextResponse("ok")
        return await self._failed(failed)

    def _took(self, method: str, sent: dict[str, Any]) -> Failure | None:
        with self._changed:
            self.calls.append(Call(method, sent))
            self._changed.notify_all()
            waiting = self.failures.get(_kind(method), [])
            return waiting.pop(0) if waiting else None

    async def _failed(self, failure: Failure) -> Response:
        if failure.status == 0:
            # Nothing comes until the client has given up, or the test is over.
            await run_sync(self.closing.wait, 20)
        body = {"ok": False, "error": failure.error}
        return JSONResponse(body, failure.status or 200, failure.headers)

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"user_id": BOT, "bot_id": "B0ANSWERS", "team_id": TEAM}

    def _users_info(self, sent: dict[str, Any]) -> dict[str, Any]:
        found = self.users.get(sent["user"])
        return {"user": found} if found else {"error": "user_not_found"}

    def _conversations_info(self, sent: dict[str, Any]) -> dict[str, Any]:
        found = self.channels.get(sent["channel"])
        if found is None:
            return {"error": "channel_not_found"}
        return {"channel": {"id": sent["channel"], **found}}

    def _conversations_members(self, sent: dict[str, Any]) -> dict[str, Any]:
        found = self.members.get(sent["channel"])
        if found is None:
            return {"error": "channel_not_found"}
        start = int(sent.get("cursor") or 0)
        end = start + self.page
        following = str(end) if end < len(found) else ""
        return {"members": found[start:end], "response_metadata": {"next_cursor": following}}

    def _chat_postMessage(self, sent: dict[str, Any]) -> dict[str, Any]:
        if BOT not in self.members.get(sent["channel"], []):
            return {"error": "not_in_channel"}
        return {"ts": f"{next(self._numbers)}.0001", "channel": sent["channel"]}

    def _chat_postEphemeral(self, sent: dict[str, Any]) -> dict[str, Any]:
        if BOT not in self.members.get(sent["channel"], []):
            return {"error": "not_in_channel"}
        return {"message_ts": f"{next(self._numbers)}.0001"}


@contextmanager
def slack() -> Iterator[FakeSlack]:
    """It listens while the block runs."""
    fake = FakeSlack()
    with serve(fake.app) as fake.url:
        try:
            yield fake
        finally:
            fake.closing.set()


class Workspace:
    """People in Slack: they type, press and write, and the application gets it, signed."""

    def __init__(self, app_url: str, fake: FakeSlack) -> None:
        self.app_url = app_url
        self.slack = fake
        self._numbers = count(1)

    def command(self, user: str, text: str, **changed: str) -> httpx.Response:
        """A person types /ask and a text."""
        return self.send(self.command_body(user, text, **changed))

    def command_body(self, user: str, text: str, **changed: str) -> bytes:
        fields = {
            "token": "verification",
            "team_id": TEAM,
            "team_domain": "company",
            "channel_id": CHANNEL,
            "channel_name": "general",
            "user_id": user,
            "user_name": user.lower(),
            "command": "/ask",
            "text": text,
            "api_app_id": "A0ANSWERS",
            "response_url": self.slack.response_url(),
            "trigger_id": f"trigger.{next(self._numbers)}",
        }
        return urlencode({**fields, **changed}).encode()

    def press(
        self, user: str, button: dict[str, Any], *, channel: str = CHANNEL, option: int = 0
    ) -> httpx.Response:
        """A person presses a button, or chooses in a menu, below an answer."""
        action = {"block_id": "actions", "action_ts": "1.1", **button}
        if button["type"] == "overflow":
            action["selected_option"] = button["options"][option]
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": user.lower(), "team_id": TEAM},
            "api_app_id": "A0ANSWERS",
            "container": {"type": "message", "channel_id": channel, "is_ephemeral": True},
            "trigger_id": f"trigger.{next(self._numbers)}",
            "team": {"id": TEAM, "domain": "company"},
            "channel": {"id": channel, "name": "general"},
            "response_url": self.slack.response_url(),
            "actions": [action],
        }
        return self.send(urlencode({"payload": json.dumps(payload)}).encode())

    def mention(self, user: str, text: str, **changed: Any) -> httpx.Response:
        """A person writes a message that mentions the bot."""
        number = next(self._numbers)
        event = {
            "type": "app_mention",
            "text": f"<@{BOT}> {text}",
            "user": user,
            "ts": f"{number}.0001",
            "team": TEAM,
            "channel": CHANNEL,
            "event_ts": f"{number}.0001",
            **changed,
        }
        return self.event(event, f"Ev{number}")

    def event(self, event: dict[str, Any], event_id: str) -> httpx.Response:
        body = {
            "token": "verification",
            "team_id": TEAM,
            "api_app_id": "A0ANSWERS",
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": 1,
            "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        }
        return self.send(json.dumps(body).encode(), "application/json")

    def send(
        self, body: bytes, kind: str = "application/x-www-form-urlencoded", **headers: str
    ) -> httpx.Response:
        """A signed request."""
        given = {**signed(body), "Content-Type": kind, **headers}
        return httpx.post(f"{self.app_url}/slack/events", content=body, headers=given, timeout=10)


def signed(
    body: bytes, secret: str = SECRET, now: Callable[[], float] = time.time
) -> dict[str, str]:
    """The headers that Slack signs a body with."""
    timestamp = str(int(now()))
    base = b"v0:" + timestamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def _kind(method: str) -> str:
    return "respond" if method.startswith("/") else method


async def _sent(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        return dict(json.loads(raw))
    sent: dict[str, Any] = {**request.query_params, **dict(parse_qsl(raw.decode()))}
    if isinstance(sent.get("blocks"), str):
        sent["blocks"] = json.loads(sent["blocks"])
    return sent
