"""How addresses of people, names of groups and addresses of machines are written and compared."""

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

MAX_CHARS: Final = 254  # of an address that mail can be sent to
# Not in them: spaces, quotes, commas and colons, which lists and readers are made of.
_LOCAL: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}")
_DOMAIN: Final = re.compile(r"[^\W_]([\w-]{0,62})(\.[^\W_]([\w-]{0,62}))*")


def address(email: str) -> str:
    """The address as it is compared: trimmed, NFC, lower case.

    Raises:
        ValueError: it is no address of one person.
    """
    given = email.strip()
    local, at, domain = given.rpartition("@")
    if len(given) > MAX_CHARS or not at or _turns_into_ascii(given):
        raise ValueError("no e-mail address of one person")
    local, domain = _same(local), _same(domain)
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise ValueError("no e-mail address of one person")
    return f"{local}@{domain}"


def name(text: str) -> str:
    """The name of a group or a service as it is compared: trimmed, NFC, lower case.

    Raises:
        ValueError: it is empty, too long, or holds characters that cannot be seen.
    """
    found = _same(text.strip())
    unseen = any(unicodedata.category(character).startswith("C") for character in found)
    if not found or len(found) > MAX_CHARS or unseen or _turns_into_ascii(text):
        raise ValueError("no name of a group")
    return found


def machine(text: str) -> IPv4Address | IPv6Address | None:
    """The address of a peer; None if there is none that can be read."""
    try:
        found = ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    # How a socket for both families writes IPv4.
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def is_loopback(host: str) -> bool:
    """Whether this name or address can only be this machine."""
    found = machine(host)
    return found.is_loopback if found else host.lower() == "localhost"


def _same(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def _turns_into_ascii(text: str) -> bool:
    """Whether a foreign letter would become an English one, like the sign for Kelvin a `k`.

    Such an address belongs to somebody else than the one it would be taken for.
    """
    return any(
        not character.isascii() and any(made.isascii() for made in _same(character))
        for character in text
    )
