"""Conversations are remembered for their owner alone, within bounds, and not for ever."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from service.conversations.store import Conversations
from service.conversations.types import Turn
from service.errors import NotFound
from service.settings import ConversationSettings
from tests.fakes.clock import FakeClock

ANA, BEN = "ana@x.example", "ben@x.example"


def store(clock: FakeClock | None = None, **bounds: float) -> Conversations:
    settings = ConversationSettings.model_validate(bounds)
    return Conversations(settings, (clock or FakeClock()).now)


def turn(question: str) -> Turn:
    return Turn(question, question)


def refusal(conversations: Conversations, conversation_id: str, owner: str) -> str:
    with pytest.raises(NotFound) as refused:
        conversations.turns(conversation_id, owner)
    return str(refused.value)


def test_somebody_elses_conversation_looks_like_one_that_never_was() -> None:
    conversations = store()
    anas = conversations.begin(ANA)

    assert refusal(conversations, anas, BEN) == refusal(conversations, "never-was", BEN)
    assert conversations.listed(BEN) == ()


def test_somebody_else_can_neither_add_nor_forget() -> None:
    conversations = store()
    anas = conversations.begin(ANA)

    with pytest.raises(NotFound):
        conversations.add(anas, BEN, turn("mine now?"))
    with pytest.raises(NotFound):
        conversations.forget(anas, BEN)
    assert conversations.turns(anas, ANA) == ()


def test_turns_come_back_oldest_first() -> None:
    conversations = store()
    anas = conversations.begin(ANA)

    for question in ("first?", "second?"):
        conversations.add(anas, ANA, turn(question))

    assert [one.question for one in conversations.turns(anas, ANA)] == ["first?", "second?"]


def test_the_oldest_turn_is_dropped_beyond_the_bound() -> None:
    conversations = store(turns=2)
    anas = conversations.begin(ANA)

    for question in ("first?", "second?", "third?"):
        conversations.add(anas, ANA, turn(question))

    assert [one.question for one in conversations.turns(anas, ANA)] == ["second?", "third?"]


def test_the_conversation_used_longest_ago_makes_room_for_a_persons_next() -> None:
    conversations = store(per_person=2)
    first, second = conversations.begin(ANA), conversations.begin(ANA)
    bens = conversations.begin(BEN)
    conversations.add(first, ANA, turn("used again?"))

    third = conversations.begin(ANA)

    assert conversations.listed(ANA) == (third, first)
    assert conversations.listed(BEN) == (bens,)
    assert "no such conversation" in refusal(conversations, second, ANA)


def test_the_oldest_of_all_makes_room_when_everything_is_full() -> None:
    conversations = store(in_all=2)
    anas, bens = conversations.begin(ANA), conversations.begin(BEN)

    again = conversations.begin(BEN)

    assert conversations.listed(ANA) == ()
    assert conversations.listed(BEN) == (again, bens)
    assert "no such conversation" in refusal(conversations, anas, ANA)


def test_an_idle_conversation_expires_and_looks_like_one_that_never_was() -> None:
    clock = FakeClock()
    conversations = store(clock, idle_hours=12)
    idle = conversations.begin(ANA)
    clock.advance(timedelta(hours=6))
    used = conversations.begin(ANA)
    clock.advance(timedelta(hours=6))

    assert refusal(conversations, idle, ANA) == refusal(conversations, "never-was", ANA)
    assert conversations.listed(ANA) == (used,)


def test_a_turn_begins_the_idle_time_anew() -> None:
    clock = FakeClock()
    conversations = store(clock, idle_hours=12)
    anas = conversations.begin(ANA)
    clock.advance(timedelta(hours=11))
    conversations.add(anas, ANA, turn("still there?"))
    clock.advance(timedelta(hours=11))

    assert len(conversations.turns(anas, ANA)) == 1


def test_a_forgotten_conversation_is_gone() -> None:
    conversations = store()
    anas = conversations.begin(ANA)
    conversations.add(anas, ANA, turn("secret?"))

    conversations.forget(anas, ANA)

    assert conversations.listed(ANA) == ()
    assert "no such conversation" in refusal(conversations, anas, ANA)


def test_ids_are_long_and_do_not_repeat() -> None:
    conversations = store()

    ids = {conversations.begin(ANA) for _ in range(50)}

    assert len(ids) == 50
    assert min(map(len, ids)) >= 24


def test_many_threads_keep_the_bounds() -> None:
    conversations = store(per_person=5, in_all=12)

    def work(owner: str) -> None:
        for number in range(100):
            # Another thread's conversation may take its room in between.
            with suppress(NotFound):
                conversations.add(conversations.begin(owner), owner, turn(f"{number}?"))

    owners = [f"p{number}@x.example" for number in range(4)]
    with ThreadPoolExecutor(len(owners)) as threads:
        list(threads.map(work, owners))

    kept = [conversations.listed(owner) for owner in owners]
    assert max(map(len, kept)) <= 5
    assert sum(map(len, kept)) == 12
