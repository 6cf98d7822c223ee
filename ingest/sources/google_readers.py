"""Permissions of Drive -> readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from index.access import PUBLIC, domain, group, user
from ingest.shapes import Json, children, moment, word

_READING_ROLES: Final = frozenset(
    {"owner", "organizer", "fileOrganizer", "writer", "commenter", "reader"}
)
_MANAGERS: Final = frozenset({"owner", "organizer"})


@dataclass(frozen=True, slots=True)
class Granted:
    """Who may read a file, and until when that is sure.

    Attributes:
        readers: see `index.access`; empty means nobody.
        until: when the next permission among them expires; None if none does.
    """

    readers: frozenset[str]
    until: datetime | None


def granted(
    permissions: Sequence[Json], *, now: datetime, link_shared: bool, is_limited: bool = False
) -> Granted:
    """The readers that these permissions make.

    Args:
        permissions: all of the file's, as `permissions.list` gives them.
        now: permissions that expire by then are over.
        link_shared: whether those count whom only the link admits.
        is_limited: whether the file takes no permissions from its folders.
    """
    readers: set[str] = set()
    ends: list[datetime] = []
    for permission in permissions:
        reader = _reader(permission, link_shared=link_shared)
        inherited = is_limited and _is_inherited_only(permission)
        # A view (`published`, `metadata`) shows something else than the document. Who is about to
        # become the owner (`pendingOwner`) has a role already.
        if not reader or inherited or permission.get("deleted") or permission.get("view"):
            continue
        if word(permission, "expirationTime"):
            end = moment(permission, "expirationTime")
            if end is None or end <= now:
                continue
            ends.append(end)
        readers.add(reader)
    return Granted(frozenset(readers), min(ends, default=None))


def _reader(permission: Json, *, link_shared: bool) -> str:
    """The reader, or nothing where the permission lets nobody read or does not say whom."""
    if word(permission, "role") not in _READING_ROLES:
        return ""
    email, name = word(permission, "emailAddress").strip(), word(permission, "domain").strip()
    can_be_found = link_shared or permission.get("allowFileDiscovery") is True
    match word(permission, "type"):
        case "user" if email:
            return user(email)
        case "group" if email:
            return group(email)
        case "domain" if name and can_be_found:
            return domain(name)
        case "anyone" if can_be_found:
            return PUBLIC
        case _:
            return ""


def _is_inherited_only(permission: Json) -> bool:
    details = children(permission, "permissionDetails")
    from_above = bool(details) and all(detail.get("inherited") is True for detail in details)
    return from_above and word(permission, "role") not in _MANAGERS
