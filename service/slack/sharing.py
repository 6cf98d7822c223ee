"""From one person's answer to a channel: only what every member of it may read."""

import logging
from collections.abc import Collection
from typing import Any, Final

from service.schemas import Answer
from service.slack import texts
from service.slack.blocks import public
from service.slack.flow import Flow
from service.slack.memory import Given
from service.slack.responding import FAILURES, To, code
from service.slack.types import Person

logger = logging.getLogger(__name__)

_PAGE: Final = 200
_PAGES_MAX: Final = 100
_NOT_IN_CHANNEL: Final = frozenset({"not_in_channel", "channel_not_found"})
# A channel that somebody of another company reads, or is about to.
_FOREIGN: Final = (
    "is_ext_shared",
    "is_shared",
    "is_pending_ext_shared",
    "pending_shared",
    "pending_connected_team_ids",
    "connected_team_ids",
)


class NotInChannel(Exception):
    """Our bot is not in the channel."""


async def share(flow: Flow, to: To, key: str) -> None:
    """Post an answer that somebody was given to the channel that they are in."""
    given = await flow.pressed(to, key)
    if given is None:
        return
    if to.channel in given.shared:
        await flow.say(to, texts.ALREADY_SHARED)
        return
    # Taken before anything is waited for: pressing twice posts once.
    given.shared.add(to.channel)
    said = texts.SLACK_FAILED
    try:
        said = await _shared(flow, to, given)
    finally:
        if said not in (texts.SHARED, texts.SHARED_PART):
            given.shared.discard(to.channel)
    await flow.say(to, said)


async def shareable(flow: Flow, person: Person, answer: Answer, channel: str) -> Answer | None:
    """What of an answer everybody in a channel may read now; None: nothing.

    Raises:
        NotInChannel: our bot is not in it.
        NotReady: it cannot be found out now.
    """
    if answer.abstained:
        return None
    everybody = await members(flow, channel)
    return await flow.work.blocking(flow.desk.shareable, person, answer, everybody)


async def members(flow: Flow, channel: str) -> Collection[str] | None:
    """The members of a channel without our bot; None: too many, of other companies, or unknown.

    Raises:
        NotInChannel: our bot is not in it.
    """
    try:
        info = await flow.speaker.client.conversations_info(channel=channel)
        if not _is_of_one_company(info.get("channel")):
            return None
        found = await _listed(flow, channel)
        return None if found is None else found - {await flow.speaker.me()}
    except FAILURES as error:
        if code(error) in _NOT_IN_CHANNEL:
            raise NotInChannel from error
        logger.warning("the members of a channel cannot be read: %s", code(error))
        return None


async def _shared(flow: Flow, to: To, given: Given) -> str:
    """Post it; returns what to say to whoever pressed."""
    try:
        return await _posted(flow, to, given)
    except (NotInChannel, *FAILURES) as error:
        logger.warning("an answer was not shared: %s", code(error))
        if isinstance(error, NotInChannel) or code(error) in _NOT_IN_CHANNEL:
            return texts.not_in_channel(_named(to.channel))
        return texts.SLACK_FAILED


async def _posted(flow: Flow, to: To, given: Given) -> str:
    # Who it is is asked anew: since the answer was given they may have left.
    person = await flow.work.blocking(flow.desk.person, to.user, to.team)
    if person is None:
        return texts.NOBODY
    reduced = await shareable(flow, person, given.answer, to.channel)
    if reduced is None or reduced.abstained or not reduced.sentences:
        return texts.NOTHING_TO_SHARE
    message = public(reduced, sharer=to.user, page_url=flow.settings.page_url)
    await flow.speaker.post(to.channel, message, given.thread)
    is_whole = len(reduced.sentences) == len(given.answer.sentences)
    return texts.SHARED if is_whole else texts.SHARED_PART


async def _listed(flow: Flow, channel: str) -> set[str] | None:
    """All members, our bot included; None: too many."""
    found: set[str] = set()
    cursor = ""
    for _ in range(_PAGES_MAX):
        page = await flow.speaker.client.conversations_members(
            channel=channel, limit=_PAGE, cursor=cursor or None
        )
        found.update(str(one) for one in page["members"])
        if len(found) > flow.settings.max_members + 1:
            return None
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return found if found and not cursor else None


def _is_of_one_company(channel: Any) -> bool:
    return isinstance(channel, dict) and not any(channel.get(name) for name in _FOREIGN)


def _named(channel: str) -> str:
    return f"<#{channel}>" if channel.startswith("C") and channel.isalnum() else "this conversation"
