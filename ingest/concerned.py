"""Which configured sources an event on GitHub is news for."""

import re
from collections.abc import Collection, Mapping
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

from ingest.configured import Configured
from ingest.settings import DocsRepoSettings, GithubIssuesSettings

_LAST_TWO: Final = re.compile(r"(?:^|[/:])([^/:]+/[^/:]+?)(?:\.git)?/*$")


class Event(Protocol):
    """Something that happened on GitHub; names are in lower case."""

    @property
    def topic(self) -> Literal["issues", "pull_requests", "discussions", "files", "access"]:
        """What it concerns."""
        ...

    @property
    def repositories(self) -> Collection[str]:
        """`owner/name`; empty: all of the owner's."""
        ...

    @property
    def owner(self) -> str:
        """Whose they are."""
        ...

    @property
    def branch(self) -> str:
        """The branch that was pushed to."""
        ...

    @property
    def is_default_branch(self) -> bool:
        """Whether it is the repository's default."""
        ...


def concerned(sources: Mapping[str, Configured], event: Event) -> list[str]:
    """Names of the sources that may have changed by it.

    Hosts are not compared: a sync that was not needed costs a few requests, and the same
    repository has several addresses.
    """
    return [name for name, source in sources.items() if _is_news(source.settings, event)]


def _is_news(settings: object, event: Event) -> bool:
    match settings:
        case DocsRepoSettings():
            return event.topic == "files" and _is_read(settings, event)
        case GithubIssuesSettings():
            return _has_issues(settings, event)
        case _:
            return False


def _is_read(settings: DocsRepoSettings, event: Event) -> bool:
    is_branch = (
        event.is_default_branch if settings.branch is None else event.branch == settings.branch
    )
    addresses = (settings.git or "", settings.web_url or "")
    return is_branch and any(_named(address) in event.repositories for address in addresses)


def _has_issues(settings: GithubIssuesSettings, event: Event) -> bool:
    is_read = {
        "files": False,
        "pull_requests": settings.pull_requests,
        "discussions": settings.discussions,
    }
    if not is_read.get(event.topic, True):
        return False
    names = {name.lower() for name in settings.repositories}
    if event.repositories:
        return not names.isdisjoint(event.repositories)
    # Who may see what has changed, and it cannot be read where: then it may be anywhere.
    return not event.owner or any(name.partition("/")[0] == event.owner for name in names)


def _named(address: str) -> str | None:
    """`owner/name` at the end of an address, in lower case."""
    path = urlsplit(address).path if "://" in address else address
    found = _LAST_TWO.search(path)
    return found[1].lower() if found else None
