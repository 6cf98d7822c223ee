"""Issues and discussions of GitHub repositories as documents, each with all its comments."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from index.types import DocId, Document, Revision
from ingest.errors import HttpRefused, RetryLater, SourceRefused
from ingest.http import Clock, HttpClient, Patience, SystemClock, Traffic
from ingest.settings import GithubIssuesSettings
from ingest.source import (
    Change,
    Checkpoint,
    Complete,
    Cursor,
    Delete,
    Skip,
    Unchanged,
    Upsert,
)
from ingest.sources.github_api import GithubApi
from ingest.sources.github_auth import API_HEADERS, ENVIRONMENT, authorization
from ingest.sources.github_crawl import Crawl
from ingest.sources.github_discussion_layout import DiscussionLayout
from ingest.sources.github_discussion_mirror import DiscussionMirror
from ingest.sources.github_discussions import DiscussionCrawl
from ingest.sources.github_graphql import Graphql
from ingest.sources.github_layout import Layout, Place
from ingest.sources.github_mirror import Mirror, Stored
from ingest.sources.github_models import Repository
from ingest.sources.github_names import Names
from ingest.sources.github_readers import people_of, readers

_UPSERTS_A_CHECKPOINT: Final = 100
_MAX_UNREACHABLE: Final = 2
"""Repositories that may fail in passing, one after the other, before the server is left alone."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The parts of one run."""

    api: GithubApi
    mirror: Mirror
    crawl: Crawl
    discussion_mirror: DiscussionMirror
    discussion_crawl: DiscussionCrawl
    names: Names
    people: Mapping[str, str]
    known: Mapping[DocId, Revision]


@dataclass(frozen=True, slots=True)
class _Item:
    """What becomes a document if its revision is not the known one."""

    number: int
    revision: Revision
    document: Callable[[Place], Document]


