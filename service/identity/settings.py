"""Settings of who may ask: `service.auth` in config.yaml. None of the ways: local mode."""

import os
import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from index.errors import ConfigError
from index.settings import ConfigPath
from service.identity.addresses import address, is_loopback, name
from service.identity.sign_in_settings import SignInSettings

MIN_SECRET_CHARS: Final = 16
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """A time like 30s, 10m, 24h or 90d.

    Raises:
        ValueError: the text is none of these.
    """
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no time; say 30s, 10m, 24h or 90d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _duration(value: object) -> object:
    return duration(value) if isinstance(value, str) else value


def _issuer(value: str) -> str:
    parts = urlsplit(value)
    is_here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.scheme == "https" or is_here) or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{value!r} must be an https address without user name or password")
    if parts.query or parts.fragment:
        raise ValueError(f"{value!r} must have no query and no fragment")
    return value


def _endpoint(value: str) -> str:
    return _issuer(value).rstrip("/")


def _network(value: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if value.prefixlen == 0:
        raise ValueError(f"{value} is everybody; name the addresses of the proxy")
    return value


def _operator(value: str) -> str:
    kind, colon, rest = value.partition(":")
    if colon and kind in ("group", "service"):
        return f"{kind}:{name(rest)}"
    return address(value)


def _domain(value: str) -> str:
    return address(f"x@{value.removeprefix('@')}").removeprefix("x@")


Duration = Annotated[timedelta, BeforeValidator(_duration), Field(strict=True)]
Network = Annotated[IPv4Network | IPv6Network, AfterValidator(_network)]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
# Shared secrets are not among them: whoever verifies could also sign, and a public key could be
# taken for such a secret.
Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]

_FROZEN: Final = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class OidcSettings(BaseModel):
    """Tokens of an OpenID Connect provider.

    Attributes:
        issuer: exactly as the provider writes it in its tokens; its discovery document is below.
        audience: one of the token's audiences must be this.
        email_claim: the claim that holds the address.
        groups_claim: the claim that holds a list of groups; None: tokens name no groups.
        require_verified_email: whether `email_verified` must be true.
        required_claims: claims that must have exactly these texts, like Google's `hd`.
        jwks_cache: age at which the provider's keys are asked for again.
        jwks_max_age: age at which they are used no more if the provider does not answer.
        leeway: how far clocks may differ.
        allowed_domains: of the address; empty: any.
    """

    model_config = _FROZEN

    issuer: Annotated[str, AfterValidator(_issuer)]
    audience: str = Field(min_length=1)
    email_claim: str = Field("email", min_length=1)
    groups_claim: str | None = Field(None, min_length=1)
    require_verified_email: bool = True
    required_claims: dict[str, str] = {}
    algorithms: tuple[Algorithm, ...] = Field(("RS256", "ES256"), min_length=1)
    jwks_cache: Duration = Field(timedelta(minutes=10), ge=timedelta(minutes=1))
    jwks_max_age: Duration = Field(timedelta(hours=24), le=timedelta(days=7))
    leeway: Duration = Field(timedelta(seconds=30), ge=timedelta(0), le=timedelta(minutes=5))
    allowed_domains: tuple[Annotated[str, AfterValidator(_domain)], ...] = ()

    @model_validator(mode="after")
    def _ages_fit(self) -> Self:
        if self.jwks_max_age < self.jwks_cache:
            raise ValueError("jwks_max_age must not be less than jwks_cache")
        return self


class ProxySettings(BaseModel):
    """A reverse proxy that has identified the person, and says so in headers.

    Attributes:
        addresses: networks that the proxy connects from.
        secret_env: environment variable that holds the secret which the proxy sends, too.
        secret_header: header that it comes in.
    """

    model_config = _FROZEN

    addresses: tuple[Network, ...] = Field(min_length=1)
    secret_env: Variable = "ANSWERABLE_PROXY_SECRET"  # noqa: S105 - its name
    secret_header: Header = "X-Answerable-Proxy-Secret"  # noqa: S105 - its name
    email_header: Header = "X-Forwarded-Email"
    groups_header: Header = "X-Forwarded-Groups"


