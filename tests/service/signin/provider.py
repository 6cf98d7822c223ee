"""An identity provider at which people sign in with a browser; it may lie and fail."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

import httpx
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from tests.fakes.faults import Faulty
from tests.fakes.serve import serve
from tests.service.identity.provider import FakeProvider

CLIENT_ID = "answerable-pages"
SECRET = "p+g/ s:cret"  # noqa: S105 - of the fake


@dataclass
class SignInProvider(FakeProvider):
    """The server.

    Attributes:
        asked: the last query that a browser brought along.
        changed: claims of the tokens that are not as they should be.
        make: how the claims become a token; None: as they should.
        secret: of the client; empty: it is a public one.
        exchanges: forms that the token endpoint was sent.
    """

    asked: dict[str, str] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)
    make: Callable[[dict[str, Any]], str] | None = None
    secret: str = ""
    grants: dict[str, dict[str, str]] = field(default_factory=dict)
    exchanges: list[dict[str, str]] = field(default_factory=list)
    client: httpx.Client = field(default_factory=httpx.Client)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.faulty = Faulty(
            Starlette(
                routes=[
                    Route("/authorize", self._authorize),
                    Route("/token", self._token, methods=["POST"]),
                    Mount("/", self.faulty),
                ]
            )
        )

    def reset(self) -> None:
        """Forget everything but the address."""
        super().reset()
        self.discovery = {
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
        }
        self.asked, self.changed, self.make, self.secret = {}, {}, None, ""
        self.grants, self.exchanges = {}, []

    def visit(self, address: str) -> str:
        """What a browser does there: where it is sent back to."""
        return str(self.client.get(address).headers["location"])

    async def _authorize(self, asked: Asked) -> Response:
        self.asked = dict(asked.query_params)
        code = secrets.token_urlsafe()
        self.grants[code] = self.asked
        back = urlencode({"code": code, "state": self.asked["state"]})
        return RedirectResponse(f"{self.asked['redirect_uri']}?{back}", 302)

    async def _token(self, asked: Asked) -> Response:
        form = dict(parse_qsl((await asked.body()).decode()))
        self.exchanges.append(form)
        grant = self.grants.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            grant is None
            or grant["code_challenge"] != challenge
            or grant["code_challenge_method"] != "S256"
            or grant["redirect_uri"] != form["redirect_uri"]
            or not self._is_client(form, asked.headers.get("authorization", ""))
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        claims = self.claims(**{"aud": CLIENT_ID, "nonce": grant["nonce"], **self.changed})
        token = (self.make or self.signed)(claims)
        return JSONResponse({"access_token": "opaque", "token_type": "Bearer", "id_token": token})

    def _is_client(self, form: dict[str, str], header: str) -> bool:
        if not self.secret:
            return form.get("client_id") == CLIENT_ID and not header
        if header:
            sent = base64.b64decode(header.removeprefix("Basic ")).decode()
            name, _, secret = sent.partition(":")
            return (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, self.secret)
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, self.secret)


@contextmanager
def sign_in_provider() -> Iterator[SignInProvider]:
    """A provider that runs while the block does."""
    fake = SignInProvider()
    with fake.client, serve(fake.faulty) as fake.url:
        yield fake
