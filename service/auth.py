"""From a request to the person who asks; the only maker of principals.

There are no identities yet: everybody who reaches the service is the person at this machine, and
the service listens on this machine only unless told otherwise. An `Identify` of another kind
replaces `local` without a change elsewhere.
"""

from collections.abc import Callable, Mapping
from typing import Final

from index.access import Principal

LOCAL: Final = Principal("local")
"""Whoever sits at this machine; sees what is public."""

Identify = Callable[[Mapping[str, str]], Principal | None]
"""From a request's headers to who asks; None is nobody known, and sees only what is public.

Raises Unauthenticated for an identity that does not hold.
"""


def local(headers: Mapping[str, str]) -> Principal | None:
    """The person at this machine, whatever the headers say."""
    del headers
    return LOCAL
