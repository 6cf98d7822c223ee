"""Errors in the shape that OpenAI's clients know."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from index.errors import IndexProblem
from service.asked import AskedFirst
from service.errors import RequestError
from service.refusing import headers_of, refused
from service.shapes import Model

_UNPROCESSABLE: Final = 422
_CODES: Final = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
_KNOWN: Final = (RequestError, IndexProblem, RequestValidationError, HTTPException)


class Unsupported(RequestError):
    """A part of a request that is not served here.

    Attributes:
        param: its name in the request.
        code: for programs.
    """

    def __init__(self, message: str, param: str, code: str = "unsupported") -> None:
        super().__init__(message)
        self.param, self.code = param, code


class UnknownModel(Unsupported):
    """A model that is not served here."""

    status: ClassVar[int] = 404


class Problem(Model):
    """What is wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class Problems(Model):
    """The body of a refusal."""

    error: Problem


class InTheirShape(AskedFirst):
    """A route behind the gate whose refusals are those that OpenAI's clients know."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, with its refusals in their shape."""
        handle = super().get_route_handler()

        async def shaped(request: Request) -> Response:
            try:
                return await handle(request)
            except _KNOWN as error:
                status, said = problem(error)
                return JSONResponse(said.model_dump(), status, headers_of(error))

        return shaped


def problem(error: Exception) -> tuple[int, Problems]:
    """The status and the body that an error becomes."""
    status, said = refused(error)
    # Theirs has no 422: whatever a request got wrong is 400.
    status = 400 if status == _UNPROCESSABLE else status
    known = error if isinstance(error, Unsupported) else None
    param = known.param if known else _param(error)
    code = known.code if known else _CODES.get(status, said.error)
    told = Problem(message=said.detail, type=_type(status), param=param, code=code)
    return status, Problems(error=told)


def _type(status: int) -> str:
    match status:
        case 401:
            return "authentication_error"
        case 429:
            return "rate_limit_error"
        case _ if status >= 500:
            return "server_error"
        case _:
            return "invalid_request_error"


def _param(error: Exception) -> str | None:
    if not isinstance(error, RequestValidationError):
        return None
    places = (found["loc"][1:] for found in error.errors())
    return next((".".join(str(part) for part in place) for place in places if place), None)
