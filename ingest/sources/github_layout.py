"""An issue with its comments -> one document, in which each comment is a section of its own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Final

from index.types import CLOSING_COMMENT, Block, DocId, Document, Revision, Section, Span
from ingest.markup import parse
from ingest.sources.github_mirror import Stored
from ingest.sources.github_models import GHOST, MAINTAINERS, Comment, Issue, Label

LAYOUT: Final = "1"
"""Raised when the same issue makes another document: its documents are then written anew."""

_REASONS: Final = {"completed": "as completed", "not_planned": "as not planned"}
# "Close with comment" writes both in one request; their times differ by a second or two.
_CLOSES_WITHIN: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document belongs."""

    source: str
    doc_id: DocId
    readers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Layout:
    """How issues are laid out; `skip_authors` are globs of logins whose comments are left out."""

    skip_authors: tuple[str, ...] = ()

    def revision(self, stored: Stored, readers: frozenset[str]) -> Revision:
        """Of all that the document is made of."""
        digest = hashlib.sha256()
        for part in (LAYOUT, *self.skip_authors, *sorted(readers), stored.issue, *stored.comments):
            digest.update(part.encode())
            digest.update(b"\0")
        return Revision(digest.hexdigest()[:32])

    def document(self, stored: Stored, place: Place) -> Document:
        """The issue as a document."""
        issue = Issue.model_validate_json(stored.issue)
        comments = [Comment.model_validate_json(body) for body in stored.comments]
        comments = sorted(filter(self._is_shown, comments), key=lambda c: (c.created_at, c.id))
        text, sections = _composed(issue, comments)
        authors = dict.fromkeys([issue.author, *(comment.author for comment in comments)])
        return Document(
            doc_id=place.doc_id,
            source=place.source,
            title=_title(issue),
            url=issue.html_url,
            text=text,
            markup="markdown",
            sections=sections,
            readers=place.readers,
            revision=self.revision(stored, place.readers),
            created_at=issue.created_at,
            updated_at=max([issue.updated_at, *(comment.updated_at for comment in comments)]),
            authors=tuple(authors),
            status=_status(issue),
        )

    def _is_shown(self, comment: Comment) -> bool:
        login = comment.author.lower()
        skipped = any(fnmatchcase(login, glob.lower()) for glob in self.skip_authors)
        return comment.minimized is None and not skipped


class Composer:
    """Text that grows piece by piece, with the sections that cover it."""

    def __init__(self, title: str) -> None:
        """Begin a document; what is added under the title itself has no second heading."""
        self._title = title
        self._text = ""
        self._sections: list[Section] = []

    def add(self, heading: str, body: str, url: str, anchor: str, facts: str = "") -> None:
        """A heading with what is written under it; headings in the body stay below this one.

        `facts` come first, as metadata: they can be searched, but answer nothing by themselves.
        """
        begin = len(self._text)
        path = (self._title,) if heading == self._title else (self._title, heading)
        line = f"{'#' * len(path)} {heading}\n"
        # The body begins with an empty line: nothing in it is then taken for front matter.
        written = "\n\n".join(part for part in (facts, body) if part)
        rest = f"\n{written}\n\n" if written else "\n"
        parsed = parse(rest, "markdown", name=heading).sections
        self._text += line + rest
        at = begin + len(line)
        own = Block("heading", Span(begin, at - 1))
        first = parsed[0] if not parsed[0].headings else None
        opened = Span(begin, at + (first.span.end if first else parsed[0].span.start))
        blocks = [own, *(_moved(block, at) for block in (first.blocks if first else ()))]
        if facts:
            blocks[1] = replace(blocks[1], kind="metadata")
        self._sections.append(Section(path, opened, url, anchor, tuple(blocks)))
        for section in parsed[1:] if first else parsed:
            span = Span(at + section.span.start, at + section.span.end)
            inner = tuple(_moved(block, at) for block in section.blocks)
            names = tuple(name for name in section.headings if name)
            self._sections.append(Section((*path, *names), span, url, anchor, inner))

    def done(self) -> tuple[str, tuple[Section, ...]]:
        """The text and its sections, which partition it."""
        return self._text, tuple(self._sections)


def _composed(issue: Issue, comments: Sequence[Comment]) -> tuple[str, tuple[Section, ...]]:
    title = _title(issue)
    composer = Composer(title)
    composer.add(title, lines(issue.body), issue.html_url, "", _facts(issue))
    for comment in comments:
        anchor = f"issuecomment-{comment.id}"
        body = lines(comment.body)
        composer.add(_heading(issue, comment), body, comment.html_url, anchor)
    return composer.done()


def _heading(issue: Issue, comment: Comment) -> str:
    """Says who speaks: what a maintainer wrote when closing counts for more."""
    is_maintainer = comment.author_association in MAINTAINERS
    closed = issue.closed_at
    closes = closed is not None and abs(closed - comment.created_at) <= _CLOSES_WITHIN
    kind = CLOSING_COMMENT if is_maintainer and closes else "Comment by"
    by = who(comment.author, comment.author_association)
    return f"{kind} {by} on {day(comment.created_at)}"


def _facts(issue: Issue) -> str:
    kind = "Issue" if issue.pull_request is None else "Pull request"
    by = who(issue.author, issue.author_association)
    facts = [f"{kind} opened by {by} on {day(issue.created_at)}", _ending(issue)]
    if labels := [name for label in issue.labels if (name := _label(label))]:
        facts.append(f"Labels: {', '.join(labels)}")
    if issue.milestone:
        facts.append(f"Milestone: {issue.milestone.title}")
    if issue.assignees:
        facts.append(f"Assigned to {', '.join(account.login for account in issue.assignees)}")
    return ". ".join(facts) + "."


def _ending(issue: Issue) -> str:
    if issue.state != "closed":
        return "Open"
    if merged := _merged_at(issue):
        return f"Merged on {day(merged)}"
    how = _REASONS.get(issue.state_reason or "", f"as {issue.state_reason}")
    said = f"Closed {how}" if issue.state_reason else "Closed"
    return f"{said} on {day(issue.closed_at)}" if issue.closed_at else said


def _status(issue: Issue) -> str:
    if issue.state != "closed":
        return issue.state
    if _merged_at(issue):
        return "merged"
    if issue.state_reason in (None, "completed"):
        return "closed"
    return f"closed as {(issue.state_reason or '').replace('_', ' ')}"


def _merged_at(issue: Issue) -> datetime | None:
    return issue.pull_request.merged_at if issue.pull_request else None


def _title(issue: Issue) -> str:
    return f"{' '.join(issue.title.split()) or 'Untitled'} (#{issue.number})"


def who(login: str, association: str) -> str:
    """The author, with what they are to the repository if that gives them weight."""
    if association in MAINTAINERS and login != GHOST:
        return f"{login} ({association.lower()})"
    return login


def _label(label: Label | str) -> str:
    return label if isinstance(label, str) else label.name or ""


def day(time: datetime) -> str:
    """The day as it is written in headings."""
    return time.date().isoformat()


def lines(body: str | None) -> str:
    """The body with plain line ends: the API mixes both kinds."""
    return (body or "").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip("\n")


def _moved(block: Block, by: int) -> Block:
    span = Span(block.span.start + by, block.span.end + by)
    return Block(block.kind, span, tuple(_moved(child, by) for child in block.children))
