"""Scores are about what a person may see; what they may not see neither moves nor ranks them."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from index.access import PUBLIC, Principal, VisibleTo, user, visible_to
from index.term_view import Scope
from index.terms import TermStore
from index.types import ChunkId
from tests.index.documents import ADA, ANYBODY, FOR_ADA, item, open_index

WORDS = [f"word{n}" for n in range(400)]
WEIGHTS = [1 / (n + 3) for n in range(400)]
LENGTH = 40
VISIBLE = 300
HIDDEN = 3000
QUESTIONS = ("word0 word7 word90", "word1 word2 word3 word4", "word11", "word250 word0 word399")
OPEN = frozenset({PUBLIC})
HERS = frozenset({FOR_ADA})

Rows = list[tuple[ChunkId, str, str, frozenset[str]]]


def chunks(first: int, count: int, readers: frozenset[str], length: int = LENGTH) -> Rows:
    random = Random(first)  # noqa: S311 - no secret
    return [
        (ChunkId(first + n), " ".join(random.choices(WORDS, WEIGHTS, k=length)), "notes", readers)
        for n in range(count)
    ]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TermStore]:
    opened = TermStore(tmp_path / "terms", stemming=True)
    opened.add(chunks(1, VISIBLE, OPEN))
    opened.commit()
    yield opened
    opened.close()


def hide(store: TermStore, rows: Rows) -> None:
    store.add(rows)
    store.commit()


def scores(store: TermStore, visible: VisibleTo = ANYBODY) -> list[dict[int, float]]:
    return [dict(store.search(q, Scope(visible.readers), VISIBLE)) for q in QUESTIONS]


def ranking(store: TermStore) -> list[list[int]]:
    found = [store.search(q, Scope(ANYBODY.readers), 10) for q in QUESTIONS]
    return [[chunk_id for chunk_id, _ in hits] for hits in found]


def test_thousands_of_hidden_chunks_change_no_score(store: TermStore) -> None:
    alone = scores(store)
    hide(store, chunks(1000, HIDDEN, HERS))

    assert scores(store) == [pytest.approx(found, rel=1e-3) for found in alone]


def test_hidden_chunks_change_no_ranking(store: TermStore) -> None:
    alone = ranking(store)
    hide(store, chunks(1000, HIDDEN, HERS))

    assert ranking(store) == alone


def test_hidden_chunks_that_were_removed_change_no_score(store: TermStore) -> None:
    alone = scores(store)
    hide(store, chunks(1000, HIDDEN, HERS))
    store.remove(ChunkId(1000 + n) for n in range(HIDDEN))
    store.commit()

    assert scores(store) == [pytest.approx(found, rel=1e-3) for found in alone]


def test_a_word_that_only_hidden_chunks_have_weighs_nothing(store: TermStore) -> None:
    hide(store, [(ChunkId(9000), "merger " * LENGTH, "notes", HERS)])

    assert store.search("merger", Scope(ANYBODY.readers), 10) == []
    plain = store.search("word0 word7", Scope(ANYBODY.readers), 10)
    assert store.search("word0 word7 merger", Scope(ANYBODY.readers), 10) == plain


def test_who_sees_everything_gets_the_scores_of_the_whole_index(store: TermStore) -> None:
    hide(store, chunks(1000, 50, HERS))
    sees_all = scores(store, ADA)
    hide(store, chunks(5000, HIDDEN, frozenset({user("bob@example.com")})))

    assert scores(store, ADA) == [pytest.approx(found, rel=1e-3) for found in sees_all]


@pytest.mark.parametrize("length", [10, 20, 80, 160])
def test_only_the_length_of_hidden_chunks_can_still_be_felt(store: TermStore, length: int) -> None:
    """What remains: the mean length of a chunk is that of the whole index, and it is bounded."""
    alone = scores(store)
    hide(store, chunks(1000, HIDDEN, HERS, length))

    ratios = [now[i] / was[i] for was, now in zip(alone, scores(store), strict=True) for i in was]
    assert min(ratios) > 0.4
    assert max(ratios) < 1.6


def test_one_hidden_chunk_of_another_length_stays_below_the_digits_shown(store: TermStore) -> None:
    hide(store, chunks(1000, HIDDEN, HERS))
    before = scores(store)
    hide(store, chunks(8000, 1, HERS, length=LENGTH * 2))

    assert scores(store) == [pytest.approx(found, rel=2e-3) for found in before]


def test_nobody_is_found_nothing(store: TermStore) -> None:
    # Made by hand, to see that an empty filter means nothing and not everything.
    nobody = VisibleTo(frozenset(), visible_to(None).grant)

    assert store.search("word0", Scope(nobody.readers), 10) == []


def test_withheld_source_is_as_if_it_were_not_there(store: TermStore) -> None:
    alone = scores(store, ADA)
    hide(store, [(i, text, "old", who) for i, text, _, who in chunks(1000, HIDDEN, HERS)])
    withheld = frozenset({"old"})
    found = [dict(store.search(q, Scope(ADA.readers, withheld), VISIBLE)) for q in QUESTIONS]

    assert found == [pytest.approx(was, rel=1e-3) for was in alone]


def test_public_chunks_of_a_withheld_source_are_still_found(store: TermStore) -> None:
    hide(store, [(ChunkId(9000), "merger", "old", OPEN), (ChunkId(9001), "merger", "old", HERS)])
    ada = visible_to(Principal("ada@example.com"))

    found = store.search("merger", Scope(ada.readers, frozenset({"old"})), 10)
    assert [chunk_id for chunk_id, _ in found] == [9000]


@pytest.mark.parametrize("visible", [ANYBODY, ADA])
def test_best_of_each_term_is_the_score_of_the_first_hit(
    store: TermStore, visible: VisibleTo
) -> None:
    hide(store, [*chunks(1000, HIDDEN, HERS), (ChunkId(9000), "merger", "notes", HERS)])
    scope, terms = Scope(visible.readers), ["word0", "word250", "merger", "nowhere"]
    hits = {term: store.search(term, scope, 1) for term in terms}

    for _ in range(2):  # looked up, and remembered
        assert store.best(terms, scope) == hits
    assert bool(store.best(["merger"], scope)["merger"]) == (visible is ADA)


def test_what_is_remembered_of_a_scope_ends_with_a_commit(store: TermStore) -> None:
    scope = Scope(ANYBODY.readers)
    assert store.best(["merger"], scope) == {"merger": []}
    store.add([(ChunkId(9000), "merger", "notes", OPEN)])
    store.commit()
    assert [i for i, _ in store.best(["merger"], scope)["merger"]] == [9000]
    assert [i for i, _ in store.search("merger", scope, 5)] == [9000]

    store.remove([ChunkId(9000)])
    store.commit()
    assert store.best(["merger"], scope) == {"merger": []}


def test_words_of_a_chunk_that_only_the_term_store_still_has_weigh_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise OSError("no space left")

    with open_index(tmp_path) as index:
        told = item("told", "the merger with zanzibar")
        index.put([told])
        assert index.best(["zanzibar"], visible_to=ANYBODY)
        # Nothing but a disk that fails in the middle leaves the store behind the catalog.
        monkeypatch.setattr(index._terms, "remove", stop)
        with pytest.raises(OSError, match="no space"):
            index.delete([told[0].doc_id])

        assert index.best(["zanzibar"], visible_to=ANYBODY) == {}
