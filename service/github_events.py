"""What GitHub's webhooks say, as far as it matters for knowing that a source has news."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ValidationError

from service.errors import RequestError

Topic = Literal["issues", "pull_requests", "discussions", "files", "access"]

TOPICS: Final[dict[str, Topic]] = {
    "issues": "issues",
    "issue_comment": "issues",
    "pull_request": "pull_requests",
    "discussion": "discussions",
    "discussion_comment": "discussions",
    "push": "files",
    "repository": "access",
    "public": "access",
    "member": "access",
    "membership": "access",
    "team": "access",
    "team_add": "access",
    "organization": "access",
}
"""Events that concern what we read; every other one is received and ignored."""

Revokes = Literal["nothing", "rights", "publicity"]
"""What an event takes away: from nobody anything; from some people their right; or perhaps from
everybody what was public."""

_GRANTING: Final[dict[str, frozenset[str]]] = {
    "public": frozenset({""}),
    "team_add": frozenset({""}),
    "member": frozenset({"added"}),
    "membership": frozenset({"added"}),
    "team": frozenset({"created", "added_to_repository"}),
    "organization": frozenset({"member_added", "member_invited", "renamed"}),
    "repository": frozenset({"created", "archived", "unarchived", "publicized", "renamed"}),
}
"""Actions after which nobody may see less than before; every other one, known or not, revokes."""

_DESCRIBING: Final = frozenset({"description", "homepage", "default_branch", "topics"})
"""What of a repository may be edited without a change of who may see it."""

_BRANCH: Final = "refs/heads/"


@dataclass(frozen=True, slots=True)
class GithubEvent:
    """Something happened.

    Attributes:
        topic: what it concerns.
        repositories: `owner/name` in lower case, under each name it may be known by; empty: the
            event concerns all repositories of `owner`.
        owner: login in lower case.
        branch: that was pushed to; empty: none was.
        is_default_branch: whether it is the one that GitHub shows first.
        revokes: what it takes away.
    """

    topic: Topic
    repositories: frozenset[str]
    owner: str
    branch: str = ""
    is_default_branch: bool = False
    revokes: Revokes = "nothing"


# GitHub adds and leaves out keys as it likes: whatever has another form than expected is read as
# if it were not there. A sync that is woken in vain costs little.
def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


_Text = Annotated[str, BeforeValidator(_text)]
_Mapping = Annotated[dict[str, Any], BeforeValidator(_mapping)]


class _Owner(BaseModel):
    login: _Text = ""


class _Repository(BaseModel):
    full_name: _Text = ""
    default_branch: _Text = ""


class _Body(BaseModel):
    action: _Text = ""
    ref: _Text = ""
    repository: Annotated[_Repository, BeforeValidator(_mapping)] = _Repository()
    organization: Annotated[_Owner, BeforeValidator(_mapping)] = _Owner()
    issue: _Mapping = {}
    changes: _Mapping = {}


def read_event(name: str, raw: bytes) -> GithubEvent | None:
    """The event in a body whose signature holds; None: it is none of those that matter.

    Args:
        name: the header X-GitHub-Event.
        raw: the body.

    Raises:
        RequestError: it is no JSON object.
    """
    try:
        body = _Body.model_validate_json(raw)
    except ValidationError:
        raise RequestError(
            "the body is no JSON object; set the content type of the webhook to application/json"
        ) from None
    topic = TOPICS.get(name)
    if topic is None:
        return None
    if topic == "issues" and body.issue.get("pull_request"):
        topic = "pull_requests"
    repositories = frozenset(full.lower() for full in _names(body) if all(full.partition("/")))
    owner = body.repository.full_name.partition("/")[0] or body.organization.login
    branch = body.ref.removeprefix(_BRANCH) if body.ref.startswith(_BRANCH) else ""
    return GithubEvent(
        topic=topic,
        repositories=repositories,
        owner=owner.lower(),
        branch=branch,
        is_default_branch=bool(branch) and branch == body.repository.default_branch,
        revokes=_revoked(name, body) if topic == "access" else "nothing",
    )


def _revoked(name: str, body: _Body) -> Revokes:
    if body.action in _GRANTING.get(name, ()):
        return "nothing"
    if name == "repository":
        changed = body.changes.keys()
        is_description = body.action == "edited" and bool(changed) and changed <= _DESCRIBING
        return "nothing" if is_description else "publicity"
    is_end = (name, body.action) == ("organization", "deleted")
    return "publicity" if is_end else "rights"


def _names(body: _Body) -> Iterator[str]:
    """The repository's name now, the one it had, and that of where an issue went."""
    full_name, changes = body.repository.full_name, body.changes
    owner, _, name = full_name.partition("/")
    yield full_name
    old_name = _mapping(_mapping(changes.get("repository")).get("name")).get("from")
    yield f"{owner}/{_text(old_name) or name}"
    old_owner = _mapping(_mapping(changes.get("owner")).get("from"))
    for kind in ("user", "organization"):
        if login := _text(_mapping(old_owner.get(kind)).get("login")):
            yield f"{login}/{name}"
    yield _text(_mapping(changes.get("new_repository")).get("full_name"))
