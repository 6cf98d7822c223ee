"""What goes on after a request was acknowledged: so much at once, so much waiting, no more."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, ParamSpec, TypeVar

logger = logging.getLogger(__name__)

AT_ONCE: Final = 8
WAITING: Final = 32
_GRACE_SECONDS: Final = 10.0
_EXCUSES: Final = 64  # short messages that say "busy"; beyond it nothing more is begun

Given = ParamSpec("Given")
Result = TypeVar("Result")
Job = Callable[[], Coroutine[Any, Any, None]]


class Work:
    """Jobs on the event loop, and the blocking parts of them in threads of their own."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        """Idle.

        Args:
            at_once: jobs that run; as many threads.
            waiting: jobs that wait for that.
        """
        self._most = at_once + waiting
        self._turns = asyncio.Semaphore(at_once)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="slack")
        self._jobs: set[asyncio.Task[None]] = set()
        self._excuses: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def begin(self, job: Job) -> bool:
        """Run a job when there is room; False: there is none, and it never runs."""
        if self._is_closed or len(self._jobs) >= self._most:
            return False
        self._start(self._in_turn(job), self._jobs)
        return True

    def excuse(self, job: Job) -> None:
        """Say why there is no room, without waiting for a turn."""
        if not self._is_closed and len(self._excuses) < _EXCUSES:
            self._start(_logged(job), self._excuses)

    async def blocking(
        self, call: Callable[Given, Result], *args: Given.args, **named: Given.kwargs
    ) -> Result:
        """What a blocking function gives, called in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: call(*args, **named))

    async def close(self, grace_seconds: float = _GRACE_SECONDS) -> None:
        """Begin nothing more, and wait for what runs; it is given up after a while."""
        self._is_closed = True
        if running := self._jobs | self._excuses:
            _, late = await asyncio.wait(running, timeout=grace_seconds)
            for job in late:
                job.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            if late:
                logger.warning("answers for Slack given up", extra={"count": len(late)})
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _start(self, job: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        # The loop keeps only weak references to tasks.
        task = asyncio.create_task(job)
        among.add(task)
        task.add_done_callback(among.discard)

    async def _in_turn(self, job: Job) -> None:
        async with self._turns:
            await _logged(job)


async def _logged(job: Job) -> None:
    try:
        await job()
    except Exception:
        logger.exception("a job of Slack failed, and nobody was told")
