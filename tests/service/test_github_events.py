import json

from service.github_events import GithubEvent, read_event

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
