"""The endpoints: each parses, calls, and shapes; what happens is in `asking` and `operations`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from index import access
from service import operator_schemas, schemas
from service.errors import Busy, NotFound, NotReady, RequestError
from service.parts import Parts


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


@health.get("/healthz")
def healthz() -> schemas.Alive:
    """Say that the process answers."""
    return schemas.Alive()


@health.get("/readyz", responses=_refusals(NotReady))
def readyz(parts: Open) -> schemas.Ready:
    """Say that the index is open and the model loaded."""
    del parts
    return schemas.Ready()
