"""The product as Slack needs it, in this process."""

from collections.abc import Callable, Collection
from typing import Final

from service import recording
from service.errors import NotFound
from service.gaps.schemas import Feedback
from service.identity.assertion import proven_of
from service.identity.types import Identity, Proven
from service.parts import Parts
from service.schemas import Answer
from service.slack.audience import ANYBODY, Audience, Documents, Sharing, audience_of
from service.slack.people import People
from service.slack.settings import SlackSettings
from service.slack.types import Person

NOT_TAKEN: Final = "feedback is not taken here; an operator can turn it on, with service.gaps"


class Product:
    """What of the service Slack is about: its parts, once they are open, and who people are."""

    def __init__(
        self,
        parts: Callable[[], Parts],
        documents: Callable[[], Documents],
        identity_of: Callable[[Proven], Identity],
        count: Callable[[Identity], object],
    ) -> None:
        """Over parts that are made elsewhere.

        Args:
            parts: the parts of the service; raises NotReady while they are being opened.
            documents: the read that decides what may be shared; raises NotReady likewise.
            identity_of: from a proven address to somebody with groups and rights.
            count: counts a request of somebody; raises TooManyRequests.
        """
        self.parts = parts
        self._documents = documents
        self._identity_of = identity_of
        self._count = count

    def identity(self, person: Person) -> Identity:
        """Who somebody in Slack is here; raises NotReady."""
        return self._identity_of(proven_of(person.user_id, person.team_id, person.email))

    def counted(self, person: Person) -> Identity:
        """The same, for one more request; raises TooManyRequests."""
        identity = self.identity(person)
        self._count(identity)
        return identity

    def share(self, asker: Identity, answer: Answer, audience: Audience) -> Answer | None:
        """What all of an audience may read now; recorded before it is given away.

        Raises:
            NotReady: it cannot be found out now.
            NotRecorded: the audit log cannot be written.
        """
        sharing = Sharing(self._documents(), lambda proven: self._identity_of(proven).principal)
        found = sharing.reduced(answer, asker.principal, audience)
        if found is not None:
            shown = [*(c.doc_id for c in found.citations), *(n.doc_id for n in found.nearest)]
            self.parts().audit.record(recording.did(asker, "share", shown))
        return found


class LocalDesk:
    """A `Desk` over the service in this process."""

    def __init__(self, people: People, settings: SlackSettings, product: Product) -> None:
        """Over parts that are made elsewhere."""
        self._people = people
        self._settings = settings
        self._product = product

    def person(self, user_id: str, team_id: str) -> Person | None:
        """See `Desk`."""
        return self._people.person(user_id, team_id)

    def ask(self, person: Person, question: str, conversation: str | None = None) -> Answer:
        """See `Desk`."""
        identity = self._product.counted(person)
        answers = self._product.parts().answers
        return answers.ask(identity, question, conversation=conversation)

    def feedback(self, person: Person, feedback: Feedback) -> None:
        """See `Desk`."""
        identity = self._product.counted(person)
        store = self._product.parts().feedback
        if store is None:
            raise NotFound(NOT_TAKEN)
        store.give(identity, feedback)

    def shareable(
        self, person: Person, answer: Answer, members: Collection[str] | None
    ) -> Answer | None:
        """See `Desk`."""
        identity = self._product.counted(person)
        return least_asked(
            answer,
            lambda: audience_of(checked(members, self._settings), self._people.member),
            lambda audience: self._product.share(identity, answer, audience),
        )


def checked(members: Collection[str] | None, settings: SlackSettings) -> Collection[str] | None:
    """The members whose rights count; None if they are too many to look at one by one."""
    if members is None or len(members) > settings.max_members:
        return None
    return set(members) - set(settings.trusted_bots)


def least_asked(
    answer: Answer,
    audience: Callable[[], Audience],
    share: Callable[[Audience], Answer | None],
) -> Answer | None:
    """What may be shared; who the members are is found out only if that makes a difference.

    Slack lets an app ask for about a hundred users in a minute, and most answers are public.
    """
    public = share(ANYBODY)
    if public is not None and _is_whole(public, answer):
        return public
    known = audience()
    return share(known) if known.is_known else public


def _is_whole(found: Answer, answer: Answer) -> bool:
    if answer.abstained:
        return len(found.nearest) == len(answer.nearest)
    return len(found.sentences) == len(answer.sentences)
