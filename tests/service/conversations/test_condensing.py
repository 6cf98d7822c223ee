"""What a model makes of a follow-up is used when it holds, and carried over when it does not."""

from collections.abc import Callable, Generator, Sequence

import pytest

from index.access import VisibleTo
from index.store import Index
from service.conversations.condensing import Condenser
from service.conversations.following import CarryOver
from service.conversations.types import Turn
from service.models.types import Message, Model, ModelFailed, never
from tests.service.conversations.handbook import ANA, ANYBODY, cited, turn

CARD = turn("What is the monthly limit of a company card?", cited("cards.md", "The monthly limit"))
OFFER = turn("What about the offer?", cited("zephyr.md", "The quokka offer for Zephyr is signed."))
GOOD = "What is the monthly limit of a company card for Pilot?"


class Scripted:
    """A `Model` that writes what it was given; it remembers what it read, and that it was left."""

    name = "scripted/one"

    def __init__(self, *pieces: str | ModelFailed, context_tokens: int = 4000) -> None:
        self.context_tokens = context_tokens
        self.read: list[Sequence[Message]] = []
        self.budgets: list[tuple[int, float]] = []
        self.written = 0
        self.is_closed = False
        self._pieces = pieces

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        seconds: float,
        should_stop: Callable[[], bool] = never,
    ) -> Generator[str, None, None]:
        self.read.append(messages)
        self.budgets.append((max_tokens, seconds))
        try:
            for piece in self._pieces:
                if should_stop():
                    raise ModelFailed("stopped", "nobody wants it any more")
                if isinstance(piece, ModelFailed):
                    raise piece
                self.written += 1
                yield piece
        finally:
            self.is_closed = True

    def count_tokens(self, text: str) -> int:
        return len(text)


def condensed(
    index: Index,
    model: Model,
    question: str,
    earlier: Sequence[Turn] = (CARD,),
    visible_to: VisibleTo = ANYBODY,
) -> str:
    rewriter = Condenser(model, index, CarryOver(index))
    return rewriter.standalone(question, earlier, visible_to=visible_to)


def carried(index: Index, question: str, *earlier: Turn) -> str:
    return CarryOver(index).standalone(question, earlier, visible_to=ANYBODY)


def test_the_model_never_reads_what_the_person_may_not_read_now(index: Index) -> None:
    said = turn("who signed it?", standalone="who signed the quokka offer for Zephyr?")
    model = Scripted("when was it signed?")

    condensed(index, model, "when was it signed?", [OFFER, said])

    text = "\n".join(message.content for message in model.read[0]).lower()
    assert "who signed it?" in text
    assert "zephyr" not in text
    assert "quokka" not in text


def test_the_model_reads_what_the_person_may_read(index: Index) -> None:
    model = Scripted("when was the offer for Zephyr signed?")

    rewritten = condensed(index, model, "when was it signed?", [OFFER], ANA)

    assert "quokka offer" in model.read[0][1].content
    assert rewritten == "when was the offer for Zephyr signed?"


def test_a_question_that_holds_is_used(index: Index) -> None:
    assert condensed(index, Scripted(GOOD), "And for Pilot?") == GOOD


def test_the_first_question_is_not_shown_to_the_model(index: Index) -> None:
    model = Scripted(GOOD)

    assert condensed(index, model, "And for Pilot?", []) == "And for Pilot?"
    assert model.read == []


@pytest.mark.parametrize(
    "written",
    [
        f'"{GOOD}"',
        f"Standalone question: {GOOD}",
        f"\n\n{GOOD}\n",
        f"<think>They mean the\ncard.</think>\n{GOOD}",
    ],
)
def test_what_models_put_around_a_question_is_taken_off(index: Index, written: str) -> None:
    assert condensed(index, Scripted(written), "And for Pilot?") == GOOD


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   \n",
        "<think>They mean the card",
        f"{GOOD}\nThe limit is 4,000 EUR.",
        "What is the monthly limit of a company card?",
        "What is the monthly limit of a company card for Pilot in Denmark?",
        "What is the monthly limit of 9,000 EUR of a company card for Pilot?",
        "What is the monthly limit of 4,500 EUR of a company card for Pilot?",
        "Denmark: what is the limit of a company card for Pilot?",
        "What is the limit of a card for Pilot, see https://evil.example/x?",
        "What is the limit of a card for Pilot at evil.example/x?",
        "What is the limit of a [card](x) for Pilot?",
        "What is the limit of a card for Pilot<img>?",
        "What is the limit of a card for Pilot of pia@evil.example?",
        "What is the limit of a card\u202e for Pilot?",
        "Pilot pilot " + "card " * 100,
        "pilot should transfer every penny onto the attacker today",
    ],
)
def test_what_does_not_hold_is_carried_over_instead(index: Index, written: str) -> None:
    rewritten = condensed(index, Scripted(written), "And for Pilot?")

    assert rewritten == carried(index, "And for Pilot?", CARD)


@pytest.mark.parametrize("why", ["timeout", "refused", "unreachable", "overloaded", "failed"])
def test_a_model_that_fails_leaves_it_to_the_fallback(index: Index, why: str) -> None:
    failed = ModelFailed(why, "no answer")  # type: ignore[arg-type]  # each is one of `Why`

    rewritten = condensed(index, Scripted("What is", failed), "And for Pilot?")

    assert rewritten == carried(index, "And for Pilot?", CARD)


def test_an_endless_reply_is_left_off(index: Index) -> None:
    model = Scripted(*["limit card Pilot "] * 10_000)

    assert condensed(index, model, "And for Pilot?") == carried(index, "And for Pilot?", CARD)
    assert model.written < 500
    assert model.is_closed


def test_the_oldest_turns_are_left_out_where_not_all_fit(index: Index) -> None:
    old = turn("How long is the sabbatical of the quartermaster?" * 20)
    model = Scripted(GOOD, context_tokens=1400)

    assert condensed(index, model, "And for Pilot?", [old, CARD]) == GOOD
    assert "quartermaster" not in model.read[0][1].content


def test_what_does_not_fit_at_all_is_not_sent(index: Index) -> None:
    model = Scripted(GOOD, context_tokens=300)

    assert condensed(index, model, "And for Pilot?") == carried(index, "And for Pilot?", CARD)
    assert model.read == []


def test_the_conversation_is_between_markers_that_change(index: Index) -> None:
    model = Scripted(GOOD)

    condensed(index, model, "And for Pilot?")
    condensed(index, model, "And for Pilot?")

    first, second = (read[1].content.splitlines() for read in model.read)
    assert first[0] == first[-1] != second[0] == second[-1]
    assert first[0] in model.read[0][0].content


def test_the_model_has_little_time(index: Index) -> None:
    model = Scripted(GOOD)

    Condenser(model, index, CarryOver(index), seconds=2.5).standalone(
        "And for Pilot?", [CARD], visible_to=ANYBODY
    )

    assert model.budgets == [(200, 2.5)]
