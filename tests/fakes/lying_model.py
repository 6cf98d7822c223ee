"""A server that speaks OpenAI's chat completions and replies what a test says, true or not."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

_FOREVER = 600.0


@dataclass(frozen=True)
class Reply:
    """What one request gets.

    Attributes:
        text: the words of the model.
        piece: characters in a chunk.
        first: seconds before the first byte.
        then: what comes after the text: nothing more, a broken connection, the same text or blanks
            for ever, or silence.
        status: of the response; not 200: an error.
        said: message of an error.
        headers: of an error.
        raw: the whole body as it is, in place of all that.
        content_type: of a raw body.
        tool_calls: whether calls of tools come first, and reasoning.
    """

    text: str = ""
    piece: int = 7
    first: float = 0.0
    then: str = "end"
    status: int = 200
    said: str = "no"
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | None = None
    content_type: str = "text/event-stream"
    tool_calls: bool = False


class LyingModel:
    """Replies in the order of `replies`; the last one is repeated.

    Attributes:
        url: what a client is given, `/v1` included.
        requests: the bodies that came.
        keys: the Authorization headers that came.
        headers: all the headers that came.
        came: set when a request came.
        left: set when a client went away before the end of its reply.
        refuses_schema: whether `response_format` is a bad request.
    """

    path = "/v1/chat/completions"
    media_type = "text/event-stream"

    def __init__(self) -> None:
        self.url = ""
        self.replies: list[Reply] = [Reply()]
        self.requests: list[dict[str, object]] = []
        self.keys: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.came = threading.Event()
        self.left = threading.Event()
        self.refuses_schema = False
        self.app = FastAPI()
        self.app.post(self.path)(self._complete)

    @property
    def prompt(self) -> str:
        """Everything that was sent to it, in one text."""
        return json.dumps(self.requests, ensure_ascii=False)

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        reply = self.replies[min(len(self.requests), len(self.replies) - 1)]
        self.requests.append(body)
        self.came.set()
        self.keys.append(request.headers.get("authorization", ""))
        self.headers.append(dict(request.headers))
        if self.refuses_schema and "response_format" in body:
            return _error(400, "response_format is not supported")
        if reply.status != 200:
            return _error(reply.status, reply.said, reply.headers)
        if reply.raw is not None:
            return Response(reply.raw, media_type=reply.content_type)
        if not body.get("stream"):
            return JSONResponse(_whole(reply.text))
        return StreamingResponse(self._stream(reply), media_type=self.media_type)

    def begin(self, reply: Reply) -> Iterator[bytes]:
        """The text of a reply, and what comes before it."""
        for delta in _deltas(reply):
            yield chunk(delta)

    def more(self, text: str) -> bytes:
        """A piece of a reply."""
        return chunk({"content": text})

    def finish(self) -> bytes:
        """What a reply ends with."""
        return chunk({}, "stop") + b"data: [DONE]\n\n"

    async def _stream(self, reply: Reply) -> AsyncIterator[bytes]:
        try:
            await asyncio.sleep(reply.first)
            for sent in self.begin(reply):
                yield sent
                await asyncio.sleep(0)
            match reply.then:
                case "break":
                    raise ConnectionResetError("on purpose")
                case "again" | "blanks":
                    while True:
                        yield self.more(reply.text if reply.then == "again" else "  \n")
                        await asyncio.sleep(0.001)
                case "silence":
                    await asyncio.sleep(_FOREVER)
            yield self.finish()
        except (asyncio.CancelledError, GeneratorExit):  # While it waited, or while it sent.
            self.left.set()
            raise


def _deltas(reply: Reply) -> Iterator[dict[str, object]]:
    yield {"role": "assistant", "content": ""}
    if reply.tool_calls:
        yield {"reasoning_content": "They want me to call a tool."}
        call = {"name": "send_mail", "arguments": '{"to": "all"}'}
        yield {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": call}]}
    for start in range(0, len(reply.text), reply.piece):
        yield {"content": reply.text[start : start + reply.piece]}


def chunk(delta: dict[str, object], reason: str | None = None) -> bytes:
    """One event of a streamed reply."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    made = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "liar",
        "choices": [choice],
    }
    return f"data: {json.dumps(made)}\n\n".encode()


def _whole(text: str) -> dict[str, object]:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "liar",
        "choices": [choice],
    }


def _error(status: int, said: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": said}}, status, headers)