class DirectorySettings(BaseModel):
    """Groups from Google's Directory API.

    Attributes:
        key_file: JSON key of a service account with domain-wide delegation.
        key_env: environment variable that holds such a key; read where `key_file` is not set.
        subject: the administrator whose right to read groups the account takes.
        domain: count groups of this domain only; None: of all.
        max_age: how long an answer counts while Google gives no newer one.
        refresh: age at which an answer is asked for again.
        api_endpoint: another server than Google's; without a key it is asked without credentials.
    """

    model_config = _FROZEN

    key_file: ConfigPath | None = None
    key_env: Variable = "GOOGLE_DIRECTORY_KEY"
    subject: str = ""
    domain: Annotated[str, AfterValidator(_domain)] | None = None
    max_age: Duration = Field(timedelta(hours=24), le=timedelta(days=7))
    refresh: Duration = Field(timedelta(hours=1), ge=timedelta(0))
    timeout_seconds: float = Field(10, gt=0, le=60)
    api_endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None

    @model_validator(mode="after")
    def _ages_fit(self) -> Self:
        if self.max_age < self.refresh:
            raise ValueError("max_age must not be less than refresh")
        return self


class SlackProxyAuth(BaseModel):
    """A Slack proxy elsewhere, which signs for each request who asks.

    Attributes:
        audience: address of this API, exactly as the proxy's `api_url` has it.
        secret_env: environment variable that holds the secret which the proxy signs with.
    """

    model_config = _FROZEN

    audience: Annotated[str, AfterValidator(_endpoint)]
    secret_env: Variable = "ANSWERABLE_SLACK_PROXY_SECRET"  # noqa: S105 - its name


class AuthSettings(BaseModel):
    """Who may ask, and how they prove it; without keys, oidc, proxy and slack_proxy: local.

    Attributes:
        keys: whether API keys are taken.
        sign_in: whether browsers sign in at the provider of `oidc`; None: they do not.
        operators: addresses, `group:<name>` or `service:<name>` that may sync and forget.
        people_file: YAML, from each address to others of the same person, and former ones.
        groups_file: YAML, from each group to its members: addresses and other groups.
        directory: groups from Google; None: it is not asked.
        max_permission_age: how long the readers of a source count after it was last read without
            an error; then only what is public is shown of it. None: for ever.
    """

    model_config = _FROZEN

    keys: bool = False
    oidc: OidcSettings | None = None
    sign_in: SignInSettings | None = None
    proxy: ProxySettings | None = None
    slack_proxy: SlackProxyAuth | None = None
    operators: tuple[Annotated[str, AfterValidator(_operator)], ...] = ()
    people_file: ConfigPath | None = None
    groups_file: ConfigPath | None = None
    directory: DirectorySettings | None = None
    max_permission_age: Duration | None = Field(timedelta(days=7), ge=timedelta(minutes=1))

    @model_validator(mode="after")
    def _signs_in_somewhere(self) -> Self:
        if self.sign_in and not self.oidc:
            raise ValueError("sign_in needs oidc: it says which provider people sign in at")
        return self

    @property
    def is_local(self) -> bool:
        """Whether only the person at this machine may ask."""
        return not (self.keys or self.oidc or self.proxy or self.slack_proxy)


def proxy_secret(settings: ProxySettings) -> SecretStr:
    """What the proxy sends to prove that it is the proxy, from the environment.

    Raises:
        ConfigError: it is not there, or too short to keep anybody out.
    """
    found = os.environ.get(settings.secret_env, "")  # noqa: TID251 - secrets are read here only
    if len(found) < MIN_SECRET_CHARS:
        raise ConfigError(
            f"service.auth.proxy needs a secret of at least {MIN_SECRET_CHARS} characters in the "
            f"environment variable {settings.secret_env}; make one with `openssl rand -hex 32`"
        )
    return SecretStr(found)


def slack_proxy_secret(settings: SlackProxyAuth) -> SecretStr:
    """What the Slack proxy signs with, from the environment; its length is checked by its user.

    Raises:
        ConfigError: it is not there.
    """
    found = os.environ.get(settings.secret_env, "")  # noqa: TID251 - secrets are read here only
    if not found:
        raise ConfigError(
            f"service.auth.slack_proxy needs the secret of the Slack proxy in the environment "
            f"variable {settings.secret_env}; make one with `openssl rand -hex 32`"
        )
    return SecretStr(found)


def directory_key(settings: DirectorySettings) -> SecretStr | None:
    """The JSON key for Google's Directory; None where another server is asked without one.

    Raises:
        ConfigError: there is none.
    """
    place = str(settings.key_file or f"${settings.key_env}")
    try:
        if settings.key_file:
            raw = settings.key_file.read_text(encoding="utf-8")
        else:
            raw = os.environ.get(settings.key_env, "")  # noqa: TID251 - secrets are read here only
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read service.auth.directory's key {place}") from error
    if raw.strip():
        return SecretStr(raw)
    if settings.api_endpoint:
        return None
    raise ConfigError(
        f"service.auth.directory has no key in {place}; create one for a service account in the "
        "Google Cloud console (docs/identity.md)"
    )
