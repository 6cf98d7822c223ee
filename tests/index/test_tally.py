from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from index.store import Index
from tests.index.documents import ADA, ANYBODY, BOB, FOR_ADA, item


def elsewhere(name: str, source: str) -> tuple[object, object]:
    whole, drafts = item(name, f"about {name}")
    return replace(whole, doc_id=f"{source}:{name}", source=source), drafts


def test_everybody_gets_the_number_of_what_they_may_read(index: Index) -> None:
    index.put([item("a", "open"), item("b", "open, too"), item("c", "shut", [FOR_ADA])])
    index.put([elsewhere("d", "wiki")])  # type: ignore[list-item]

    assert index.tally(visible_to=ADA) == {"notes": 3, "wiki": 1}
    assert index.tally(visible_to=BOB) == {"notes": 2, "wiki": 1}


def test_source_of_which_nothing_may_be_read_is_not_named(index: Index) -> None:
    index.put([item("a", "shut", [FOR_ADA])])

    assert index.tally(visible_to=ADA) == {"notes": 1}
    assert index.tally(visible_to=ANYBODY) == {}


def test_what_changes_counts_at_once(index: Index) -> None:
    index.put([item("a", "open"), item("b", "open, too")])
    assert index.tally(visible_to=BOB) == {"notes": 2}

    index.put([item("a", "shut by now", [FOR_ADA], revision="2")])
    assert index.tally(visible_to=BOB) == {"notes": 1}

    index.delete(["notes:b"])  # type: ignore[list-item]
    assert index.tally(visible_to=BOB) == {}


def test_what_another_thread_writes_counts_at_once(index: Index) -> None:
    index.put([item("a", "open")])
    assert index.tally(visible_to=BOB) == {"notes": 1}

    with ThreadPoolExecutor(1) as other:
        other.submit(index.put, [item("a", "shut", [FOR_ADA], revision="2")]).result()

    assert index.tally(visible_to=BOB) == {}
    assert index.tally(visible_to=ADA) == {"notes": 1}


def test_source_that_is_withheld_counts_with_what_is_public_of_it(index: Index) -> None:
    index.put([item("a", "open"), item("b", "shut", [FOR_ADA])])
    assert index.tally(visible_to=ADA) == {"notes": 2}

    index.withhold(["notes"])

    assert index.tally(visible_to=ADA) == {"notes": 1}


def test_it_is_as_many_as_are_listed(index: Index) -> None:
    index.put([item(str(n), f"text {n}", [FOR_ADA] if n % 3 else ["public"]) for n in range(20)])

    for who in (ADA, BOB, ANYBODY):
        listed = index.documents(visible_to=who)
        assert index.tally(visible_to=who) == {"notes": len(listed)}
