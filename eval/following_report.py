"""What came of conversations, as data: what conversations.json holds, and tables are made from."""

import re
from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from eval.evaluating import provenance
from eval.following import Followed, summary
from eval.opening import Bench, Configured
from eval.results import Estimate, Provenance
from eval.statistics import Resampling
from eval.topics import TopicSet

_NUMBER: Final = re.compile(r"\d+(?=\D*\Z)")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Frozen):
    """Some of the conversations: nDCG@10 by wording, and the paired differences.

    Attributes:
        behind: by hand minus rewritten.
        gained: rewritten minus raw.
    """

    name: str
    conversations: int
    values: dict[str, Estimate]
    behind: Estimate
    gained: Estimate


class Held(_Frozen):
    """One conversation, and what its last question became; see `eval.following.Followed`."""

    conversation_id: str
    asked_by: str
    tags: tuple[str, ...]
    earlier: tuple[str, ...]
    question: str
    rewritten: str
    by_hand: str
    fell_back: bool
    values: dict[str, float]
    leaked: tuple[str, ...]


class FollowingReport(_Frozen):
    """All conversations of a set.

    Attributes:
        rewriter: what made the questions stand alone.
        parts: those with even and with odd numbers in their ids, where there are both, and all.
    """

    provenance: Provenance
    rewriter: str
    parts: tuple[Part, ...]
    conversations: tuple[Held, ...]


def following_report(
    topics: TopicSet,
    held: Sequence[Followed],
    bench: Bench,
    configured: Configured,
    rewriter: str,
) -> FollowingReport:
    """What came of the conversations, of which there is at least one, in numbers."""
    settings = configured.evaluation
    resampling = Resampling(settings.seed, settings.resamples)
    parts = [_part(name, those, resampling) for name, those in _halves(held) if those]
    return FollowingReport(
        provenance=provenance(topics, bench, configured),
        rewriter=rewriter,
        parts=(*parts, _part("all", held, resampling)),
        conversations=tuple(_shown(one) for one in held),
    )


def _halves(held: Sequence[Followed]) -> list[tuple[str, list[Followed]]]:
    """By the number in the id: what one half is looked at for, the other half can test."""
    halves: dict[int, list[Followed]] = {0: [], 1: []}
    for one in held:
        if number := _NUMBER.search(one.conversation.topic.query_id):
            halves[int(number[0]) % 2].append(one)
    return [("even ids", halves[0]), ("odd ids", halves[1])]


def _part(name: str, held: Sequence[Followed], resampling: Resampling) -> Part:
    found = summary(held, resampling)
    return Part(
        name=name,
        conversations=len(held),
        values=dict(found.values),
        behind=found.behind,
        gained=found.gained,
    )


def _shown(one: Followed) -> Held:
    conversation = one.conversation
    return Held(
        conversation_id=conversation.topic.query_id,
        asked_by=conversation.topic.asked_by,
        tags=conversation.topic.tags,
        earlier=conversation.earlier,
        question=conversation.topic.text,
        rewritten=one.rewritten,
        by_hand=conversation.by_hand,
        fell_back=one.fell_back,
        values={str(wording): value for wording, value in one.values.items()},
        leaked=one.leaked,
    )
