import json
from typing import Any

import pytest

from service.github_events import GithubEvent, read_event

BOATS = {"repository": {"full_name": "Tallow/Boats"}}
OPENED = {"action": "opened", "repository": {"full_name": "Tallow/Boats"}}


def test_form_of_what_is_not_needed_does_not_matter() -> None:
    odd = {"repository": 7, "organization": [], "issue": "x", "changes": None, "ref": 1}
    event = read_event("issues", json.dumps(odd).encode())
    assert event == GithubEvent("issues", frozenset(), "")


def test_comment_on_a_pull_request_is_no_news_of_issues() -> None:
    body = {**OPENED, "issue": {"number": 1, "pull_request": {"url": "x"}}}
    event = read_event("issue_comment", json.dumps(body).encode())
    assert event is not None
    assert event.topic == "pull_requests"


def test_push_says_its_branch_and_whether_it_is_the_default() -> None:
    repository = {"full_name": "tallow/boats", "default_branch": "main"}
    events = [
        read_event("push", json.dumps({"ref": ref, "repository": repository}).encode())
        for ref in ("refs/heads/main", "refs/heads/fix/x", "refs/tags/v1")
    ]
    assert [(e.branch, e.is_default_branch) for e in events if e] == [
        ("main", True),
        ("fix/x", False),
        ("", False),
    ]


def test_event_of_an_organization_concerns_all_its_repositories() -> None:
    body = {"action": "member_added", "organization": {"login": "Tallow"}}
    event = read_event("organization", json.dumps(body).encode())
    assert event == GithubEvent("access", frozenset(), "tallow")


def test_renamed_and_moved_repositories_are_known_by_their_old_names_too() -> None:
    moved = {"owner": {"from": {"user": {"login": "Old"}}}}
    renamed = {"repository": {"name": {"from": "Ships"}}}
    names = [
        read_event("repository", json.dumps({**OPENED, "changes": changes}).encode())
        for changes in (moved, renamed)
    ]
    assert [event.repositories for event in names if event] == [
        {"tallow/boats", "old/boats"},
        {"tallow/boats", "tallow/ships"},
    ]


@pytest.mark.parametrize(
    ("name", "action", "revokes"),
    [
        ("member", "added", "nothing"),
        ("member", "removed", "rights"),
        ("member", "edited", "rights"),
        ("membership", "added", "nothing"),
        ("membership", "removed", "rights"),
        ("team", "created", "nothing"),
        ("team", "added_to_repository", "nothing"),
        ("team", "removed_from_repository", "rights"),
        ("team", "edited", "rights"),
        ("team", "deleted", "rights"),
        ("organization", "member_invited", "nothing"),
        ("organization", "member_removed", "rights"),
        ("organization", "deleted", "publicity"),
        ("repository", "publicized", "nothing"),
        ("repository", "archived", "nothing"),
        ("repository", "privatized", "publicity"),
        ("repository", "transferred", "publicity"),
        ("repository", "deleted", "publicity"),
        ("repository", "edited", "publicity"),
        ("repository", "an action of tomorrow", "publicity"),
        ("member", "an action of tomorrow", "rights"),
        ("member", "", "rights"),
    ],
)
def test_what_may_take_rights_away_is_known_by_its_action(
    name: str, action: str, revokes: str
) -> None:
    event = read_event(name, json.dumps({**BOATS, "action": action}).encode())
    assert event is not None
    assert event.revokes == revokes


@pytest.mark.parametrize("name", ["public", "team_add"])
def test_event_that_only_grants_needs_no_action(name: str) -> None:
    event = read_event(name, json.dumps(BOATS).encode())
    assert event is not None
    assert event.revokes == "nothing"


@pytest.mark.parametrize(
    ("changes", "revokes"),
    [
        ({"description": {"from": "x"}}, "nothing"),
        ({"default_branch": {"from": "x"}, "topics": {"from": []}}, "nothing"),
        ({"visibility": {"from": "public"}}, "publicity"),
        ({"description": {"from": "x"}, "visibility": {"from": "public"}}, "publicity"),
        (None, "publicity"),
    ],
)
def test_edited_repository_may_be_public_no_more_unless_only_its_description_was(
    changes: dict[str, Any] | None, revokes: str
) -> None:
    body = {**BOATS, "action": "edited", "changes": changes}
    event = read_event("repository", json.dumps(body).encode())
    assert event is not None
    assert event.revokes == revokes


def test_news_takes_nothing_away() -> None:
    event = read_event("issues", json.dumps({**BOATS, "action": "deleted"}).encode())
    assert event is not None
    assert event.revokes == "nothing"
