"""What the flow of Slack knows of people, and all that it asks of the product."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from service.gaps.schemas import Feedback
from service.schemas import Answer


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Slack who may ask.

    Attributes:
        email: the address that Slack vouches for; None: a guest of the workspace, or somebody
            whose address is not confirmed, who may ask about public documents only.
    """

    user_id: str
    team_id: str
    email: str | None


class Desk(Protocol):
    """The product, as Slack needs it: in this process, or behind the API (`remote`).

    Every function blocks; errors are those of `service.errors`, with words for whoever asks.
    """

    def person(self, user_id: str, team_id: str) -> Person | None:
        """Who a user of Slack is.

        Args:
            user_id: as the verified request names it.
            team_id: of the workspace that the request comes from.

        Returns:
            None: somebody who gets nothing, not even public documents (a bot, a deactivated
            account, another workspace's member).

        Raises:
            NotReady: Slack cannot be asked now.
        """
        ...

    def ask(self, person: Person, question: str, conversation: str | None = None) -> Answer:
        """An answer from what the person may read.

        Args:
            person: who asks.
            question: as it was asked.
            conversation: the id of one, or `service.answers.NEW`; None: nothing is remembered.

        Raises:
            BadQuestion: the question is empty, too long, or not text.
            NotFound: no such conversation any more.
            TooManyRequests: the person has to wait; `Retry-After` in its headers says how long.
            NotReady: the index is not open yet, or the API cannot be reached.
            NotRecorded: the audit log cannot be written.
        """
        ...

    def feedback(self, person: Person, feedback: Feedback) -> None:
        """Keep what the person thinks of an answer.

        Raises:
            NotFound: the answer is not known any more, or no feedback is taken.
        """
        ...

    def shareable(
        self, person: Person, answer: Answer, members: Collection[str] | None
    ) -> Answer | None:
        """What of an answer every member of a channel may read now.

        Args:
            person: who was given the answer.
            answer: as it was given.
            members: user ids of all members of the channel, without our own bot; None: they are
                too many, from other companies, or unknown, so only public documents are shared.

        Returns:
            The answer without the sentences that rest on anything else, its citations counted
            anew, and without ids, notes and names that belong to the asker alone; None: nothing
            is left.

        Raises:
            NotReady: it cannot be found out now; nothing may be shared.
        """
        ...
