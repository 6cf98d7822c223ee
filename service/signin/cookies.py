"""The two cookies: of a session, and of a sign-in that is under way."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from service.identity.errors import refused
from service.identity.headers import only
from service.identity.sign_in_settings import SignInSettings

# A browser takes such a name only with Secure, Path=/ and without Domain: neither a neighbouring
# host nor somebody on the way can set it.
_HOST_ONLY: Final = "__Host-"


class Cookie:
    """A cookie that scripts do not see, and that other sites' requests do not carry.

    They do when somebody follows a link (Lax): the provider leads people back to us that way.
    """

    def __init__(self, settings: SignInSettings, life: timedelta, suffix: str = "") -> None:
        """Of a name that the settings make."""
        prefix = _HOST_ONLY if settings.is_secure else ""
        self.name = f"{prefix}{settings.cookie_name}{suffix}"
        self._is_secure, self._life = settings.is_secure, life

    def of(self, headers: Mapping[str, str]) -> str | None:
        """Its value in a request; None if it is not there.

        Raises:
            Unauthenticated: it is there twice, and nobody can say which of them counts.
        """
        pairs = [part.partition("=") for part in (only(headers, "Cookie") or "").split(";")]
        found = [value.strip() for name, _, value in pairs if name.strip() == self.name]
        if len(found) > 1:
            raise refused()
        return found[0] if found else None

    def put(self, response: Response, value: str) -> None:
        """Have the browser keep it."""
        self._set(response, value, int(self._life.total_seconds()))

    def clear(self, response: Response) -> None:
        """Have the browser forget it; it does only if everything is said as it was."""
        self._set(response, "", 0)

    def _set(self, response: Response, value: str, seconds: int) -> None:
        response.set_cookie(
            self.name,
            value,
            max_age=seconds,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )
