"""A discussion -> one document, in which each comment and each reply is a section of its own."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from index.types import Document, Revision
from ingest.sources.github_discussion_models import Discussion, Remark, Reply
from ingest.sources.github_layout import Composer, Place, day, lines, who

LAYOUT: Final = "1"
"""Raised when the same discussion makes another document: all are then written anew."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A comment or a reply under its heading."""

    heading: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class DiscussionLayout:
    """How discussions are laid out; `skip_authors` are globs of logins that are left out."""

    skip_authors: tuple[str, ...] = ()

    def revision(self, body: str, readers: frozenset[str]) -> Revision:
        """Of all that the document is made of; `body` is the discussion as it is kept."""
        digest = hashlib.sha256()
        for part in (LAYOUT, *self.skip_authors, *sorted(readers), body):
            digest.update(part.encode())
            digest.update(b"\0")
        return Revision(digest.hexdigest()[:32])

    def document(self, body: str, place: Place) -> Document:
        """The discussion as a document."""
        discussion = Discussion.model_validate_json(body)
        said = list(self._said(discussion))
        title = f"{' '.join(discussion.title.split()) or 'Untitled'} (#{discussion.number})"
        composer = Composer(title)
        composer.add(title, lines(discussion.body), discussion.url, "", _facts(discussion, said))
        for one in said:
            anchor = one.reply.url.partition("#")[2]
            composer.add(one.heading, lines(one.reply.body), one.reply.url, anchor)
        text, sections = composer.done()
        authors = dict.fromkeys([discussion.login, *(one.reply.login for one in said)])
        return Document(
            doc_id=place.doc_id,
            source=place.source,
            title=title,
            url=discussion.url,
            text=text,
            markup="markdown",
            sections=sections,
            readers=place.readers,
            revision=self.revision(body, place.readers),
            created_at=discussion.created_at,
            updated_at=max([discussion.updated_at, *(one.reply.updated_at for one in said)]),
            authors=tuple(authors),
            status=_status(discussion),
        )

    def _said(self, discussion: Discussion) -> Iterator[_Said]:
        """Comments in the order of their time, each with the replies to it."""
        for remark in sorted(discussion.comments.rows, key=_time_of):
            if self._is_shown(remark):
                yield _Said(_heading("Comment", remark), remark)
            for reply in sorted(remark.replies.rows, key=_time_of):
                if self._is_shown(reply):
                    yield _Said(_heading("Reply", reply, remark), reply)

    def _is_shown(self, reply: Reply) -> bool:
        login = reply.login.lower()
        skipped = any(fnmatchcase(login, glob.lower()) for glob in self.skip_authors)
        return not (skipped or reply.is_minimized or reply.deleted_at)


def _time_of(reply: Reply) -> tuple[object, str]:
    return reply.created_at, reply.id


def _heading(kind: str, reply: Reply, to: Remark | None = None) -> str:
    """Says who speaks, to whom, and whether it is what the asker took for the answer."""
    by = f"by {who(reply.login, reply.author_association)} on {day(reply.created_at)}"
    if reply.is_answer:
        return f"Accepted answer {by}"
    return f"{kind} to {to.login} {by}" if to else f"{kind} {by}"


def _facts(discussion: Discussion, said: list[_Said]) -> str:
    by = who(discussion.login, discussion.author_association)
    opened = f"Discussion in {discussion.category.name} opened by {by} on"
    facts = [f"{opened} {day(discussion.created_at)}", _ending(discussion)]
    if discussion.category.is_answerable:
        facts.append(_answered(discussion, said))
    labels = discussion.labels.nodes if discussion.labels else None
    if names := [label.name for label in labels or () if label]:
        facts.append(f"Labels: {', '.join(names)}")
    return ". ".join(facts) + "."


def _answered(discussion: Discussion, said: list[_Said]) -> str:
    if discussion.answer_chosen_at is None:
        return "Unanswered: no answer was accepted"
    by = next((f" by {one.reply.login}" for one in said if one.reply.is_answer), "")
    return f"Answered{by}, accepted on {day(discussion.answer_chosen_at)}"


def _ending(discussion: Discussion) -> str:
    if not discussion.closed:
        return "Open"
    on = f" on {day(discussion.closed_at)}" if discussion.closed_at else ""
    return f"Closed{_as(discussion)}{on}"


def _status(discussion: Discussion) -> str:
    """Answered or not, where there can be an answer; why it was closed, if for another reason."""
    if discussion.closed and discussion.state_reason not in (None, "RESOLVED"):
        return f"closed{_as(discussion)}"
    if discussion.answer_chosen_at is not None:
        return "answered"
    if discussion.closed:
        return "closed"
    return "unanswered" if discussion.category.is_answerable else "open"


def _as(discussion: Discussion) -> str:
    reason = discussion.state_reason
    return f" as {reason.replace('_', ' ').lower()}" if reason else ""
