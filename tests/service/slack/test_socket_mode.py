"""Socket Mode against a small server that speaks Slack's envelopes over a real websocket."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web
from pydantic import SecretStr

from service.slack.app import slack_app
from service.slack.once import Once
from service.slack.settings import SlackSettings
from service.slack.socket_mode import SocketMode
from tests.fakes.slack import TEAM
from tests.service.slack.desk import ANN, FakeDesk


class Wire:
    """Slack's side: it delivers envelopes, and remembers acknowledgements and answers."""

    def __init__(self, envelopes: list[dict[str, Any]]) -> None:
        self.url = ""
        self.tokens: list[str] = []
        self.acknowledged: list[str] = []
        self.answered: list[dict[str, Any]] = []
        self._envelopes = envelopes
        self.all_acknowledged = asyncio.Event()
        self.was_answered = asyncio.Event()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._open)
        app.router.add_get("/link", self._link)
        app.router.add_post("/answer", self._answer)
        return app

    async def _open(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers["authorization"])
        return web.json_response({"ok": True, "url": self.url.replace("http", "ws") + "/link"})

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})
        for number, envelope in enumerate(self._envelopes):
            sent = {"envelope_id": f"e{number}", **envelope}
            await socket.send_json(json.loads(json.dumps(sent).replace("http://wire", self.url)))
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
                if len(self.acknowledged) == len(self._envelopes):
                    self.all_acknowledged.set()
        return socket

    async def _answer(self, request: web.Request) -> web.Response:
        self.answered.append(await request.json())
        self.was_answered.set()
        return web.Response(text="ok")


def command(trigger: str = "t1", **changed: str) -> dict[str, Any]:
    payload = {
        "team_id": TEAM,
        "channel_id": "C0GENERAL",
        "user_id": ANN,
        "command": "/ask",
        "text": "how long is the warranty?",
        "response_url": "http://wire/answer",
        "trigger_id": trigger,
    }
    return {"type": "slash_commands", "payload": payload | changed}


def delivered(
    desk: FakeDesk, envelopes: list[dict[str, Any]], until: Callable[[Wire], Awaitable[Any]]
) -> Wire:
    """What became of envelopes."""

    async def run() -> Wire:
        wire = Wire(envelopes)
        runner = web.AppRunner(wire.app())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        settings = SlackSettings(
            team_ids=(TEAM,),
            api_base=f"{wire.url}/api/",
            response_hosts=(wire.url.removeprefix("http://"),),
        )
        slack = slack_app(desk, settings, SecretStr("xoxb-1"), lambda app: app)
        connection = SocketMode(slack.bolt, settings, SecretStr("xapp-1"), Once())
        await connection.start()
        try:
            async with asyncio.timeout(15):
                await until(wire)
        finally:
            await connection.close()
            await slack.close()
            await runner.cleanup()
        return wire

    return asyncio.run(run())


async def _done(wire: Wire) -> None:
    await wire.all_acknowledged.wait()
    await wire.was_answered.wait()


def test_command_is_answered_once_however_often_it_is_delivered(desk: FakeDesk) -> None:
    wire = delivered(desk, [command()] * 3, _done)

    assert wire.tokens == ["Bearer xapp-1"]
    assert sorted(wire.acknowledged) == ["e0", "e1", "e2"]
    assert [question for question, _ in desk.asked] == ["how long is the warranty?"]
    assert len(wire.answered) == 1


def test_deliveries_of_other_workspaces_and_answers_elsewhere_run_nothing(desk: FakeDesk) -> None:
    forged = [
        command("t1", team_id="T0THEIRS"),
        command("t2", response_url="https://evil.example/x"),
        {"type": "events_api", "payload": {"type": "event_callback", "event_id": "Ev1"}},
    ]

    wire = delivered(desk, forged, lambda wire: wire.all_acknowledged.wait())

    assert len(wire.acknowledged) == 3
    assert desk.asked == []


def test_connection_that_was_never_opened_closes(desk: FakeDesk) -> None:
    async def run() -> None:
        settings = SlackSettings(team_ids=(TEAM,), api_base="http://127.0.0.1:9/api/")
        slack = slack_app(desk, settings, SecretStr("xoxb-1"), lambda app: app)
        connection = SocketMode(slack.bolt, settings, SecretStr("xapp-1"), Once())
        await connection.close()
        await connection.start()
        await connection.close()
        await slack.close()

    asyncio.run(run())
