"""What is asked of a language model: messages in, text as it comes, a budget, a way to stop."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Why = Literal["timeout", "refused", "unreachable", "overloaded", "stopped", "too_long", "failed"]


@dataclass(frozen=True, slots=True)
class Message:
    """A turn of what the model reads."""

    role: Literal["system", "user", "assistant"]
    content: str


class ModelFailed(Exception):
    """The model did not write what it was asked for; `why` is for programs.

    The text names no key, no prompt and nothing of the documents: it is logged and shown.
    """

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(message)
        self.why = why


def never() -> bool:
    """Nobody asks to stop."""
    return False


class Model(Protocol):
    """A language model.

    Attributes:
        name: as people know it, with its provider: `openai_like/qwen3-8b`.
        context_tokens: what fits into a request, reply included.
    """

    name: str
    context_tokens: int

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        seconds: float,
        should_stop: Callable[[], bool] = never,
    ) -> Generator[str, None, None]:
        """Pieces of the reply as they come; closing the generator ends the request at once.

        Args:
            messages: what the model reads.
            max_tokens: of the reply.
            seconds: until the last piece, retries included.
            should_stop: asked several times a second, also while nothing comes.

        Raises:
            ModelFailed: it could not be asked, did not finish in time, or was stopped.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens a text has, at least: an estimate from above."""
        ...
