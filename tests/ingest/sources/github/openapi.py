"""GitHub's own description of its API, as a judge over our requests and our fake's answers."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError

# Read at import: the tests themselves run in an environment without ANSWERABLE_*.
FIXTURES = os.environ.get("ANSWERABLE_FIXTURES", "")  # noqa: TID251 - not a setting of the product
HOST = "https://api.github.com"


@dataclass
class Exchange:
    """One request and its answer, as the judge wants to see them."""

    method: str
    path: str
    query: dict[str, str]
    status_code: int
    data: bytes
    body: bytes | None = None
    host_url: str = HOST
    content_type: str = "application/json"
    parameters: RequestParameters = field(default_factory=RequestParameters)

    def __post_init__(self) -> None:
        self.method = self.method.lower()
        self.parameters = RequestParameters(query=self.query)

    @property
    def headers(self) -> dict[str, str]:
        return {}


def judge() -> OpenAPI:
    path = Path(FIXTURES) / "github" / "openapi" / "api.github.com.pruned.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    _allow_null(spec)
    return OpenAPI.from_dict(spec)


def faults(api: OpenAPI, exchange: Exchange) -> list[str]:
    """What is wrong with a request and its answer; nothing if both are right."""
    found: list[str] = []
    checks: tuple[Callable[[], None], ...] = (
        lambda: api.validate_request(exchange),
        lambda: api.validate_response(exchange, exchange),
    )
    for validate in checks:
        try:
            validate()
        except OpenAPIError as error:
            found.append(f"{exchange.path}: {error} {error.__cause__ or ''}")
    return found


def _allow_null(spec: Any) -> None:
    """`nullable` beside an `enum` without null contradicts itself; GitHub sends null there."""
    if isinstance(spec, dict):
        if spec.get("nullable") and "enum" in spec and None not in spec["enum"]:
            spec["enum"].append(None)
        for part in spec.values():
            _allow_null(part)
    elif isinstance(spec, list):
        for part in spec:
            _allow_null(part)
