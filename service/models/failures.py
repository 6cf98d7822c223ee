"""What the clients of providers raise -> why the model did not write, without what they say.

A server may put the key or the prompt into its message, so nothing of it is passed on.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from service.models.types import ModelFailed, Why

logger = logging.getLogger(__name__)

_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_OVERLOADED: Final = frozenset({429, 503, 529})
_BAD_REQUEST: Final = frozenset({400, 422})
_TOO_LARGE: Final = 413
_ERROR: Final = 400  # and above; below, the reply began well and says in its middle what failed
# What Anthropic's API calls them, in the middle of a reply.
_BUSY: Final = frozenset({"overloaded_error", "rate_limit_error"})

# By name: the providers' clients stand on two packages of HTTP that know nothing of each other.
_LATE: Final = frozenset({"TimeoutError", "TimeoutException"})
_UNREACHABLE: Final = frozenset({"ConnectError", "ConnectionRefusedError"})
_BROKEN: Final = frozenset({"TransportError", "ConnectionError"})

MISFITS: Final = (TypeError, AttributeError, NameError, ImportError, NotImplementedError)
"""What Python raises where one package calls another in a way that it no longer knows."""
_SAID_CHARS: Final = 200  # of such an error in the log
_SHARED_CHARS: Final = 12  # as many characters in a row are no coincidence


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that failed.

    Attributes:
        problem: what to raise for it.
        is_bad_request: whether the server could not do what was asked for, as it was asked.
        is_passing: whether the same request may work a little later.
        wait: seconds after which the server wants to be asked again; None: it did not say.
    """

    problem: ModelFailed
    is_bad_request: bool = False
    is_passing: bool = False
    wait: float | None = None


def failure(error: Exception, name: str) -> Failure:
    """Why the model called `name` failed, by what its client raised."""
    if isinstance(error, ModelFailed):
        return Failure(error)
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status >= _ERROR:
        return _of_status(error, status, name)
    if _says(error) in _BUSY:
        return Failure(_failed("overloaded", name, "is overloaded"), is_passing=True)
    kinds = {kind.__name__ for one in _chain(error) for kind in type(one).__mro__}
    if kinds & _LATE:
        return Failure(late(name))
    # A refusal is what ollama turns into an error of Python's own, without a cause.
    if kinds & _UNREACHABLE or type(error) is ConnectionError:
        return Failure(_failed("unreachable", name, "cannot be reached"), is_passing=True)
    broken = "broke the connection off" if kinds & _BROKEN else "sent no usable reply"
    return Failure(_failed("failed", name, broken))


def misfit(
    error: Exception, name: str, *, package: str, install: str, secrets: Collection[str]
) -> ModelFailed:
    """The code of `package` broke; the log says how, without anything of the secrets."""
    kind, said = type(error).__name__, _without(str(error), secrets)
    logger.error("%s: %s raised %s%s", name, package, kind, f": {said}" if said else "")
    return _failed(
        "failed",
        name,
        f"was not understood by {package} ({kind}): the installed packages do not fit together, "
        f"or its server speaks another API; `pip install {install}` has versions that fit",
    )


def late(name: str) -> ModelFailed:
    """It took too long."""
    return _failed("timeout", name, "did not reply in time")


def stopped(name: str) -> ModelFailed:
    """Nobody waits for it any more."""
    return _failed("stopped", name, "was stopped")


def endless(name: str) -> ModelFailed:
    """It does not end."""
    return _failed("too_long", name, "wrote more than it was asked for")


def empty(name: str) -> ModelFailed:
    """There was a reply, and nothing in it."""
    return _failed("failed", name, "sent an empty reply")


def _failed(why: Why, name: str, what: str) -> ModelFailed:
    return ModelFailed(why, f"the language model {name} {what}")


def _of_status(error: Exception, status: int, name: str) -> Failure:
    answered = f"answered with HTTP {status}"
    if status == _TOO_MANY or status >= _SERVER_ERROR:
        why: Why = "overloaded" if status in _OVERLOADED else "failed"
        return Failure(_failed(why, name, answered), is_passing=True, wait=_wait(error))
    why = "too_long" if status == _TOO_LARGE else "refused"
    hint = f"{answered}; check service.answering.llm in config.yaml, and its key"
    return Failure(_failed(why, name, hint), is_bad_request=status in _BAD_REQUEST)


def _says(error: Exception) -> object:
    """The kind of an error that came with the words of a reply."""
    body = getattr(error, "body", None)
    problem = body.get("error") if isinstance(body, Mapping) else None
    return problem.get("type") if isinstance(problem, Mapping) else None


def _without(text: str, secrets: Collection[str]) -> str:
    """What may be logged of it: nothing, if any of it is in a secret, or a secret in it."""
    runs = {text[at : at + _SHARED_CHARS] for at in range(max(1, len(text) - _SHARED_CHARS + 1))}
    for secret in filter(None, secrets):
        if secret in text or any(run in secret for run in runs):
            return ""
    return " ".join(text[:_SAID_CHARS].split())


def _wait(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None)
    said = headers.get("retry-after") if isinstance(headers, Mapping) else None
    if not said:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
