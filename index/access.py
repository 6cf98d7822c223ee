"""Who may read what: the only place where visibility is granted.

A reader is a string: `public`, `user:<email>`, `group:<name>` or `domain:<name>`, lower case.
A document with no readers is for nobody, and no switch turns the check off.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PUBLIC: Final = "public"
_GRANT = object()


@dataclass(frozen=True, slots=True)
class Principal:
    """The person asking. Made only by `service.identity`, by tests, and by eval's topics.

    Attributes:
        aliases: other and former addresses of the same person.
    """

    email: str
    groups: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class VisibleTo:
    """What a principal may read, as the readers that admit it; made only by `visible_to`."""

    readers: frozenset[str]
    grant: object = None

    def __post_init__(self) -> None:
        if self.grant is not _GRANT:
            raise TypeError("VisibleTo is made by index.access.visible_to(principal), nowhere else")

    def admits(self, readers: Iterable[str]) -> bool:
        """Whether a document with these readers may be shown."""
        return not self.readers.isdisjoint(readers)


def visible_to(principal: Principal | None) -> VisibleTo:
    """The readers that admit `principal`; for None (nobody known) only what is public."""
    if principal is None:
        return VisibleTo(frozenset({PUBLIC}), _GRANT)
    addresses = {principal.email, *principal.aliases}
    readers = {PUBLIC, *(user(a) for a in addresses), *(group(g) for g in principal.groups)}
    # Not the domains of aliases: that somebody once had an address in a domain, or has a second
    # one there, does not make them one of those who belong to it.
    _, at, domain_name = principal.email.rpartition("@")
    if at and domain_name:
        readers.add(domain(domain_name))
    return VisibleTo(frozenset(readers), _GRANT)


def narrows(before: frozenset[str], now: frozenset[str]) -> bool:
    """Whether somebody whom `before` admits may be shut out by `now`."""
    return PUBLIC not in now and not before <= now


def user(email: str) -> str:
    """Reader string of one person."""
    return f"user:{folded(email)}"


def group(name: str) -> str:
    """Reader string of a group's members."""
    return f"group:{folded(name)}"


def domain(name: str) -> str:
    """Reader string of everybody with an address in a domain."""
    return f"domain:{folded(name)}"


def folded(name: str) -> str:
    """A name as it is compared: trimmed, NFC, lower case.

    A foreign letter that would become an English one, like the sign for Kelvin a `k`, is spelt by
    its number: the name belongs to somebody else than the one it would be taken for.
    """
    return unicodedata.normalize("NFC", "".join(map(_lower, name.strip())).lower())


def _lower(character: str) -> str:
    same = unicodedata.normalize("NFC", character.lower())
    is_taken_for = not character.isascii() and any(made.isascii() for made in same)
    return f"\\u{ord(character):04x}" if is_taken_for else character
