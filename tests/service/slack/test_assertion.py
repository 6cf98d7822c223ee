"""Assertions of the Slack proxy, each through the real application's layers."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

import jwt
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.responses import JSONResponse

from index.errors import ConfigError
from service.errors import Unauthenticated
from service.identity.asserted import Assertions
from service.identity.assertion import ISSUER, KIND, Signer, claims_of, fingerprint
from service.identity.types import Caller

KEY: Final = "0123456789abcdef0123456789abcdef"
API: Final = "https://answerable.example"
NOW: Final = 1_800_000_000.0
BODY: Final = b'{"question": "how long?"}'
ADA: Final = claims_of("U0ADA", "T0OURS", "Ada@Tallow.example")
CLAIMS: Final = {
    **ADA,
    "iss": ISSUER,
    "aud": API,
    "iat": int(NOW),
    "exp": int(NOW) + 60,
    "jti": "an id",
    "request": fingerprint("POST", "/v1/ask", BODY),
}


class Api:
    """An API behind the guard, which says whom an assertion proves."""

    def __init__(self) -> None:
        self.now = NOW
        self.assertions = Assertions(SecretStr(KEY), API, 1000, lambda: self.now)
        self.bodies: list[bytes] = []
        app = FastAPI()
        app.add_api_route("/v1/{rest:path}", self._who, methods=["POST", "PUT", "GET"])
        self.client = TestClient(self.assertions.guard(app))

    async def _who(self, request: Request) -> JSONResponse:
        try:
            proven = self.assertions.prove(Caller(request.headers, "203.0.113.7"))
        except Unauthenticated as error:
            return JSONResponse(str(error), 401)
        self.bodies.append(await request.body())
        authorization = request.headers.get("authorization")
        if proven is None:
            return JSONResponse({"authorization": authorization})
        return JSONResponse([proven.email, proven.name, proven.way, authorization])

    def post(
        self, token: str, body: bytes = BODY, path: str = "/v1/ask", **more: Any
    ) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {token}", **more}
        said = self.client.post(path, content=body, headers=headers)
        return said.status_code, said.json()


@pytest.fixture
def api() -> Api:
    return Api()


def token(key: str = KEY, kind: str = KIND, algorithm: str = "HS256", **changed: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changed).items() if value is not ...}
    return jwt.encode(claims, key, algorithm, headers={"typ": kind})


def unsigned(header: Mapping[str, Any]) -> str:
    parts = (json.dumps(part).encode() for part in (header, CLAIMS))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def test_what_the_proxy_signs_names_the_person_once(api: Api) -> None:
    signed = Signer(SecretStr(KEY), API, lambda: NOW).sign(ADA, "POST", "/v1/ask", BODY)

    assert api.post(signed) == (200, ["ada@tallow.example", "ada@tallow.example", "slack", None])
    assert api.bodies == [BODY]
    assert api.post(signed)[0] == 401, "it was used"


def test_guest_is_a_name_without_an_address(api: Api) -> None:
    guest = claims_of("U0EVE", "T0OURS", None)
    signed = Signer(SecretStr(KEY), API, lambda: NOW).sign(guest, "POST", "/v1/ask", BODY)

    assert api.post(signed) == (200, ["", "slack guest t0ours u0eve", "slack", None])


FORGED = {
    "signed with another key": token(key="f" * 32),
    "no algorithm": unsigned({"alg": "none", "typ": KIND}),
    "no signature": unsigned({"alg": "HS256", "typ": KIND}),
    "another algorithm": token(key=KEY * 2, algorithm="HS512"),
    "another issuer": token(iss="https://accounts.google.com"),
    "no issuer": token(iss=...),
    "another audience": token(aud="https://other.example"),
    "many audiences": token(aud=[API, "https://other.example"]),
    "no audience": token(aud=...),
    "expired": token(iat=int(NOW) - 61, exp=int(NOW) - 1),
    "from the future": token(iat=int(NOW) + 30, exp=int(NOW) + 60),
    "lives for an hour": token(exp=int(NOW) + 3600),
    "ends before it begins": token(exp=int(NOW) - 1),
    "time that is no number": token(exp="soon"),
    "time that is not a whole number": token(iat=float("nan")),
    "no end": token(exp=...),
    "no beginning": token(iat=...),
    "no id": token(jti=...),
    "empty id": token(jti=""),
    "endless id": token(jti="x" * 65),
    "for no request": token(request=...),
    "for another method": token(request=fingerprint("PUT", "/v1/ask", BODY)),
    "for another path": token(request=fingerprint("POST", "/v1/feedback", BODY)),
    "for another body": token(request=fingerprint("POST", "/v1/ask", b"{}")),
    "subject that is no text": token(sub=["ada@tallow.example"]),
    "subject that is no address": token(sub="ada"),
    "subject that is empty": token(sub=""),
    "subject that is a service": token(sub="service:backup"),
    "no user": token(slack_user=...),
    "user with a blank": token(slack_user="U0 ADA"),
    "too long": token(more="x" * 5000),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_assertion_that_does_not_hold_proves_nobody(api: Api, forged: str) -> None:
    assert api.post(forged)[0] == 401
    assert api.bodies == []
    assert api.post(token())[0] == 200, "one that holds still does"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (BODY + b" ", "/v1/ask"),
        (b"", "/v1/ask"),
        (BODY, "/v1/search"),
        (BODY, "/v1/ask?x=1"),
        (BODY, "/v1/%61sk"),
        (BODY + b"x" * 2000, "/v1/ask"),
    ],
)
def test_assertion_holds_for_no_other_request(api: Api, body: bytes, path: str) -> None:
    assert api.post(token(), body, path)[0] == 401


def test_tickets_that_others_made_prove_nobody(api: Api) -> None:
    ticket = {"x-answerable-slack-ticket": "made up"}

    alone = api.client.post("/v1/ask", content=BODY, headers=ticket)

    assert alone.status_code == 401
    assert api.post("a token of a provider", **ticket)[0] == 401
    assert api.post(token(), **ticket)[0] == 200, "theirs is taken away, ours counts"


def test_assertion_beside_another_credential_proves_nobody(api: Api) -> None:
    lines = [("authorization", f"Bearer {token()}"), ("authorization", "Bearer ak_1_key")]

    assert api.client.post("/v1/ask", content=BODY, headers=lines).status_code == 401


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", ""])
def test_tokens_of_other_kinds_go_another_way_untouched(api: Api, kind: str) -> None:
    other = token(kind=kind)

    assert api.post(other) == (200, {"authorization": f"Bearer {other}"})
    assert api.post("ak_1_key") == (200, {"authorization": "Bearer ak_1_key"})


def test_without_the_guard_no_assertion_holds(api: Api) -> None:
    caller = Caller({"authorization": f"Bearer {token()}"}, "203.0.113.7")

    assert api.assertions.prove(caller) is None


def test_used_ids_are_remembered_for_as_long_as_they_could_hold(api: Api) -> None:
    future = token(iat=int(NOW) + 5, exp=int(NOW) + 65)
    assert api.post(future)[0] == 200
    for api.now in (NOW + 30, NOW + 65):
        assert api.post(future)[0] == 401


@pytest.mark.parametrize("secret", ["", "x" * 31, "password"])
def test_secret_that_is_too_short_is_refused_on_both_sides(secret: str) -> None:
    with pytest.raises(ConfigError, match="needs 32"):
        Signer(SecretStr(secret), API)
    with pytest.raises(ConfigError, match="needs 32"):
        Assertions(SecretStr(secret), API, 1000)
