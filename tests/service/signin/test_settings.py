from typing import Any

import pytest
from pydantic import ValidationError

from service.identity.settings import AuthSettings
from service.identity.sign_in_settings import SignInSettings

GOOD = {"client_id": "pages", "redirect_url": "https://answers.example/auth/callback"}


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://answers.example/auth/callback", "https://answers.example"),
        ("https://Answers.Example:443/auth/callback", "https://answers.example"),
        ("https://answers.example:8443/auth/callback", "https://answers.example:8443"),
        ("http://localhost:8000/auth/callback", "http://localhost:8000"),
        ("http://[::1]:8000/auth/callback", "http://[::1]:8000"),
    ],
)
def test_our_origin_is_that_of_the_address_to_come_back_to(address: str, origin: str) -> None:
    assert SignInSettings.model_validate({**GOOD, "redirect_url": address}).origin == origin


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_url": "http://answers.example/auth/callback"},
        {"redirect_url": "http://127.0.0.1.evil.example/auth/callback"},
        {"redirect_url": "https://user@answers.example/auth/callback"},
        {"redirect_url": "https://answers.example/auth/callback?"},
        {"redirect_url": "https://answers.example/auth/callback#x"},
        {"redirect_url": "https://answers.example/callback"},
        {"redirect_url": "https:///auth/callback"},
        {"redirect_url": "https://answers.example:99999/auth/callback"},
        {"scopes": ["email"]},
        {"scopes": ["openid", "a b"]},
        {"client_id": ""},
        {"client_secret_env": "the secret itself"},
        {"cookie_name": "a b"},
        {"cookie_name": "a=b;"},
        {"session_hours": 0},
        {"idle_hours": -1},
        {"client_secret": "written down"},
    ],
)
def test_settings_that_would_open_the_door_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SignInSettings.model_validate({**GOOD, **wrong})


def test_signing_in_needs_a_provider() -> None:
    with pytest.raises(ValidationError, match="sign_in needs oidc"):
        AuthSettings.model_validate({"sign_in": GOOD, "keys": True})
