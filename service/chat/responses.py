"""What clients of chat completions get: whole, or in chunks."""

import secrets
import time
from typing import Any, Literal, Self

from pydantic import Field

from service.chat.requests import MODEL
from service.schemas import Answer, Citation
from service.shapes import Model


class Usage(Model):
    """Tokens that the request cost its sender: none. Nothing is metered here."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Reply(Model):
    """The assistant's message; Markdown."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(Model):
    """The one answer."""

    index: Literal[0] = 0
    message: Reply
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Completion(Model):
    """An answer; `answerable` is the same as `POST /v1/ask` gives it, `citations` a part of it."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]
    usage: Usage = Usage()
    citations: list[Citation]
    answerable: Answer

    @classmethod
    def of(cls, answer: Answer, content: str) -> Self:
        """The answer, whose Markdown is `content`."""
        heading = Heading.now()
        return cls(
            id=heading.id,
            created=heading.created,
            choices=[Choice(message=Reply(content=content))],
            citations=answer.citations,
            answerable=answer,
        )


class Heading(Model):
    """What all chunks of an answer have in common."""

    id: str
    created: int

    @classmethod
    def now(cls) -> Self:
        """Of an answer that begins now."""
        return cls(id=f"chatcmpl-{secrets.token_hex(12)}", created=int(time.time()))

    def chunk(self, delta: dict[str, str], finish: Literal["stop"] | None = None) -> dict[str, Any]:
        """The next piece of the message."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._chunk([choice])

    def last(self, answer: Answer) -> dict[str, Any]:
        """The piece that ends the message, with the answer in our own shape."""
        made = answer.model_dump(mode="json")
        extra = {"citations": made["citations"], "answerable": made}
        return {**self.chunk({}, "stop"), **extra}

    def usage(self) -> dict[str, Any]:
        """What follows it if the client asks for it."""
        return {**self._chunk([]), "usage": Usage().model_dump()}

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": MODEL,
            "choices": choices,
        }


class ListedModel(Model):
    """A model."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "answerable"


class Models(Model):
    """All there are."""

    object: Literal["list"] = "list"
    data: list[ListedModel] = Field(default_factory=lambda: [ListedModel()])
