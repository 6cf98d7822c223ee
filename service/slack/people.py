"""Users of Slack -> the people they are here: Slack is asked, believed for a while, never more."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from threading import Lock
from typing import Any, Final

from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RateLimitErrorRetryHandler, RetryState

from service.errors import NotReady
from service.identity import addresses
from service.slack.settings import SlackSettings
from service.slack.types import Person

logger = logging.getLogger(__name__)

_MOST_KEPT: Final = 20_000
_LONGEST_WAIT_SECONDS: Final = 3
_NOBODY: Final = frozenset({"user_not_found", "users_not_found", "user_not_visible"})
_SLACKBOT: Final = "USLACKBOT"  # is_bot is false for it
_LATER: Final = "Slack did not say who you are, so nothing can be shown; try again in a minute"
_ALONE: Final = (
    "Slack does not let this app ask who you are, so nothing can be shown; tell whoever runs "
    "Answerable that the log names the reason"
)


class People:
    """Asks `users.info`; what Slack said is kept for `user_cache`, what failed is not."""

    def __init__(
        self,
        settings: SlackSettings,
        token: SecretStr,
        clock: Callable[[], float] = time.monotonic,
        most_kept: int = _MOST_KEPT,
    ) -> None:
        """Nobody is known yet.

        Args:
            settings: see there.
            token: of the bot, with the scopes users:read and users:read.email.
            clock: seconds; never goes back.
            most_kept: users; beyond it who was looked up first is forgotten.
        """
        self._settings = settings
        self._client = WebClient(
            token.get_secret_value(),
            base_url=settings.api_base,
            timeout=settings.timeout_seconds,  # type: ignore[arg-type] # urllib takes parts of seconds
            retry_handlers=[_ShortWait(max_retry_count=1)],
        )
        self._clock = clock
        self._most_kept = most_kept
        self._known: OrderedDict[str, tuple[float, Person | None]] = OrderedDict()
        self._asking: dict[str, Future[Person | None]] = {}
        self._lock = Lock()

    def person(self, user_id: str, team_id: str) -> Person | None:
        """Who a user is; see `Desk.person`."""
        known_teams = self._settings.team_ids
        if team_id not in known_teams and not any(team.startswith("E") for team in known_teams):
            return None
        return self._user(user_id)

    def member(self, user_id: str) -> Person | None:
        """The same of somebody in a channel, whom no request names; raises NotReady."""
        return self._user(user_id)

    def _user(self, user_id: str) -> Person | None:
        if not user_id or user_id == _SLACKBOT:
            return None
        with self._lock:
            found = self._known.get(user_id)
            if found and found[0] > self._clock():
                return found[1]
            asked = self._asking.get(user_id)
            is_ours = asked is None
            if asked is None:
                asked = self._asking[user_id] = Future()
        if is_ours:
            self._ask(user_id, asked)
        return asked.result()

    def _ask(self, user_id: str, asked: Future[Person | None]) -> None:
        """Once for all who wait for it."""
        try:
            person = _person(self._info(user_id), user_id, self._settings.team_ids)
        except BaseException as error:  # noqa: BLE001 - whoever waits has to hear of it
            with self._lock:
                del self._asking[user_id]
            asked.set_exception(error)
            return
        until = self._clock() + self._settings.user_cache.total_seconds()
        with self._lock:
            self._known[user_id] = (until, person)
            self._known.move_to_end(user_id)
            if len(self._known) > self._most_kept:
                self._known.popitem(last=False)
            del self._asking[user_id]
        asked.set_result(person)

    def _info(self, user_id: str) -> Mapping[str, Any]:
        try:
            user = self._client.users_info(user=user_id).get("user")
        except SlackApiError as error:
            code = _code(error)
            if code in _NOBODY:
                return {}
            logger.error("Slack does not say who a user is: %s", code)
            raise NotReady(_LATER if code == "ratelimited" else _ALONE) from error
        # ValueError: of a body that is no JSON, and of a Retry-After that is no number.
        except (SlackClientError, OSError, ValueError) as error:
            logger.warning("Slack does not answer: %s", type(error).__name__)
            raise NotReady(_LATER) from error
        if not isinstance(user, Mapping):
            logger.error("Slack says nothing of a user")
            raise NotReady(_LATER)
        return user


def _person(user: Mapping[str, Any], user_id: str, teams: Collection[str]) -> Person | None:
    """Who it is; None for whoever gets nothing, and where Slack speaks of somebody else."""
    is_nobody = any(
        user.get(flag, False) is not False
        for flag in ("deleted", "is_bot", "is_workflow_bot", "is_stranger")
    )
    if user.get("id") != user_id or is_nobody or _teams(user).isdisjoint(teams):
        return None
    return Person(user_id, str(user.get("team_id") or ""), _email(user))


def _teams(user: Mapping[str, Any]) -> set[str]:
    """Where somebody is at home: a workspace, or a company and those of its workspaces."""
    company = user.get("enterprise_user")
    company = company if isinstance(company, Mapping) else {}
    listed = company.get("teams")
    listed = listed if isinstance(listed, list) else []
    named = (user.get("team_id"), company.get("enterprise_id"), *listed)
    return {team for team in named if isinstance(team, str)}


def _email(user: Mapping[str, Any]) -> str | None:
    """The address; None for guests, and if it is not confirmed or cannot be seen."""
    is_guest = any(
        user.get(flag, False) is not False
        for flag in ("is_restricted", "is_ultra_restricted", "is_invited_user")
    )
    # Not there in what old apps get; where it is, only a plain yes counts.
    if is_guest or user.get("is_email_confirmed", True) is not True:
        return None
    profile = user.get("profile")
    email = profile.get("email") if isinstance(profile, Mapping) else None
    if not isinstance(email, str):
        logger.warning("a member has no address: the app needs the scope users:read.email")
        return None
    try:
        return addresses.address(email)
    except ValueError:
        return None


def _code(error: SlackApiError) -> str:
    """Slack's word for it; the rest of a response may hold what is nobody's business."""
    code = error.response.get("error") if error.response else None
    return code if isinstance(code, str) and code.replace("_", "").isalnum() else "unknown"


class _ShortWait(RateLimitErrorRetryHandler):
    """Waits if Slack says so, but not for longer than a person would."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if not super()._can_retry(state=state, request=request, response=response, error=error):
            return False
        headers = response.headers if response else {}
        wait = [value[0] for key, value in headers.items() if key.lower() == "retry-after"]
        return bool(wait) and wait[0].isdecimal() and int(wait[0]) <= _LONGEST_WAIT_SECONDS
