"""`python -m eval.bench.slack_ack`: how soon Slack is answered while slow answers are in flight."""

import hashlib
import hmac
import http.client
import http.server
import multiprocessing
import socket
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from typing import Annotated, Final
from urllib.parse import urlencode

import typer
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from rich.console import Console

from eval.bench.timing import percentile
from service.gaps.schemas import Feedback
from service.schemas import Answer
from service.slack.app import slack_app
from service.slack.once import Once
from service.slack.settings import SlackSettings
from service.slack.types import Person
from service.slack.verifying import Verification
from service.slack.work import Work

_SECRET: Final = "of-no-application"  # noqa: S105 - signs our own requests
_TEAM: Final = "T0BENCH"
_SLOW_SECONDS: Final = 3.0
_START_SECONDS: Final = 30
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class AckFigures:
    """From a request to its acknowledgement.

    Attributes:
        slow: answers in flight the whole time, each of which waits for three seconds.
        requests: that were timed: questions and calls for help by turns.
        errors: of them that were not acknowledged with 200.
    """

    slow: int
    requests: int
    errors: int
    p50_ms: float
    p99_ms: float
    max_ms: float


class SlowDesk:
    """Takes its time for questions that begin with "slow"."""

    def person(self, user_id: str, team_id: str) -> Person:
        """Everybody is known."""
        return Person(user_id, team_id, "ann@example.com")

    def ask(self, person: Person, question: str, conversation: str | None = None) -> Answer:  # noqa: ARG002
        """The statement that nothing is known, sooner or later."""
        if question.startswith("slow"):
            time.sleep(_SLOW_SECONDS)
        return Answer(
            question=question,
            standalone=question,
            answer="",
            sentences=[],
            citations=[],
            confidence=0.0,
            abstained=True,
            nearest=[],
            timings_ms={},
        )

    def feedback(self, person: Person, feedback: Feedback) -> None:
        """Nothing is kept."""

    def shareable(
        self,
        person: Person,  # noqa: ARG002
        answer: Answer,  # noqa: ARG002
        members: Collection[str] | None,  # noqa: ARG002
    ) -> Answer | None:
        """Nothing is shared."""
        return None


def measure_acks(slow: int = 20, requests: int = 300) -> AckFigures:
    """Time acknowledgements; the service has a process of its own."""
    spawning = multiprocessing.get_context("spawn")
    with _sink() as sink, socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
        reserved.close()
        process = spawning.Process(target=_serve, args=(port, sink, slow), daemon=True)
        process.start()
        try:
            _wait_for(port)
            return _measured(port, sink, slow, requests)
        finally:
            process.terminate()
            process.join()


def _measured(port: int, sink: str, slow: int, requests: int) -> AckFigures:
    numbers = count(1)
    _command(port, sink, "warm up", next(numbers))
    took: list[float] = []
    errors, filled = 0, 0.0
    for number in range(requests):
        # As they end, others take their place.
        if time.perf_counter() - filled > _SLOW_SECONDS:
            for _ in range(slow):
                _command(port, sink, "slow question", next(numbers))
            filled = time.perf_counter()
        begun = time.perf_counter()
        text = "help" if number % 2 else "a quick question"
        status = _command(port, sink, text, next(numbers))
        took.append((time.perf_counter() - begun) * 1000)
        errors += status != http.client.OK
    return AckFigures(slow, requests, errors, percentile(took, 50), percentile(took, 99), max(took))


def _command(port: int, sink: str, text: str, number: int) -> int:
    """The status of a slash command, sent over a connection of its own as Slack does."""
    fields = {
        "team_id": _TEAM,
        "channel_id": "C0BENCH",
        "user_id": "U0ANN",
        "command": "/ask",
        "text": text,
        "trigger_id": str(number),
        "response_url": f"{sink}/{number}",
    }
    body = urlencode(fields).encode()
    now = str(int(time.time()))
    base = f"v0:{now}:".encode() + body
    headers = {
        "Content-Type": _FORM,
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": f"v0={hmac.new(_SECRET.encode(), base, hashlib.sha256).hexdigest()}",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/slack/events", body, headers)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def _serve(port: int, sink: str, slow: int) -> None:
    host = sink.removeprefix("http://")
    settings = SlackSettings(team_ids=(_TEAM,), response_hosts=(host,), api_base=f"{sink}/api/")
    made = slack_app(
        SlowDesk(),
        settings,
        SecretStr("xoxb-bench"),
        lambda app: Verification(app, settings, SecretStr(_SECRET), Once()),
        Work(at_once=slow + 4, waiting=1000),
    )
    api = FastAPI()
    api.include_router(made.router)
    uvicorn.run(api, host="127.0.0.1", port=port, log_level="error")


class _Taken(http.server.BaseHTTPRequestHandler):
    """Takes whatever is said."""

    def do_POST(self) -> None:
        """Say ok."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def _sink() -> Iterator[str]:
    """An address that takes answers."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Taken)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _wait_for(port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the service did not start")


def main(
    slow: Annotated[int, typer.Option(help="Slow answers in flight.")] = 20,
    requests: Annotated[int, typer.Option(help="Requests that are timed.")] = 300,
) -> None:
    """Print the figures."""
    console = Console()
    for name, value in asdict(measure_acks(slow, requests)).items():
        console.print(f"{name}: {value:.1f}" if isinstance(value, float) else f"{name}: {value}")


if __name__ == "__main__":
    typer.run(main)
