from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from httpx import Response as Received

from service.headers import GuardedFastAPI

LIMIT_BYTES = 100
STRICT = "default-src 'none'"


def app() -> FastAPI:
    made = GuardedFastAPI(max_body_size=LIMIT_BYTES)

    @made.get("/v1/fine")
    def fine() -> dict[str, str]:
        return {"said": "yes"}

    @made.get("/v1/broken")
    def broken() -> None:
        raise ZeroDivisionError

    @made.post("/v1/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    @made.get("/v1/own")
    def own(response: Response) -> None:
        response.headers["server"] = "Answerable/1"
        response.headers["cache-control"] = "max-age=60"

    return made


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(app(), raise_server_exceptions=False) as client:
        yield client


def assert_guarded(response: Received) -> None:
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["content-security-policy"].startswith(STRICT)
    assert response.headers["cache-control"] == "no-store"
    assert "server" not in response.headers


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/fine", 200), ("/v1/broken", 500), ("/nowhere", 404), ("/openapi.json", 200)],
)
def test_every_response_is_guarded(client: TestClient, path: str, status: int) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert_guarded(response)


def test_other_method_is_guarded(client: TestClient) -> None:
    response = client.delete("/v1/fine")
    assert response.status_code == 405
    assert_guarded(response)


def body(parts: int) -> Iterator[bytes]:
    yield from [b"x" * 10] * parts


def test_body_that_is_too_large_is_refused_in_the_one_shape(client: TestClient) -> None:
    declared = client.post("/v1/read", content=b"x" * (LIMIT_BYTES + 1))
    undeclared = client.post("/v1/read", content=body(11))

    for response in (declared, undeclared):
        assert response.status_code == 413
        assert response.json() == {
            "error": "TooLarge",
            "detail": "the body is larger than what is read here",
        }
        assert int(response.headers["content-length"]) == len(response.content)
        assert_guarded(response)


def test_body_at_the_limit_is_read(client: TestClient) -> None:
    assert client.post("/v1/read", content=body(10)).json() == LIMIT_BYTES


def test_endpoint_may_say_how_long_it_is_kept_but_not_who_serves(client: TestClient) -> None:
    response = client.get("/v1/own")
    assert response.headers["cache-control"] == "max-age=60"
    assert "server" not in response.headers


def test_only_the_documentation_may_load_scripts(client: TestClient) -> None:
    assert (
        "script-src https://cdn.jsdelivr.net"
        in (client.get("/docs").headers["content-security-policy"])
    )
    for path in ("/docs/", "/docs/oauth2-redirect", "/v1/docs", "/openapi.json"):
        response = client.get(path, follow_redirects=False)
        assert "script-src" not in response.headers["content-security-policy"]
