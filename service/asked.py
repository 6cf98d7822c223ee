"""What endpoints ask for: who sends the request, found out first, and the parts of the service."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from service import schemas
from service.errors import RequestError
from service.gate import Admission, Gate, require_operator
from service.identity.types import Caller, Identity
from service.parts import Parts

Refusals = dict[int | str, dict[str, object]]


def refusal(status: int, why: str | None) -> Refusals:
    """A response for the documentation."""
    return {status: {"model": schemas.Error, "description": why}}


def refusals(*errors: type[RequestError]) -> Refusals:
    """The responses that these become."""
    return {status: said for e in errors for status, said in refusal(e.status, e.__doc__).items()}


TOO_LARGE: Final = refusal(413, "The body is larger than what is read here.")
UNREADABLE: Final = refusal(400, "The body cannot be read as text.") | TOO_LARGE


class AskedFirst(APIRoute):
    """Finds out who asks before anything is read: FastAPI parses bodies before dependencies."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, behind the gate."""
        handle = super().get_route_handler()

        async def admitted(request: Request) -> Response:
            request.state.admission = await run_in_threadpool(admission, request)
            return await handle(request)

        return admitted


def admission(request: Request) -> Admission:
    """Who sends a request; raises Unauthenticated and TooManyRequests."""
    gate: Gate = request.app.state.gate
    address = request.client.host if request.client else ""
    return gate.admit(Caller(request.headers, address))


def parts(request: Request) -> Parts:
    """The parts of the service; raises NotReady."""
    found: Parts = request.app.state.opening.parts()
    return found


async def asker(request: Request, response: Response) -> Identity:
    """Whoever was admitted."""
    admitted: Admission = request.state.admission
    response.headers.update(admitted.headers)
    return admitted.identity


# Who asks comes first: who has no right to ask is not told whether we are ready.
Asker = Annotated[Identity, Depends(asker)]
Open = Annotated[Parts, Depends(parts)]


def _operator(asker: Asker) -> Identity:
    require_operator(asker)
    return asker


Operator = Annotated[Identity, Depends(_operator)]
