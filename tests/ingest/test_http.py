import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ingest.errors import HttpRefused, RetryLater, SourceRefused
from ingest.http import HttpClient, Patience
from tests.fakes.clock import FakeClock
from tests.fakes.faults import Fault, Faulty
from tests.fakes.serve import serve

Answer = Callable[[Request], Awaitable[Response]]


class Server:
    """Numbers in three pages, an address that moved, and links that lead elsewhere."""

    def __init__(self) -> None:
        pages = {
            "numbers": self._numbers,
            "old": _moved("/api/numbers?page=3"),
            "circle": _moved("/api/circle"),
            "away": _moved("http://evil.example/"),
            "astray": _linked("https://evil.example/steal"),
            "again": _linked("/api/again"),
        }
        routes = [Route(f"/api/{name}", answer) for name, answer in pages.items()]
        self.front = Faulty(Starlette(routes=routes))
        self.url = ""

    def statuses(self) -> list[int]:
        return [request.status for request in self.front.requests]

    async def _numbers(self, request: Request) -> Response:
        page = int(request.query_params.get("page", "1"))
        headers = {"ETag": f'"{page}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304)
        if page < 3:
            headers["Link"] = f'<{self.url}/api/numbers?page={page + 1}>; rel="next"'
        return JSONResponse([page], headers=headers)


def _moved(place: str) -> Answer:
    async def answer(_: Request) -> Response:
        return RedirectResponse(place, 301)

    return answer


def _linked(place: str) -> Answer:
    async def answer(request: Request) -> Response:
        link = f'<{urljoin(str(request.url), place)}>; rel="next"'
        return JSONResponse([0], headers={"Link": link})

    return answer


class Token:
    """A credential that can be renewed as often as it is told."""

    def __init__(self, renewals: int = 0) -> None:
        self.renewals = renewals
        self.number = 0

    def header(self) -> str:
        return f"Bearer token-{self.number}"

    def renew(self) -> bool:
        self.number += 1
        return self.number <= self.renewals


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    with serve(server.front) as server.url:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client(server: Server, clock: FakeClock) -> Iterator[HttpClient]:
    with HttpClient(f"{server.url}/api", Token(), clock=clock, patience=Patience(tries=4)) as made:
        yield made


def limited(status: int, **headers: str) -> Fault:
    return Fault("status", status, {name.replace("_", "-"): v for name, v in headers.items()})


def test_pages_are_followed_as_they_are_given(client: HttpClient) -> None:
    assert list(client.pages("numbers", json.loads)) == [[1], [2], [3]]


def test_known_etag_is_answered_without_a_body(client: HttpClient) -> None:
    etag = client.get("numbers", json.loads).etag

    assert client.get_if_changed("numbers", json.loads, etag) is None
    assert client.get_if_changed("numbers", json.loads, '"other"') is not None
    assert client.traffic.not_modified == 1


def test_moved_address_is_followed_on_the_same_host(client: HttpClient) -> None:
    assert client.get("old", json.loads).value == [3]


@pytest.mark.parametrize("path", ["away", "astray"])
def test_other_hosts_are_never_asked(client: HttpClient, server: Server, path: str) -> None:
    with pytest.raises(SourceRefused, match=r"sends us to https?://evil\.example"):
        list(client.pages(path, json.loads))

    assert len(server.front.requests) == 1


@pytest.mark.parametrize(("path", "said"), [("circle", "again and again"), ("again", "circle")])
def test_circles_end(client: HttpClient, path: str, said: str) -> None:
    with pytest.raises(RetryLater, match=said):
        list(client.pages(path, json.loads))

    assert client.traffic.requests <= 16


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", 500),
        Fault("status", 502),
        Fault("status", 408),
        Fault("cut"),
        Fault("truncated"),
    ],
)
def test_passing_failure_is_tried_again(
    client: HttpClient, server: Server, clock: FakeClock, fault: Fault
) -> None:
    server.front.faults.append(fault)

    assert client.get("numbers", json.loads).value == [1]
    assert len(server.front.requests) == 2
    assert clock.waits == [1.0]


