"""Why a person can or cannot see a document: for operators, on the machine, never over HTTP.

It says of documents that they are there, and who may read them, whoever asks.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from index.access import PUBLIC, Principal, visible_to
from index.access import group as group_reader
from index.revocations import Revocation
from index.types import DocId
from service.freshness import Doubt, doubt
from service.standing import read_report

Rule = Literal["public", "user", "group", "domain"]
Paths = Mapping[str, Sequence[str]]
"""Of each group, by name: the groups from one that the person is directly in, up to itself."""

_SEPARATOR: Final = ":"


class Readers(Protocol):
    """Who may read a document: the index, or its catalog."""

    def readers_of(self, doc_id: DocId) -> frozenset[str] | None:
        """Readers of a shown document; None if there is none."""
        ...


class Reports(Protocol):
    """What the last runs of the sources reported, and what was taken away since."""

    def report(self, source: str) -> str | None:
        """The JSON report of a source's last run."""
        ...

    def revocations(self, source: str) -> Sequence[Revocation]:
        """Rights to a source that were taken away since it was read."""
        ...


@dataclass(frozen=True, slots=True)
class Grant:
    """A reader of the document that admits the person.

    Attributes:
        path: of a group: how the person is a member, see `Paths`; otherwise empty.
    """

    reader: str
    rule: Rule
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the readers come from.

    Attributes:
        kind: of the source; None: it is not configured any more.
        last_run_at: when its last run ended, well or not; `error` says why not.
        last_success_at: since then its readers may have changed without being known here.
    """

    source: str
    kind: str | None
    last_run_at: datetime | None
    last_success_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a person sees a document, and by which rule.

    Attributes:
        readers: as stored; None: no such document is shown to anybody.
        admitting: every reader string that admits this person anywhere.
        grants: those of them that the document has.
        doubt: why its readers are not believed, so that at most `public` counts; None: they are.
    """

    person: str
    document: str
    readers: tuple[str, ...] | None
    admitting: tuple[str, ...]
    grants: tuple[Grant, ...]
    origin: Origin
    doubt: Doubt | None = None

    @property
    def is_withheld(self) -> bool:
        """Whether not all of its readers count."""
        return self.doubt is not None

    @property
    def is_allowed(self) -> bool:
        """Whether the person sees it."""
        if self.doubt is None:
            return bool(self.grants)
        is_public = any(grant.rule == "public" for grant in self.grants)
        return is_public and not self.doubt.hides_public


class Explaining:
    """Explains access by what the index knows."""

    def __init__(
        self,
        readers: Readers,
        reports: Reports,
        kinds: Mapping[str, str],
        oldest: datetime | None = None,
    ) -> None:
        """Over an open index, or its catalog alone.

        Args:
            readers: of documents.
            reports: of sources.
            kinds: of the configured sources, by name.
            oldest: readers that were last confirmed before are withheld; None: no age is too high.
        """
        self._readers, self._reports, self._kinds = readers, reports, kinds
        self._oldest = oldest

    def explain(
        self, principal: Principal, document: str, paths: Paths | None = None
    ) -> Explanation:
        """Why somebody can or cannot see a document.

        Args:
            principal: as requests of theirs would be.
            document: its id.
            paths: how they are in their groups; of a group that is missing, only its name is said.
        """
        visible = visible_to(principal)
        readers = self._readers.readers_of(DocId(document))
        granting = sorted(visible.readers & (readers or frozenset()))
        origin = self._origin(document.partition(_SEPARATOR)[0])
        return Explanation(
            person=principal.email,
            document=document,
            readers=None if readers is None else tuple(sorted(readers)),
            admitting=tuple(sorted(visible.readers)),
            grants=tuple(_grant(reader, paths or {}) for reader in granting),
            origin=origin,
            doubt=doubt(
                origin.last_success_at, self._reports.revocations(origin.source), self._oldest
            ),
        )

    def _origin(self, source: str) -> Origin:
        run = read_report(self._reports.report(source))
        return Origin(
            source=source,
            kind=self._kinds.get(source),
            last_run_at=run.finished_at if run else None,
            last_success_at=run.last_success_at if run else None,
            error=run.error if run else None,
        )


def group_paths(
    members: Iterable[str], direct: Callable[[str], Iterable[str]], named: Iterable[str] = ()
) -> Paths:
    """The shortest path to every group, nested ones included; circles are no harm.

    Args:
        members: the person's addresses.
        direct: the groups that a member, an address or `group:` and a name, is directly in.
        named: groups that the person's credential names.
    """
    paths: dict[str, tuple[str, ...]] = {name: (name,) for name in named}
    waiting: deque[tuple[str, tuple[str, ...]]] = deque((member, ()) for member in members)
    # A group may have the form of an address, and is not the person who has it.
    waiting += ((group_reader(name), path) for name, path in paths.items())
    while waiting:
        member, path = waiting.popleft()
        for group in sorted(direct(member)):
            if group not in paths:
                paths[group] = (*path, group)
                waiting.append((group_reader(group), paths[group]))
    return paths


def _grant(reader: str, paths: Paths) -> Grant:
    if reader == PUBLIC:
        return Grant(reader, "public")
    rule, _, name = reader.partition(_SEPARATOR)
    if rule == "group":
        return Grant(reader, "group", tuple(paths.get(name, (name,))))
    return Grant(reader, "domain" if rule == "domain" else "user")
