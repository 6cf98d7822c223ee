"""Settings of Slack: `service.slack` in config.yaml, and `slack_proxy` for the proxy alone."""

import os
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from index.errors import ConfigError
from service.identity.addresses import is_loopback
from service.identity.settings import Duration, Variable

_FROZEN: Final = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    is_here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.scheme == "https" or is_here) or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{value!r} must be an https address without user name or password")
    if parts.query or parts.fragment:
        raise ValueError(f"{value!r} must have no query and no fragment")
    return value


TeamId = Annotated[str, Field(pattern=r"^[TE][A-Z0-9]{1,30}$")]
UserId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{1,30}$")]
HostName = Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,253}(:[0-9]{1,5})?$")]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class SlackSettings(BaseModel):
    """The slash command, mentions and buttons.

    Attributes:
        team_ids: workspaces whose members may ask; everybody else's requests are refused.
        signing_secret_env: variable with what Slack signs its requests with.
        bot_token_env: variable with the token that begins with xoxb-.
        app_token_env: variable with the token of Socket Mode, which begins with xapp-; None: Slack
            calls this service's public address.
        command: as people type it.
        response_hosts: hosts that answers are sent to, exactly; with a port only for tests.
        api_base: Slack's Web API.
        page_url: public address of the ask page, for "open in browser"; None: no such button.
        user_cache: how long is believed what Slack said of a person.
        max_members: of a channel whose members are checked one by one; in larger ones only public
            documents are shared.
        trusted_bots: bots that may be in a channel to which private answers are shared; others
            read what is written there, and nobody knows for whom.
        max_body_bytes: of a request of Slack.
        timeout_seconds: of a request to Slack.
    """

    model_config = _FROZEN

    team_ids: tuple[TeamId, ...] = Field(min_length=1)
    signing_secret_env: Variable = "ANSWERABLE_SLACK_SIGNING_SECRET"  # noqa: S105 - its name
    bot_token_env: Variable = "ANSWERABLE_SLACK_BOT_TOKEN"  # noqa: S105 - its name
    app_token_env: Variable | None = None
    command: str = Field("/ask", pattern=r"^/[a-z0-9_-]{1,31}$")
    response_hosts: tuple[HostName, ...] = Field(("hooks.slack.com",), min_length=1)
    api_base: WebAddress = "https://slack.com/api/"
    page_url: WebAddress | None = None
    user_cache: Duration = Field(timedelta(minutes=10), ge=timedelta(0), le=timedelta(hours=1))
    max_members: int = Field(200, ge=1, le=2000)
    trusted_bots: tuple[UserId, ...] = ()
    max_body_bytes: int = Field(256 * 1024, ge=1024, le=4 * 1024 * 1024)
    timeout_seconds: float = Field(10, gt=0, le=60)


def signing_secret(settings: SlackSettings) -> SecretStr:
    """What Slack signs its requests with, from the environment; raises ConfigError without it."""
    return _secret(settings.signing_secret_env, "signing_secret_env", "Basic Information")


def bot_token(settings: SlackSettings) -> SecretStr:
    """The token of the bot, from the environment; raises ConfigError without it."""
    return _secret(settings.bot_token_env, "bot_token_env", "OAuth & Permissions")


def app_token(settings: SlackSettings) -> SecretStr | None:
    """The token of Socket Mode; None: it is off. Raises ConfigError if it is on and missing."""
    if settings.app_token_env is None:
        return None
    return _secret(settings.app_token_env, "app_token_env", "Basic Information, App-Level Tokens")


def _secret(variable: str, key: str, page: str) -> SecretStr:
    found = os.environ.get(variable, "").strip()  # noqa: TID251 - secrets are read here only
    if not found:
        raise ConfigError(
            f"{variable} (service.slack.{key}) is not set: Slack shows it on the page "
            f"{page!r} of your app (docs/slack.md)"
        )
    return SecretStr(found)
