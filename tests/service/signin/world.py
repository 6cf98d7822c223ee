"""A service with signing in, and browsers that use it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from service.app import create_app
from service.gate import Gate
from service.identity.identify import Identification, Sources
from service.identity.people import People
from service.identity.settings import AuthSettings
from service.limits import Limits, LimitSettings
from service.parts import Opening, Parts
from service.signin.api import router, sent
from service.signin.signing import SignIn, make_sign_in
from tests.service.identity.provider import AUDIENCE
from tests.service.signin.provider import CLIENT_ID, SignInProvider

ORIGIN = "https://answers.example"
SESSION = "__Host-answerable"
ATTEMPT = "__Host-answerable-signing-in"
CHANGE = "/v1/change"


def never() -> Parts:
    raise AssertionError("nothing here needs an index")


@cache
def _app() -> FastAPI:
    """Made once, since that takes long; what differs between tests is its state."""
    app = create_app(Opening(never))
    app.include_router(router)

    @app.api_route(CHANGE, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def change(request: Request) -> str:
        gate: Gate = request.app.state.gate
        return gate.admit(sent(request)).identity.name

    return app


def application(
    auth: AuthSettings, sign_in: SignIn | None, limits: Limits | None = None
) -> FastAPI:
    """The service, with an endpoint that changes something."""
    ways = [sign_in.prove] if sign_in else []
    app = _app()
    app.state.gate = Gate(Identification(auth, ways, Sources(People(None, None))), limits)
    app.state.sign_in = sign_in
    return app


@dataclass
class Browser:
    """One browser, with its own cookies; it says where requests come from, as browsers do."""

    client: httpx.Client
    provider: SignInProvider

    def go(self, address: str, site: str = "none") -> httpx.Response:
        """Follow a link, without following where it leads on."""
        return self.client.get(address, headers={"sec-fetch-site": site}, follow_redirects=False)

    def fetch(self, address: str, **headers: str) -> httpx.Response:
        """What a script of our own page reads."""
        return self.client.get(
            address, headers={"sec-fetch-site": "same-origin", **_named(headers)}
        )

    def change(self, address: str = CHANGE, method: str = "POST", **headers: str) -> httpx.Response:
        """What a script of our own page changes; headers that are empty are not sent."""
        given = {"sec_fetch_site": "same-origin", "origin": ORIGIN, **headers}
        return self.client.request(method, address, headers=_named(given))

    def begin(self, address: str = "/auth/login") -> str:
        """Go to the provider, let it ask whatever it asks: where it sends the browser back to."""
        there = self.go(address).headers["location"]
        return self.provider.visit(there)

    def sign_in(self, address: str = "/auth/login") -> httpx.Response:
        """All the way."""
        return self.go(self.begin(address), site="cross-site")

    @property
    def csrf(self) -> str:
        return str(self.fetch("/v1/me").json()["csrf"])

    @property
    def name(self) -> str | None:
        """Who it is signed in as."""
        said = self.fetch("/v1/me")
        return said.json()["name"] if said.status_code == 200 else None


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items() if value}


@dataclass
class World:
    """A service at https://answers.example, and time that passes when it is told to."""

    provider: SignInProvider
    seconds: float = 0.0
    closing: list[Callable[[], None]] = field(default_factory=list)
    app: Any = None
    sign_in: SignIn | None = None

    def start(
        self,
        oidc: dict[str, Any] | None = None,
        operators: tuple[str, ...] | list[str] = (),
        **settings: Any,
    ) -> "World":
        """With settings that are not the usual ones."""
        given = {
            "client_id": CLIENT_ID,
            "redirect_url": f"{ORIGIN}/auth/callback",
            **settings,
        }
        issuer = {"issuer": self.provider.url, "audience": AUDIENCE, **(oidc or {})}
        auth = AuthSettings.model_validate(
            {"oidc": issuer, "sign_in": given, "operators": operators}
        )
        limits = Limits(LimitSettings(asks_per_minute=0), clock=self.clock)
        self.sign_in = make_sign_in(auth, limits, now=self.clock, clock=self.clock)
        assert self.sign_in
        self.closing.append(self.sign_in.close)
        self.app = application(auth, self.sign_in, limits)
        return self

    def clock(self) -> float:
        return self.seconds

    def browser(self) -> Browser:
        return Browser(TestClient(self.app, base_url=ORIGIN), self.provider)


def query(address: str) -> str:
    return urlsplit(address).query
