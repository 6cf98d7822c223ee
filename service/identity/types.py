"""Who sends a request, as it comes in and as it goes on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from index.access import Principal

SERVICE: Final = "service:"
"""Begins the name of a principal that is no person."""

Way = Literal["local", "key", "oidc", "proxy", "slack"]
"""How somebody proved who they are."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of a request before anybody is identified.

    Attributes:
        headers: names in any case.
        address: of the peer of the connection, not what a header says; empty if unknown.
        method: of the request; one that is not known counts as changing something.
    """

    headers: Mapping[str, str]
    address: str
    method: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody whose identity was proven.

    Attributes:
        name: for the audit log: the address, or the name of a service's key.
        key_id: public part of the API key; None for the other ways.
        is_operator: whether they may sync, forget, and see the whole status.
    """

    principal: Principal
    way: Way
    name: str
    key_id: str | None = None
    is_operator: bool = False


@dataclass(frozen=True, slots=True)
class Proven:
    """What a credential says by itself, before groups and operators are looked up.

    Attributes:
        email: lower case; empty for a service that acts with named groups only.
        groups: that the credential names.
    """

    email: str
    groups: frozenset[str]
    way: Way
    name: str
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """The groups of a person, nested ones included, and when that was found out."""

    groups: frozenset[str]
    checked_at: datetime


class GroupSource(Protocol):
    """Somewhere group membership comes from."""

    def groups_of(self, email: str) -> Membership:
        """Groups of a person, by their names in readers (`group:<name>` without the prefix).

        Raises:
            MembershipUnknown: it cannot be said, and what was known is too old.
        """
        ...


Prove = Callable[[Caller], Proven | None]
"""One way to prove an identity: None if the request does not try this way.

Raises Unauthenticated, always with the same words, for a credential that does not hold.
"""

Identify = Callable[[Caller], Identity]
"""From a request to who sends it; raises Unauthenticated for everybody else."""
