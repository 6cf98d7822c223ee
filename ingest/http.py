"""One client for REST sources: timeouts, bounded retries, rate limits, ETags, pages."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from types import TracebackType
from typing import Final, Generic, Protocol, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from ingest.errors import HttpRefused, RetryLater, SourceRefused
from ingest.limits import backoff, limit, limit_in_body, stated_wait

T = TypeVar("T")
Read = Callable[[bytes], T]
"""Makes a value of a body; raises ValueError if it is not what was asked for."""

_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_MAX_REDIRECTS: Final = 3
_USER_AGENT: Final = "answerable"


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        time.sleep(seconds)


class Authorization(Protocol):
    """A credential, which may be one that has to be renewed."""

    def header(self) -> str:
        """Value of the Authorization header; empty: none is sent."""
        ...

    def renew(self) -> bool:
        """After a 401: whether there is a new credential worth another try."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request is tried.

    Attributes:
        tries: attempts, the first included.
        total_seconds: a wait that would end later than this is not begun.
        request_seconds: silence after which an attempt has failed.
    """

    tries: int = 5
    total_seconds: float = 180.0
    request_seconds: float = 30.0


@dataclass(slots=True)
class Traffic:
    """What a client did so far; `not_modified` of its `requests` cost nothing."""

    requests: int = 0
    not_modified: int = 0
    retries: int = 0
    waited_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Fresh(Generic[T]):
    """An answer. `next` is the address of the next page, None on the last."""

    value: T
    etag: str
    next: str | None


@dataclass(frozen=True, slots=True)
class _Call(Generic[T]):
    method: str
    url: str
    read: Read[T]
    etag: str = ""
    body: bytes | None = None


class LimitInBody(Exception):
    """Raised by a `Read`: the answer looks like success, and says that a limit was reached."""


class HttpClient:
    """Asks one server, one request at a time, and nobody else: the credential stays there."""

    def __init__(
        self,
        base_url: str,
        authorization: Authorization,
        *,
        headers: dict[str, str] | None = None,
        patience: Patience | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Ask below `base_url`; addresses that the server gives must lie on the same host."""
        self._base = base_url.rstrip("/") + "/"
        self._authorization = authorization
        self._patience = patience or Patience()
        self._clock = clock or SystemClock()
        self._client = httpx.Client(
            timeout=self._patience.request_seconds,
            headers={"User-Agent": _USER_AGENT, **(headers or {})},
        )
        self.traffic = Traffic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str, read: Read[T]) -> Fresh[T]:
        """The answer at `path`, which may also be an address that the server gave.

        Raises:
            RetryLater: no answer after all tries, or the server asks for more time than there is.
            HttpRefused: the server says no to this request.
            SourceRefused: the credential is refused, or the server sends us to another host.
        """
        answer = self._patiently(_Call("GET", self._place(path), read))
        if answer is None:
            raise RetryLater(f"{_shown(path)} answered 304 though nothing was known of it")
        return answer

    def get_if_changed(self, path: str, read: Read[T], etag: str) -> Fresh[T] | None:
        """Like `get`; None when the answer is still the one that `etag` came with."""
        return self._patiently(_Call("GET", self._place(path), read, etag))

    def post(self, path: str, read: Read[T], body: bytes | None = None) -> T:
        """The answer to a POST of JSON, or of nothing; errors as for `get`.

        It is tried again like a GET: only what changes nothing, or may happen twice, is posted.
        """
        answer = self._patiently(_Call("POST", self._place(path), read, body=body))
        if answer is None:
            raise RetryLater(f"{_shown(path)} answered 304 to a POST")
        return answer.value

    def pages(self, path: str, read: Read[T]) -> Iterator[T]:
        """Each page from `path` on, by the addresses of the next that the server gives."""
        seen: set[str] = set()
        following: str | None = self._place(path)
        while following is not None:
            if following in seen:
                raise RetryLater(f"the pages of {_shown(path)} lead in a circle")
            seen.add(following)
            page = self.get(following, read)
            yield page.value
            following = page.next

    def _patiently(self, call: _Call[T]) -> Fresh[T] | None:
        began = self._clock.now()
        for tried in count(1):
            try:
                return self._once(call)
            except RetryLater as failure:
                asked = failure.after.total_seconds() if failure.after else None
                wait = backoff(tried) if asked is None else asked
                late = self._clock.now() - began + wait > self._patience.total_seconds
                if tried >= self._patience.tries or late:
                    raise
            self.traffic.retries += 1
            self.traffic.waited_seconds += wait
            self._clock.sleep(wait)
        raise AssertionError("unreachable: count() has no end")

    def _once(self, call: _Call[T]) -> Fresh[T] | None:
        response = self._followed(call)
        if response.status_code == 401 and self._authorization.renew():
            response = self._followed(call)
        if response.status_code == 304:
            self.traffic.not_modified += 1
            return None
        if not response.is_success:
            raise _problem(call, response, self._clock.now())
        try:
            value = call.read(response.content)
        except LimitInBody as error:
            said = f"{call.method} {_shown(call.url)} said in its answer: rate limit"
            wait = timedelta(seconds=limit_in_body(response, self._clock.now()))
            raise RetryLater(said, wait) from error
        except ValueError as error:
            # The body stays out of the message: it may hold what not everybody may read.
            said = f"{call.method} {_shown(call.url)} gave an answer that cannot be read"
            raise RetryLater(said) from error
        following = response.links.get("next", {}).get("url")
        place = self._place(following) if following else None
        return Fresh(value, response.headers.get("ETag", ""), place)

    def _followed(self, call: _Call[T]) -> httpx.Response:
        url = call.url
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._exchange(call, url)
            moved = response.status_code in _REDIRECTS and call.method == "GET"
            if not moved or "Location" not in response.headers:
                return response
            url = self._place(urljoin(url, response.headers["Location"]))
        raise RetryLater(f"{_shown(call.url)} is moved again and again")

    def _exchange(self, call: _Call[T], url: str) -> httpx.Response:
        headers = {"If-None-Match": call.etag} if call.etag else {}
        if credential := self._authorization.header():
            headers["Authorization"] = credential
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        self.traffic.requests += 1
        try:
            return self._client.request(call.method, url, headers=headers, content=call.body)
        except httpx.HTTPError as error:
            said = f"{call.method} {_shown(url)} failed: {type(error).__name__}"
            raise RetryLater(said) from error

    def _place(self, path: str) -> str:
        url = urljoin(self._base, path.lstrip("/")) if "://" not in path else path
        if _host(url) != _host(self._base):
            raise SourceRefused(
                f"{_host(self._base)} sends us to {_host(url)}; only the configured host is asked: "
                "check the address of the API in config.yaml"
            )
        return url


def _problem(call: _Call[T], response: httpx.Response, now: float) -> Exception:
    status = response.status_code
    what = f"{call.method} {_shown(call.url)} said {status} {response.reason_phrase}"
    if status == 401:
        return SourceRefused(f"{what}: the credential is missing, wrong or expired; renew it")
    if status in (403, 429) and (wait := limit(response, now)) is not None:
        return RetryLater(f"{what}: rate limit", timedelta(seconds=wait))
    if status in (408, 425) or status >= 500:
        return RetryLater(what, stated_wait(response, now))
    return HttpRefused(what, status)


def _shown(url: str) -> str:
    """The path alone: queries may hold secrets, and hosts are known."""
    return urlsplit(url).path


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
