"""Google's Directory by its official client: the groups that somebody is directly in."""

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import google.auth.exceptions
import httplib2  # type: ignore[import-untyped]  # ships no types
from google.auth.credentials import AnonymousCredentials
from google.oauth2.service_account import Credentials
from google_auth_httplib2 import AuthorizedHttp  # type: ignore[import-untyped]  # ships no types
from googleapiclient.discovery import build  # type: ignore[import-untyped]  # ships no types
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]  # ships no types

from index.errors import ConfigError
from service.identity import addresses
from service.identity.settings import DirectorySettings, directory_key

SCOPES: Final = ("https://www.googleapis.com/auth/admin.directory.group.readonly",)
_PAGE: Final = 200  # the most that the API gives
_MAX_PAGES: Final = 50
_NOT_FOUND: Final = 404
_SERVER_ERROR: Final = 500
_OF_ONE_MEMBER: Final = frozenset({400, 403})
_FAILURES: Final = (
    google.auth.exceptions.GoogleAuthError,
    OSError,  # timeouts, resets and names that are not found
    http.client.HTTPException,
    httplib2.HttpLib2Error,
    ValueError,  # JSON and UTF-8 that end too soon
)


class DirectoryFailed(Exception):
    """No answer, or one that cannot be believed.

    Attributes:
        is_general: whether others would fail as well, as far as that can be known.
    """

    def __init__(self, message: str, *, is_general: bool = True) -> None:
        super().__init__(message)
        self.is_general = is_general


class DirectoryClient:
    """Asks Google; safe to use from many threads, each of which has its own connection."""

    def __init__(self, settings: DirectorySettings) -> None:
        """Nothing is sent yet.

        Raises:
            ConfigError: there is no key, or it is none of Google's.
        """
        self._settings = settings
        self._credentials = _credentials(settings)
        self._of_thread = threading.local()
        endpoint = settings.api_endpoint
        service: Any = build(
            "admin",
            "directory_v1",
            http=self._http(),
            static_discovery=True,  # the description in the package: nothing is fetched
            client_options={"api_endpoint": endpoint} if endpoint else {},
        )
        self._groups = service.groups()

    def groups(self, member: str) -> frozenset[str]:
        """The groups that a person or a group is directly in; none if Google does not know it.

        Raises:
            DirectoryFailed: Google did not say, or not all of it.
        """
        found: set[str] = set()
        token: str | None = None
        for _ in range(_MAX_PAGES):
            page = self._page(member, token)
            found |= _names(page)
            token = page.get("nextPageToken")
            if not token:
                return frozenset(found)
        raise DirectoryFailed("the pages of a list of groups have no end", is_general=False)

    def _page(self, member: str, token: str | None) -> Mapping[str, Any]:
        parameters: dict[str, Any] = {"userKey": member, "maxResults": _PAGE}
        if self._settings.domain:
            parameters["domain"] = self._settings.domain
        if token:
            parameters["pageToken"] = token
        try:
            return self._sent(parameters)
        except HttpError as error:
            status = int(error.resp.status)
            if status == _NOT_FOUND and not token:
                return {}
            said = f"Google answered {status} to groups.list"
            raise DirectoryFailed(said, is_general=status not in _OF_ONE_MEMBER) from error
        except _FAILURES as error:
            said = f"Google's Directory cannot be reached: {type(error).__name__}"
            raise DirectoryFailed(said) from error

    def _sent(self, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer; a failure on Google's side is tried once more, at once."""
        request = self._groups.list(**parameters)
        try:
            found = request.execute(http=self._http())
        except HttpError as error:
            if int(error.resp.status) < _SERVER_ERROR:
                raise
            found = request.execute(http=self._http())
        # The client gives JSON that ends too soon as a string, and says nothing.
        if not isinstance(found, dict):
            raise ValueError("no JSON object")
        return found

    def _http(self) -> object:
        found = getattr(self._of_thread, "http", None)
        if found is None:
            plain = httplib2.Http(timeout=self._settings.timeout_seconds)
            anonymous = isinstance(self._credentials, AnonymousCredentials)
            found = plain if anonymous else AuthorizedHttp(self._credentials, http=plain)
            self._of_thread.http = found
        return found

    def close(self) -> None:
        """Let go of this thread's connections."""
        if found := getattr(self._of_thread, "http", None):
            found.close()


def _names(page: Mapping[str, Any]) -> set[str]:
    rows = page.get("groups", [])
    try:
        return {addresses.name(row["email"]) for row in rows}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DirectoryFailed("Google's list of groups cannot be understood") from error


def _credentials(settings: DirectorySettings) -> Any:
    key = directory_key(settings)
    if key is None:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]  # typed in part only
    of_service: Callable[..., Any] = Credentials.from_service_account_info
    try:
        found = of_service(json.loads(key.get_secret_value()), scopes=SCOPES)
    except (ValueError, TypeError, AttributeError, google.auth.exceptions.GoogleAuthError):
        # The cause would repeat what it could not read.
        raise ConfigError(
            "service.auth.directory: the key is not the JSON key of a service account"
        ) from None
    return found.with_subject(settings.subject) if settings.subject else found
