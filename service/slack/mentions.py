"""A mention in a channel: answered in its thread, where a next one follows it up."""

import logging
import re

from service.answers import NEW
from service.errors import NotFound
from service.schemas import Answer
from service.slack import texts
from service.slack.blocks import public
from service.slack.commands import as_typed
from service.slack.flow import Flow
from service.slack.memory import Thread
from service.slack.responding import FAILURES, To, code
from service.slack.sharing import NotInChannel, shareable
from service.slack.types import Person

logger = logging.getLogger(__name__)

_LEADING_MENTION = re.compile(r"^\s*<@[A-Z0-9]+(?:\|[^>]*)?>[\s,:]*")


async def answer_mention(flow: Flow, to: To, text: str) -> None:
    """Answer a message that mentions us: to everybody, if all may read all of it; else privately.

    Args:
        flow: the parts.
        to: who wrote it, and its thread.
        text: of the message.
    """
    question = as_typed(_LEADING_MENTION.sub("", text))
    person = await flow.person(to)
    if person is None:
        return
    if not question:
        await flow.say(to, texts.EMPTY_MENTION)
        return
    answer = await _asked(flow, to, person, question)
    if not await _posted(flow, to, person, answer):
        remark = "" if answer.abstained else texts.PRIVATE_HERE
        await flow.give(to, person, answer, remark=remark)


async def _asked(flow: Flow, to: To, person: Person, question: str) -> Answer:
    """The answer, in the conversation that this person has in this thread."""
    if person.email is None:
        # Guests have no name by which a conversation would be theirs alone.
        return await flow.work.blocking(flow.desk.ask, person, question)
    thread = Thread(to.team, to.channel, to.thread or "", to.user)
    known = flow.memory.conversation(thread)
    try:
        answer = await flow.work.blocking(flow.desk.ask, person, question, known or NEW)
    except NotFound:
        if known is None:
            raise
        flow.memory.remember(thread, None)
        answer = await flow.work.blocking(flow.desk.ask, person, question, NEW)
    flow.memory.remember(thread, answer.conversation)
    return answer


async def _posted(flow: Flow, to: To, person: Person, answer: Answer) -> bool:
    """Whether it was said to everybody; an answer with parts left out is not."""
    try:
        reduced = await shareable(flow, person, answer, to.channel)
        if reduced is None or len(reduced.sentences) != len(answer.sentences):
            return False
        message = public(reduced, sharer=None, page_url=flow.settings.page_url)
        await flow.speaker.post(to.channel, message, to.thread)
    except (NotInChannel, *FAILURES) as error:
        logger.warning("a mention is answered privately: %s", code(error))
        return False
    return True