def test_silence_is_a_failure(server: Server, clock: FakeClock) -> None:
    server.front.faults += [Fault("hang"), Fault("hang")]
    patience = Patience(tries=2, request_seconds=0.1)
    with (
        HttpClient(f"{server.url}/api", Token(), clock=clock, patience=patience) as client,
        pytest.raises(RetryLater, match="ReadTimeout"),
    ):
        client.get("numbers", json.loads)

    assert len(server.front.requests) == 2


def test_lasting_failure_ends_after_all_tries_with_growing_waits(
    client: HttpClient, server: Server, clock: FakeClock
) -> None:
    server.front.faults += [Fault("status", 503)] * 9

    with pytest.raises(RetryLater, match="GET /api/numbers said 503 Service Unavailable"):
        client.get("numbers", json.loads)

    assert len(server.front.requests) == 4
    assert clock.waits == [1.0, 2.0, 4.0]


def test_nobody_listening_is_tried_later(clock: FakeClock) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with (
            HttpClient(url, Token(), clock=clock) as client,
            pytest.raises(RetryLater, match="ConnectError"),
        ):
            client.get("numbers", json.loads)

    assert len(clock.waits) == 4


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (limited(429, retry_after="7"), 7),
        (limited(403, retry_after="7"), 7),
        (limited(503, retry_after="7"), 7),
        (limited(429, retry_after="0"), 1),
        (limited(429, retry_after="Mon, 04 Jan 2027 09:00:30 GMT"), 30),
        (limited(429), 60),
        (limited(403, x_ratelimit_remaining="0", x_ratelimit_reset="1799053220"), 20),
        (Fault("status", 403, body=b'{"message": "a secondary rate limit"}'), 60),
    ],
)
def test_limits_are_waited_for_as_long_as_they_say(
    client: HttpClient, server: Server, clock: FakeClock, fault: Fault, wait: int
) -> None:
    server.front.faults.append(fault)

    assert client.get("numbers", json.loads).value == [1]
    assert clock.waits == [wait]


def test_wait_longer_than_there_is_time_is_left_to_the_next_run(
    client: HttpClient, server: Server, clock: FakeClock
) -> None:
    server.front.faults.append(limited(429, retry_after="1800"))

    with pytest.raises(RetryLater, match="rate limit") as raised:
        client.get("numbers", json.loads)

    assert raised.value.after == timedelta(minutes=30)
    assert (clock.waits, server.statuses()) == ([], [429])


def test_waits_are_limited_in_all(client: HttpClient, server: Server, clock: FakeClock) -> None:
    server.front.faults += [limited(429, retry_after="100")] * 3

    with pytest.raises(RetryLater):
        client.get("numbers", json.loads)

    assert clock.waits == [100]


@pytest.mark.parametrize("status", [403, 404, 410, 422])
def test_refusal_is_not_tried_again(client: HttpClient, server: Server, status: int) -> None:
    server.front.faults.append(Fault("status", status, body=b"{}"))

    with pytest.raises(HttpRefused) as raised:
        client.get("numbers", json.loads)

    assert (raised.value.status, server.statuses()) == (status, [status])


def test_refused_credential_stops_the_source(client: HttpClient, server: Server) -> None:
    server.front.faults.append(Fault("status", 401))

    with pytest.raises(SourceRefused, match="renew it"):
        client.get("numbers", json.loads)

    assert server.statuses() == [401]


def test_renewed_credential_is_tried_once(server: Server) -> None:
    server.front.faults += [Fault("status", 401)] * 2
    with HttpClient(f"{server.url}/api", Token(renewals=9)) as client:
        with pytest.raises(SourceRefused):
            client.get("numbers", json.loads)
        assert client.get("numbers", json.loads).value == [1]

    sent = [request.headers["authorization"] for request in server.front.requests]
    assert sent == ["Bearer token-0", "Bearer token-1", "Bearer token-1"]


def test_messages_hold_neither_query_nor_body_nor_credential(
    client: HttpClient, server: Server
) -> None:
    server.front.faults.append(Fault("status", 404, body=b'{"message": "hidden"}'))

    with pytest.raises(HttpRefused) as raised:
        client.get("numbers?key=hidden", json.loads)

    assert str(raised.value) == "GET /api/numbers said 404 Not Found"
