"""Errors of identity, and the words for all refusals.

Unauthenticated (service.errors)   401  whoever cannot prove who they are; always the same words
NotReady (service.errors)          503  a file that says who is who cannot be read
MembershipUnknown                  caught in `identify`: the person goes on without any group
"""

from typing import Final

from service.errors import Unauthenticated

WORDS: Final = (
    "no valid identity came with this request: send an API key or a token of your identity "
    "provider as `Authorization: Bearer …`"
)


class MembershipUnknown(Exception):
    """Whose groups these are cannot be said: the source fails, and what was known is too old."""


def refused() -> Unauthenticated:
    """The one refusal: which part of a credential was wrong helps only those who guess."""
    return Unauthenticated(WORDS)
