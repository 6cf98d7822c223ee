"""The tools over HTTP: each request is admitted like any other, and stands alone."""

from dataclasses import dataclass
from typing import Final

import anyio
from fastapi.concurrency import run_in_threadpool
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from service import schemas
from service.answers import Answers
from service.asked import admission, parts
from service.asking import Unit
from service.errors import Unauthenticated
from service.gate import Admission
from service.identity.types import Identity
from service.mcp.server import Context, make_server
from service.streaming import Stop

PATH: Final = "/mcp"
_MAX_BODY_BYTES: Final = 256 * 1024  # as everywhere; the longest question is 20,000 characters


@dataclass(frozen=True, slots=True)
class _AsPerson:
    answers: Answers
    identity: Identity
    stop: Stop

    def ask(self, question: str) -> schemas.Answer:
        return self.answers.ask(self.identity, question, should_stop=self.stop)

    def search(self, query: str, limit: int, by: Unit) -> schemas.Hits:
        return self.answers.search(self.identity, query, limit=limit, by=by)

    def document(self, doc_id: str) -> schemas.Document:
        return self.answers.document(self.identity, doc_id)


class Endpoint:
    """The tools at one address; an ASGI application."""

    # The SDK's own check of `Host` and `Origin` stays off. It knows a list of names, and the
    # service has whatever name the company's proxy gives it. What it is for is done by the gate: in
    # local mode only this machine's names count, in the others nothing is shown without a
    # credential, and a page of somebody else cannot send JSON here without CORS, which is off.

    def __init__(self) -> None:
        """Of whichever application it is part of."""
        self._server = make_server(_reads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a message."""
        request = Request(scope, receive)
        admitted = await run_in_threadpool(admission, request)
        parts(request)  # not ready is said before anything is read
        request.state.admission = admitted
        request.state.reader = reader = _Reader(receive)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(admitted.headers)
            await send(message)

        # No session outlives a request, so who was admitted once is never somebody else later.
        manager = StreamableHTTPSessionManager(
            self._server, json_response=True, stateless=True, max_request_body_size=_MAX_BODY_BYTES
        )
        async with anyio.create_task_group() as group:
            group.start_soon(reader.watch)
            async with manager.run():
                await manager.handle_request(scope, reader.receive, with_headers)
            group.cancel_scope.cancel()


class _Reader:
    """Whoever sent a request and waits for what it gives.

    Attributes:
        stop: set when they have gone. That is how clients cancel a call, and those that send a
            notification instead cannot name a call of an earlier request: there are no sessions.
    """

    # The SDK notices by itself only where it streams, and what it gives here is one piece of JSON.

    def __init__(self, receive: Receive) -> None:
        self.stop = Stop()
        self._receive = receive
        self._has_sent = anyio.Event()

    async def receive(self) -> Message:
        """The next piece of the request."""
        message = await self._receive()
        if not message.get("more_body"):
            self._has_sent.set()
        return message

    async def watch(self) -> None:
        """Until they have gone; only then is there more to receive than the request."""
        await self._has_sent.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.stop.set()


class _NamedRoute(Route):
    """Tells the request log which route it was, as FastAPI's do."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        return match, {**found, "route": self} if found else found


def route() -> Route:
    """The endpoint in its place; without sessions there is nothing to GET or DELETE."""
    return _NamedRoute(PATH, Endpoint(), methods=["POST"], include_in_schema=False)


def _reads(context: Context) -> _AsPerson:
    request = context.request
    admitted = getattr(request.state, "admission", None) if isinstance(request, Request) else None
    if not isinstance(request, Request) or not isinstance(admitted, Admission):
        raise Unauthenticated("nobody was admitted")
    reader: _Reader = request.state.reader
    return _AsPerson(parts(request).answers, admitted.identity, reader.stop)
