"""The endpoints: each parses, calls, and shapes; what happens is in `asking` and `operations`."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor

from index.access import visible_to
from service import operator_schemas, recording, schemas
from service.errors import (
    Busy,
    Forbidden,
    NotFound,
    NotReady,
    NotRecorded,
    RequestError,
    TooManyRequests,
    Unauthenticated,
)
from service.gate import Admission, Gate, require_operator
from service.identity.types import Caller, Identity
from service.parts import Parts
from service.webhooks import Delivery

MAX_WEBHOOK_BYTES: Final = 5 * 1024 * 1024  # a push of many commits is large


_Refusals = dict[int | str, dict[str, object]]


def _refusal(status: int, why: str | None) -> _Refusals:
    return {status: {"model": schemas.Error, "description": why}}


def _refusals(*errors: type[RequestError]) -> _Refusals:
    return {status: said for e in errors for status, said in _refusal(e.status, e.__doc__).items()}


_TOO_LARGE: Final = _refusal(413, "The body is larger than what is read here.")
_UNREADABLE: Final = _refusal(400, "The body cannot be read as text.") | _TOO_LARGE


class _AnyText(Convertor[str]):
    """The rest of an address. `path` has no line breaks, and names of files may have them."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        """As it came."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("text", _AnyText())


class _AskedFirst(APIRoute):
    """Finds out who asks before anything is read: FastAPI parses bodies before dependencies."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, behind the gate."""
        handle = super().get_route_handler()

        async def admitted(request: Request) -> Response:
            request.state.admission = await run_in_threadpool(_admission, request)
            return await handle(request)

        return admitted


Timed = TypeVar("Timed", schemas.Answer, schemas.Hits)

_COMMON: Final = _refusals(Unauthenticated, NotReady)
router = APIRouter(
    prefix="/v1", route_class=_AskedFirst, responses=_COMMON | _refusals(TooManyRequests)
)
hooks = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], responses=_COMMON)
health = APIRouter(tags=["health"])


def _admission(request: Request) -> Admission:
    gate: Gate = request.app.state.gate
    address = request.client.host if request.client else ""
    return gate.admit(Caller(request.headers, address))


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.opening.parts()
    return parts


async def _asker(request: Request, response: Response) -> Identity:
    admission: Admission = request.state.admission
    response.headers.update(admission.headers)
    return admission.identity


# Who asks comes first: who has no right to ask is not told whether we are ready.
Asker = Annotated[Identity, Depends(_asker)]
Open = Annotated[Parts, Depends(_parts)]


def _operator(asker: Asker) -> Identity:
    require_operator(asker)
    return asker


Operator = Annotated[Identity, Depends(_operator)]


async def _delivery(request: Request) -> Delivery:
    return Delivery(await request.body(), request.headers)


# The body as it came: what was not verified yet is not parsed.
Delivered = Annotated[Delivery, Depends(_delivery)]


def _as_told(asker: Identity, made: Timed) -> Timed:
    """Times are for operators: how long words take to be looked up depends on hidden texts, too."""
    return made if asker.is_operator else made.model_copy(update={"timings_ms": {}})


@router.post("/ask", tags=["ask"], responses=_refusals(NotRecorded) | _UNREADABLE)
def ask(asker: Asker, parts: Open, question: schemas.Question) -> schemas.Answer:
    """Answer from the documents, with citations, or say that they do not say."""
    answered = parts.asking.ask(question.question, visible_to=visible_to(asker.principal))
    parts.audit.record(recording.answered(asker, answered))
    return _as_told(asker, schemas.Answer.of(answered))


