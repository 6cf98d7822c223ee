"""The running service, asked over HTTP because it has the index open."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import httpx

from index.errors import IndexLocked
from ingest.report import Progress
from service import errors
from service.asking import Unit
from service.gaps.schemas import Dismissed, Gap, GapList
from service.operator_schemas import Forgotten, Status, SyncOrder, SyncReports
from service.schemas import Answer, Document, Error, Hits

_SECONDS: Final = 30.0  # for an answer; a sync takes as long as it takes
_KNOWN: Final = {
    error.__name__: error
    for error in (
        errors.RequestError,
        errors.Unauthenticated,
        errors.Forbidden,
        errors.NotFound,
        errors.Busy,
        errors.BadQuestion,
        errors.NotReady,
        errors.NotRecorded,
    )
}


class ServiceFailed(errors.RequestError):
    """The service did not answer, or that something is wrong on its side."""

    status = 502


class RunningService:
    """A service that has announced its address in the data directory."""

    def __init__(self, locked: IndexLocked) -> None:
        """At the address that the holder of the lock gave.

        Raises:
            IndexLocked: it gave none.
        """
        if "url" not in locked.holder:
            raise locked
        self._locked = locked
        # It is on this machine: proxies of the environment have no business in between.
        token = locked.holder.get("token")
        self._client = httpx.Client(
            base_url=locked.holder["url"],
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> "RunningService":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, question: str) -> Answer:
        """An answer with citations, or a refusal."""
        return Answer.model_validate_json(
            self._call("POST", "/v1/ask", json={"question": question})
        )

    def search(self, query: str, limit: int, by: Unit) -> Hits:
        """A ranking."""
        wanted = {"q": query, "limit": limit, "by": by}
        return Hits.model_validate_json(self._call("GET", "/v1/search", params=wanted))

    def document(self, doc_id: str) -> Document:
        """A document with its text."""
        found = self._call("GET", f"/v1/documents/{quote(doc_id, safe='')}")
        return Document.model_validate_json(found)

    def gaps(self, since: datetime | None, min_count: int, limit: int) -> GapList:
        """What was asked and not answered well, grouped by meaning."""
        wanted = {"min_count": min_count, "limit": limit}
        after = {"since": since.isoformat()} if since else {}
        return GapList.model_validate_json(self._call("GET", "/v1/gaps", params=wanted | after))

    def gap(self, gap_id: str) -> Gap:
        """One of these."""
        return Gap.model_validate_json(self._call("GET", f"/v1/gaps/{quote(gap_id, safe='')}"))

    def dismiss_gap(self, gap_id: str) -> Dismissed:
        """It is listed no more."""
        path = f"/v1/gaps/{quote(gap_id, safe='')}/dismiss"
        return Dismissed.model_validate_json(self._call("POST", path))

    def status(self) -> Status:
        """The index and its sources as they stand."""
        return Status.model_validate_json(self._call("GET", "/v1/status"))

    def sync(self, order: SyncOrder, watch: Callable[[Progress], None]) -> SyncReports:
        """Runs over sources, carried out by the service; how far they are is not known here."""
        del watch
        body = self._call("POST", "/v1/sync", json=order.model_dump(), timeout=None)
        return SyncReports.model_validate_json(body)

    def forget(self, source: str) -> Forgotten:
        """Everything of a source is erased, by the service."""
        body = self._call("DELETE", f"/v1/sources/{quote(source, safe='')}", timeout=None)
        return Forgotten.model_validate_json(body)

    def _call(self, method: str, path: str, **request: Any) -> bytes:
        try:
            response = self._client.request(method, path, **request)
        except httpx.ConnectError:
            raise self._locked from None
        except httpx.HTTPError as error:
            url = self._client.base_url
            raise ServiceFailed(f"the service at {url} did not answer: {error}") from error
        if response.is_success:
            return response.content
        raise _refusal(response)


def _refusal(response: httpx.Response) -> Exception:
    try:
        said = Error.model_validate_json(response.content)
    except ValueError:
        return ServiceFailed(f"{response.url} answered {response.status_code}")
    if said.error in _KNOWN:
        return _KNOWN[said.error](said.detail)
    return ServiceFailed(f"the service: {said.detail}")
