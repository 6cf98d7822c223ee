import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from eval.bench.concurrency import ask_at_once, measure_concurrency
from eval.bench.streaming import first_sentence, measure_streaming

ANSWER = "event: evidence\ndata: {}\n\nevent: sentence\ndata: {}\n\nevent: done\ndata: {}\n\n"
REFUSAL = "event: evidence\ndata: {}\n\nevent: done\ndata: {}\n\n"


class _Service(BaseHTTPRequestHandler):
    """Answers every question but those that contain "unknown"; fails at "broken"."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._say(200, "{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        question = json.loads(body)["question"]
        if "broken" in question:
            self._say(500, "{}")
        else:
            self._say(200, REFUSAL if "unknown" in question else ANSWER)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def _say(self, status: int, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer_without_a_sentence_has_no_first_one(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert first_sentence(client, "what is unknown?") is None
        assert first_sentence(client, "what is known?") is not None


def test_only_answers_with_a_sentence_are_compared_with_a_search(port: int) -> None:
    figures = measure_streaming(f"http://127.0.0.1:{port}", ["known", "unknown"])
    assert figures.streamed == 3
    assert figures.first_sentence_p50_ms > 0


def test_where_nothing_is_answered_there_is_nothing_to_measure(port: int) -> None:
    with pytest.raises(SystemExit, match="no answer"):
        measure_streaming(f"http://127.0.0.1:{port}", ["unknown"])


@pytest.mark.parametrize("askers", [1, 3, 16])
def test_every_request_is_made_once_however_many_ask(port: int, askers: int) -> None:
    found = ask_at_once(port, ["a", "b"], askers, 10)
    assert (len(found.times_ms), found.errors) == (10, 0)
    assert found.throughput == pytest.approx(10 / found.seconds)


def test_what_is_not_answered_counts_as_an_error_and_not_as_a_time(port: int) -> None:
    found = ask_at_once(port, ["fine", "broken"], 2, 10)
    assert (len(found.times_ms), found.errors) == (5, 5)


def test_processor_time_is_that_of_the_named_process_a_request(port: int) -> None:
    found = measure_concurrency(port, ["fine"], askers=2, requests=20, rounds=1, pid=os.getpid())
    assert (found.requests, found.errors) == (20, 0)
    assert found.cpu_ms is not None
    assert 0 < found.cpu_ms < 1000


def test_without_a_process_no_processor_time_is_claimed(port: int) -> None:
    found = measure_concurrency(port, ["fine"], askers=2, requests=4, rounds=1)
    assert found.cpu_ms is None
