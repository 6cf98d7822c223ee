from dataclasses import dataclass

import pytest

from ingest.concerned import concerned
from ingest.settings import IngestSettings

SOURCES = IngestSettings.model_validate(
    {
        "sources": {
            "issues": {"kind": "github_issues", "repositories": ["Tallow/Boats", "tallow/site"]},
            "reviews": {
                "kind": "github_issues",
                "repositories": ["tallow/boats"],
                "pull_requests": True,
                "discussions": True,
            },
            "docs": {"kind": "docs_repo", "git": "git@github.com:Tallow/Boats.git"},
            "next": {
                "kind": "docs_repo",
                "git": "https://github.com/tallow/boats",
                "branch": "next",
            },
            "mirror": {
                "kind": "docs_repo",
                "git": "ssh://git@mirror.example/copies/7",
                "web_url": "https://github.com/tallow/boats/",
            },
            "folder": {"kind": "docs_repo", "path": "tallow/boats"},
            "drive": {"kind": "google_docs"},
        }
    }
).sources


@dataclass
class Happened:
    topic: str
    repositories: frozenset[str] = frozenset({"tallow/boats"})
    owner: str = "tallow"
    branch: str = ""
    is_default_branch: bool = False


@pytest.mark.parametrize(
    ("event", "names"),
    [
        (Happened("issues"), ["issues", "reviews"]),
        (Happened("issues", frozenset({"tallow/site"})), ["issues"]),
        (Happened("issues", frozenset({"tallow/other"})), []),
        (Happened("pull_requests"), ["reviews"]),
        (Happened("discussions"), ["reviews"]),
        (Happened("access"), ["issues", "reviews"]),
        (Happened("access", frozenset()), ["issues", "reviews"]),
        (Happened("access", frozenset(), "somebody"), []),
        (Happened("access", frozenset(), ""), ["issues", "reviews"]),
        (Happened("files", branch="main", is_default_branch=True), ["docs", "mirror"]),
        (Happened("files", branch="next"), ["next"]),
        (Happened("files", branch="fix"), []),
        (Happened("files", frozenset({"a/b"}), branch="main", is_default_branch=True), []),
    ],
)
def test_event_concerns_what_is_read_of_its_repository(event: Happened, names: list[str]) -> None:
    assert concerned(SOURCES, event) == names
