"""From a request to who sends it: exactly one credential, then groups, then rights."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from index.access import Principal
from index.errors import ConfigError
from service.errors import NotReady
from service.identity.database import FILE, AccessDatabase
from service.identity.directory import Directory
from service.identity.directory_client import DirectoryClient
from service.identity.errors import MembershipUnknown, refused
from service.identity.headers import only
from service.identity.keys import Keys
from service.identity.local import local
from service.identity.oidc import Oidc
from service.identity.people import People
from service.identity.provider import ProviderKeys
from service.identity.proxy import Proxy
from service.identity.settings import AuthSettings, proxy_secret
from service.identity.types import SERVICE, Caller, GroupSource, Identity, Prove, Proven

logger = logging.getLogger(__name__)

_GROUP: Final = "group:"


class NestedGroups(GroupSource, Protocol):
    """A GroupSource that can also say which group comes from which."""

    def direct_groups(self, member: str) -> frozenset[str]:
        """Groups that a person or a group is directly in.

        Raises:
            MembershipUnknown: it cannot be said, and what was known is too old.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where it is looked up what a credential does not say."""

    people: People
    directory: NestedGroups | None = None


class Identification:
    """An `Identify`, which can be asked what is wrong with it."""

    def __init__(
        self,
        settings: AuthSettings,
        ways: Sequence[Prove],
        sources: Sources,
        closing: Sequence[Callable[[], None]] = (),
        troubles: Sequence[Callable[[], list[str]]] = (),
    ) -> None:
        self._settings, self._ways, self._sources = settings, ways, sources
        self._closing, self._troubles = closing, troubles

    def __call__(self, caller: Caller) -> Identity:
        """Who sends a request.

        Raises:
            Unauthenticated: nobody, a credential that does not hold, or more than one.
            NotReady: a file that says who is who cannot be read.
        """
        if self._settings.is_local:
            return local(caller)
        found = [proven for prove in self._ways if (proven := prove(caller)) is not None]
        if len(found) != 1:
            raise refused()
        # Two identities in one request: whoever put one there may not know of the other.
        if found[0].way == "proxy" and only(caller.headers, "Authorization") is not None:
            raise refused()
        return self.identity_of(found[0])

    def identity_of(self, proven: Proven) -> Identity:
        """Somebody whose credential holds, with their groups and rights.

        Raises:
            NotReady: a file that says who is who cannot be read.
        """
        if not proven.email:
            principal = Principal(SERVICE + proven.name, proven.groups)
            names = frozenset({principal.email})
            return self._identity(proven, principal, proven.name, names)
        try:
            email = self._sources.people.canonical(proven.email)
            names = self._sources.people.addresses_of(email)
        except ConfigError as error:
            raise NotReady("who is who cannot be looked up now; the log says why") from error
        principal = Principal(email, self._groups(email, proven.groups), names - {email})
        return self._identity(proven, principal, email, names)

    def addresses_of(self, email: str) -> frozenset[str]:
        """All addresses of a person.

        Raises:
            ConfigError: the file that says so cannot be read.
        """
        return self._sources.people.addresses_of(email)

    def direct_groups(self, member: str) -> frozenset[str]:
        """Groups that an address, or `group:` and a name, is directly in; none if nobody knows.

        Of an alias only those of the files: the directory is asked for the one address that a
        person is known by.
        """
        people, directory = self._sources.people, self._sources.directory
        try:
            found = people.direct_groups(member)
            is_asked = member.startswith(_GROUP) or people.canonical(member) == member
            if directory is None or not is_asked:
                return found
            return found | directory.direct_groups(member.removeprefix(_GROUP))
        except (MembershipUnknown, ConfigError) as error:
            logger.debug("groups are left out: %s", error)
            return frozenset()

    def problems(self) -> list[str]:
        """What is wrong with the provider, the files or the directory, for the status."""
        return [problem for trouble in self._troubles for problem in trouble()]

    def close(self) -> None:
        """Let go of files and connections."""
        for close in self._closing:
            close()

    def _groups(self, email: str, named: frozenset[str]) -> frozenset[str]:
        """All groups of a person; none at all if any source of them cannot say.

        Part of the truth could be the part that a rule takes away elsewhere, and nobody could
        explain what a person sees while it lasts.
        """
        people, directory = self._sources.people, self._sources.directory
        try:
            found = named if directory is None else named | directory.groups_of(email).groups
            return found | people.groups_of(email, found)
        except (MembershipUnknown, ConfigError) as error:
            # Said aloud where it began, and in the status.
            logger.debug("groups are left out: %s", error)
            return frozenset()

    def _identity(
        self, proven: Proven, principal: Principal, name: str, names: frozenset[str]
    ) -> Identity:
        rights = names | {_GROUP + group for group in principal.groups}
        is_operator = not rights.isdisjoint(self._settings.operators)
        return Identity(principal, proven.way, name, proven.key_id, is_operator)


def make_identify(
    settings: AuthSettings,
    data_dir: Path,
    *,
    more: Sequence[Prove] = (),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    clock: Callable[[], float] = time.monotonic,
) -> Identification:
    """The configured ways to prove an identity, ready for requests; nothing is fetched yet.

    Args:
        settings: of `service.auth`.
        data_dir: where the file of keys and memberships is, or is made if it is needed.
        more: ways that are made elsewhere.
        now: the time, for what is written down.
        clock: seconds that only go forward, for what is remembered.

    Raises:
        ConfigError: a secret is missing, or a file cannot be read or understood.
        StorageError: the file of keys and memberships cannot be used.
    """
    people = People(settings.people_file, settings.groups_file)
    ways: list[Prove] = [*more]
    closing: list[Callable[[], None]] = []
    troubles: list[Callable[[], list[str]]] = [people.problems]
    if settings.proxy:
        ways.append(Proxy(settings.proxy, proxy_secret(settings.proxy)).prove)
    # Before files are opened: the key of the directory may be missing.
    client = DirectoryClient(settings.directory) if settings.directory else None
    if settings.keys:
        keys = Keys(data_dir / FILE, now)
        ways.append(keys.prove)
        closing.append(keys.close)
    if settings.oidc:
        provider = ProviderKeys(settings.oidc, clock)
        ways.append(Oidc(settings.oidc, provider).prove)
        closing.append(provider.close)
        troubles.append(provider.problems)
    directory = None
    if settings.directory and client:
        database = AccessDatabase(data_dir / FILE)
        directory = Directory(settings.directory, database, client, now=now, clock=clock)
        closing.append(directory.close)
        troubles.append(directory.problems)
    return Identification(settings, ways, Sources(people, directory), closing, troubles)
