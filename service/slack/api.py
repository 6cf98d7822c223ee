"""The endpoint for the Slack proxy: what of an answer a channel may be shown."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from service.asked import COMMON, UNREADABLE, AskedFirst, Asker, refusals
from service.errors import Forbidden, NotRecorded, TooManyRequests
from service.identity.types import Identity
from service.schemas import Answer
from service.shapes import Model
from service.slack.audience import ANYBODY, Audience

Share = Callable[[Identity, Answer, Audience], Answer | None]

_Email = Annotated[str, Field(max_length=254)]


class Shared(Model):
    """An answer that somebody got, and the addresses of all who read a channel.

    `members` is null where not all of them are known by an address: then only what is public is
    left.
    """

    answer: Answer
    members: list[_Email] | None = Field(None, min_length=1, max_length=2000)


class Shareable(Model):
    """What of the answer all of them may read now; null: nothing."""

    answer: Answer | None


def router(share: Share) -> APIRouter:
    """The endpoint, over what decides."""
    made = APIRouter(
        prefix="/v1/slack",
        tags=["slack"],
        route_class=AskedFirst,
        responses=COMMON | refusals(TooManyRequests),
    )

    @made.post("/shareable", responses=refusals(Forbidden, NotRecorded) | UNREADABLE)
    def shareable(asker: Asker, order: Shared) -> Shareable:
        """Leave of an answer what every member of a channel may read; for the Slack proxy alone."""
        if asker.way != "slack":
            # Anybody else could find out with it who may read what.
            raise Forbidden("only the Slack proxy may ask this (service.auth.slack_proxy)")
        emails = order.members
        audience = ANYBODY if emails is None else Audience(frozenset(emails), is_known=True)
        return Shareable(answer=share(asker, order.answer, audience))

    return made
