"""Brings the mirror of one repository up to date, with as few requests as that takes."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from ingest.errors import RetryLater
from ingest.http import Clock
from ingest.sources.github_api import GithubApi, Page, latest
from ingest.sources.github_mirror import Kind, Listing, Mirror, swept
from ingest.sources.github_models import Issue, Repository

logger = logging.getLogger(__name__)

OVERLAP: Final = timedelta(seconds=60)
"""Read again at each run: a row may become visible later than its `updated_at` says."""

_SECOND: Final = timedelta(seconds=1)  # resolution of `since`
_MAX_CONFIRMED: Final = 50

T = TypeVar("T")


class Crawl:
    """Reads repositories into a mirror.

    The newest page of a listing comes first: unchanged (304), it ends the matter. If it reaches
    back to where the last run ended, it is all there is to read; if it is the only page, it is all
    there is. Else the listing is walked from that point on by time, not by page number: rows move
    to the end while one reads, and page numbers would step over those that move up.
    """

    def __init__(
        self, api: GithubApi, mirror: Mirror, sweep_every: timedelta, clock: Clock
    ) -> None:
        self._api, self._mirror = api, mirror
        self._sweep_every, self._clock = sweep_every, clock

    def refresh(self, repository: Repository) -> None:
        """Read what is new, and, when it is time, everything.

        Raises:
            RetryLater: the next call goes on where this one stopped.
            HttpRefused: the repository's issues may not be read.
        """
        # Comments first: an issue is then never read without those that were there before it.
        swept_comments, _ = self._listing(repository, "comments")
        swept_issues, changed = self._listing(repository, "issues")
        if swept_issues:
            self._remove_gone_issues(repository)
        if swept_comments:
            self._remove_gone_comments(repository)
        for number in changed:
            self._recount(repository, number)

    def _listing(self, repository: Repository, kind: Kind) -> tuple[bool, list[int]]:
        """Read one listing; whether it was read whole, and the issues that changed since."""
        state = self._mirror.listing(repository.id, kind)
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        sweeping = state.swept_at is None or now - state.swept_at >= self._sweep_every
        page = self._api.newest(repository, kind, "" if sweeping else state.etag)
        if page is None:
            return False, []
        if page.next is None:
            begun = replace(state, generation=state.generation + 1, sweep_began=now)
            whole = replace(begun, read_until=latest(page.rows))
            changed = self._mirror.save(repository.id, kind, swept(whole, page.etag), page.rows)
            return True, [] if state.swept_at is None else changed
        if sweeping:
            self._sweep(repository, kind, state, now, page.etag)
            return True, []
        return False, self._catch_up(repository, kind, state, page)

    def _sweep(
        self, repository: Repository, kind: Kind, state: Listing, now: datetime, etag: str
    ) -> None:
        if state.sweep_began is None:
            generation = state.generation + 1
            state = replace(state, generation=generation, sweep_began=now, read_until=None)
        since = state.read_until - _SECOND if state.read_until else None
        state, _ = self._walk(repository, kind, state, since)
        self._mirror.save(repository.id, kind, swept(state, etag))

    def _catch_up(
        self, repository: Repository, kind: Kind, state: Listing, page: Page
    ) -> list[int]:
        start = state.read_until - OVERLAP if state.read_until else None
        oldest = min((row.updated_at for row in page.rows), default=None)
        if start is not None and oldest is not None and oldest < start:
            state = replace(state, read_until=latest(page.rows), etag=page.etag)
            return self._mirror.save(repository.id, kind, state, page.rows)
        state, changed = self._walk(repository, kind, state, start)
        self._mirror.save(repository.id, kind, replace(state, etag=page.etag))
        return changed

    def _walk(
        self, repository: Repository, kind: Kind, state: Listing, since: datetime | None
    ) -> tuple[Listing, list[int]]:
        """Read everything from `since` on; the way is kept page by page."""
        changed: list[int] = []
        seen: set[str] = set()
        page = self._api.since(repository, kind, since)
        while True:
            last = latest(page.rows)
            if last is not None:
                state = replace(state, read_until=last)
            changed += self._mirror.save(repository.id, kind, state, page.rows)
            following = page.next
            if following is None:
                return state, changed
            if last is not None and (since is None or last - _SECOND > since):
                since = last - _SECOND
                page = self._api.since(repository, kind, since)
                continue
            # More rows of one second than a page holds: only page numbers lead through them.
            if following in seen:
                raise RetryLater(f"the {kind} of {repository.full_name} lead in a circle")
            seen.add(following)
            page = self._api.following(following, kind)

    def _remove_gone_issues(self, repository: Repository) -> None:
        """Forget the issues that a whole listing left out, if they are gone for GitHub too.

        A listing can be cut and look whole. So each of them is asked for; when there are many, a
        sample decides over the rest.
        """
        generation = self._mirror.listing(repository.id, "issues").generation
        unseen = self._mirror.unseen_issues(repository.id, generation)
        asked = sample(unseen)
        gone = [issue.number for issue in asked if not self._is_there(repository, issue)]
        if len(gone) == len(asked):
            gone = [issue.number for issue in unseen]
        self._mirror.drop_issues(repository.id, gone)
        _warn_of_the_left_out(repository, "issues", len(unseen) - len(gone))

    def _is_there(self, repository: Repository, issue: Issue) -> bool:
        # A transferred issue is answered from its new place, where it has another id.
        found = self._api.issue(repository, issue.number)
        return found is not None and found.id == issue.id

    def _remove_gone_comments(self, repository: Repository) -> None:
        generation = self._mirror.listing(repository.id, "comments").generation
        unseen = self._mirror.unseen_comments(repository.id, generation)
        asked = sample(sorted({number for number, _ in unseen}))
        there = {number: self._comment_ids(repository, number) for number in asked}
        gone = [
            (number, comment)
            for number, comment in unseen
            if number in there and comment not in there[number]
        ]
        if len(gone) == sum(number in there for number, _ in unseen):
            gone = unseen
        self._mirror.drop_comments(repository.id, gone)
        _warn_of_the_left_out(repository, "comments", len(unseen) - len(gone))

    def _recount(self, repository: Repository, number: int) -> None:
        """A changed issue that counts fewer comments than are known has lost some."""
        issue = self._mirror.issue(repository.id, number)
        known = self._mirror.comment_ids(repository.id, number)
        if issue is not None and issue.comments < len(known):
            gone = known - self._comment_ids(repository, number)
            self._mirror.drop_comments(repository.id, [(number, comment) for comment in gone])

    def _comment_ids(self, repository: Repository, number: int) -> set[int]:
        comments = self._api.comments_of(repository, number)
        return {comment.id for comment in comments}


def sample(found: Sequence[T]) -> Sequence[T]:
    """At most `_MAX_CONFIRMED` of them, evenly spread."""
    step = -(-len(found) // _MAX_CONFIRMED) or 1
    return found[::step]


def _warn_of_the_left_out(repository: Repository, kind: Kind, kept: int) -> None:
    if kept:
        facts = {"repository": repository.full_name, "kind": kind, "kept": kept}
        logger.warning("a listing left out what is there", extra=facts)
