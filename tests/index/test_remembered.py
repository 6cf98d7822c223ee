from index.remembered import Remembered


def test_what_was_not_used_for_longest_makes_room() -> None:
    held: Remembered[str, str] = Remembered(room=10)
    held.put("a", "first", 4)
    held.put("b", "second", 4)
    held.get("a")
    held.put("c", "third", 4)
    assert [held.get(key) for key in "abc"] == ["first", None, "third"]


def test_what_is_larger_than_all_room_is_not_held_and_drives_nothing_out() -> None:
    held: Remembered[str, str] = Remembered(room=10)
    held.put("a", "small", 4)
    held.put("b", "huge", 11)
    assert held.get("a") == "small"
    assert held.get("b") is None


def test_a_key_that_is_held_again_takes_its_room_once() -> None:
    held: Remembered[str, str] = Remembered(room=10)
    for _ in range(5):
        held.put("a", "again", 4)
    held.put("b", "beside it", 6)
    assert len(held) == 2


def test_after_clearing_there_is_all_the_room_again() -> None:
    held: Remembered[str, str] = Remembered(room=10)
    held.put("a", "gone", 10)
    held.clear()
    held.put("b", "held", 10)
    assert held.get("a") is None
    assert held.get("b") == "held"
