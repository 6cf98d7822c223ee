"""Everybody comes through here: who they are, and whether they have asked too much already."""

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from index.errors import IndexProblem
from service.errors import Forbidden, NotReady, Unauthenticated
from service.identity.headers import only
from service.identity.local import IDENTITY, local
from service.identity.types import Caller, Identify, Identity
from service.limits import Limits

logger = logging.getLogger(__name__)

_BEARER: Final = "Bearer "


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody who may ask; `headers` belong to the response."""

    identity: Identity
    headers: Mapping[str, str]


class Gate:
    """Identifies who sends a request, and counts the requests.

    Attributes:
        problems: says what is wrong with the ways to identify people, for the status.
        close: lets go of what they hold.
    """

    def __init__(
        self,
        identify: Identify = local,
        limits: Limits | None = None,
        *,
        machine_token: str = "",
        problems: Callable[[], list[str]] = list,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        """Over parts that are made elsewhere.

        Args:
            identify: who sends a request.
            limits: None: as many requests as one likes.
            machine_token: what the command line on this machine sends, who reads it in the data
                directory, and could read everything else there; empty: nothing.
            problems: see above.
            close: see above.
        """
        self._identify = identify
        self._limits = limits
        self._machine = f"{_BEARER}{machine_token}".encode() if machine_token else b""
        self.problems = problems
        self.close = close

    def admit(self, caller: Caller) -> Admission:
        """Who sends a request.

        Raises:
            Unauthenticated: nobody known.
            TooManyRequests: somebody known who has to wait, or too many failures from there.
        """
        if self._is_machine(caller):
            return Admission(IDENTITY, {})
        if self._limits is None:
            return Admission(self._identified(caller), {})
        self._limits.check_address(caller.address)
        try:
            identity = self._identified(caller)
        except Unauthenticated:
            self._limits.count_failure(caller.address)
            raise
        if identity.way == "local":
            return Admission(identity, {})
        return Admission(
            identity, self._limits.count_ask(identity.principal.email, identity.key_id)
        )

    def _identified(self, caller: Caller) -> Identity:
        try:
            return self._identify(caller)
        except IndexProblem as error:
            # Who is not known yet is told no path, and no reason.
            logger.exception("who asks cannot be found out")
            raise NotReady("who asks cannot be found out now; the log says why") from error

    def _is_machine(self, caller: Caller) -> bool:
        if not self._machine:
            return False
        sent = only(caller.headers, "Authorization") or ""
        return hmac.compare_digest(sent.encode(), self._machine)


def require_operator(identity: Identity) -> None:
    """Nothing, if they may.

    Raises:
        Forbidden: they may not.
    """
    if not identity.is_operator:
        raise Forbidden("only operators may do this; service.auth.operators names them")
