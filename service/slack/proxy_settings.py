"""Settings of the Slack proxy alone: `slack_proxy` in config.yaml."""

import os
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, SecretStr

from index.errors import ConfigError
from index.settings import Section, section
from service.identity.settings import Duration, Variable
from service.slack.settings import SlackSettings, WebAddress


def _origin(value: str) -> str:
    scheme, _, rest = value.rstrip("/").partition("://")
    if "/" in rest:
        raise ValueError(f"{value!r} must have no path: requests are signed with theirs")
    return f"{scheme}://{rest}"


class SlackProxySettings(Section):
    """Where the proxy listens, and which API it asks.

    Attributes:
        api_url: address of the API; `service.auth.slack_proxy.audience` says the same there.
        secret_env: variable with what requests to the API are signed with.
        timeout: of an answer.
        slack: as `service.slack` has it.
    """

    name: ClassVar[str] = "slack_proxy"
    model_config = section("slack_proxy")

    host: str = "127.0.0.1"
    port: int = Field(8001, ge=0, le=65535)
    api_url: Annotated[WebAddress, AfterValidator(_origin)]
    secret_env: Variable = "ANSWERABLE_SLACK_PROXY_SECRET"  # noqa: S105 - its name
    timeout: Duration = Field(timedelta(seconds=90), gt=timedelta(0), le=timedelta(minutes=10))
    slack: SlackSettings


def assertion_secret(settings: SlackProxySettings) -> SecretStr:
    """What requests to the API are signed with, from the environment.

    Raises:
        ConfigError: it is not there.
    """
    found = os.environ.get(settings.secret_env, "")  # noqa: TID251 - secrets are read here only
    if not found:
        raise ConfigError(
            f"{settings.secret_env} (slack_proxy.secret_env) is not set: make a secret with "
            "`openssl rand -hex 32`, and give it to the proxy and to the service"
        )
    return SecretStr(found)
