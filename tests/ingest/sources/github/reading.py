"""Reading the fake GitHub in tests: a source with what an index would know of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from index.types import DocId, Document, Revision
from ingest.http import Patience
from ingest.settings import GithubIssuesSettings
from ingest.source import Change, Checkpoint, Complete, Cursor, Delete, Skip, Unchanged, Upsert
from ingest.sources.github_issues import GithubIssues
from tests.fakes.faults import Request
from tests.fakes.github import FakeGitHub
from tests.fakes.github_data import FakeRepository
from tests.fakes.serve import serve

TOKEN = {"GITHUB_TOKEN": "secret-token"}
QUICK = Patience(tries=3, request_seconds=5)


class Reading:
    """A source and what came of it; `known` is what the index has, the cursor as it was saved."""

    def __init__(self, github: FakeGitHub, url: str, work_dir: Path) -> None:
        self.github, self.url, self.work_dir = github, url, work_dir
        self.environment: dict[str, str] = dict(TOKEN)
        self.known: dict[DocId, Revision] = {}
        self.documents: dict[str, Document] = {}
        self.cursor: Cursor | None = None
        self.asked: list[Request] = []

    def source(self, **settings: Any) -> GithubIssues:
        names = [repository.full_name for repository in self.github.repositories]
        given = {"kind": "github_issues", "repositories": names, "api_url": self.url, **settings}
        return GithubIssues(
            "gh",
            GithubIssuesSettings.model_validate(given),
            self.work_dir,
            environment=self.environment,
            clock=self.github.clock,
            patience=QUICK,
        )

    def run(self, **settings: Any) -> list[Change]:
        """One run; what it says is known afterwards, also when it ends in an error."""
        before = len(self.github.front.requests)
        said: list[Change] = []
        try:
            for change in self.source(**settings).changes(self.cursor, dict(self.known)):
                said.append(change)
                self._learn(change, said)
        finally:
            self.asked = self.github.front.requests[before:]
        return said

    def _learn(self, change: Change, said: list[Change]) -> None:
        match change:
            case Upsert(document):
                self.known[document.doc_id] = document.revision
                self.documents[document.doc_id] = document
            case Delete(doc_id):
                self._forget(doc_id)
            case Complete():
                listed = {c.doc_id for c in said if isinstance(c, Unchanged | Skip)}
                listed |= {c.document.doc_id for c in said if isinstance(c, Upsert)}
                for doc_id in set(self.known) - listed:
                    self._forget(doc_id)
            case Checkpoint(cursor):
                self.cursor = cursor
            case Skip() | Unchanged():
                pass

    def _forget(self, doc_id: DocId) -> None:
        self.known.pop(doc_id, None)
        self.documents.pop(doc_id, None)

    @property
    def statuses(self) -> Counter[int]:
        return Counter(request.status for request in self.asked)


@contextmanager
def reading(github: FakeGitHub, work_dir: Path) -> Iterator[Reading]:
    with serve(github.front) as url:
        yield Reading(github, url, work_dir)


def upserted(changes: list[Change]) -> list[str]:
    return [c.document.doc_id for c in changes if isinstance(c, Upsert)]


def deleted(changes: list[Change]) -> list[str]:
    return [c.doc_id for c in changes if isinstance(c, Delete)]


def skipped(changes: list[Change]) -> dict[str, str]:
    return {c.doc_id: c.reason for c in changes if isinstance(c, Skip)}


def many(github: FakeGitHub, count: int, name: str = "acme/large") -> FakeRepository:
    """A repository with so many issues, each with an answer, two seconds apart."""
    large = github.add(name)
    for number in range(1, count + 1):
        github.clock.advance(timedelta(seconds=2))
        large.add_issue(number)
        large.add_comment(number, f"Answer {number}.")
    return large
