"""Servers that speak Anthropic's Messages and Ollama's chat, and reply what a test says."""

import json
from collections.abc import Iterator

from tests.fakes.lying_model import LyingModel, Reply


class LyingAnthropic(LyingModel):
    """Anthropic's Messages API, streamed: named events."""

    path = "/v1/messages"

    def begin(self, reply: Reply) -> Iterator[bytes]:
        """The text of a reply in its first block."""
        usage = {"input_tokens": 1, "output_tokens": 1}
        message = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "liar",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage,
        }
        yield _event("message_start", message=message)
        block = {"type": "text", "text": ""}
        yield _event("content_block_start", index=0, content_block=block)
        for piece in _pieces(reply):
            yield self.more(piece)

    def more(self, text: str) -> bytes:
        """A piece of the block."""
        return _event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def finish(self) -> bytes:
        """The end of the block and of the message."""
        delta = {"stop_reason": "end_turn", "stop_sequence": None}
        return (
            _event("content_block_stop", index=0)
            + _event("message_delta", delta=delta, usage={"output_tokens": 9})
            + _event("message_stop")
        )


class LyingOllama(LyingModel):
    """Ollama's chat, streamed: a JSON object a line."""

    path = "/api/chat"
    media_type = "application/x-ndjson"

    def begin(self, reply: Reply) -> Iterator[bytes]:
        """The text of a reply."""
        for piece in _pieces(reply):
            yield self.more(piece)

    def more(self, text: str) -> bytes:
        """A line with a piece."""
        return _line(text)

    def finish(self) -> bytes:
        """The line that says so."""
        return _line("", done=True, done_reason="stop", prompt_eval_count=1, eval_count=9)


def failed_event(kind: str) -> str:
    """What Anthropic's server sends in the middle of a reply that it cannot finish."""
    return _event("error", error={"type": kind, "message": "no"}).decode()


def _pieces(reply: Reply) -> Iterator[str]:
    for start in range(0, len(reply.text), reply.piece):
        yield reply.text[start : start + reply.piece]


def _event(kind: str, **values: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **values})}\n\n".encode()


def _line(text: str, *, done: bool = False, **values: object) -> bytes:
    made = {
        "model": "liar",
        "created_at": "2026-11-22T12:00:00Z",
        "message": {"role": "assistant", "content": text},
        "done": done,
        **values,
    }
    return f"{json.dumps(made)}\n".encode()
