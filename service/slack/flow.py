"""What the commands, buttons and mentions of Slack work with, and what they have in common."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from service.errors import RequestError
from service.schemas import Answer
from service.slack import texts
from service.slack.blocks import Message, Offer, private, told
from service.slack.memory import Given, Memory
from service.slack.responding import Speaker, To
from service.slack.settings import SlackSettings
from service.slack.types import Desk, Person
from service.slack.work import Work

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Flow:
    """The parts."""

    desk: Desk
    settings: SlackSettings
    speaker: Speaker
    memory: Memory
    work: Work

    async def person(self, to: To) -> Person | None:
        """Who it is; None: somebody who gets nothing, and was told so."""
        found = await self.work.blocking(self.desk.person, to.user, to.team)
        if found is None:
            await self.speaker.tell(to, told(texts.NOBODY))
        return found

    def begin(self, to: To, job: Callable[[], Awaitable[None]], broken: str) -> None:
        """Do something for somebody after the request; they are told when it fails.

        Args:
            to: whom.
            job: does it.
            broken: what to say to errors that nobody foresaw.
        """

        async def done_or_told() -> None:
            try:
                await job()
            except RequestError as error:
                await self.speaker.tell(to, told(texts.explained(error)))
            except Exception:
                logger.exception("something in Slack was not done")
                await self.speaker.tell(to, told(broken))

        async def excused() -> None:
            await self.speaker.tell(to, told(texts.BUSY))

        if not self.work.begin(done_or_told):
            self.work.excuse(excused)

    async def give(
        self,
        to: To,
        person: Person,
        answer: Answer,
        *,
        remark: str = "",
        replaces: bool = False,
    ) -> None:
        """Show somebody their answer, with its buttons."""
        given = Given(to.user, to.team, answer, to.thread)
        offer = Offer(
            key=self.memory.give(given),
            page_url=self.settings.page_url,
            remark=" ".join(x for x in (remark, texts.GUEST if person.email is None else "") if x),
            can_rate=answer.answer_id is not None,
        )
        if not await self.speaker.tell(to, private(answer, offer), replaces=replaces):
            await self.speaker.tell(to, told(texts.CANNOT_SHOW))

    async def pressed(self, to: To, key: str) -> Given | None:
        """The answer that a button belongs to; None: it is not theirs, and they were told so."""
        given = self.memory.given(key)
        if given is None:
            await self.speaker.tell(to, told(texts.GONE))
        elif (given.user, given.team) != (to.user, to.team):
            await self.speaker.tell(to, told(texts.NOT_YOURS))
        else:
            return given
        return None

    async def say(self, to: To, text: str) -> None:
        """Words of ours for one person."""
        await self.speaker.tell(to, Message(text))