class GithubIssues:
    """All issues of some repositories, open and closed, with their comments; discussions, too.

    What GitHub says is kept in a mirror below `work_dir`; documents come from there, and are
    compared with what is in the index: a lost mirror, a lost index, or a run that died anywhere
    is mended by the next run. The cursor only remembers which repository had which name.
    """

    def __init__(
        self,
        name: str,
        settings: GithubIssuesSettings,
        work_dir: Path,
        *,
        environment: Mapping[str, str] = ENVIRONMENT,
        clock: Clock | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Read as configured; the credential is taken from the environment when a run begins."""
        self._name, self._settings = name, settings
        self._mirror_path = work_dir / f"{name}.sqlite"
        self._discussion_mirror_path = work_dir / f"{name}.discussions.sqlite"
        self._environment = environment
        self._clock: Clock = clock or SystemClock()
        self._patience = patience
        self._layout = Layout(settings.skip_authors)
        self._discussion_layout = DiscussionLayout(settings.skip_authors)
        self._traffic = Traffic()

    @property
    def name(self) -> str:
        """The source's name in config.yaml; first part of its doc ids."""
        return self._name

    @property
    def counters(self) -> Mapping[str, int]:
        """Of the last run: requests, those of them that cost nothing, and those tried again."""
        traffic = self._traffic
        return {
            "requests": traffic.requests,
            "not_modified": traffic.not_modified,
            "retries": traffic.retries,
        }

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        """What is new in each repository, one after the other.

        A repository that is refused stops neither the others nor, at the end, the report of it.
        """
        settings = self._settings
        _check_credential(settings)
        credential = authorization(
            settings, self._environment, clock=self._clock, patience=self._patience
        )
        with (
            Mirror(self._mirror_path, settings.api_url) as mirror,
            DiscussionMirror(self._discussion_mirror_path, settings.api_url) as discussion_mirror,
            HttpClient(
                settings.api_url,
                credential,
                headers=API_HEADERS,
                patience=self._patience,
                clock=self._clock,
            ) as client,
        ):
            self._traffic = client.traffic
            api, graphql = GithubApi(client, mirror), Graphql(client, settings.api_url)
            sweep_every = timedelta(days=settings.full_sweep_days)
            names = Names(since)
            reading = _Reading(
                api,
                mirror,
                Crawl(api, mirror, sweep_every, self._clock),
                discussion_mirror,
                DiscussionCrawl(graphql, discussion_mirror, sweep_every, self._clock),
                names,
                people_of(settings.people_file),
                known,
            )
            yield from self._repositories(reading)
            mirror.keep_only(names.seen)
            discussion_mirror.keep_only(names.seen if settings.discussions else ())
            names.forget_unseen()
            yield Complete()
            yield Checkpoint(names.cursor())

    def _repositories(self, reading: _Reading) -> Iterator[Change]:
        failures: list[SourceRefused | RetryLater] = []
        unreachable = 0
        for name in self._settings.repositories:
            try:
                yield from self._repository(name, reading)
                unreachable = 0
            except HttpRefused as refused:
                failures.append(_explained(name, refused))
            except RetryLater as failure:
                failures.append(failure)
                unreachable += 1
                if failure.after is not None or unreachable >= _MAX_UNREACHABLE:
                    break
        if failures:
            raise _together(failures)

    def _repository(self, name: str, reading: _Reading) -> Iterator[Change]:
        repository = reading.api.repository(name)
        if not repository.has_issues:
            raise HttpRefused(f"{name} has its issues switched off", 410)
        stem = f"{self._name}:{reading.names.name_of(repository.id, name)}"
        allowed = readers(repository, reading.api, self._settings, reading.people)
        if allowed.problem:
            yield Skip(DocId(stem), allowed.problem)
        reading.crawl.refresh(repository)
        issues = self._issues(repository, allowed.who, reading)
        yield from self._documents(issues, f"{stem}/issues/", allowed.who, reading)
        if self._settings.discussions:
            if repository.has_discussions:
                reading.discussion_crawl.refresh(repository)
            discussions = self._discussions(repository, allowed.who, reading)
            yield from self._documents(discussions, f"{stem}/discussions/", allowed.who, reading)
        yield Checkpoint(reading.names.cursor())

    def _issues(
        self, repository: Repository, who: frozenset[str], reading: _Reading
    ) -> Iterator[_Item]:
        for stored in reading.mirror.stored(repository.id):
            if self._settings.pull_requests or not _is_pull_request(stored):
                revision = self._layout.revision(stored, who)
                yield _Item(stored.number, revision, partial(self._layout.document, stored))

    def _discussions(
        self, repository: Repository, who: frozenset[str], reading: _Reading
    ) -> Iterator[_Item]:
        if not repository.has_discussions:
            return  # switched off: GitHub shows them to nobody
        layout = self._discussion_layout
        for number, body in reading.discussion_mirror.stored(repository.id):
            yield _Item(number, layout.revision(body, who), partial(layout.document, body))

    def _documents(
        self, items: Iterator[_Item], stem: str, who: frozenset[str], reading: _Reading
    ) -> Iterator[Change]:
        gone = {doc_id for doc_id in reading.known if doc_id.startswith(stem)}
        written = 0
        for item in items:
            doc_id = DocId(f"{stem}{item.number}")
            gone.discard(doc_id)
            if reading.known.get(doc_id) == item.revision:
                yield Unchanged(doc_id)
                continue
            yield Upsert(item.document(Place(self._name, doc_id, who)))
            written += 1
            if written % _UPSERTS_A_CHECKPOINT == 0:
                yield Checkpoint(reading.names.cursor())
        # The mirrors forget something only when GitHub says that it is gone.
        for doc_id in sorted(gone):
            yield Delete(doc_id)


def _check_credential(settings: GithubIssuesSettings) -> None:
    if settings.discussions and settings.token_env is None and settings.app is None:
        raise SourceRefused(
            "discussions are shown only to a credential, also those of public repositories: "
            "name a `token_env` or an `app`, or say `discussions: false`"
        )


def _is_pull_request(stored: Stored) -> bool:
    # Asked of every issue in every run: reading the whole row takes ten times as long.
    # One that was not merged has nothing in it, and is one all the same.
    found = '"pull_request":{' in stored.issue
    return found and json.loads(stored.issue).get("pull_request") is not None


def _explained(name: str, refused: HttpRefused) -> SourceRefused:
    if refused.status in (404, 410, 451):
        return SourceRefused(
            f"{name}: {refused}; it does not exist, has no issues, or the credential may not see "
            "it. Nothing of it was deleted: give the credential access, or take it out of "
            "`repositories`"
        )
    if refused.status == 422:
        return SourceRefused(f"{name}: {refused}")
    return SourceRefused(
        f"{name}: {refused}; check the rights of the credential (issues: read; "
        "discussions: read, if they are read)"
    )


def _together(failures: list[SourceRefused | RetryLater]) -> SourceRefused | RetryLater:
    """One error for all: a person is needed if any of them needs one."""
    said = "; ".join(str(failure) for failure in failures)
    refused = any(isinstance(failure, SourceRefused) for failure in failures)
    waits = [f.after for f in failures if isinstance(f, RetryLater) and f.after]
    return SourceRefused(said) if refused else RetryLater(said, max(waits, default=None))
