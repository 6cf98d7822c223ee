"""An identity provider on this machine: it signs tokens, rotates its keys, and may fail."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.identity.provider import DISCOVERY
from tests.fakes.faults import Faulty
from tests.fakes.serve import serve

AUDIENCE = "answerable"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key; the same for the same number, since they take long to make."""
    del number
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def jwk(key: PrivateKey, key_id: str, **more: str) -> dict[str, Any]:
    """The public half, as a provider publishes it."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        made = jwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True)
    else:
        made = jwt.algorithms.ECAlgorithm.to_jwk(public, as_dict=True)
    return {**made, "kid": key_id, "use": "sig", **more}


def encoded(part: object) -> str:
    """One part of a token that was made by hand."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class FakeProvider:
    """The server; what it publishes may be changed while it runs."""

    jwks: list[dict[str, Any]] = field(default_factory=lambda: [jwk(rsa_key(), "k1")])
    discovery: dict[str, Any] = field(default_factory=dict)
    url: str = ""

    def __post_init__(self) -> None:
        self.faulty = Faulty(
            Starlette(routes=[Route(DISCOVERY, self._discovery), Route("/jwks", self._jwks)])
        )

    def reset(self) -> None:
        """Forget everything but the address."""
        self.jwks, self.discovery = [jwk(rsa_key(), "k1")], {}
        self.faulty.faults.clear()
        self.faulty.requests.clear()

    @property
    def fetches(self) -> int:
        """How often the keys were asked for."""
        return sum(request.path == "/jwks" for request in self.faulty.requests)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Claims that hold, but for what is changed; None takes a claim away."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "1",
            "iat": now,
            "exp": now + 600,
            "email": "ada@tallow.example",
            "email_verified": True,
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, **changed: Any) -> str:
        """A token that holds, but for what is changed."""
        return self.signed(self.claims(**changed))

    def signed(
        self,
        claims: dict[str, Any],
        key: PrivateKey | None = None,
        algorithm: str = "RS256",
        **headers: Any,
    ) -> str:
        headers = {"kid": "k1", **headers}
        return jwt.encode(claims, key or rsa_key(), algorithm, headers=headers)

    async def _discovery(self, _: Asked) -> Response:
        said = {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", **self.discovery}
        return JSONResponse(said)

    async def _jwks(self, _: Asked) -> Response:
        return JSONResponse({"keys": self.jwks})


@contextmanager
def fake_provider() -> Iterator[FakeProvider]:
    """A provider that runs while the block does."""
    fake = FakeProvider()
    with serve(fake.faulty) as fake.url:
        yield fake
