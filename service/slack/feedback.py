"""The buttons that say what somebody thinks of an answer."""

from typing import Final, get_args

from service.errors import NotFound
from service.gaps.schemas import Feedback
from service.gaps.types import Verdict
from service.slack import texts
from service.slack.flow import Flow
from service.slack.responding import To

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)


async def take(flow: Flow, to: To, key: str, verdict: Verdict) -> None:
    """Keep what somebody thinks of the answer that they were given, and thank them."""
    given = await flow.pressed(to, key)
    if given is None:
        return
    if given.answer.answer_id is None:
        await flow.say(to, texts.NOT_KEPT)
        return
    person = await flow.person(to)
    if person is None:
        return
    feedback = Feedback(answer=given.answer.answer_id, verdict=verdict)
    try:
        await flow.work.blocking(flow.desk.feedback, person, feedback)
    except NotFound:
        await flow.say(to, texts.NOT_KEPT)
        return
    await flow.say(to, texts.THANKS_USEFUL if verdict == "useful" else texts.THANKS)
