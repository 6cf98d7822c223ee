"""Time that passes only when somebody waits."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A clock for client and server; `waits` remembers every wait in seconds."""

    def __init__(self, start: datetime = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self.waits: list[float] = []

    def now(self) -> float:
        return self._now.timestamp()

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.advance(timedelta(seconds=seconds))

    def advance(self, by: timedelta) -> None:
        self._now += by

    def text(self) -> str:
        """As GitHub writes times."""
        return self._now.strftime("%Y-%m-%dT%H:%M:%SZ")
