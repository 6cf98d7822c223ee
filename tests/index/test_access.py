"""Who may see what: every read of the index, asked by anonymous, by someone else, and by me."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from index import search
from index.access import Principal, VisibleTo, domain, group, user, visible_to
from index.store import Index
from index.types import ChunkId, DocId
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import (
    ADA,
    ANYBODY,
    BOB,
    FOR_ADA,
    contents,
    item,
    matching,
    nearest,
    open_index,
)

SALARY = "The salary of Ada is a secret"
MENU = "The menu of today is soup"
NAMES = ("salary", "menu", "lost")
NOBODY = "A page whose readers are unknown"


ITEMS = [item("salary", SALARY, [FOR_ADA]), item("menu", MENU), item("lost", NOBODY, [])]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with open_index(tmp_path_factory.mktemp("access")) as opened:
        opened.put(ITEMS)
        yield opened


def ids_of(index: Index, visible: VisibleTo) -> list[ChunkId]:
    """Ids of everything that `visible` admits, to ask for in another's name."""
    vector = HashEmbedder().embed_query(SALARY)
    return [i for i, _ in index.nearest(vector, visible_to=visible, limit=100)]


def by_chunks(index: Index, visible: VisibleTo) -> set[str]:
    chunks = index.chunks(ids_of(index, ADA), visible_to=visible)
    return {chunk.text for chunk in chunks.values()}


def by_similarity(index: Index, visible: VisibleTo) -> set[str]:
    vector = HashEmbedder().embed_query(SALARY)
    scored = index.similarities(vector, ids_of(index, ADA), visible_to=visible)
    return {chunk.text for chunk in index.chunks(scored, visible_to=ADA).values()}


def by_document(index: Index, visible: VisibleTo) -> set[str]:
    asked = [index.document(DocId(f"notes:{n}"), visible_to=visible) for n in NAMES]
    return {document.text for document in asked if document}


def by_neighbours(index: Index, visible: VisibleTo) -> set[str]:
    chunks = index.chunks(ids_of(index, ADA), visible_to=ADA).values()
    return {n.text for c in chunks for n in index.neighbours(c, 1, visible_to=visible)}


READS: dict[str, Callable[[Index, VisibleTo], set[str]]] = {
    "nearest": lambda index, visible: {c.text for c in nearest(index, SALARY, visible)},
    "matching": lambda index, visible: {
        c.text for question in (SALARY, MENU, NOBODY) for c in matching(index, question, visible)
    },
    "chunks": by_chunks,
    "similarities": by_similarity,
    "document": by_document,
    "documents": lambda index, visible: set(contents(index, visible).values()),
    "neighbours": by_neighbours,
}
every_read = pytest.mark.parametrize("read", READS.values(), ids=READS)


@every_read
def test_anonymous_sees_what_is_public(full: Index, read: Any) -> None:
    assert read(full, ANYBODY) == {MENU}


@every_read
def test_someone_else_does_not_see_mine(full: Index, read: Any) -> None:
    assert read(full, BOB) == {MENU}


@every_read
def test_i_see_mine(full: Index, read: Any) -> None:
    assert read(full, ADA) == {MENU, SALARY}


@every_read
def test_document_without_readers_is_for_nobody(full: Index, read: Any) -> None:
    everyone = visible_to(Principal("root@example.com", frozenset({"", "admins"})))

    assert NOBODY not in read(full, everyone)


@every_read
def test_every_read_needs_visible_to(full: Index, read: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        read(full, None)


@pytest.mark.parametrize("exact", [20_000, 0], ids=["exact", "approximate"])
def test_revoked_readers_count_at_once_in_every_read(
    index: Index, exact: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The approximate way is only taken by indexes larger than a test can make.
    monkeypatch.setattr(search, "EXACT_CHUNKS", exact)
    monkeypatch.setattr(search, "EXACT_FILTERED_CHUNKS", exact)
    index.put(ITEMS)
    index.put([item("salary", SALARY, ["user:bob@example.com"])])

    assert {name: SALARY in read(index, ADA) for name, read in READS.items()} == dict.fromkeys(
        READS, False
    )
    assert SALARY in READS["nearest"](index, BOB)


def test_visible_to_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError, match="visible_to"):
        VisibleTo(frozenset({"user:ada@example.com"}))


def test_visible_to_cannot_be_made_with_another_grant() -> None:
    with pytest.raises(TypeError):
        VisibleTo(frozenset({"public"}), object())


def test_nobody_known_sees_only_public() -> None:
    assert visible_to(None).readers == {"public"}


def test_person_is_admitted_by_address_group_and_domain() -> None:
    ada = visible_to(Principal("Ada@Example.com", frozenset({"Engineering"})))

    assert ada.readers == {
        "public",
        user("ada@example.com"),
        group("engineering"),
        domain("example.com"),
    }


def test_person_is_not_admitted_by_a_domain_that_only_ends_alike() -> None:
    assert not visible_to(Principal("eve@notexample.com")).admits([domain("example.com")])


def test_person_is_admitted_by_other_addresses_of_theirs_but_not_by_their_domains() -> None:
    ada = visible_to(Principal("ada@example.com", aliases=frozenset({"Ada@Old.example"})))

    assert ada.readers == {
        "public",
        user("ada@example.com"),
        user("ada@old.example"),
        domain("example.com"),
    }


def test_no_readers_admit_nobody() -> None:
    assert not ADA.admits([])


def test_names_are_compared_however_their_letters_are_composed() -> None:
    composed = "J\N{LATIN CAPITAL LETTER O WITH DIAERESIS}RG@tallow.example"

    assert user("jo\N{COMBINING DIAERESIS}rg@tallow.example") == user(composed)
    assert group(" Crew ") == "group:crew"


def test_foreign_letter_is_not_taken_for_an_english_one() -> None:
    assert group("\N{KELVIN SIGN}reativ") != "group:kreativ"
