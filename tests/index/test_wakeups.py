from datetime import UTC, datetime, timedelta

from index.store import Index
from index.types import DocId
from index.wakeups import KEPT_FOR, MAX_DELIVERIES
from tests.index.documents import item

NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


def test_delivery_is_new_once(index: Index) -> None:
    wakeups = index.sources.wakeups

    assert [wakeups.is_new(name, NOW) for name in ("a", "b", "a")] == [True, True, False]


def test_looking_for_a_delivery_does_not_make_it_known(index: Index) -> None:
    wakeups = index.sources.wakeups

    assert not wakeups.knows("a")
    assert wakeups.is_new("a", NOW)
    assert wakeups.knows("a")


def test_delivery_is_remembered_for_at_least_an_hour(index: Index) -> None:
    wakeups = index.sources.wakeups
    wakeups.is_new("a", NOW)

    assert not wakeups.is_new("a", NOW + timedelta(hours=1))
    assert wakeups.is_new("a", NOW + KEPT_FOR + timedelta(seconds=1))


def test_deliveries_without_end_do_not_fill_the_catalog(index: Index) -> None:
    wakeups = index.sources.wakeups
    later = [(f"old {n}", (NOW + timedelta(seconds=n)).isoformat()) for n in range(MAX_DELIVERIES)]
    with index._database.transaction() as write:
        write.executemany("INSERT INTO deliveries VALUES (?, ?)", later)
    wakeups.is_new("new", NOW + timedelta(hours=20))

    (count,) = index._database.connection().execute("SELECT count(*) FROM deliveries").fetchone()
    assert count == MAX_DELIVERIES
    assert not wakeups.is_new("new", NOW + timedelta(hours=20))
    assert wakeups.is_new("old 0", NOW + timedelta(hours=20))


def test_forgetting_a_source_erases_nothing_that_another_has_hidden(index: Index) -> None:
    index.put([item("a", "Soup of the day")])
    index.delete([DocId("notes:a")])
    index.sources.save_cursor("other", "abc")

    assert index.forget("other") == 0
    assert index._database.connection().execute("SELECT count(*) FROM documents").fetchone() == (1,)


def test_forgotten_source_leaves_nothing_and_the_others_all(index: Index) -> None:
    index.put([item("a", "Soup of the day"), item("b", "Thirty days of leave")])
    index.delete([DocId("notes:b")])  # hidden, not yet erased
    index.sources.save_cursor("notes", "abc")
    index.sources.save_cursor("other", "def")

    assert index.forget("notes") == 2
    assert index.stats()["documents"] == 0
    assert index.sources.cursor("notes") is None
    assert index.sources.cursor("other") == "def"
    assert index.check() == []
    files = [f for f in index.settings.data_dir.rglob("*") if f.is_file()]
    assert not [f for f in files if b"Soup of the day" in f.read_bytes()]
