"""Errors -> the one shape of refusals, whatever the way they are sent."""

import logging
from collections.abc import Mapping
from typing import Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from index.errors import IndexProblem
from service.errors import RequestError, TooManyRequests, Unauthenticated
from service.schemas import Error

logger = logging.getLogger(__name__)

_NAMES: Final = {400: "BadRequest", 404: "NotFound", 405: "MethodNotAllowed", 413: "TooLarge"}


def refused(error: Exception) -> tuple[int, Error]:
    """The status of an error and what is said of it; of what nobody expected, nothing."""
    match error:
        case RequestError():
            status, name, detail = error.status, type(error).__name__, str(error)
        case IndexProblem():
            logger.error("the index failed: %s", error)
            status, name, detail = 503, type(error).__name__, str(error)
        case RequestValidationError():
            status, name, detail = 422, "BadRequest", _problems(error)
        case HTTPException():
            status, detail = error.status_code, error.detail
            name = _NAMES.get(status, "HTTPError")
        case _:
            status, name = 500, "InternalError"
            detail = "something went wrong; the service's log says what"
    return status, Error(error=name, detail=detail)


def headers_of(error: Exception) -> Mapping[str, str] | None:
    """What the response says beside it."""
    match error:
        case TooManyRequests():
            return error.headers
        case Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case _:
            return None


def _problems(error: RequestValidationError) -> str:
    return "; ".join(f"{'.'.join(str(x) for x in p['loc'])}: {p['msg']}" for p in error.errors())
