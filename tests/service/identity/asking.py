"""Requests as the ways to prove an identity see them, and what becomes of bad ones."""

from collections.abc import Callable
from typing import Any

import pytest

from service.errors import Unauthenticated
from service.identity.errors import WORDS
from service.identity.types import Caller


def caller(address: str = "203.0.113.7", **headers: str) -> Caller:
    """A request; `x_forwarded_email` is the header X-Forwarded-Email."""
    return Caller({name.replace("_", "-"): value for name, value in headers.items()}, address)


def with_bearer(token: str) -> Caller:
    return caller(authorization=f"Bearer {token}")


def assert_refused(prove: Callable[[Caller], Any], request: Caller) -> None:
    """It is refused with the words that all refusals have."""
    with pytest.raises(Unauthenticated) as refusal:
        prove(request)
    assert str(refusal.value) == WORDS
    assert refusal.value.status == 401
