"""Headers of a request, each of which counts only if it is there once."""

from collections.abc import Mapping
from typing import Final

from service.identity.errors import refused

_BEARER: Final = "bearer"


def only(headers: Mapping[str, str], header: str) -> str | None:
    """Value of a header, names in any case; None if it is not there.

    Raises:
        Unauthenticated: it is there more than once. Two servers in a row may disagree on which
            of them counts.
    """
    wanted = header.lower()
    # Starlette's headers are a mapping whose items hold every line, also those of the same name.
    found = [value for key, value in headers.items() if key.lower() == wanted]
    if len(found) > 1:
        raise refused()
    return found[0].strip() if found else None


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of `Authorization: Bearer`; None if this header is not there or says another way.

    Raises:
        Unauthenticated: the header is there more than once.
    """
    scheme, _, token = (only(headers, "Authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == _BEARER else None
