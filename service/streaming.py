"""Responses that are sent as they are made, in a thread, and end when nobody reads any more."""

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Final

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from anyio.to_thread import run_sync
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.threads import ANSWERING

logger = logging.getLogger(__name__)

EVENT_STREAM: Final = "text/event-stream"
PING_SECONDS: Final = 15.0
"""After so long without an event a comment is sent: proxies end responses that say nothing."""


class Stop:
    """Whether whoever reads has gone; asked by whoever writes, several times a second."""

    def __init__(self) -> None:
        """They are there."""
        self._event = threading.Event()

    def __call__(self) -> bool:
        """Whether to stop."""
        return self._event.is_set()

    def set(self) -> None:
        """They have gone."""
        self._event.set()


class EventStream(Response):
    """Server-sent events, each sent when it is made."""

    media_type = EVENT_STREAM

    def __init__(
        self,
        made: Iterator[bytes],
        source: Generator[object, None, None],
        stop: Stop,
        failed: Callable[[Exception], bytes],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Of events in their form on the wire (`event`).

        Args:
            made: runs in threads, one step at a time.
            source: what `made` is made of; looks at `stop` whenever it waits.
            stop: set when nobody reads any more; then `source` is closed as soon as it lets itself.
            failed: the last event when `made` raises: the status has been sent by then.
            headers: more of the response.
        """
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._made = made
        self._source = source
        self._stop = stop
        self._failed = failed
        self._one_at_a_time = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it."""
        del scope
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with anyio.create_task_group() as group:
                group.start_soon(self._until_gone, receive, group.cancel_scope)
                await self._send(send)
                group.cancel_scope.cancel()
        finally:
            self._stop.set()
            with anyio.CancelScope(shield=True):
                await run_sync(self._close, limiter=ANSWERING)

    async def _send(self, send: Send) -> None:
        outgoing, incoming = anyio.create_memory_object_stream[bytes]()
        async with anyio.create_task_group() as group, incoming:
            group.start_soon(self._produce, outgoing)
            while True:
                event = KEEPALIVE_COMMENT
                with anyio.move_on_after(PING_SECONDS):
                    try:
                        event = await incoming.receive()
                    except anyio.EndOfStream:
                        break
                await _body(send, event, more=True)
        await _body(send, b"", more=False)

    async def _produce(self, outgoing: MemoryObjectSendStream[bytes]) -> None:
        async with outgoing:
            try:
                # Abandoned rather than awaited when nobody reads: `stop` ends it soon after.
                while event := await run_sync(
                    self._next, abandon_on_cancel=True, limiter=ANSWERING
                ):
                    await outgoing.send(event)
            except Exception as error:
                logger.exception("an answer broke off")
                await outgoing.send(self._failed(error))

    async def _until_gone(self, receive: Receive, scope: anyio.CancelScope) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stop.set()
        scope.cancel()

    def _next(self) -> bytes | None:
        with self._one_at_a_time:
            return next(self._made, None)

    def _close(self) -> None:
        with self._one_at_a_time:
            self._source.close()


def event(name: str, data: str) -> bytes:
    """A named event on the wire."""
    return format_sse_event(event=name, data_str=data)


async def _body(send: Send, content: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": more})
