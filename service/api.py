"""The endpoints: each parses, calls, and shapes; what happens is in `asking` and `operations`."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request

from index import access
from service import operator_schemas, schemas
from service.errors import Busy, NotFound, NotReady, RequestError, Unauthenticated
from service.parts import Parts
from service.webhooks import Delivery

MAX_WEBHOOK_BYTES: Final = 5 * 1024 * 1024  # a push of many commits is large


def _refusals(*errors: type[RequestError]) -> dict[int | str, dict[str, object]]:
    return {
        error.status: {"model": schemas.Error, "description": error.__doc__} for error in errors
    }


router = APIRouter(prefix="/v1", responses=_refusals(NotReady))
health = APIRouter(tags=["health"])


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.opening.parts()
    return parts


def _viewer(request: Request) -> access.VisibleTo:
    return access.visible_to(request.app.state.identify(request.headers))


# The viewer first: who has no right to ask is not told whether we are ready.
Viewer = Annotated[access.VisibleTo, Depends(_viewer)]
Open = Annotated[Parts, Depends(_parts)]


async def _delivery(request: Request) -> Delivery:
    return Delivery(await request.body(), request.headers)


# The body as it came: what was not verified yet is not parsed.
Delivered = Annotated[Delivery, Depends(_delivery)]


@router.post("/ask", tags=["ask"])
def ask(viewer: Viewer, parts: Open, question: schemas.Question) -> schemas.Answer:
    """Answer from the documents, with citations, or say that they do not say."""
    return schemas.Answer.of(parts.asking.ask(question.question, visible_to=viewer))


@router.get("/search", tags=["ask"])
def search(
    viewer: Viewer,
    parts: Open,
    q: Annotated[str, Query(description="What to look for", examples=["hand in a receipt"])],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    by: Annotated[Literal["chunk", "document"], Query(description="What is ranked")] = "chunk",
) -> schemas.Hits:
    """Rank chunks, or documents by their best chunk."""
    return schemas.Hits.of(parts.asking.search(q, visible_to=viewer, limit=limit, by=by))


@router.get("/documents", tags=["documents"])
def documents(viewer: Viewer, parts: Open) -> schemas.Documents:
    """List every document that may be shown."""
    return schemas.Documents.model_validate(
        {"documents": parts.asking.documents(visible_to=viewer)}
    )


@router.get("/documents/{doc_id:path}", tags=["documents"], responses=_refusals(NotFound))
def document(viewer: Viewer, parts: Open, doc_id: str) -> schemas.Document:
    """Give one document with its text and sections."""
    return schemas.Document.model_validate(parts.asking.document(doc_id, visible_to=viewer))


@router.get("/status", tags=["operate"])
def status(parts: Open) -> operator_schemas.Status:
    """Say what is in the index and how the last runs of its sources went."""
    return parts.operations.status()


@router.post("/sync", tags=["operate"], responses=_refusals(RequestError, Busy))
def sync(parts: Open, order: operator_schemas.SyncOrder) -> operator_schemas.SyncReports:
    """Bring the index up to date with its sources; answers when that is done."""
    return parts.operations.sync(order)


@router.post("/sync/{source}", tags=["operate"], status_code=202, responses=_refusals(RequestError))
def sync_soon(parts: Open, source: str) -> operator_schemas.Queued:
    """Have one source read as soon as no other is; answers at once, `/v1/status` says the rest."""
    return parts.operations.request(source)


@router.delete(
    "/sources/{source}", tags=["operate"], responses=_refusals(RequestError, NotFound, Busy)
)
def forget(parts: Open, source: str) -> operator_schemas.Forgotten:
    """Erase everything of a source that is not configured any more."""
    return parts.operations.forget(source)


@router.post(
    "/webhooks/github",
    tags=["webhooks"],
    status_code=202,
    responses=_refusals(RequestError, Unauthenticated, NotFound),
    max_body_size=MAX_WEBHOOK_BYTES,
)
def github(parts: Open, delivery: Delivered) -> operator_schemas.Received:
    """Take a webhook of GitHub and sync what it is news for; its signature is needed."""
    return parts.webhooks.github(delivery)


@router.post(
    "/webhooks/drive",
    tags=["webhooks"],
    status_code=202,
    responses=_refusals(RequestError, Unauthenticated),
)
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
