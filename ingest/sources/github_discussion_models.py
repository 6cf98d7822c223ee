"""What is kept of GitHub's discussions; names are GraphQL's, in Python's spelling."""

from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ingest.sources.github_models import GHOST

T = TypeVar("T")


class Node(BaseModel):
    """Any answer of GraphQL, or a part of one."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, validate_by_name=True
    )


class PageInfo(Node):
    """Whether a list goes on, and behind what."""

    has_next_page: bool
    end_cursor: str | None = None


class Connection(Node, Generic[T]):
    """A part of a list; None stands for what we may not see."""

    nodes: tuple[T | None, ...]
    page_info: PageInfo

    @property
    def rows(self) -> tuple[T, ...]:
        """Those that we may see."""
        return tuple(node for node in self.nodes if node is not None)

    @property
    def next(self) -> str | None:
        """Cursor of the part after this one; None after the last."""
        return self.page_info.end_cursor if self.page_info.has_next_page else None


class Actor(Node):
    """A person or a bot."""

    login: str
    kind: str = Field("User", alias="__typename")


class _Written(Node):
    id: str
    url: str
    body: str
    created_at: datetime
    author: Actor | None = None
    author_association: str = "NONE"

    @property
    def login(self) -> str:
        """Of who wrote it; a bot's as the rest of GitHub writes it."""
        if self.author is None:
            return GHOST
        return f"{self.author.login}[bot]" if self.author.kind == "Bot" else self.author.login


class Reply(_Written):
    """A reply to a comment."""

    updated_at: datetime
    is_answer: bool = False
    is_minimized: bool = False
    deleted_at: datetime | None = None


class Remark(Reply):
    """A comment on a discussion, with the replies to it."""

    replies: Connection[Reply]


class Category(Node):
    """A category of discussions; in some of them one comment can be the answer."""

    name: str
    is_answerable: bool = False


class Label(Node):
    """A label of a discussion."""

    name: str


class Labels(Node):
    """The labels of a discussion; more than are asked for are not missed."""

    nodes: tuple[Label | None, ...] | None = ()


class Discussion(_Written):
    """A discussion with its comments."""

    number: int
    title: str
    updated_at: datetime
    category: Category
    answer_chosen_at: datetime | None = None
    closed: bool = False
    closed_at: datetime | None = None
    state_reason: str | None = None
    labels: Labels | None = None
    comments: Connection[Remark]
