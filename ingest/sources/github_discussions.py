"""Brings what is known of a repository's discussions up to date.

GraphQL lists them by when they were last updated and takes no `since`: the newest come first, and
the reading ends with the page on which it meets what the last one has seen. It knows no ETags,
either: a run costs one request for each repository in which nothing happened.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from ingest.errors import HttpRefused, RetryLater
from ingest.http import Clock
from ingest.sources.github_crawl import OVERLAP, sample
from ingest.sources.github_discussion_mirror import DiscussionMirror
from ingest.sources.github_discussion_models import (
    Connection,
    Discussion,
    Node,
    PageInfo,
    Remark,
    Reply,
)
from ingest.sources.github_graphql import COMMENTS, DISCUSSIONS, EXISTS, REPLIES, Graphql
from ingest.sources.github_models import Repository

logger = logging.getLogger(__name__)

# GitHub counts what could come: 50 of 20 of 10 are 11,050 nodes of the 500,000 that one query may
# ask for, and 11 points of an hour's 5,000. What is longer is read on by itself.
_DISCUSSIONS_A_PAGE: Final = 50
_FIRST_COMMENTS: Final = 20
_FIRST_REPLIES: Final = 10
_MORE: Final = 100

T = TypeVar("T")


class _Listed(Node):
    discussions: Connection[Discussion]


class _Listing(Node):
    repository: _Listed


class _Identity(Node):
    id: str


class _Found(Node):
    discussion: _Identity | None


class _Existence(Node):
    repository: _Found


class _Commented(Node):
    comments: Connection[Remark]


class _Comments(Node):
    node: _Commented


class _Replied(Node):
    replies: Connection[Reply]


class _Replies(Node):
    node: _Replied


class DiscussionCrawl:
    """Reads discussions into their mirror, each with all comments and replies."""

    def __init__(
        self, graphql: Graphql, mirror: DiscussionMirror, sweep_every: timedelta, clock: Clock
    ) -> None:
        self._graphql, self._mirror = graphql, mirror
        self._sweep_every, self._clock = sweep_every, clock

    def refresh(self, repository: Repository) -> None:
        """Read what is new, and, when it is time, everything.

        Raises:
            RetryLater: the next call begins again where the last one that ended has come to.
            HttpRefused: the repository's discussions may not be read.
        """
        before = self._mirror.progress(repository.id)
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        sweeping = before.swept_at is None or now - before.swept_at >= self._sweep_every
        generation = before.generation + sweeping
        # Kept at once: a reading that breaks off leaves rows of it, and must not share their count.
        self._mirror.reached(repository.id, replace(before, generation=generation))
        back_to = None if sweeping or not before.read_until else before.read_until - OVERLAP
        newest = self._read(repository, generation, back_to)
        if sweeping:
            self._remove_gone(repository, generation)
        after = replace(before, generation=generation, read_until=newest or before.read_until)
        self._mirror.reached(repository.id, replace(after, swept_at=now) if sweeping else after)

    def _read(
        self, repository: Repository, generation: int, back_to: datetime | None
    ) -> datetime | None:
        """Read from the newest back to a time (None: to the end); when the newest was updated."""
        newest: datetime | None = None
        for page in self._pages(repository):
            old = [row for row in page if back_to is not None and row.updated_at < back_to]
            # Whether a reply updates its discussion is not documented: what is here is taken, too.
            taken = [row for row in page if row not in old or _is_all_there(row)]
            self._mirror.put(repository.id, [self._whole(row) for row in taken], generation)
            newest = newest or max((row.updated_at for row in page), default=None)
            if old:
                break
        return newest

    def _pages(self, repository: Repository) -> Iterator[tuple[Discussion, ...]]:
        owner, _, name = repository.full_name.partition("/")

        def listed(after: str | None) -> Connection[Discussion]:
            answer = self._graphql.ask(
                DISCUSSIONS,
                _Listing,
                owner=owner,
                name=name,
                first=_DISCUSSIONS_A_PAGE,
                after=after,
                comments=_FIRST_COMMENTS,
                replies=_FIRST_REPLIES,
            )
            return answer.repository.discussions

        for connection in _following(listed(None), listed):
            yield connection.rows

    def _whole(self, row: Discussion) -> Discussion:
        """The discussion with the comments and replies that its listing had no room for."""

        def more(after: str | None) -> Connection[Remark]:
            answer = self._graphql.ask(
                COMMENTS, _Comments, id=row.id, first=_MORE, after=after, replies=_FIRST_REPLIES
            )
            return answer.node.comments

        remarks = [self._replied(remark) for remark in _all(row.comments, more)]
        return row.model_copy(update={"comments": _ended(row.comments, remarks)})

    def _replied(self, remark: Remark) -> Remark:
        def more(after: str | None) -> Connection[Reply]:
            answer = self._graphql.ask(REPLIES, _Replies, id=remark.id, first=_MORE, after=after)
            return answer.node.replies

        replies = _all(remark.replies, more)
        return remark.model_copy(update={"replies": _ended(remark.replies, replies)})

    def _remove_gone(self, repository: Repository, generation: int) -> None:
        """Forget what a whole listing left out, if it is gone for GitHub too.

        As with issues: each is asked for, and when there are many, a sample decides over the rest.
        """
        unseen = self._mirror.unseen(repository.id, generation)
        asked = sample(unseen)
        gone = [number for number, id_ in asked if not self._is_there(repository, number, id_)]
        if len(gone) == len(asked):
            gone = [number for number, _ in unseen]
        self._mirror.drop(repository.id, gone)
        if kept := len(unseen) - len(gone):
            facts = {"repository": repository.full_name, "kind": "discussions", "kept": kept}
            logger.warning("a listing left out what is there", extra=facts)

    def _is_there(self, repository: Repository, number: int, known_id: str) -> bool:
        owner, _, name = repository.full_name.partition("/")
        try:
            answer = self._graphql.ask(EXISTS, _Existence, owner=owner, name=name, number=number)
        except HttpRefused as refused:
            if refused.status == 404:
                return False
            raise
        found = answer.repository.discussion
        return found is not None and found.id == known_id


def _is_all_there(row: Discussion) -> bool:
    replies_end = all(remark.replies.next is None for remark in row.comments.rows)
    return replies_end and row.comments.next is None


def _all(first: Connection[T], more: Callable[[str | None], Connection[T]]) -> list[T]:
    return [row for connection in _following(first, more) for row in connection.rows]


def _following(
    first: Connection[T], more: Callable[[str | None], Connection[T]]
) -> Iterator[Connection[T]]:
    """A connection and those after it."""
    seen: set[str] = set()
    connection = first
    while True:
        yield connection
        after = connection.next
        if after is None:
            return
        if after in seen:
            raise RetryLater("the pages of GraphQL lead in a circle")
        seen.add(after)
        connection = more(after)


def _ended(first: Connection[T], rows: list[T]) -> Connection[T]:
    """All rows in one; without the cursor, which would change when the rows do not."""
    end = PageInfo(has_next_page=False)
    return first.model_copy(update={"nodes": tuple(rows), "page_info": end})
