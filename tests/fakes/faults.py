"""Failures on order, in front of any fake server, and the memory of what it was asked."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs

from tests.fakes.serve import App, Message, Receive, Send

Kind = Literal["status", "delay", "hang", "cut", "truncated"]


@dataclass(frozen=True)
class Fault:
    """One failure.

    Attributes:
        kind: `status` answers so at once; `delay` answers late; `hang` never; `cut` ends the
            connection in the middle of the body; `truncated` sends half of it as if it were all.
        path: expression that the path must contain; the fault waits for such a request.
    """

    kind: Kind
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "Server Error"}'
    seconds: float = 0.0
    path: str = ""


@dataclass
class Request:
    """What was asked, and the status of the answer (0: none was sent)."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    status: int = 0

    @property
    def is_conditional(self) -> bool:
        return "if-none-match" in self.headers


class Faulty:
    """An application that fails as it is told to, each fault once, and remembers requests.

    `before` is called with each request ahead of its answer: the world may change in between.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self.faults: deque[Fault] = deque()
        self.before: Callable[[Request], None] = lambda _: None
        self.requests: list[Request] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        request = Request(
            scope["method"],
            scope["path"],
            {name: values[-1] for name, values in parse_qs(scope["query_string"].decode()).items()},
            {name.decode(): value.decode() for name, value in scope["headers"]},
        )
        self.requests.append(request)
        self.before(request)
        fault = self._take(request.path)

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
            await send(message)

        if fault is None:
            await self._app(scope, receive, noted)
        else:
            await self._fail(fault, scope, receive, noted)

    def _take(self, path: str) -> Fault | None:
        for fault in self.faults:
            if re.search(fault.path, path):
                self.faults.remove(fault)
                return fault
        return None

    async def _fail(self, fault: Fault, scope: Message, receive: Receive, send: Send) -> None:
        match fault.kind:
            case "status":
                headers = {"content-type": "application/json", **fault.headers}
                await _answer(send, fault.status, headers, fault.body)
            case "delay":
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case "hang":
                while (await receive())["type"] != "http.disconnect":
                    pass
            case "cut" | "truncated":
                start, body = await self._whole(scope, receive)
                half = body[: len(body) // 2]
                size = len(body) if fault.kind == "cut" else len(half)
                headers = {n.decode(): v.decode() for n, v in start["headers"]}
                headers["content-length"] = str(size)
                await _answer(send, start["status"], headers, half, more=fault.kind == "cut")

    async def _whole(self, scope: Message, receive: Receive) -> tuple[Message, bytes]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


async def _answer(
    send: Send, status: int, headers: dict[str, str], body: bytes, *, more: bool = False
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    # When more is said to come and the application returns, the server drops the connection.
    await send({"type": "http.response.body", "body": body, "more_body": more})
