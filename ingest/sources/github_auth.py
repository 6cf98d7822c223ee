"""Credentials for GitHub: a token, or a GitHub App that is given short-lived ones."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import jwt

from ingest.errors import SourceRefused
from ingest.http import Authorization, Clock, HttpClient, Patience, SystemClock
from ingest.settings import GithubApp, GithubIssuesSettings
from ingest.sources.github_models import InstallationToken

API_HEADERS: Final = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
}
ENVIRONMENT: Final[Mapping[str, str]] = os.environ  # noqa: TID251 - config.yaml names the variable

_JWT_LIFE: Final = timedelta(minutes=9)  # GitHub takes at most ten
_CLOCK_DRIFT: Final = timedelta(minutes=1)
_RENEW_BEFORE: Final = timedelta(minutes=5)


def authorization(
    settings: GithubIssuesSettings,
    environment: Mapping[str, str],
    *,
    clock: Clock | None = None,
    patience: Patience | None = None,
) -> Authorization:
    """The configured credential.

    Raises:
        SourceRefused: the variable or the file that should hold it does not.
    """
    if settings.app is not None:
        key = _private_key(settings.app, environment)
        return AppToken(settings.app, key, settings.api_url, clock=clock, patience=patience)
    if settings.token_env is None:
        return Bearer("")
    token = environment.get(settings.token_env, "").strip()
    if not token:
        raise SourceRefused(
            f"the environment variable {settings.token_env} is not set: give it a GitHub token, "
            "or say `token_env: null` to read public repositories without one"
        )
    return Bearer(token)


class Bearer:
    """A credential that is used as it is; empty: none."""

    def __init__(self, token: str) -> None:
        self._token = token

    def header(self) -> str:
        """Value of the Authorization header."""
        return f"Bearer {self._token}" if self._token else ""

    def renew(self) -> bool:
        """Nobody but a person can renew it."""
        return False


class AppToken:
    """Tokens of an App's installation, each for an hour; renewed before it ends, also in a run."""

    def __init__(
        self,
        app: GithubApp,
        private_key: str,
        api_url: str,
        *,
        clock: Clock | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._app, self._private_key, self._api_url = app, private_key, api_url
        self._clock: Clock = clock or SystemClock()
        self._patience = patience or Patience()
        self._token = ""
        self._expires = 0.0

    def header(self) -> str:
        """Value of the Authorization header, with a token that lives for minutes yet."""
        if self._clock.now() >= self._expires - _RENEW_BEFORE.total_seconds():
            self._fetch()
        return f"Bearer {self._token}"

    def renew(self) -> bool:
        """GitHub ended the token before its time, which happens: ask for another."""
        self._fetch()
        return True

    def _fetch(self) -> None:
        path = f"app/installations/{self._app.installation_id}/access_tokens"
        signed = Bearer(self._signed())
        # The request that needs the token is tried again as a whole: not each part for itself.
        once = replace(self._patience, tries=1)
        with HttpClient(
            self._api_url, signed, headers=API_HEADERS, patience=once, clock=self._clock
        ) as client:
            given = client.post(path, InstallationToken.model_validate_json)
        self._token, self._expires = given.token, given.expires_at.timestamp()

    def _signed(self) -> str:
        now = int(self._clock.now())
        claims = {
            "iat": now - int(_CLOCK_DRIFT.total_seconds()),
            "exp": now + int(_JWT_LIFE.total_seconds()),
            "iss": str(self._app.app_id),
        }
        try:
            return jwt.encode(claims, self._private_key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            # The cause may quote the key: it is not chained.
            raise SourceRefused(
                f"the private key of GitHub App {self._app.app_id} is no RSA key in PEM form"
            ) from _without_details(error)


def _private_key(app: GithubApp, environment: Mapping[str, str]) -> str:
    if app.private_key_path is not None:
        try:
            return app.private_key_path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceRefused(f"cannot read private_key_path {app.private_key_path}") from error
    variable = app.private_key_env or ""
    # Keys are often kept on one line, with \n for the line ends.
    key = environment.get(variable, "").replace("\\n", "\n").strip()
    if not key:
        raise SourceRefused(
            f"the environment variable {variable} is not set: give it the App's private key"
        )
    return key


def _without_details(error: Exception) -> Exception:
    return ValueError(type(error).__name__)