@router.get("/search", tags=["ask"], responses=_refusals(NotRecorded))
def search(
    asker: Asker,
    parts: Open,
    q: Annotated[str, Query(description="What to look for", examples=["hand in a receipt"])],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    by: Annotated[Literal["chunk", "document"], Query(description="What is ranked")] = "chunk",
) -> schemas.Hits:
    """Rank chunks, or documents by their best chunk."""
    viewer = visible_to(asker.principal)
    found = parts.asking.search(q, visible_to=viewer, limit=limit, by=by)
    parts.audit.record(recording.found(asker, found))
    return _as_told(asker, schemas.Hits.of(found))


@router.get("/documents", tags=["documents"], responses=_refusals(NotRecorded))
def documents(asker: Asker, parts: Open) -> schemas.Documents:
    """List every document that may be shown."""
    listed = parts.asking.documents(visible_to=visible_to(asker.principal))
    parts.audit.record(recording.did(asker, "documents", (one.doc_id for one in listed)))
    return schemas.Documents.model_validate({"documents": listed})


@router.get(
    "/documents/{doc_id:text}", tags=["documents"], responses=_refusals(NotFound, NotRecorded)
)
def document(asker: Asker, parts: Open, doc_id: str) -> schemas.Document:
    """Give one document with its text and sections."""
    found = parts.asking.document(doc_id, visible_to=visible_to(asker.principal))
    parts.audit.record(recording.did(asker, "document", [found.doc_id]))
    return schemas.Document.model_validate(found)


@router.get("/status", tags=["operate"], responses=_refusals(Forbidden))
def status(request: Request, asker: Operator, parts: Open) -> operator_schemas.Status:
    """Say what is in the index and how the last runs of its sources went."""
    gate: Gate = request.app.state.gate
    parts.audit.record(recording.did(asker, "status"))
    return parts.operations.status().model_copy(update={"problems": tuple(gate.problems())})


@router.post(
    "/sync",
    tags=["operate"],
    responses=_refusals(RequestError, Forbidden, Busy) | _TOO_LARGE,
)
def sync(
    asker: Operator, parts: Open, order: operator_schemas.SyncOrder
) -> operator_schemas.SyncReports:
    """Bring the index up to date with its sources; answers when that is done."""
    parts.audit.record(recording.did(asker, "sync"))
    return parts.operations.sync(order)


@router.post(
    "/sync/{source}",
    tags=["operate"],
    status_code=202,
    responses=_refusals(RequestError, Forbidden),
)
def sync_soon(asker: Operator, parts: Open, source: str) -> operator_schemas.Queued:
    """Have one source read as soon as no other is; answers at once, `/v1/status` says the rest."""
    parts.audit.record(recording.did(asker, "sync"))
    return parts.operations.request(source)


@router.delete(
    "/sources/{source}",
    tags=["operate"],
    responses=_refusals(RequestError, Forbidden, NotFound, Busy),
)
def forget(asker: Operator, parts: Open, source: str) -> operator_schemas.Forgotten:
    """Erase everything of a source that is not configured any more."""
    parts.audit.record(recording.did(asker, "forget"))
    return parts.operations.forget(source)


@hooks.post(
    "/github",
    status_code=202,
    responses=_refusals(RequestError, NotFound) | _TOO_LARGE,
    max_body_size=MAX_WEBHOOK_BYTES,
)
def github(parts: Open, delivery: Delivered) -> operator_schemas.Received:
    """Take a webhook of GitHub and sync what it is news for; its signature is needed."""
    return parts.webhooks.github(delivery)


@hooks.post("/drive", status_code=202, responses=_refusals(RequestError) | _TOO_LARGE)
def drive(parts: Open, delivery: Delivered) -> operator_schemas.Received:
    """Take a call of a push channel of Google Drive that was opened here."""
    return parts.webhooks.drive(delivery, parts.operations.sources)


@health.get("/healthz")
def healthz() -> schemas.Alive:
    """Say that the process answers."""
    return schemas.Alive()


@health.get("/readyz", responses=_refusals(NotReady))
def readyz(parts: Open) -> schemas.Ready:
    """Say that the index is open and the model loaded."""
    del parts
    return schemas.Ready()
