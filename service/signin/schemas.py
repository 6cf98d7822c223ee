"""Who somebody is to this service, for the page that they look at."""

from pydantic import Field

from service.identity.types import Way
from service.schemas import Error
from service.shapes import Model


class Me(Model):
    """Who is asking."""

    name: str = Field(examples=["ada@tallow.example"])
    way: Way = Field(description="How they proved it; `oidc` also by signing in")
    is_operator: bool
    sign_in: str | None = Field(None, description="Null: they need not")
    sign_out: str | None = Field(description="Where to POST to; null: they did not sign in")
    csrf: str | None = Field(
        description="To be sent as `X-CSRF-Token` with what changes something; null: not needed"
    )


class NotSignedIn(Error):
    """A refusal that says where to sign in."""

    sign_in: str | None = Field(description="Null: one cannot; send an API key", examples=[None])
