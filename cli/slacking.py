"""Composes Slack inside the service: its routes, who its people are, and what its proxy may ask."""

# What speaks to Slack is imported inside the function: it takes a while, and few need it.

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter

from service.identity.asserted import Assertions
from service.identity.identify import Identification
from service.identity.settings import AuthSettings, slack_proxy_secret
from service.limits import Limits
from service.parts import Opening
from service.settings import ServiceSettings

if TYPE_CHECKING:
    from service.slack.running import Slack


def assertions_of(auth: AuthSettings, max_body_bytes: int) -> Assertions | None:
    """What a Slack proxy elsewhere signs with; None: there is none.

    Raises:
        ConfigError: its secret is missing, or too short.
    """
    if auth.slack_proxy is None:
        return None
    secret = slack_proxy_secret(auth.slack_proxy)
    return Assertions(secret, auth.slack_proxy.audience, max_body_bytes)


def slack_of(
    settings: ServiceSettings, opening: Opening, identification: Identification, limits: Limits
) -> tuple["Slack | None", Sequence[APIRouter]]:
    """Slack inside this service, and the endpoint for a Slack proxy elsewhere; each if configured.

    Raises:
        ConfigError: a secret is not set.
    """
    if settings.slack is None and settings.auth.slack_proxy is None:
        return None, []
    from service.slack import api
    from service.slack.desk import LocalDesk, Product
    from service.slack.people import People
    from service.slack.running import Slack
    from service.slack.settings import bot_token

    product = Product(
        opening.parts,
        lambda: opening.parts().answers.asking,
        identification.identity_of,
        lambda asker: limits.count_ask(asker.principal.email, asker.key_id),
    )
    routers = [api.router(product.share)] if settings.auth.slack_proxy else []
    if settings.slack is None:
        return None, routers
    people = People(settings.slack, bot_token(settings.slack))
    return Slack(LocalDesk(people, settings.slack, product), settings.slack), routers
