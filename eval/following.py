"""Follow-up questions: retrieval on a last turn as asked, rewritten, and as written by hand.

The earlier questions are asked of the service itself, so that the turns are those a person would
have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from eval.errors import Problem
from eval.measures import ranking_measures
from eval.opening import Bench, Configured
from eval.results import Estimate
from eval.running import Runner
from eval.sets.checking import check
from eval.sets.conversations import Conversation
from eval.statistics import Resampling, bootstrap_means
from eval.topics import TopicSet
from index.access import VisibleTo, visible_to
from service.answering.extractive import ExtractiveAnswerer
from service.asking import Asking
from service.conversations.types import Cited, Rewriter, Turn

MEASURE: Final = "nDCG@10"
AIM: Final = 0.05
"""How far the rewritten questions may be behind those written by hand."""

Wording = Literal["raw", "rewritten", "by hand"]
WORDINGS: Final[tuple[Wording, ...]] = ("raw", "rewritten", "by hand")
Watch = Callable[[int, int], None]
"""Called with the conversations done and those in all."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A conversation with the measure of its last turn, by wording.

    Attributes:
        rewritten: what the service searched for.
        leaked: documents that showed up although this person may not read them.
        fell_back: whether a language model was to rewrite it, and something else did.
    """

    conversation: Conversation
    rewritten: str
    values: Mapping[Wording, float]
    leaked: tuple[str, ...] = ()
    fell_back: bool = False

    @property
    def was_left(self) -> bool:
        """Whether the question came back as it was asked."""
        return self.rewritten == self.conversation.topic.text


@dataclass(frozen=True, slots=True)
class Summary:
    """Means over conversations, and the paired differences, with 95 % intervals.

    Attributes:
        behind: by hand minus rewritten; to be at most `AIM`.
        gained: rewritten minus raw.
    """

    values: Mapping[str, Estimate]
    behind: Estimate
    gained: Estimate


class Fallback:
    """A `Rewriter` that counts how often it had to do another one's work.

    Attributes:
        calls: that many times.
    """

    def __init__(self, rewriter: Rewriter) -> None:
        """Over the one that does the work."""
        self.calls = 0
        self._rewriter = rewriter

    def standalone(self, question: str, earlier: Sequence[Turn], *, visible_to: VisibleTo) -> str:
        """What the other one makes of it."""
        self.calls += 1
        return self._rewriter.standalone(question, earlier, visible_to=visible_to)


def problems(topics: TopicSet, bench: Bench) -> list[Problem]:
    """What is wrong with the judgements, in the documents as they are now; empty when sound.

    Two conversations may end in the same words: what they mean is in the turns before.
    """
    apart = tuple(replace(t, text=f"{t.query_id} {t.text}") for t in topics.topics)
    return check(replace(topics, topics=apart), bench.index, bench.ids.of_set)


def followed(
    conversations: Sequence[Conversation],
    bench: Bench,
    configured: Configured,
    rewriter: Rewriter,
    watch: Watch = lambda _, __: None,
    fallback: Fallback | None = None,
) -> list[Followed]:
    """Every conversation, held; its last turn searched for in each of its wordings.

    `fallback` is the one that the rewriter was made with, if it was made with one.
    """
    service = configured.service
    answerer = ExtractiveAnswerer(bench.index, service)
    asking = Asking(bench.index, bench.retriever(service), answerer, service, rewriter)
    runner = bench.runner(service)
    done = []
    for conversation in conversations:
        done.append(_held(conversation, asking, runner, rewriter, fallback))
        watch(len(done), len(conversations))
    return done


def summary(held: Sequence[Followed], resampling: Resampling) -> Summary:
    """What the conversations say together; at least one is needed."""
    columns: dict[str, list[float]] = {
        wording: [one.values[wording] for one in held] for wording in WORDINGS
    }
    raw, rewritten, by_hand = (columns[wording] for wording in WORDINGS)
    pairs = {
        "behind": [b - r for b, r in zip(by_hand, rewritten, strict=True)],
        "gained": [r - q for r, q in zip(rewritten, raw, strict=True)],
    }
    means = bootstrap_means({**columns, **pairs}, resampling)
    values = {str(wording): means[wording] for wording in WORDINGS}
    return Summary(values, means["behind"], means["gained"])


def turns(conversation: Conversation, asking: Asking) -> tuple[Turn, ...]:
    """The earlier questions with what they were taken for, and what the answers cited."""
    viewer = visible_to(conversation.topic.principal)
    earlier: list[Turn] = []
    for question in conversation.earlier:
        answered = asking.ask(question, visible_to=viewer, earlier=earlier)
        cited = tuple(Cited(one.doc_id, one.span) for one in answered.answer.citations)
        earlier.append(Turn(question, answered.standalone, cited))
    return tuple(earlier)


def _held(
    conversation: Conversation,
    asking: Asking,
    runner: Runner,
    rewriter: Rewriter,
    fallback: Fallback | None,
) -> Followed:
    topic = conversation.topic
    earlier = turns(conversation, asking)
    viewer = visible_to(topic.principal)
    before = fallback.calls if fallback else 0
    rewritten = rewriter.standalone(topic.text, earlier, visible_to=viewer)
    fell_back = fallback is not None and fallback.calls > before
    texts = dict(zip(WORDINGS, (topic.text, rewritten, conversation.by_hand), strict=True))
    outcomes = {w: runner.run(replace(topic, text=text)) for w, text in texts.items()}
    values = {w: ranking_measures([o])[topic.query_id][MEASURE] for w, o in outcomes.items()}
    leaked = sorted({document for outcome in outcomes.values() for document in outcome.leaked})
    return Followed(conversation, rewritten, values, tuple(leaked), fell_back)
