"""The official client of Drive and Docs, with limits on rate, tries and waiting."""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol, TypeVar

import google.auth.exceptions
import httplib2  # type: ignore[import-untyped]  # ships no types
from google.auth.credentials import AnonymousCredentials
from google.oauth2.credentials import Credentials as UserCredentials
from google.oauth2.service_account import Credentials as ServiceCredentials
from google_auth_httplib2 import AuthorizedHttp  # type: ignore[import-untyped]  # ships no types
from googleapiclient.discovery import build  # type: ignore[import-untyped]  # ships no types
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]  # ships no types

from ingest.errors import IngestError, RetryLater, SourceRefused
from ingest.google_settings import GoogleDocsSettings
from ingest.shapes import Json
from ingest.sources.google_errors import sorted_out
from ingest.sources.google_key import read_key

SCOPES: Final = (
    "https://www.googleapis.com/auth/drive.readonly",
    "https://www.googleapis.com/auth/documents.readonly",
)
_DRIVE_RESOURCES: Final = ("changes", "channels", "drives", "files", "permissions")
_LONGEST_STEP_SECONDS: Final = 32.0
_MINUTE_SECONDS: Final = 60.0
_FAILURES: Final = (
    HttpError,
    google.auth.exceptions.GoogleAuthError,
    OSError,  # timeouts, resets and names that are not found
    http.client.HTTPException,
    httplib2.HttpLib2Error,
    ValueError,  # JSON and UTF-8 that end too soon
)
Parameter = str | int | bool | Json
Answer = TypeVar("Answer")


class Request(Protocol):
    """A prepared request of the client's."""

    def execute(self, http: object, num_retries: int = 0) -> Any:
        """Send it."""
        ...


@dataclass(slots=True)
class Pace:
    """Keeps requests apart; several threads share one."""

    per_minute: int
    waiting: Callable[[float], None]
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: float = 0.0

    def wait(self) -> None:
        """Return when the next request may be sent."""
        if not self.per_minute:
            return
        with self._lock:
            now = self.clock()
            due = max(self._next, now)
            self._next = due + _MINUTE_SECONDS / self.per_minute
        if due > now:
            self.waiting(due - now)


