"""What is kept of GitHub's answers; the rest of them may change without our noticing."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

MAINTAINERS: Final = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
GHOST: Final = "ghost"
"""Whose account was deleted; GitHub shows their texts under this name."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Account(_Answer):
    """A person, a bot, or an organization."""

    login: str


class Label(_Answer):
    """A label of an issue."""

    name: str | None = None


class Milestone(_Answer):
    """A milestone of an issue."""

    title: str


class PullRequest(_Answer):
    """What makes an issue a pull request."""

    merged_at: datetime | None = None


class Issue(_Answer):
    """An issue or a pull request, without its comments."""

    id: int
    number: int
    title: str
    html_url: str
    created_at: datetime
    updated_at: datetime
    state: str
    state_reason: str | None = None
    closed_at: datetime | None = None
    body: str | None = None
    user: Account | None = None
    author_association: str = "NONE"
    labels: tuple[Label | str, ...] = ()
    milestone: Milestone | None = None
    assignees: tuple[Account, ...] | None = ()
    pull_request: PullRequest | None = None
    comments: int = 0

    @property
    def author(self) -> str:
        """Login of who opened it."""
        return self.user.login if self.user else GHOST


class Minimized(_Answer):
    """Why a comment was hidden by a maintainer."""

    reason: str | None = None


class Comment(_Answer):
    """A comment on an issue or a pull request."""

    id: int
    issue_url: str
    html_url: str
    created_at: datetime
    updated_at: datetime
    body: str | None = None
    user: Account | None = None
    author_association: str = "NONE"
    minimized: Minimized | None = None

    @property
    def author(self) -> str:
        """Login of who wrote it."""
        return self.user.login if self.user else GHOST

    @property
    def number(self) -> int:
        """The number of its issue."""
        return int(self.issue_url.rpartition("/")[2])


class Repository(_Answer):
    """A repository; `id` stays when it is renamed or given away."""

    id: int
    full_name: str
    owner: Account
    private: bool = True
    visibility: str | None = None
    has_issues: bool = True
    has_discussions: bool = True


class Permissions(_Answer):
    """Rights in one repository."""

    pull: bool = False


class Collaborator(_Answer):
    """A person with rights in a repository, given directly or by a team."""

    login: str
    permissions: Permissions | None = None


class Team(_Answer):
    """A team with rights in a repository."""

    slug: str
    permissions: Permissions | None = None


class InstallationToken(_Answer):
    """A token of a GitHub App, of whatever length and form."""

    token: str
    expires_at: datetime


ISSUES: Final = TypeAdapter(tuple[Issue, ...])
COMMENTS: Final = TypeAdapter(tuple[Comment, ...])
COLLABORATORS: Final = TypeAdapter(tuple[Collaborator, ...])
TEAMS: Final = TypeAdapter(tuple[Team, ...])
