"""Who is who, and which groups contain whom, from files that may change while we run."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import yaml

from index.errors import ConfigError
from service.identity import addresses

logger = logging.getLogger(__name__)

T = TypeVar("T")
_GROUP: Final = "group:"
_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Aliases:
    """One address for each person: `canonical` by every other one, and the reverse."""

    canonical: Mapping[str, str]
    others: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Containers:
    """Groups by what is directly in them: an address, or `group:` and a name."""

    of: Mapping[str, frozenset[str]]


class _File(Generic[T]):
    """What a YAML file says now; it is read again when it was changed."""

    def __init__(self, path: Path | None, key: str, read: Callable[[Mapping[str, Any]], T]) -> None:
        self._path, self._key, self._read = path, key, read
        self._lock = Lock()
        self._stamp: _Stamp | None = None
        self._value: T | None = None
        self.problem = ""

    def value(self) -> T:
        """What the file says.

        Raises:
            ConfigError: it cannot be read or understood. What it said before does not count: it
                may have been changed to take somebody's access away.
        """
        with self._lock:
            try:
                found = self._current()
            except ConfigError as error:
                if not self.problem:
                    logger.error("%s", error)
                self.problem = str(error)
                raise
            self.problem = ""
            return found

    def _current(self) -> T:
        stamp = self._stamped()
        if self._value is None or stamp != self._stamp:
            self._value = None
            self._value = self._read(self._mapping())
            self._stamp = stamp
        return self._value

    def _stamped(self) -> _Stamp:
        if self._path is None:
            return (0, 0, 0, 0)
        try:
            found = self._path.stat()
        except OSError as error:
            raise self._unreadable(str(error.strerror)) from error
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino

    def _mapping(self) -> Mapping[str, Any]:
        if self._path is None:
            return {}
        try:
            text = self._path.read_text(encoding="utf-8")
            node = yaml.compose(text, yaml.SafeLoader)
            raw = yaml.safe_load(text)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise self._unreadable(type(error).__name__) from error
        if raw is None:
            return {}
        if not isinstance(raw, dict) or not isinstance(node, yaml.MappingNode):
            raise self._unreadable("it must be a mapping, from a name to a list of names")
        if len({key.value for key, _ in node.value}) < len(node.value):
            raise self._unreadable("a name is there twice")
        return raw

    def _unreadable(self, why: str) -> ConfigError:
        return ConfigError(f"service.auth.{self._key}: cannot use {self._path}: {why}")


class People:
    """The two files; without them everybody is who they say, and in no group."""

    def __init__(self, people_file: Path | None = None, groups_file: Path | None = None) -> None:
        """Read both.

        Raises:
            ConfigError: one cannot be read or understood.
        """
        self._aliases = _File(people_file, "people_file", _aliases)
        self._containers = _File(groups_file, "groups_file", _containers)
        self._aliases.value(), self._containers.value()

    def canonical(self, email: str) -> str:
        """The one address that a person is known by here.

        Raises:
            ValueError: it is no address.
            ConfigError: the file cannot be read any more.
        """
        known = addresses.address(email)
        return self._aliases.value().canonical.get(known, known)

    def addresses_of(self, email: str) -> frozenset[str]:
        """All addresses of a person, the given one included; errors as for `canonical`."""
        known = self.canonical(email)
        return self._aliases.value().others.get(known, frozenset()) | {known}

    def groups_of(self, email: str, known: Iterable[str]) -> frozenset[str]:
        """Groups of the file that contain a person, or a group that they are known to be in.

        Raises:
            ValueError: it is no address.
            ConfigError: a file cannot be read any more.
        """
        containers = self._containers.value().of
        waiting = deque([*self.addresses_of(email), *(_GROUP + group for group in known)])
        found: set[str] = set()
        while waiting:
            for group in containers.get(waiting.popleft(), frozenset()) - found:
                found.add(group)
                waiting.append(_GROUP + group)
        return frozenset(found)

    def direct_groups(self, member: str) -> frozenset[str]:
        """Groups of the file that name a member, an address or `group:` and a name, themselves.

        Raises:
            ConfigError: the file cannot be read any more.
        """
        return self._containers.value().of.get(member, frozenset())

    def problems(self) -> list[str]:
        """What is wrong with the files, for the status."""
        return [problem for problem in (self._aliases.problem, self._containers.problem) if problem]


def _aliases(raw: Mapping[str, Any]) -> Aliases:
    canonical: dict[str, str] = {}
    others: dict[str, frozenset[str]] = {}
    for email, listed in raw.items():
        person = _understood(addresses.address, email)
        aliases = frozenset(_understood(addresses.address, other) for other in _list(email, listed))
        others[person] = others.get(person, frozenset()) | aliases - {person}
        for alias in aliases - {person}:
            if canonical.setdefault(alias, person) != person:
                raise ConfigError(f"service.auth.people_file: {alias!r} belongs to two people")
    if both := sorted(canonical.keys() & others.keys()):
        raise ConfigError(
            f"service.auth.people_file: {both[0]!r} is both a person and another's address"
        )
    return Aliases(canonical, others)


def _containers(raw: Mapping[str, Any]) -> Containers:
    names = {_understood(addresses.name, group): group for group in raw}
    if len(names) < len(raw):
        raise ConfigError("service.auth.groups_file: a group is there twice, in upper and lower")
    of: dict[str, frozenset[str]] = {}
    for name, given in names.items():
        for member in _list(given, raw[given]):
            kind = _member(member, names)
            of[kind] = of.get(kind, frozenset()) | {name}
    return Containers(of)


def _member(member: object, groups: Mapping[str, str]) -> str:
    """An address of a person, or a group: one of this file, one with `group:`, one without @."""
    if isinstance(member, str) and member.startswith(_GROUP):
        return _GROUP + _understood(addresses.name, member.removeprefix(_GROUP))
    known = _understood(addresses.name, member)
    if known in groups or "@" not in known:
        return _GROUP + known
    return _understood(addresses.address, known)


def _list(name: object, listed: object) -> list[object]:
    if not isinstance(listed, list):
        raise ConfigError(
            f"service.auth: {name!r} in people_file or groups_file needs a list, and be it []"
        )
    return listed


def _understood(read: Callable[[str], str], given: object) -> str:
    try:
        return read(given if isinstance(given, str) else "")
    except ValueError as error:
        raise ConfigError(f"service.auth: {given!r} in people_file or groups_file: {error}") from (
            error
        )
