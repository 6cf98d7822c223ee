"""A language model of llama-index as a `Model`: streamed in the background, stopped at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

from service.models import failures, tokens
from service.models.background import Background
from service.models.failures import failure
from service.models.types import Message, ModelFailed, never

Schema = Mapping[str, object]
Request = Callable[[Sequence[Message], int, Schema | None], AsyncIterator[str]]
"""Pieces of the reply to messages, of so many tokens at most, held to a schema where there is one;
an empty piece says that the model is alive."""

_LOOK: Final = 0.05  # seconds between two looks at whether to stop
_GRACE: Final = 1.0  # seconds that the background has to say itself that it is too late
_BACKOFF: Final = 0.5  # seconds before the first retry, where the server does not say
_CHARS_A_TOKEN: Final = 16  # nobody's tokens are that long on average; more is a server that lies


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a model is waited for.

    Attributes:
        first_token: seconds until the first sign of a reply, retries included.
        retries: how often a request that failed before it is made again.
    """

    first_token: float
    retries: int


@dataclass(slots=True)
class _Reply:
    """One reply on its way from the background to who waits for it.

    Attributes:
        room: characters that may still come.
        has_begun: whether there was any sign of it.
    """

    pieces: SimpleQueue[str | ModelFailed | None]
    room: int
    has_begun: bool = False
    has_text: bool = False


class StreamingModel:
    """Asks by `request`, on one background event loop for all threads.

    Attributes:
        name: as people know it, with its provider.
        context_tokens: what fits into a request, reply included.
    """

    def __init__(
        self,
        name: str,
        context_tokens: int,
        request: Request,
        patience: Patience,
        *,
        end: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        """Nothing is sent yet; `end` closes what `request` uses."""
        self.name = name
        self.context_tokens = context_tokens
        self._request = request
        self._patience = patience
        self._end = end
        self._background = Background("language model")
        self._schema: Schema | None = None
        self._is_schema_refused = False

    def replying(self, schema: Schema | None) -> "StreamingModel":
        """The same model, its replies held to a schema; both are closed together."""
        other = StreamingModel(self.name, self.context_tokens, self._request, self._patience)
        other._background, other._end = self._background, self._end
        other._schema = schema
        return other

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        seconds: float,
        should_stop: Callable[[], bool] = never,
    ) -> Generator[str, None, None]:
        """Pieces of the reply as they come; closing the generator ends the request at once.

        Raises:
            ModelFailed: it could not be asked, did not finish in time, or was stopped.
        """
        reply = _Reply(SimpleQueue(), max_tokens * _CHARS_A_TOKEN)
        deadline = time.monotonic() + seconds + _GRACE
        try:
            task = self._background.submit(self._write(reply, messages, max_tokens, seconds))
        except RuntimeError as error:
            raise failures.stopped(self.name) from error
        try:
            while True:
                if should_stop():
                    raise failures.stopped(self.name)
                try:
                    piece = reply.pieces.get(timeout=_LOOK)
                except Empty:
                    if time.monotonic() > deadline:
                        raise failures.late(self.name) from None
                    continue
                if piece is None:
                    return
                if isinstance(piece, ModelFailed):
                    raise piece
                yield piece
        finally:
            task.cancel()

    def count_tokens(self, text: str) -> int:
        """How many tokens a text has, at least: an estimate from above."""
        return tokens.count(text)

    def close(self) -> None:
        """Ends whatever is being written, and the connections; nothing can be asked afterwards."""
        self._background.close(self._end() if self._end else None)

    async def _write(
        self, reply: _Reply, messages: Sequence[Message], max_tokens: int, seconds: float
    ) -> None:
        end: ModelFailed | None = failures.stopped(self.name)
        try:
            async with asyncio.timeout(seconds), asyncio.timeout(self._patience.first_token) as at:
                await self._try(reply, messages, max_tokens, at)
            end = None if reply.has_text else failures.empty(self.name)
        except ModelFailed as problem:
            end = problem
        except TimeoutError:
            end = failures.late(self.name)
        finally:
            reply.pieces.put(end)

    async def _try(
        self, reply: _Reply, messages: Sequence[Message], max_tokens: int, at: asyncio.Timeout
    ) -> None:
        """Asks, and asks again what failed before the first token and may work then."""
        tries = 0
        while True:
            schema = None if self._is_schema_refused else self._schema
            try:
                await self._read(reply, self._request(messages, max_tokens, schema), at)
                return
            except Exception as error:  # noqa: BLE001 - whatever the client of a provider raises
                found = failure(error, self.name)
            if reply.has_begun:
                raise found.problem
            if schema is not None and found.is_bad_request:
                self._is_schema_refused = True  # Servers say no more of why than that it is bad.
                continue
            wait = found.wait if found.wait is not None else _BACKOFF * 2**tries
            if not found.is_passing or tries == self._patience.retries or wait >= _left(at):
                raise found.problem
            tries += 1
            await asyncio.sleep(wait)

    async def _read(self, reply: _Reply, pieces: AsyncIterator[str], at: asyncio.Timeout) -> None:
        async for piece in pieces:
            if not reply.has_begun:
                reply.has_begun = True
                at.reschedule(None)
            if not piece or reply.room < 0:
                await asyncio.sleep(0)  # What never waits could not be cancelled.
                continue
            reply.has_text = True
            reply.pieces.put(piece[: reply.room])
            reply.room -= len(piece)
            if reply.room < 0:
                # Reading goes on until `stream` cancels: llama-index leaves the connection open
                # when its generators are closed; what is cancelled while it reads is closed by the
                # client of HTTP. A second cancellation would break off that closing.
                reply.pieces.put(failures.endless(self.name))


def _left(at: asyncio.Timeout) -> float:
    """Seconds until the first sign of a reply must have come."""
    when = at.when()
    return float("inf") if when is None else when - asyncio.get_running_loop().time()
