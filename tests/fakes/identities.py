"""People who say in a header who they are, and are believed; for tests of everything but that."""

from collections.abc import Callable

from index.access import Principal
from service.errors import Unauthenticated
from service.gate import Gate
from service.identity.local import IDENTITY
from service.identity.types import Caller, Identity

HEADER = "x-user"


def gate_by_header(person: Callable[[str], Principal] = Principal) -> Gate:
    """Whoever says nothing is the operator at this machine; whoever is "forged" is nobody."""

    def identify(caller: Caller) -> Identity:
        said = caller.headers.get(HEADER, "")
        if said == "forged":
            raise Unauthenticated("the identity does not hold")
        return Identity(person(said), "proxy", said) if said else IDENTITY

    return Gate(identify)
