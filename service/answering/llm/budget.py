"""How much of a model's context and of the reader's patience an answer may take."""

import time
from collections.abc import Sequence
from datetime import date
from typing import Final

from service.answering.llm import prompt
from service.answering.llm.types import Passage
from service.models.settings import LlmSettings
from service.models.types import Message, Model

_A_TURN: Final = 8  # tokens that a chat template adds to a message, or more


class Budget:
    """Of one answer: from the first request to the last word of its repair."""

    def __init__(self, model: Model, settings: LlmSettings) -> None:
        """The clock runs from here."""
        self._model = model
        self._end = time.monotonic() + settings.timeout.total_seconds()
        self.reply_tokens = settings.max_answer_tokens

    @property
    def seconds(self) -> float:
        """What is left of the time; 0 or less: nothing."""
        return self._end - time.monotonic()

    def fits(self, messages: Sequence[Message], spare: int = 0) -> bool:
        """Whether these, a whole reply to them, and `spare` tokens are no more than a context."""
        needed = sum(self._model.count_tokens(one.content) + _A_TURN for one in messages)
        return needed + self.reply_tokens + spare <= self._model.context_tokens

    def fitting(
        self, question: str, passages: Sequence[Passage], *, today: date
    ) -> tuple[list[Message], list[Passage]]:
        """The request with the passages that fit into it, best first; none: not even the first.

        A repair of it fits, too: it repeats the request and what failed.
        """
        kept = list(passages)
        while kept:
            messages = prompt.messages(question, kept, today=today)
            if self.fits(messages, self.reply_tokens // 2):
                return messages, kept
            kept.pop()
        return [], []
