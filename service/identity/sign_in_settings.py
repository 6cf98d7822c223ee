"""Settings of signing in with a browser: `service.auth.sign_in` in config.yaml."""

import os
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from index.errors import ConfigError
from service.identity.addresses import is_loopback

CALLBACK: Final = "/auth/callback"
"""Where the provider sends browsers back to."""

_VARIABLE: Final = r"^[A-Z][A-Z0-9_]*$"
_SCOPE: Final = r"^[\x21\x23-\x5b\x5d-\x7e]{1,200}$"  # RFC 6749, 3.3


def _callback(value: str) -> str:
    parts = urlsplit(value)
    is_here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.scheme == "https" or is_here) or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{value!r} must be an https address (http only of this machine)")
    if parts.port == 0:  # asking finds out whether it is a port at all
        raise ValueError(f"{value!r} must have a port that can be reached")
    if parts.path != CALLBACK or parts.query or parts.fragment or "?" in value or "#" in value:
        raise ValueError(f"{value!r} must end with {CALLBACK}, which is where we listen for it")
    return value


class SignInSettings(BaseModel):
    """Signing in with a browser at the provider of `service.auth.oidc`.

    Attributes:
        client_id: as which the provider knows this service; the audience of its ID tokens.
        client_secret_env: environment variable with the client's secret; None: a public client,
            for which PKCE alone stands.
        redirect_url: public address of `/auth/callback`, as registered at the provider. It also
            says what our own origin is: the `Host` of a request does not.
        scopes: what is asked of the provider, `openid` among them.
        session_hours: after which one has to sign in again.
        idle_hours: without a request, after which one has to.
        cookie_name: without its prefix; two services on the same localhost need two names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    client_id: str = Field(min_length=1, max_length=500)
    client_secret_env: str | None = Field(None, pattern=_VARIABLE)
    redirect_url: Annotated[str, AfterValidator(_callback)]
    scopes: tuple[Annotated[str, Field(pattern=_SCOPE)], ...] = ("openid", "email", "profile")
    session_hours: float = Field(12.0, gt=0.0, le=168.0)
    idle_hours: float = Field(4.0, gt=0.0, le=168.0)
    cookie_name: str = Field("answerable", pattern=r"^[A-Za-z0-9_-]{1,40}$")

    @model_validator(mode="after")
    def _is_openid(self) -> Self:
        if "openid" not in self.scopes:
            raise ValueError("scopes must have openid: without it there is no ID token")
        return self

    @property
    def origin(self) -> str:
        """Of our own pages, as browsers write it."""
        parts = urlsplit(self.redirect_url)
        default = {"https": 443, "http": 80}[parts.scheme]
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        port = "" if parts.port in (None, default) else f":{parts.port}"
        return f"{parts.scheme}://{host}{port}"

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach us by https; else they are on this machine."""
        return self.redirect_url.startswith("https:")


def client_secret(settings: SignInSettings) -> SecretStr | None:
    """The client's secret, from the environment; None: a public client has none.

    Raises:
        ConfigError: the variable is not set.
    """
    if settings.client_secret_env is None:
        return None
    found = os.environ.get(settings.client_secret_env, "")  # noqa: TID251 - secrets are read here only
    if not found:
        raise ConfigError(
            f"{settings.client_secret_env} (service.auth.sign_in.client_secret_env) is not set: "
            "put the secret of the client into it that the identity provider gave you"
        )
    return SecretStr(found)
