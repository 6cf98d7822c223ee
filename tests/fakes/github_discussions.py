"""Discussions as GraphQL's nodes, with comments and replies as plain lists in them."""

from typing import Any

from tests.fakes.github_shapes import WEB, Json


def discussion(repository: str, given: Json) -> Json:
    """A discussion, from its number, its times and whatever else is known."""
    number = given["number"]
    url = f"{WEB}/{repository}/discussions/{number}"
    made = {
        "__typename": "Discussion",
        "id": f"D_{repository}_{number}",
        "url": url,
        "title": f"Discussion {number}",
        "body": "",
        "authorAssociation": "NONE",
        "closed": False,
        "closedAt": None,
        "stateReason": None,
        "answerChosenAt": None,
        "category": {"name": "Q&A", "isAnswerable": True},
        "labels": {"nodes": []},
        **given,
        "author": _actor(given.get("author")),
    }
    made["comments"] = [comment(url, row) for row in given.get("comments", [])]
    return made


def comment(url: str, given: Json) -> Json:
    """A comment or a reply, from its `databaseId`, its times and whatever else is known."""
    id_ = given["databaseId"]
    return {
        "__typename": "DiscussionComment",
        "id": f"DC_{id_}",
        "url": f"{url}#discussioncomment-{id_}",
        "body": "",
        "authorAssociation": "NONE",
        "updatedAt": given["createdAt"],
        "isAnswer": False,
        "isMinimized": False,
        "deletedAt": None,
        **given,
        "author": _actor(given.get("author")),
        "replies": [comment(url, row) for row in given.get("replies", [])],
    }


def _actor(given: str | Json | None) -> Json | None:
    fields: dict[str, Any] | None = {"login": given} if isinstance(given, str) else given
    return {"__typename": "User", **fields} if fields else None
