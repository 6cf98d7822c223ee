"""Endpoints that clients of OpenAI's API know: chat completions, and the list of models."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from service import schemas
from service.answers import Event
from service.asked import TOO_LARGE, Asker, Open, Refusals, answers
from service.chat.markdown import ending, whole, written
from service.chat.problems import InTheirShape, Problems, problem
from service.chat.requests import Order
from service.chat.responses import Completion, Heading, Models
from service.gate import Admission
from service.streaming import EVENT_STREAM, EventStream, Stop

_DONE: Final = b"data: [DONE]\n\n"
_WHY: Final = {
    400: "The request, or the question in it, cannot be served.",
    401: "Nobody, or a key that does not hold.",
    404: "No such model.",
    429: "Too many requests in too short a time.",
    503: "Not ready, or the audit log cannot be written.",
}
_REFUSALS: Final[Refusals] = {
    **{status: {"model": Problems, "description": why} for status, why in _WHY.items()},
    **TOO_LARGE,
}
_STREAMED: Final[Refusals] = {
    200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}, "description": "The answer"}
}

router = APIRouter(prefix="/v1", tags=["openai"], route_class=InTheirShape, responses=_REFUSALS)


@router.get("/models")
def models(asker: Asker, parts: Open) -> Models:
    """List the one model there is."""
    del asker, parts
    return Models()


@router.post("/chat/completions", response_model=Completion, responses=_STREAMED)
@answers
def complete(
    request: Request, asker: Asker, parts: Open, order: Order
) -> JSONResponse | EventStream:
    """Answer the last message of the user from the documents, as `POST /v1/ask` does.

    Earlier messages of the user are what it may follow up. Those of the system, of assistants and
    of tools are not read: what an answer says comes from the documents alone.
    """
    order.check()
    question, earlier = order.question(), order.earlier()
    admitted: Admission = request.state.admission
    if not order.stream:
        answer = parts.answers.ask(asker, question, earlier=earlier)
        made = Completion.of(answer, whole(answer))
        return JSONResponse(made.model_dump(mode="json"), headers=dict(admitted.headers))
    stop = Stop()
    streaming = parts.answers.stream(asker, question, earlier=earlier, should_stop=stop)
    # The first step finds out whether there is anything to answer, while the status can say so.
    next(streaming)
    is_counted = bool(order.stream_options and order.stream_options.include_usage)
    chunks = _chunks(streaming, is_counted=is_counted)
    return EventStream(chunks, streaming, stop, _failed, admitted.headers)


def _chunks(streaming: Iterable[Event], *, is_counted: bool) -> Iterator[bytes]:
    heading, before = Heading.now(), ""
    yield _data(heading.chunk({"role": "assistant", "content": ""}))
    for event in streaming:
        match event:
            case schemas.SentenceEvent(sentence=sentence):
                yield _data(heading.chunk({"content": written(sentence, before)}))
                before = sentence.kind
            case schemas.Answer():
                yield _data(heading.chunk({"content": ending(event)}))
                yield _data(heading.last(event))
            case schemas.EvidenceEvent():
                pass  # documents that no sentence rests on yet: they have no place for them
    if is_counted:
        yield _data(heading.usage())
    yield _DONE


def _data(of: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(of, ensure_ascii=False)}\n\n".encode()


def _failed(error: Exception) -> bytes:
    return _data(problem(error)[1].model_dump())
