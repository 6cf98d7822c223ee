"""The product as Slack needs it, behind the API: for the proxy, which has no index."""

import logging
import time
from collections.abc import Callable, Collection
from typing import Final

import httpx
from pydantic import BaseModel, SecretStr

from service import errors
from service.gaps.schemas import Feedback
from service.identity.assertion import Signer, claims_of
from service.schemas import Answer, Error, Question
from service.slack.api import Shareable, Shared
from service.slack.audience import Audience, audience_of
from service.slack.desk import checked, least_asked
from service.slack.people import People
from service.slack.proxy_settings import SlackProxySettings
from service.slack.types import Person

logger = logging.getLogger(__name__)

_TOLD: Final = {
    error.__name__: error
    for error in (errors.BadQuestion, errors.NotFound, errors.NotReady, errors.NotRecorded)
}
_LATER: Final = "Answerable cannot be reached now; try again in a minute"
_REFUSED: Final = (
    "Answerable does not take requests from here, so nothing can be shown; tell whoever runs it "
    "that the log of the Slack proxy says why"
)


class RemoteDesk:
    """A `Desk` over HTTPS; each request says who asks, signed for this request alone."""

    def __init__(
        self,
        people: People,
        settings: SlackProxySettings,
        secret: SecretStr,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is asked yet.

        Args:
            people: who users of Slack are.
            settings: where the API is.
            secret: shared with the API.
            now: seconds since 1970.

        Raises:
            ConfigError: the secret is too short to sign with.
        """
        self._people = people
        self._settings = settings.slack
        self._signer = Signer(secret, settings.api_url, now)
        self._client = httpx.Client(
            base_url=settings.api_url,
            timeout=settings.timeout.total_seconds(),
            trust_env=False,  # nobody in between should see what is asked
            follow_redirects=False,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def person(self, user_id: str, team_id: str) -> Person | None:
        """See `Desk`."""
        return self._people.person(user_id, team_id)

    def ask(self, person: Person, question: str, conversation: str | None = None) -> Answer:
        """See `Desk`."""
        asked = Question(question=question, conversation=conversation)
        return Answer.model_validate_json(self._post(person, "/v1/ask", asked))

    def feedback(self, person: Person, feedback: Feedback) -> None:
        """See `Desk`."""
        self._post(person, "/v1/feedback", feedback)

    def shareable(
        self, person: Person, answer: Answer, members: Collection[str] | None
    ) -> Answer | None:
        """See `Desk`."""

        def share(audience: Audience) -> Answer | None:
            emails = sorted(audience.emails) if audience.is_known else None
            order = Shared(answer=answer, members=emails)
            said = self._post(person, "/v1/slack/shareable", order)
            return Shareable.model_validate_json(said).answer

        return least_asked(
            answer,
            lambda: audience_of(checked(members, self._settings), self._people.member),
            share,
        )

    def _post(self, person: Person, path: str, order: BaseModel) -> bytes:
        body = order.model_dump_json().encode()
        who = claims_of(person.user_id, person.team_id, person.email)
        token = self._signer.sign(who, "POST", path, body)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        try:
            response = self._client.post(path, content=body, headers=headers)
        except httpx.HTTPError as error:
            logger.warning("the API does not answer: %s", type(error).__name__)
            raise errors.NotReady(_LATER) from error
        if response.is_success:
            return response.content
        raise _refusal(response)


def _refusal(response: httpx.Response) -> errors.RequestError:
    try:
        said = Error.model_validate_json(response.content)
    except ValueError:
        said = Error(error="", detail="")
    if response.status_code == errors.TooManyRequests.status:
        wait = response.headers.get("retry-after", "60")
        return errors.TooManyRequests(said.detail or "too many requests", {"Retry-After": wait})
    if said.error in _TOLD:
        return _TOLD[said.error](said.detail)
    logger.error("the API refuses: %s %s", response.status_code, said.error)
    is_ours = response.status_code in (errors.Unauthenticated.status, errors.Forbidden.status)
    return errors.NotReady(_REFUSED if is_ours else _LATER)
