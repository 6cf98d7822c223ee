"""GitHub's objects with every field that its OpenAPI description requires."""

from typing import Any
from zlib import crc32

Json = dict[str, Any]

API = "https://api.github.com"
WEB = "https://github.com"
_USER_LINKS = (
    *("followers", "following", "gists", "starred", "subscriptions"),
    *("organizations", "repos", "events", "received_events"),
)
_REPOSITORY_LINKS = (
    *("archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits"),
    *("compare", "contents", "contributors", "deployments", "downloads", "events", "forks"),
    *("git_commits", "git_refs", "git_tags", "hooks", "issue_comment", "issue_events", "issues"),
    *("keys", "labels", "languages", "merges", "milestones", "notifications", "pulls", "releases"),
    *("stargazers", "statuses", "subscribers", "subscription", "tags", "teams", "trees"),
)
_REPOSITORY_COUNTS = (
    *("forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count"),
    *("watchers", "watchers_count", "network_count", "subscribers_count"),
)
_PULL = {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True}


def number_of(text: str) -> int:
    """A number that stays the same for the same text."""
    return crc32(text.encode()) & 0x7FFFFFFF


def account(given: str | Json, kind: str = "User") -> Json:
    """A user, from a login or from some of its fields."""
    fields: Json = {"login": given} if isinstance(given, str) else given
    login = fields["login"]
    url = f"{API}/users/{login}"
    return {
        "id": number_of(login),
        "node_id": f"U_{number_of(login)}",
        "avatar_url": f"{WEB}/{login}.png",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{WEB}/{login}",
        "type": kind,
        "site_admin": False,
        **{f"{name}_url": f"{url}/{name}" for name in _USER_LINKS},
        **fields,
    }


def issue(repository: str, given: Json) -> Json:
    """An issue, from its number and whatever else is known."""
    number = given["number"]
    url = f"{API}/repos/{repository}/issues/{number}"
    plain = {
        "id": number_of(f"{repository}#{number}"),
        "node_id": f"I_{number}",
        "url": url,
        "repository_url": f"{API}/repos/{repository}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{WEB}/{repository}/issues/{number}",
        "title": f"Issue {number}",
        "state": "open",
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": 0,
        "labels": [],
        "closed_at": None,
        "body": None,
        "author_association": "NONE",
        "performed_via_github_app": None,
    }
    made = {**plain, **given, "user": account(given.get("user") or "ghost")}
    made["assignees"] = [account(person) for person in made["assignees"] or []]
    if "pull_request" in made:
        pull = made["html_url"].replace("/issues/", "/pull/")
        made["pull_request"] = {
            "url": f"{API}/repos/{repository}/pulls/{number}",
            "html_url": pull,
            "diff_url": f"{pull}.diff",
            "patch_url": f"{pull}.patch",
            **made["pull_request"],
        }
    return made


def comment(repository: str, given: Json) -> Json:
    """A comment, from its id, its `issue_url` and whatever else is known."""
    number = given["issue_url"].rpartition("/")[2]
    plain = {
        "node_id": f"IC_{given['id']}",
        "url": f"{API}/repos/{repository}/issues/comments/{given['id']}",
        "html_url": f"{WEB}/{repository}/issues/{number}#issuecomment-{given['id']}",
        "body": "",
        "author_association": "NONE",
        "performed_via_github_app": None,
    }
    return {**plain, **given, "user": account(given.get("user") or "ghost")}


def repository(owner: str, name: str, given: Json) -> Json:
    """A repository, public unless something else is known."""
    full_name = f"{owner}/{name}"
    url, web = f"{API}/repos/{full_name}", f"{WEB}/{full_name}"
    times = dict.fromkeys(("created_at", "updated_at", "pushed_at"), "2020-01-01T00:00:00Z")
    unset = dict.fromkeys(("description", "homepage", "language", "license", "mirror_url"))
    off = ("fork", "private", "archived", "disabled", "has_projects", "has_wiki", "has_pages")
    return {
        "id": number_of(full_name),
        "node_id": f"R_{number_of(full_name)}",
        "name": name,
        "full_name": full_name,
        "owner": account(owner, "Organization"),
        "html_url": web,
        "url": url,
        "clone_url": f"{web}.git",
        "git_url": f"git://github.com/{full_name}.git",
        "ssh_url": f"git@github.com:{full_name}.git",
        "svn_url": web,
        "default_branch": "main",
        "visibility": "public",
        "has_issues": True,
        "has_discussions": False,
        **{f"{link}_url": f"{url}/{link}" for link in _REPOSITORY_LINKS},
        **dict.fromkeys(_REPOSITORY_COUNTS, 0),
        **dict.fromkeys(off, False),
        **times,
        **unset,
        **given,
    }


def collaborator(given: str | Json) -> Json:
    """A person with the right to read, unless more is known."""
    return {"permissions": _PULL, "role_name": "read", **account(given)}


def team(owner: str, given: str | Json) -> Json:
    """A team with the right to read, unless more is known."""
    fields: Json = {"slug": given} if isinstance(given, str) else given
    slug = fields["slug"]
    url = f"{API}/organizations/{number_of(owner)}/team/{number_of(slug)}"
    return {
        "id": number_of(slug),
        "node_id": f"T_{number_of(slug)}",
        "name": slug,
        "description": None,
        "permission": "pull",
        "permissions": _PULL,
        "url": url,
        "html_url": f"{WEB}/orgs/{owner}/teams/{slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": number_of(owner),
        "parent": None,
        **fields,
    }
