from typing import Any

import pytest

from service.identity.sign_in_settings import SignInSettings
from service.identity.types import Proven
from service.signin.sessions import Sessions

HOUR = 3600
ADA = "ada@tallow.example"


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def made(clock: Clock, **bounds: Any) -> Sessions:
    settings = SignInSettings(
        client_id="c",
        redirect_url="https://answers.example/auth/callback",
        session_hours=12,
        idle_hours=4,
    )
    return Sessions(settings, clock, **bounds)


def somebody(email: str = ADA) -> Proven:
    return Proven(email, frozenset({"staff"}), "oidc", email)


def test_session_holds_what_was_proven(clock: Clock) -> None:
    sessions = made(clock)

    found = sessions.find(sessions.begin(somebody()))

    assert found
    assert found.proven == somebody()


@pytest.mark.parametrize("session_id", ["", "x", "\udcff", "x" * 100_000])
def test_session_that_was_not_begun_is_none(clock: Clock, session_id: str) -> None:
    assert made(clock).find(session_id) is None


def test_session_that_is_used_ends_after_its_hours(clock: Clock) -> None:
    sessions = made(clock)
    session_id = sessions.begin(somebody())

    for hour in range(12):
        clock.seconds = hour * HOUR
        assert sessions.find(session_id)
    clock.seconds = 12 * HOUR

    assert sessions.find(session_id) is None


def test_session_that_is_not_used_ends_sooner(clock: Clock) -> None:
    sessions = made(clock)
    session_id = sessions.begin(somebody())

    clock.seconds = 4 * HOUR - 1
    assert sessions.find(session_id)
    clock.seconds += 4 * HOUR
    assert sessions.find(session_id) is None
    clock.seconds -= 1
    assert sessions.find(session_id) is None


def test_ids_are_not_kept(clock: Clock) -> None:
    sessions = made(clock)
    session_id = sessions.begin(somebody())

    assert session_id not in repr(vars(sessions))


def test_person_has_so_many_and_the_one_used_longest_ago_ends(clock: Clock) -> None:
    sessions = made(clock, per_person=2)
    first, second = sessions.begin(somebody()), sessions.begin(somebody())
    other = sessions.begin(somebody("bo@tallow.example"))
    assert sessions.find(first)

    third = sessions.begin(somebody())

    assert [bool(sessions.find(one)) for one in (first, second, third, other)] == [
        True,
        False,
        True,
        True,
    ]


def test_everybody_together_has_so_many(clock: Clock) -> None:
    sessions = made(clock, in_all=3)
    begun = [sessions.begin(somebody(f"p{number}@tallow.example")) for number in range(5)]

    assert [bool(sessions.find(one)) for one in begun] == [False, False, True, True, True]


def test_sessions_that_are_over_are_forgotten(clock: Clock) -> None:
    sessions = made(clock)
    for number in range(5):
        sessions.begin(somebody(f"p{number}@tallow.example"))
    clock.seconds = 5 * HOUR

    sessions.begin(somebody())

    assert len(sessions) == 1
