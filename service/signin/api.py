"""The endpoints of signing in, and who one is."""

import logging
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import RedirectResponse, Response

from service.asked import COMMON, refusals
from service.errors import NotFound, RequestError, TooManyRequests, Unauthenticated
from service.gate import Gate
from service.identity.errors import refused
from service.identity.headers import only
from service.identity.sign_in_settings import CALLBACK
from service.identity.types import Caller
from service.signin.errors import NotAccepted, WrongAttempt
from service.signin.flow import Returned
from service.signin.pages import not_signed_in
from service.signin.schemas import Me, NotSignedIn
from service.signin.sessions import Session
from service.signin.signing import SignIn

logger = logging.getLogger(__name__)

LOGIN: Final = "/auth/login"
LOGOUT: Final = "/auth/logout"

router = APIRouter(tags=["sign in"])


def sent(request: Request) -> Caller:
    """The request as the ways to prove an identity see it."""
    address = request.client.host if request.client else ""
    return Caller(request.headers, address, request.method)


def _configured(request: Request) -> SignIn | None:
    # Absent from an application that was made without.
    found: SignIn | None = getattr(request.app.state, "sign_in", None)
    return found


def _needed(request: Request) -> SignIn:
    found = _configured(request)
    if found is None:
        raise NotFound("nobody signs in here; service.auth.sign_in is not set")
    return found


Configured = Annotated[SignIn | None, Depends(_configured)]
Needed = Annotated[SignIn, Depends(_needed)]


@router.get(LOGIN, include_in_schema=False)
def login(sign_in: Needed, goal: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Send the browser to the identity provider."""
    try:
        place, sealed = sign_in.flow.begin(goal)
    except RequestError as error:
        return not_signed_in(error)
    response = RedirectResponse(place, 303)
    sign_in.attempt.put(response, sealed)
    return response


@router.get(CALLBACK, include_in_schema=False)
def callback(
    request: Request,
    sign_in: Needed,
    code: str = "",
    state: str = "",
    error: str = "",
    iss: str = "",
) -> Response:
    """Take the browser back from the identity provider, and begin a session."""
    caller = sent(request)
    try:
        if sign_in.limits:
            sign_in.limits.check_address(caller.address)
        sealed = sign_in.attempt.of(caller.headers)
        proven, goal = sign_in.flow.end(sealed, Returned(state, code, error, iss))
        before = sign_in.cookie.of(caller.headers)
    except RequestError as problem:
        return _failed(sign_in, caller, problem)
    if before is not None:
        sign_in.sessions.end(before)
    logger.info("somebody signed in")
    response = RedirectResponse(goal, 303)
    sign_in.attempt.clear(response)
    sign_in.cookie.put(response, sign_in.sessions.begin(proven))
    return response


@router.post(LOGOUT, status_code=204, include_in_schema=False)
def logout(request: Request, sign_in: Needed, everywhere: bool = False) -> Response:
    """End this session, or all of this person on every device."""
    caller = sent(request)
    proven, session_id = sign_in.prove(caller), sign_in.cookie.of(caller.headers)
    if proven is None or session_id is None:
        raise refused()
    sign_in.sessions.end(session_id)
    if everywhere:
        sign_in.sessions.end_all(proven.email)
    response = Response(status_code=204)
    sign_in.cookie.clear(response)
    return response


@router.get(
    "/v1/me",
    response_model=Me,
    responses=COMMON
    | refusals(TooManyRequests)
    | {401: {"model": NotSignedIn, "description": Unauthenticated.__doc__}},
)
def me(request: Request, response: Response, sign_in: Configured) -> Me | JSONResponse:
    """Say who is asking, and where to sign in or out."""
    caller = sent(request)
    gate: Gate = request.app.state.gate
    try:
        # A page that somebody opens is no failed guess, and is not counted as one.
        if sign_in and not _tries(sign_in, caller):
            raise refused()
        admitted = gate.admit(caller)
        session = _session(sign_in, caller)
    except Unauthenticated as error:
        return _nobody(sign_in, error)
    response.headers.update(admitted.headers)
    identity = admitted.identity
    return Me(
        name=identity.name,
        way=identity.way,
        is_operator=identity.is_operator,
        sign_out=LOGOUT if session else None,
        csrf=session.csrf if session else None,
    )


def _tries(sign_in: SignIn, caller: Caller) -> bool:
    is_otherwise = sign_in.has_proxy or only(caller.headers, "Authorization") is not None
    return is_otherwise or sign_in.prove(caller) is not None


def _session(sign_in: SignIn | None, caller: Caller) -> Session | None:
    return sign_in.proof.session(caller) if sign_in else None


def _nobody(sign_in: SignIn | None, error: Unauthenticated) -> JSONResponse:
    said = NotSignedIn(
        error=type(error).__name__, detail=str(error), sign_in=LOGIN if sign_in else None
    )
    headers = {"WWW-Authenticate": "Bearer"}
    return JSONResponse(said.model_dump(), error.status, headers)


def _failed(sign_in: SignIn, caller: Caller, error: RequestError) -> Response:
    if sign_in.limits and isinstance(error, WrongAttempt | NotAccepted):
        sign_in.limits.count_failure(caller.address)
    response = not_signed_in(error)
    # Never again for this one, whatever was wrong.
    sign_in.attempt.clear(response)
    if isinstance(error, TooManyRequests):
        response.headers.update(error.headers)
    return response
