"""Who may read what, from the rules alone; nothing of the product is used here.

The rules, as an administrator is told them: a page may be read by whom its own permissions or
those of a folder above it name. A group means its members, and those of the groups in it. Addresses
and domains are the same in upper and lower case. A domain means the addresses that have exactly it
after the @. What is shared by link only counts where the administrator said so. What has ended
counts no more, and what names nobody gives nothing. Where permissions were not confirmed for too
long, only what anyone may read is left.
"""

from collections.abc import Iterator

from tests.leaks.companies import Company, Page, Permission, State


def may_read(company: Company, state: State, page: Page, person: str | None) -> bool:
    """Whether a person (None: somebody unknown) may read a page in this state."""
    counting = [p for p in _permissions(state, page) if _counts(p, state.day, company.link_shared)]
    if any(p.kind == "anyone" for p in counting):
        return True
    if person is None or page.source in state.unconfirmed:
        return False
    return any(_names(permission, person, state) for permission in counting)


def _permissions(state: State, page: Page) -> Iterator[Permission]:
    yield from page.permissions
    above = page.folder
    while above:
        yield from state.folders[above].permissions
        above = state.folders[above].parent


def _counts(permission: Permission, day: int, link_shared: bool) -> bool:
    if permission.last_day is not None and day > permission.last_day:
        return False
    return permission.by_search or link_shared


def _names(permission: Permission, person: str, state: State) -> bool:
    who, person = permission.who.strip().casefold(), person.casefold()
    match permission.kind:
        case "user":
            return person == who
        case "domain":
            return person.split("@")[-1] == who
        case "group":
            return person in _people_in(who, state, frozenset())
        case "anyone":
            return True


def _people_in(group: str, state: State, seen: frozenset[str]) -> frozenset[str]:
    """From the group down to its people; a circle of groups adds nothing."""
    if group in seen:
        return frozenset()
    found: set[str] = set()
    for member in state.groups.get(group, frozenset()):
        if member in state.groups:
            found |= _people_in(member, state, seen | {group})
        else:
            found.add(member)
    return frozenset(found)
