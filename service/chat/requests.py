"""What clients of chat completions send, and the question in it."""

from typing import Final, Literal

from pydantic import Field

from service.chat.problems import UnknownModel, Unsupported
from service.conversations.types import Turn
from service.errors import BadQuestion
from service.shapes import Model

MODEL: Final = "answerable"
"""The one model there is."""

MOST_EARLIER: Final = 6
"""Questions before the last that it may follow up; older ones are left out."""
_MOST_EARLIER_CHARS: Final = 2000
_MOST_MESSAGES: Final = 1000


class Part(Model):
    """A piece of a message."""

    type: str
    text: str | None = None


class Message(Model):
    """A turn of the chat."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None


class StreamOptions(Model):
    """What a stream ends with."""

    include_usage: bool | None = False


class Order(Model):
    """A request; whatever else it has is ignored."""

    model: str
    messages: list[Message] = Field(min_length=1, max_length=_MOST_MESSAGES)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = 1

    def check(self) -> None:
        """Nothing, if it can be served.

        Raises:
            UnknownModel: for another model.
            Unsupported: for more than one answer.
        """
        if self.model != MODEL:
            raise UnknownModel(
                f"there is no model {self.model!r} here; the one there is, is {MODEL!r}",
                "model",
                "model_not_found",
            )
        if self.n not in (None, 1):
            raise Unsupported("there is one answer to a question; leave out n, or send 1", "n")

    def question(self) -> str:
        """What the last message of the user says.

        Raises:
            BadQuestion: there is none, or something in it is not text.
        """
        asked = [message for message in self.messages if message.role == "user"]
        if not asked:
            raise BadQuestion("no message is from the user; the last one that is, is the question")
        if any(part.type != "text" for part in _parts(asked[-1])):
            raise BadQuestion("a question is text; send no images, files or sound")
        return _text(asked[-1])

    def earlier(self) -> tuple[Turn, ...]:
        """The questions before it, oldest first, as turns that cite nothing.

        What the assistant is said to have answered is not read: anybody could have written it.
        """
        asked = [_text(message).strip() for message in self.messages if message.role == "user"]
        kept = [text for text in asked[:-1] if text and len(text) <= _MOST_EARLIER_CHARS]
        return tuple(Turn(text, text) for text in kept[-MOST_EARLIER:])


def _parts(message: Message) -> list[Part]:
    if isinstance(message.content, str):
        return [Part(type="text", text=message.content)]
    return message.content or []


def _text(message: Message) -> str:
    return "\n".join(part.text or "" for part in _parts(message) if part.type == "text")
