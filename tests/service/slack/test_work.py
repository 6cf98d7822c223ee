import asyncio
import threading
from datetime import timedelta

from service.slack.memory import Fading, Given, Memory, Thread
from service.slack.work import Work
from tests.service.slack.desk import cited

ANSWER = cited(("Yes.", "a"))


def test_no_more_is_begun_than_there_is_room_for() -> None:
    async def scenario() -> list[bool]:
        work, gate = Work(at_once=1, waiting=2), asyncio.Event()
        begun = [work.begin(gate_waiter(gate)) for _ in range(4)]
        gate.set()
        await work.close()
        return begun

    assert asyncio.run(scenario()) == [True, True, True, False]


def test_closing_waits_for_what_runs_and_begins_nothing() -> None:
    async def scenario() -> tuple[list[str], bool]:
        work, done = Work(), list[str]()

        async def job() -> None:
            await work.blocking(threading.Event().wait, 0.05)
            done.append("done")

        work.begin(job)
        await work.close()
        return done, work.begin(job)

    assert asyncio.run(scenario()) == (["done"], False)


def test_closing_gives_up_what_takes_too_long() -> None:
    async def scenario() -> bool:
        work, gate = Work(), asyncio.Event()
        work.begin(gate_waiter(gate))
        await work.close(grace_seconds=0.01)
        return True

    assert asyncio.run(scenario())


def test_failed_job_leaves_room_for_the_next() -> None:
    async def scenario() -> list[str]:
        work, done = Work(at_once=1, waiting=1), list[str]()

        async def fail() -> None:
            raise RuntimeError

        async def succeed() -> None:
            done.append("done")

        work.begin(fail)
        work.begin(succeed)
        await work.close()
        return done

    assert asyncio.run(scenario()) == ["done"]


def test_answer_is_kept_for_half_an_hour() -> None:
    now = [0.0]
    memory = Memory(lambda: now[0])
    key = memory.give(Given("U1", "T1", ANSWER))

    now[0] = 1800
    assert memory.given(key) is not None
    now[0] = 1801
    assert memory.given(key) is None


def test_oldest_is_forgotten_when_there_are_too_many() -> None:
    kept: Fading[int, int] = Fading(2, timedelta(hours=1), lambda: 0.0)
    for number in range(3):
        kept.put(number, number)

    assert [kept.get(number) for number in range(3)] == [None, 1, 2]


def test_keys_cannot_be_guessed_from_one_another() -> None:
    memory = Memory()
    keys = {memory.give(Given("U1", "T1", ANSWER)) for _ in range(100)}

    assert len(keys) == 100
    assert {len(key) for key in keys} == {22}


def test_thread_can_be_begun_anew() -> None:
    memory, thread = Memory(), Thread("T1", "C1", "1.1", "U1")
    memory.remember(thread, "c1")
    assert memory.conversation(thread) == "c1"

    memory.remember(thread, None)
    assert memory.conversation(thread) is None


def gate_waiter(gate: asyncio.Event):  # type: ignore[no-untyped-def]
    async def job() -> None:
        await gate.wait()

    return job
