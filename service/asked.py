"""What endpoints ask for: who sends the request, found out first, and the parts of the service."""

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Annotated, Any, Final, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from pydantic import BaseModel

from service import schemas
from service.errors import NotReady, RequestError, Unauthenticated
from service.gate import Admission, Gate, require_operator
from service.identity.types import Caller, Identity
from service.parts import Parts
from service.threads import ANSWERING

Refusals = dict[int | str, dict[str, object]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def refusal(status: int, why: str | None) -> Refusals:
    """A response for the documentation."""
    return {status: {"model": schemas.Error, "description": why}}


def refusals(*errors: type[RequestError]) -> Refusals:
    """The responses that these become."""
    return {status: said for e in errors for status, said in refusal(e.status, e.__doc__).items()}


TOO_LARGE: Final = refusal(413, "The body is larger than what is read here.")
COMMON: Final = refusals(Unauthenticated, NotReady)
UNREADABLE: Final = refusal(400, "The body cannot be read as text.") | TOO_LARGE


_ANSWERING: Final[set[Callable[..., Any]]] = set()


def answers(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint that makes answers: it may wait for a model, in threads of its own."""
    _ANSWERING.add(endpoint)
    return endpoint


class AskedFirst(APIRoute):
    """Finds out who asks before anything is read: FastAPI parses bodies before dependencies.

    What an endpoint makes is written down in the thread that made it.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """An endpoint at a path, with the options of any route."""
        if not iscoroutinefunction(endpoint):
            limiter = ANSWERING if endpoint in _ANSWERING else None
            endpoint = _in_one_thread(endpoint, options.get("status_code") or 200, limiter)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, behind the gate."""
        handle = super().get_route_handler()

        async def admitted(request: Request) -> Response:
            found = await run_in_threadpool(admission, request)
            request.state.admission = found
            response = await handle(request)
            response.headers.update(found.headers)
            return response

        return admitted


def _in_one_thread(
    endpoint: Callable[..., Any], status: int, limiter: CapacityLimiter | None
) -> Callable[..., Any]:
    """The endpoint in a thread of the pool, once: FastAPI goes to another to look at its result."""

    def made(**values: Any) -> Any:
        found = endpoint(**values)
        if not isinstance(found, BaseModel):
            return found
        return Response(found.model_dump_json(), status, media_type="application/json")

    @wraps(endpoint)
    async def run(**values: Any) -> Any:
        return await run_sync(partial(made, **values), limiter=limiter)

    return run


def admission(request: Request) -> Admission:
    """Who sends a request; raises Unauthenticated and TooManyRequests."""
    gate: Gate = request.app.state.gate
    address = request.client.host if request.client else ""
    return gate.admit(Caller(request.headers, address, request.method))


def parts(request: Request) -> Parts:
    """The parts of the service; raises NotReady."""
    found: Parts = request.app.state.opening.parts()
    return found


async def _opened(request: Request) -> Parts:
    return parts(request)  # it does not wait, so it takes no thread


async def asker(request: Request) -> Identity:
    """Whoever was admitted."""
    admitted: Admission = request.state.admission
    return admitted.identity


# Who asks comes first: who has no right to ask is not told whether we are ready.
Asker = Annotated[Identity, Depends(asker)]
Open = Annotated[Parts, Depends(_opened)]


async def _operator(asker: Asker) -> Identity:
    require_operator(asker)
    return asker


Operator = Annotated[Identity, Depends(_operator)]
