from typing import Any

import pytest
from pydantic import ValidationError

from ingest.settings import GithubIssuesSettings

APP = {"app_id": 1, "installation_id": 2}


def settings(**given: Any) -> GithubIssuesSettings:
    usual = {"kind": "github_issues", "repositories": ["acme/tool"]}
    return GithubIssuesSettings.model_validate({**usual, **given})


def test_public_github_is_asked_with_the_usual_token() -> None:
    read = settings()

    assert (read.api_url, read.token_env) == ("https://api.github.com", "GITHUB_TOKEN")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"repositories": []}, "at least 1"),
        ({"repositories": ["tool"]}, "match pattern"),
        ({"repositories": ["https://github.com/acme/tool"]}, "match pattern"),
        ({"repositories": ["acme/tool", "Acme/Tool"]}, "named twice"),
        ({"api_url": "https://user:secret@ghe.example/api/v3"}, "without user name"),
        ({"token_env": "ghp_not/a/name"}, "match pattern"),
        ({"public_readers": ["everybody"]}, "is no reader"),
        ({"full_sweep_days": 0}, "greater than or equal to 1"),
        ({"app": APP}, "private_key_env or private_key_path"),
        (
            {"app": {**APP, "private_key_env": "KEY", "private_key_path": "key.pem"}},
            "private_key_env or private_key_path",
        ),
        ({"token": "secret"}, "Extra inputs"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(**given)
