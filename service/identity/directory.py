"""Group membership from Google's Directory, nested groups included, for as long as it is known."""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from service.identity import addresses
from service.identity.database import AccessDatabase
from service.identity.directory_client import DirectoryFailed
from service.identity.errors import MembershipUnknown
from service.identity.settings import DirectorySettings
from service.identity.types import Membership

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 10.0
"""After a failure that others would meet, too: not every request waits for it."""

_MAX_GROUPS: Final = 1000


class DirectGroups(Protocol):
    """Whoever knows the groups that somebody is directly in."""

    def groups(self, member: str) -> frozenset[str]:
        """Of a person or of a group.

        Raises:
            DirectoryFailed: it cannot be said now.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Directory:
    """A GroupSource. Answers are kept for each person and each group, and outlive the process."""

    def __init__(
        self,
        settings: DirectorySettings,
        database: AccessDatabase,
        client: DirectGroups,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._database, self._client = settings, database, client
        self._now, self._clock = now, clock
        self._pause_until = float("-inf")
        self._problem: tuple[str, datetime] | None = None

    def groups_of(self, email: str) -> Membership:
        """The groups of a person, by their addresses; as old as the oldest part of the answer.

        Raises:
            MembershipUnknown: Google does not say, and what it said is too old.
        """
        found: set[str] = set()
        waiting, checked_at = [addresses.address(email)], self._now()
        while waiting:
            direct = self._direct(waiting.pop())
            checked_at = min(checked_at, direct.checked_at)
            waiting += direct.groups - found
            found |= direct.groups
            if len(found) > _MAX_GROUPS:
                raise MembershipUnknown("somebody is in more groups than can be followed")
        return Membership(frozenset(found), checked_at)

    def direct_groups(self, member: str) -> frozenset[str]:
        """Groups that a person or a group, each by its address, is directly in.

        Raises:
            MembershipUnknown: Google does not say, and what it said is too old.
        """
        return self._direct(member).groups

    def problems(self) -> list[str]:
        """What is wrong with the directory, for the status."""
        problem = self._problem
        if problem is None:
            return []
        said, since = problem
        hours = self._settings.max_age / timedelta(hours=1)
        return [
            f"{said}, since {since:%Y-%m-%d %H:%M} UTC; memberships count for {hours:g} h after "
            "they were last confirmed, then nobody is in any group"
        ]

    def close(self) -> None:
        """Let go of the file and of connections."""
        self._client.close()
        self._database.close()

    def _direct(self, member: str) -> Membership:
        known = self._kept(member)
        if known is not None and self._is_younger(known, self._settings.refresh):
            return known
        try:
            return self._asked(member)
        except DirectoryFailed as error:
            if known is not None and self._is_younger(known, self._settings.max_age):
                return known
            raise MembershipUnknown(str(error)) from error

    def _asked(self, member: str) -> Membership:
        if self._clock() < self._pause_until:
            raise DirectoryFailed("Google's Directory failed a moment ago")
        try:
            found = Membership(self._client.groups(member), self._now())
        except DirectoryFailed as error:
            self._note(error)
            raise
        self._problem = None
        self._keep(member, found)
        return found

    def _note(self, error: DirectoryFailed) -> None:
        if error.is_general:
            self._pause_until = self._clock() + PAUSE_SECONDS
        if self._problem is None:
            logger.warning("group membership cannot be refreshed: %s", error)
        since = self._problem[1] if self._problem else self._now()
        self._problem = str(error), since

    def _is_younger(self, known: Membership, age: timedelta) -> bool:
        # What was found out in the future was not: the clock was changed.
        return timedelta(0) <= self._now() - known.checked_at <= age

    def _kept(self, member: str) -> Membership | None:
        with self._database.reading() as read:
            row = read.execute(
                "SELECT groups, checked_at FROM memberships WHERE member = ?", (member,)
            ).fetchone()
        if row is None:
            return None
        return Membership(frozenset(json.loads(row[0])), datetime.fromisoformat(row[1]))

    def _keep(self, member: str, found: Membership) -> None:
        useless = found.checked_at - self._settings.max_age
        with self._database.writing() as write:
            write.execute("DELETE FROM memberships WHERE checked_at < ?", (_text(useless),))
            write.execute(
                "INSERT OR REPLACE INTO memberships VALUES (?, ?, ?)",
                (member, json.dumps(sorted(found.groups)), _text(found.checked_at)),
            )


def _text(moment: datetime) -> str:
    # Always with the same digits: the texts are compared.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
