import threading

import pytest

from service.fairness import FewAtOnce


def test_no_more_than_a_few_work_at_once() -> None:
    few, inside, most, lock = FewAtOnce(2), 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(200):
            with few:
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (inside, most <= 2) == (0, True)


def test_those_who_wait_come_in_the_order_of_their_coming() -> None:
    few, came = FewAtOnce(1), []

    def work(number: int) -> None:
        with few:
            came.append(number)

    with few:
        threads = []
        for number in range(5):
            thread = threading.Thread(target=work, args=(number,))
            thread.start()
            threads.append(thread)
            while len(few._waiting) <= number:  # until it waits
                pass
    for thread in threads:
        thread.join()

    assert came == [0, 1, 2, 3, 4]


def test_a_turn_ends_with_an_error() -> None:
    few = FewAtOnce(1)
    with pytest.raises(ValueError, match="no"), few:
        raise ValueError("no")

    with few:
        pass
