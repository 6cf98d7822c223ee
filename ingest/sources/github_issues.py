"""Issues of GitHub repositories as documents, each with all its comments."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from index.types import DocId, Revision
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
    names: Names
    people: Mapping[str, str]
    known: Mapping[DocId, Revision]


class GithubIssues:
    """All issues of some repositories, open and closed, with their comments.

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
        self._environment = environment
        self._clock: Clock = clock or SystemClock()
        self._patience = patience
        self._layout = Layout(settings.skip_authors)
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
        credential = authorization(
            settings, self._environment, clock=self._clock, patience=self._patience
        )
        people = people_of(settings.people_file)
        with (
            Mirror(self._mirror_path, settings.api_url) as mirror,
            HttpClient(
                settings.api_url,
                credential,
                headers=API_HEADERS,
                patience=self._patience,
                clock=self._clock,
            ) as client,
        ):
            self._traffic = client.traffic
            api = GithubApi(client, mirror)
            crawl = Crawl(api, mirror, timedelta(days=settings.full_sweep_days), self._clock)
            names = Names(since)
            reading = _Reading(api, mirror, crawl, names, people, known)
            yield from self._repositories(reading)
            mirror.keep_only(names.seen)
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
        stem = f"{self._name}:{reading.names.name_of(repository.id, name)}/issues/"
        allowed = readers(repository, reading.api, self._settings, reading.people)
        if allowed.problem:
            yield Skip(DocId(stem.removesuffix("/issues/")), allowed.problem)
        reading.crawl.refresh(repository)
        yield from self._documents(repository, stem, allowed.who, reading)
        yield Checkpoint(reading.names.cursor())

    def _documents(
        self, repository: Repository, stem: str, who: frozenset[str], reading: _Reading
    ) -> Iterator[Change]:
        gone = {doc_id for doc_id in reading.known if doc_id.startswith(stem)}
        written = 0
        for stored in reading.mirror.stored(repository.id):
            if not self._settings.pull_requests and _is_pull_request(stored):
                continue
            doc_id = DocId(f"{stem}{stored.number}")
            gone.discard(doc_id)
            if reading.known.get(doc_id) == self._layout.revision(stored, who):
                yield Unchanged(doc_id)
                continue
            yield Upsert(self._layout.document(stored, Place(self._name, doc_id, who)))
            written += 1
            if written % _UPSERTS_A_CHECKPOINT == 0:
                yield Checkpoint(reading.names.cursor())
        # The mirror forgets an issue only when GitHub says that it is gone.
        for doc_id in sorted(gone):
            yield Delete(doc_id)


def _is_pull_request(stored: Stored) -> bool:
    # Asked of every issue in every run: reading the whole row takes ten times as long.
    return '"pull_request":{' in stored.issue and bool(json.loads(stored.issue)["pull_request"])


def _explained(name: str, refused: HttpRefused) -> SourceRefused:
    if refused.status in (404, 410, 451):
        return SourceRefused(
            f"{name}: {refused}; it does not exist, has no issues, or the credential may not see "
            "it. Nothing of it was deleted: give the credential access, or take it out of "
            "`repositories`"
        )
    return SourceRefused(f"{name}: {refused}; check the rights of the credential (issues: read)")


def _together(failures: list[SourceRefused | RetryLater]) -> SourceRefused | RetryLater:
    """One error for all: a person is needed if any of them needs one."""
    said = "; ".join(str(failure) for failure in failures)
    refused = any(isinstance(failure, SourceRefused) for failure in failures)
    waits = [f.after for f in failures if isinstance(f, RetryLater) and f.after]
    return SourceRefused(said) if refused else RetryLater(said, max(waits, default=None))
