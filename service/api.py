"""The endpoints: each parses, calls, and shapes; what happens is in `asking` and `operations`."""

from itertools import chain
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.convertors import Convertor, register_url_convertor

from service import operator_schemas, recording, schemas
from service.answers import Event
from service.asked import (
    COMMON,
    TOO_LARGE,
    UNREADABLE,
    AskedFirst,
    Asker,
    Open,
    Operator,
    Refusals,
    answers,
    refusals,
)
from service.errors import (
    Busy,
    Forbidden,
    NotFound,
    NotReady,
    NotRecorded,
    RequestError,
    TooManyRequests,
)
from service.gate import Admission, Gate
from service.refusing import refused
from service.streaming import EVENT_STREAM, EventStream, Stop, event
from service.usage import UsageReport
from service.webhooks import Delivery

MAX_WEBHOOK_BYTES: Final = 5 * 1024 * 1024  # a push of many commits is large


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


router = APIRouter(
    prefix="/v1", route_class=AskedFirst, responses=COMMON | refusals(TooManyRequests)
)
hooks = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], responses=COMMON)
health = APIRouter(tags=["health"])

_STREAMED: Final[Refusals] = {
    200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}, "description": "The answer"}
}


def _wants_events(request: Request) -> bool:
    """Whether events are asked for by name: browsers and clients accept anything else."""
    return EVENT_STREAM in request.headers.get("accept", "")


def _event(of: Event) -> bytes:
    match of:
        case schemas.EvidenceEvent():
            name = "evidence"
        case schemas.SentenceEvent():
            name = "sentence"
        case schemas.Answer():
            name = "done"
    return event(name, of.model_dump_json())


def failed_event(error: Exception) -> bytes:
    """The last event of an answer that cannot be ended."""
    return event("error", refused(error)[1].model_dump_json())


async def _delivery(request: Request) -> Delivery:
    return Delivery(await request.body(), request.headers)


# The body as it came: what was not verified yet is not parsed.
Delivered = Annotated[Delivery, Depends(_delivery)]


@router.post(
    "/ask",
    tags=["ask"],
    response_model=schemas.Answer,
    responses=refusals(NotFound, NotRecorded) | UNREADABLE | _STREAMED,
)
@answers
def ask(
    request: Request, asker: Asker, parts: Open, question: schemas.Question
) -> schemas.Answer | EventStream:
    """Answer from the documents, with citations, or say that they do not say.

    With `Accept: text/event-stream` the answer comes as it is made: `evidence`, a `sentence` for
    each as soon as it is verified, then `done` with the whole answer, or `error`.
    """
    if not _wants_events(request):
        return parts.answers.ask(asker, question.question, conversation=question.conversation)
    stop = Stop()
    streaming = parts.answers.stream(
        asker, question.question, conversation=question.conversation, should_stop=stop
    )
    # The first step finds out whether there is anything to answer, while the status can say so.
    first = next(streaming)
    admitted: Admission = request.state.admission
    events = map(_event, chain([first], streaming))
    return EventStream(events, streaming, stop, failed_event, admitted.headers)


@router.delete(
    "/conversations/{conversation}",
    tags=["ask"],
    status_code=204,
    responses=refusals(NotFound),
)
def forget_conversation(asker: Asker, parts: Open, conversation: str) -> None:
    """Forget what was asked in a conversation."""
    parts.answers.forget(asker, conversation)


@router.get("/search", tags=["ask"], responses=refusals(NotRecorded))
def search(
    asker: Asker,
    parts: Open,
    q: Annotated[str, Query(description="What to look for", examples=["hand in a receipt"])],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    by: Annotated[Literal["chunk", "document"], Query(description="What is ranked")] = "chunk",
) -> schemas.Hits:
    """Rank chunks, or documents by their best chunk."""
    return parts.answers.search(asker, q, limit=limit, by=by)


@router.get("/documents", tags=["documents"], responses=refusals(NotRecorded))
def documents(asker: Asker, parts: Open) -> schemas.Documents:
    """List every document that may be shown."""
    return parts.answers.documents(asker)


@router.get(
    "/documents/{doc_id:text}", tags=["documents"], responses=refusals(NotFound, NotRecorded)
)
def document(asker: Asker, parts: Open, doc_id: str) -> schemas.Document:
    """Give one document with its text and sections."""
    return parts.answers.document(asker, doc_id)


@router.get("/status", tags=["operate"], responses=refusals(Forbidden))
def status(request: Request, asker: Operator, parts: Open) -> operator_schemas.Status:
    """Say what is in the index and how the last runs of its sources went."""
    gate: Gate = request.app.state.gate
    parts.audit.record(recording.did(asker, "status"))
    return parts.operations.status().model_copy(update={"problems": tuple(gate.problems())})


@router.get("/usage", tags=["operate"], responses=refusals(RequestError, Forbidden, NotRecorded))
def usage(asker: Operator, parts: Open) -> UsageReport:
    """Say how much was asked on each of the last days, as the audit log has it."""
    if parts.usage is None:
        raise RequestError("nobody counts questions here")
    parts.audit.record(recording.did(asker, "status"))
    return parts.usage.report(asker)


@router.post(
    "/sync",
    tags=["operate"],
    responses=refusals(RequestError, Forbidden, Busy) | TOO_LARGE,
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
    responses=refusals(RequestError, Forbidden),
)
def sync_soon(asker: Operator, parts: Open, source: str) -> operator_schemas.Queued:
    """Have one source read as soon as no other is; answers at once, `/v1/status` says the rest."""
    parts.audit.record(recording.did(asker, "sync"))
    return parts.operations.request(source)


@router.delete(
    "/sources/{source}",
    tags=["operate"],
    responses=refusals(RequestError, Forbidden, NotFound, Busy),
)
def forget(asker: Operator, parts: Open, source: str) -> operator_schemas.Forgotten:
    """Erase everything of a source that is not configured any more."""
    parts.audit.record(recording.did(asker, "forget"))
    return parts.operations.forget(source)


@hooks.post(
    "/github",
    status_code=202,
    responses=refusals(RequestError, NotFound) | TOO_LARGE,
    max_body_size=MAX_WEBHOOK_BYTES,
)
def github(parts: Open, delivery: Delivered) -> operator_schemas.Received:
    """Take a webhook of GitHub and sync what it is news for; its signature is needed."""
    return parts.webhooks.github(delivery)


@hooks.post("/drive", status_code=202, responses=refusals(RequestError) | TOO_LARGE)
def drive(parts: Open, delivery: Delivered) -> operator_schemas.Received:
    """Take a call of a push channel of Google Drive that was opened here."""
    return parts.webhooks.drive(delivery, parts.operations.sources)


@health.get("/healthz")
async def healthz() -> schemas.Alive:
    """Say that the process answers."""
    return schemas.Alive()


@health.get("/readyz", responses=refusals(NotReady))
async def readyz(parts: Open) -> schemas.Ready:
    """Say that the index is open and the model loaded."""
    del parts
    return schemas.Ready()
