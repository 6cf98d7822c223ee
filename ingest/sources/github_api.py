"""GitHub's REST API in the verbs that the connector needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar
from urllib.parse import urlencode

from pydantic import TypeAdapter

from ingest.errors import HttpRefused
from ingest.http import HttpClient, Read
from ingest.sources.github_mirror import Answer, Kind, Mirror
from ingest.sources.github_models import (
    COLLABORATORS,
    COMMENTS,
    ISSUES,
    TEAMS,
    Collaborator,
    Comment,
    Issue,
    Repository,
    Team,
)

PAGE_SIZE: Final = 100
_GONE: Final = frozenset({404, 410})
_PATHS: Final[dict[Kind, str]] = {"issues": "issues", "comments": "issues/comments"}

Rows = tuple[Issue, ...] | tuple[Comment, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing; `next` is the address of the one after it, None on the last."""

    rows: Rows
    next: str | None
    etag: str = ""


class GithubApi:
    """Asks GitHub; what it answers with an ETag is kept in the mirror, where that saves asking."""

    def __init__(self, client: HttpClient, mirror: Mirror) -> None:
        self._client, self._mirror = client, mirror

    def repository(self, name: str) -> Repository:
        """The repository that has, or once had, this name.

        Raises:
            HttpRefused: there is none, or none that our credential may see.
        """
        body, _ = self._kept(f"repos/{name}", TypeAdapter(Repository))
        return Repository.model_validate_json(body)

    def collaborators(self, repository: Repository) -> list[Collaborator]:
        """Everybody with rights in it, by a team or directly.

        Raises:
            HttpRefused: asking takes the right to push.
        """
        path = f"repos/{repository.full_name}/collaborators?affiliation=all&per_page={PAGE_SIZE}"
        return [person for page in self._kept_pages(path, COLLABORATORS) for person in page]

    def teams(self, repository: Repository) -> list[Team]:
        """The teams with rights in it.

        Raises:
            HttpRefused: we may not know.
        """
        path = f"repos/{repository.full_name}/teams?per_page={PAGE_SIZE}"
        return [team for page in self._kept_pages(path, TEAMS) for team in page]

    def newest(self, repository: Repository, kind: Kind, etag: str) -> Page | None:
        """What was updated last, latest first; None if that is what `etag` came with."""
        path = _listing(repository, kind, "desc")
        answer = self._client.get_if_changed(path, _reader(kind), etag)
        return Page(answer.value, answer.next, answer.etag) if answer else None

    def since(self, repository: Repository, kind: Kind, since: datetime | None) -> Page:
        """What was updated since then, earliest first; None: since ever."""
        answer = self._client.get(_listing(repository, kind, "asc", since), _reader(kind))
        return Page(answer.value, answer.next)

    def following(self, address: str, kind: Kind) -> Page:
        """The page at an address that the page before it gave."""
        answer = self._client.get(address, _reader(kind))
        return Page(answer.value, answer.next)

    def issue(self, repository: Repository, number: int) -> Issue | None:
        """The issue now; None if it is gone. A transferred one is answered as its new self."""
        path = f"repos/{repository.full_name}/issues/{number}"
        try:
            return self._client.get(path, Issue.model_validate_json).value
        except HttpRefused as refused:
            if refused.status in _GONE:
                return None
            raise

    def comments_of(self, repository: Repository, number: int) -> list[Comment]:
        """All comments of one issue; none if the issue is gone."""
        path = f"repos/{repository.full_name}/issues/{number}/comments?per_page={PAGE_SIZE}"
        try:
            pages = self._client.pages(path, COMMENTS.validate_json)
            return [comment for page in pages for comment in page]
        except HttpRefused as refused:
            if refused.status in _GONE:
                return []
            raise

    def _kept_pages(self, path: str, adapter: TypeAdapter[T]) -> Iterator[T]:
        following: str | None = path
        while following is not None:
            body, following = self._kept(following, adapter)
            yield adapter.validate_json(body)

    def _kept(self, url: str, adapter: TypeAdapter[T]) -> tuple[bytes, str | None]:
        def checked(body: bytes) -> bytes:
            adapter.validate_json(body)
            return body

        known = self._mirror.answer(url)
        if known is not None and known.etag:
            fresh = self._client.get_if_changed(url, checked, known.etag)
            if fresh is None:
                return known.body, known.next
        else:
            fresh = self._client.get(url, checked)
        self._mirror.keep(url, Answer(fresh.etag, fresh.next, fresh.value))
        return fresh.value, fresh.next


def _listing(
    repository: Repository, kind: Kind, direction: str, since: datetime | None = None
) -> str:
    query = {"sort": "updated", "direction": direction, "per_page": str(PAGE_SIZE)}
    if kind == "issues":
        query["state"] = "all"
    if since is not None:
        query["since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"repos/{repository.full_name}/{_PATHS[kind]}?{urlencode(query)}"


def _reader(kind: Kind) -> Read[Rows]:
    return ISSUES.validate_json if kind == "issues" else COMMENTS.validate_json


def latest(rows: Rows) -> datetime | None:
    """When the last of them was updated; None if there are none."""
    return max((row.updated_at for row in rows), default=None)