class GoogleClient:
    """Sends requests to Drive and Docs, and gives JSON or an error of ours.

    Every method raises SourceRefused (credentials), RetryLater (after all tries) or Denied.

    Attributes:
        counters: `requests` that were sent, and `retries` among them.
    """

    def __init__(
        self, settings: GoogleDocsSettings, waiting: Callable[[float], None] = time.sleep
    ) -> None:
        """Connect lazily: nothing is sent yet.

        Raises:
            SourceRefused: there is no key, or it is none of Google's.
        """
        self._settings = settings
        self._waiting = waiting
        self._credentials = _credentials(settings)
        self._drive_pace = Pace(settings.drive_requests_per_minute, waiting)
        self._docs_pace = Pace(settings.docs_requests_per_minute, waiting)
        # httplib2 is not safe across threads.
        self._of_thread = threading.local()
        endpoint = settings.api_endpoint
        drive = self._build("drive", "v3", f"{endpoint}/drive/v3/" if endpoint else None)
        docs = self._build("docs", "v1", endpoint)
        # Kept, since the client makes their methods anew each time that it is asked for one.
        self._resources: dict[str, Any] = {
            **{name: getattr(drive, name)() for name in _DRIVE_RESOURCES},
            "documents": docs.documents(),
        }
        self.counters: Counter[str] = Counter()

    def drive(self, resource: str, method: str, **parameters: Parameter) -> Json:
        """One call of Drive: `drive("files", "list", q=…)`."""
        return self._call(self._drive_pace, (resource, method), parameters, _json)

    def stop(self, channel_id: str, resource_id: str) -> None:
        """Close a push channel."""
        body: Json = {"id": channel_id, "resourceId": resource_id}
        self._call(self._drive_pace, ("channels", "stop"), {"body": body}, _nothing)

    def document(self, file_id: str) -> Json:
        """A document with all tabs; what is only suggested is left out."""
        parameters: dict[str, Parameter] = {
            "documentId": file_id,
            "includeTabsContent": True,
            "suggestionsViewMode": "PREVIEW_WITHOUT_SUGGESTIONS",
        }
        return self._call(self._docs_pace, ("documents", "get"), parameters, _json)

    def export(self, file_id: str, mime_type: str) -> str:
        """A document in another format; Google gives at most 10 MB."""
        parameters: dict[str, Parameter] = {"fileId": file_id, "mimeType": mime_type}
        return self._call(self._drive_pace, ("files", "export"), parameters, _text)

    def close(self) -> None:
        """Let go of this thread's connections."""
        if http := getattr(self._of_thread, "http", None):
            http.close()

    def _build(self, api: str, version: str, endpoint: str | None) -> Any:
        options = {"api_endpoint": endpoint} if endpoint else {}
        return build(
            api,
            version,
            http=self._http(),
            static_discovery=True,  # the description in the package: nothing is fetched
            client_options=options,
        )

    def _http(self) -> object:
        found = getattr(self._of_thread, "http", None)
        if found is None:
            plain = httplib2.Http(timeout=self._settings.timeout_seconds)
            anonymous = isinstance(self._credentials, AnonymousCredentials)
            found = plain if anonymous else AuthorizedHttp(self._credentials, http=plain)
            self._of_thread.http = found
        return found

    def _call(
        self,
        pace: Pace,
        name: tuple[str, str],
        parameters: Mapping[str, Parameter],
        read: Callable[[object], Answer],
    ) -> Answer:
        resource, method = name
        what = f"{resource}.{method}"
        if item := parameters.get("fileId") or parameters.get("documentId"):
            what += f" of {item!r}"
        waited = 0.0
        for attempt in range(self._settings.num_retries + 1):
            request: Request = getattr(self._resources[resource], method)(**parameters)
            pace.wait()
            self.counters["requests"] += 1
            try:
                return read(request.execute(http=self._http()))
            except _FAILURES as error:
                failure = _failure(error, what)
                cause = error
            if not isinstance(failure, RetryLater):
                raise failure from cause
            pause = _pause(failure.after, attempt)
            is_last = attempt == self._settings.num_retries
            if is_last or waited + pause > self._settings.max_wait_seconds:
                raise failure from cause
            self.counters["retries"] += 1
            self._waiting(pause)
            waited += pause
        raise AssertionError("unreachable")


def _pause(asked: timedelta | None, attempt: int) -> float:
    """What Google asks for, else twice as long each time, spread so that nobody keeps step."""
    if asked is not None:
        return asked.total_seconds()
    step: float = min(2.0**attempt, _LONGEST_STEP_SECONDS)
    return step * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing


def _failure(error: Exception, what: str) -> IngestError:
    match error:
        case HttpError():
            return sorted_out(error, what)
        case google.auth.exceptions.TransportError():
            return RetryLater(f"Google's sign-in cannot be reached for {what}")
        case google.auth.exceptions.GoogleAuthError() if error.retryable:
            return RetryLater(f"Google's sign-in failed for {what}")
        case google.auth.exceptions.GoogleAuthError():
            return SourceRefused("Google does not accept the key; check it, and `subject`")
        case ValueError():
            return RetryLater(f"Google's answer to {what} was cut short")
        case _:
            return RetryLater(f"Google cannot be reached for {what}: {type(error).__name__}")


def _json(found: object) -> Json:
    # The client gives JSON that ends too soon as a string, and says nothing. Taken for an empty
    # list it would delete what is indexed.
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def _nothing(_: object) -> None:
    """For calls that give no answer: the client does not read them as JSON."""


def _text(found: object) -> str:
    text = found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)
    return text.removeprefix("\ufeff")


def _credentials(settings: GoogleDocsSettings) -> Any:
    key = read_key(settings)
    if key is None:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]  # typed in part only
    # The library is typed in part only.
    of_user: Callable[..., Any] = UserCredentials.from_authorized_user_info
    of_service: Callable[..., Any] = ServiceCredentials.from_service_account_info
    try:
        if key.get("type") == "authorized_user":
            return of_user(key, scopes=SCOPES)
        found = of_service(key, scopes=SCOPES)
    except (ValueError, google.auth.exceptions.GoogleAuthError) as error:
        raise SourceRefused(
            "the key is neither one of a service account nor of an authorized user"
        ) from error
    return found.with_subject(settings.subject) if settings.subject else found
