import threading
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.limits import Limits, LimitSettings, Places, TooManyRequests, Window

ADA = "ada@tallow.example"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def three_a_minute(clock: Clock, **settings: object) -> Limits:
    return Limits(
        LimitSettings(asks_per_minute=3, failed_auth_per_minute=3),
        clock,
        **settings,  # type: ignore[arg-type]
    )


def ask(limits: Limits, times: int, email: str = ADA, key_id: str | None = None) -> None:
    for _ in range(times):
        limits.count_ask(email, key_id)


def fail(limits: Limits, times: int, address: str = "192.0.2.7") -> None:
    for _ in range(times):
        limits.check_address(address)
        limits.count_failure(address)


def test_each_response_says_what_is_left(clock: Clock) -> None:
    limits = three_a_minute(clock)
    limits.count_ask(ADA, None)
    clock.now += 20

    assert limits.count_ask(ADA, None) == {
        "RateLimit-Policy": '"asks";q=3;w=60',
        "RateLimit": '"asks";r=1;t=40',
    }


def test_one_too_many_is_told_when_to_come_back(clock: Clock) -> None:
    limits = three_a_minute(clock)
    ask(limits, 3)
    clock.now += 15.5
    with pytest.raises(TooManyRequests) as refused:
        ask(limits, 1)

    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "45"
    assert refused.value.headers["RateLimit"] == '"asks";r=0;t=45'


def test_who_comes_back_as_told_is_served(clock: Clock) -> None:
    limits = three_a_minute(clock)
    ask(limits, 3)
    with pytest.raises(TooManyRequests) as refused:
        ask(limits, 1)
    clock.now += int(refused.value.headers["Retry-After"])
    ask(limits, 3)


def test_people_do_not_use_up_each_others_limit(clock: Clock) -> None:
    limits = three_a_minute(clock)
    ask(limits, 3)
    ask(limits, 3, "bo@tallow.example")


def test_person_has_one_limit_for_all_keys_and_spellings(clock: Clock) -> None:
    limits = three_a_minute(clock)
    ask(limits, 2, ADA, "k1")
    ask(limits, 1, "Ada@Tallow.example", "k2")
    with pytest.raises(TooManyRequests):
        ask(limits, 1)


def test_key_without_person_has_its_own_limit(clock: Clock) -> None:
    limits = three_a_minute(clock)
    ask(limits, 3, "", "k1")
    ask(limits, 3, "", "k2")
    with pytest.raises(TooManyRequests):
        ask(limits, 1, "", "k1")


def test_address_that_fails_too_often_is_not_looked_at(clock: Clock) -> None:
    limits = three_a_minute(clock)
    fail(limits, 3)
    with pytest.raises(TooManyRequests) as refused:
        limits.check_address("192.0.2.7")
    limits.check_address("192.0.2.8")

    assert refused.value.headers["Retry-After"] == "60"
    clock.now += 60
    limits.check_address("192.0.2.7")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("", "", True),
        ("a socket", "192.0.2.7", False),
    ],
)
def test_addresses_of_one_site_count_together(
    clock: Clock, one: str, other: str, is_same: bool
) -> None:
    limits = three_a_minute(clock)
    fail(limits, 3, one)
    if is_same:
        with pytest.raises(TooManyRequests):
            limits.check_address(other)
    else:
        limits.check_address(other)


def test_one_who_fails_behind_a_proxy_does_not_shut_out_all(clock: Clock) -> None:
    fail(three_a_minute(clock, exempt=[ip_network("10.0.0.0/24")]), 10, "10.0.0.1")


def test_zero_is_no_limit(clock: Clock) -> None:
    limits = Limits(LimitSettings(asks_per_minute=0, failed_auth_per_minute=0), clock)
    ask(limits, 1000)
    fail(limits, 1000)
    assert limits.count_ask(ADA, None) == {}


def test_flood_of_names_does_not_fill_the_memory(clock: Clock) -> None:
    window = Window(3, clock, most_kept=10)
    for number in range(1000):
        window.take(str(number))

    assert window.look("999").left == 2
    assert window.look("0").left == 3


def test_who_was_refused_is_not_shut_out_for_longer(clock: Clock) -> None:
    window = Window(1, clock)
    window.take("ada")
    for _ in range(59):
        clock.now += 1
        assert window.take("ada").is_over
    clock.now += 1
    assert not window.take("ada").is_over


def test_threads_get_no_more_than_the_limit() -> None:
    window, served = Window(100), []

    def work() -> None:
        for _ in range(50):
            if not window.take("ada").is_over:
                served.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(served) == 100


@given(
    most=st.integers(1, 5),
    waits=st.lists(st.floats(0, 40, allow_nan=False), max_size=60),
)
def test_no_minute_has_more_than_the_limit_and_none_is_refused_early(
    most: int, waits: list[float]
) -> None:
    clock, served = Clock(), []
    window = Window(most, clock)
    for wait in waits:
        clock.now += wait
        recent = [time for time in served if time > clock.now - 60]
        is_over = window.take("ada").is_over
        assert is_over == (len(recent) >= most)
        if not is_over:
            served.append(clock.now)


def test_places_are_counted_for_each_and_given_back() -> None:
    places = Places(1)
    with places.hold("ada"), places.hold("bo"):
        with pytest.raises(TooManyRequests) as refused, places.hold("ada"):
            pass
        with places.hold("a key", 2), places.hold("a key", 2):
            pass

    assert refused.value.headers == {"Retry-After": "5"}
    with places.hold("ada"):
        pass


def test_place_is_given_back_by_what_fails() -> None:
    places = Places(1)
    for _ in range(2):
        with pytest.raises(ValueError, match="on purpose"), places.hold("ada"):
            raise ValueError("on purpose")


def test_zero_places_are_as_many_as_one_likes() -> None:
    places = Places(0)
    with places.hold("ada"), places.hold("ada"):
        pass
