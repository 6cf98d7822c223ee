"""The slash command: a question is answered, privately, where it was typed."""

import asyncio
import re
from typing import Final

from service.schemas import Answer
from service.slack import texts
from service.slack.flow import Flow
from service.slack.responding import To
from service.slack.types import Person

_PATIENCE_SECONDS: Final = 1.5  # before somebody is told that we are searching
_HELP: Final = frozenset({"help", "?", "-h", "--help"})
# What Slack makes of what somebody typed: <@U1|name>, <#C1|name>, <https://…|label>.
_REFERENCE = re.compile(r"<(?P<sign>[@#!]?)(?P<to>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


async def answer_command(flow: Flow, to: To, text: str, command: str) -> None:
    """Answer what was typed after the command."""
    question = as_typed(text)
    if not question:
        await flow.say(to, texts.empty(command))
    elif question.lower() in _HELP:
        await flow.say(to, texts.help_text(command))
    elif person := await flow.person(to):
        await _answer(flow, to, person, question)


def as_typed(text: str) -> str:
    """A text of Slack as somebody typed it."""
    text = _REFERENCE.sub(_named, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


async def _answer(flow: Flow, to: To, person: Person, question: str) -> None:
    asking = asyncio.ensure_future(_asked(flow, person, question))
    await asyncio.wait({asking}, timeout=_PATIENCE_SECONDS)
    is_waiting = not asking.done()
    if is_waiting:
        await flow.say(to, texts.SEARCHING)
    await flow.give(to, person, await asking, replaces=is_waiting)


async def _asked(flow: Flow, person: Person, question: str) -> Answer:
    return await flow.work.blocking(flow.desk.ask, person, question)


def _named(match: re.Match[str]) -> str:
    sign = match["sign"] if match["sign"] in ("@", "#") else ""
    return f"{sign}{match['label'] or match['to']}"
