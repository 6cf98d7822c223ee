"""Sources whose readers are too old: nobody gets more of them than what is public."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from index.access import PUBLIC
from index.catalog import Item
from index.reading import Reader
from index.revocations import Revocation, Revocations
from index.store import Index
from index.types import DocId
from index.withholding import Withholding
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import ADA, ANYBODY, FOR_ADA, by_paragraph, document, matching, nearest

SALARY = "The salary of Ada is a secret"
MENU = "The menu of today is soup"
NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
OTHER = "The salary of Ada stands elsewhere, too"


def of(source: str, name: str, text: str, *readers: str) -> Item:
    made = replace(document(name, text, readers), doc_id=DocId(f"{source}:{name}"), source=source)
    return made, by_paragraph(made)


@pytest.fixture
def shared(index: Index) -> Index:
    index.put(
        [
            of("drive", "salary", SALARY, FOR_ADA),
            of("drive", "menu", MENU, PUBLIC, FOR_ADA),
            of("wiki", "other", OTHER, FOR_ADA),
        ]
    )
    return index


def everything_found(index: Index) -> dict[str, set[str]]:
    """Texts that Ada gets, by the way she reads."""
    vector = HashEmbedder().embed_query(SALARY)
    ids = [chunk_id for chunk_id, _, _ in index._reader.live_rows()]
    believing = Reader(index._database, Revocations(index._database))
    believing.withheld = Withholding()
    chunks = believing.chunks(ids, visible_to=ADA)
    listed = {line.doc_id for line in index.documents(visible_to=ADA)}
    read = {chunk.doc_id: index.document(chunk.doc_id, visible_to=ADA) for chunk in chunks.values()}
    return {
        "dense": {c.text for c in nearest(index, SALARY, ADA)},
        "lexical": {c.text for c in matching(index, f"{SALARY} {MENU}", ADA)},
        "similarities": {chunks[i].text for i in index.similarities(vector, ids, visible_to=ADA)},
        "chunks": {c.text for c in index.chunks(ids, visible_to=ADA).values()},
        "neighbours": {
            n.text for c in chunks.values() for n in index.neighbours(c, 1, visible_to=ADA)
        },
        "documents": {c.text for c in chunks.values() if c.doc_id in listed},
        "document": {found.text for found in read.values() if found},
    }


def test_nothing_is_withheld_to_begin_with(shared: Index) -> None:
    assert set(map(frozenset, everything_found(shared).values())) == {
        frozenset({SALARY, MENU, OTHER})
    }


def test_withheld_source_shows_only_what_is_public_in_every_read(shared: Index) -> None:
    shared.withhold(["drive"])

    found = everything_found(shared)
    assert {way: texts for way, texts in found.items() if texts != {MENU, OTHER}} == {}


def test_source_comes_back_when_it_is_not_named_again(shared: Index) -> None:
    shared.withhold(["drive", "wiki"])
    shared.withhold(["wiki"])

    assert everything_found(shared)["dense"] == {SALARY, MENU}


def test_what_is_put_while_its_source_is_withheld_is_withheld(shared: Index) -> None:
    shared.withhold(["drive"])
    shared.put([of("drive", "new", "The salary of next year", FOR_ADA)])

    assert "The salary of next year" not in everything_found(shared)["dense"]
    shared.withhold([])
    assert "The salary of next year" in everything_found(shared)["lexical"]


def revoked(source: str, *, hides_public: bool = False, event: str = "1") -> Revocation:
    return Revocation(source, event, hides_public, NOW)


def test_source_with_a_revocation_shows_only_what_is_public_in_every_read(shared: Index) -> None:
    shared.sources.wakeups.revocations.add([revoked("drive")])

    found = everything_found(shared)
    assert {way: texts for way, texts in found.items() if texts != {MENU, OTHER}} == {}


def test_source_that_may_not_be_public_any_more_shows_nothing_in_any_read(shared: Index) -> None:
    shared.sources.wakeups.revocations.add([revoked("drive", hides_public=True)])

    found = everything_found(shared)
    assert {way: texts for way, texts in found.items() if texts != {OTHER}} == {}
    assert matching(shared, MENU, ANYBODY) == nearest(shared, MENU, ANYBODY) == []


def test_hidden_hits_that_were_public_do_not_crowd_out_others(shared: Index) -> None:
    shared.put([of("drive", f"more{n}", f"salary salary number {n}", PUBLIC) for n in range(30)])
    shared.sources.wakeups.revocations.add([revoked("drive", hides_public=True)])

    assert [c.text for c in matching(shared, "salary", ADA, limit=1)] == [OTHER]


def test_age_and_revocation_withhold_each_by_itself(shared: Index) -> None:
    revocations = shared.sources.wakeups.revocations
    shared.withhold(["drive"])
    revocations.add([revoked("drive")])
    shared.withhold([])
    assert everything_found(shared)["dense"] == {MENU, OTHER}

    shared.withhold(["drive"])
    revocations.confirm([revoked("drive")])
    assert everything_found(shared)["dense"] == {MENU, OTHER}
    shared.withhold([])
    assert everything_found(shared)["dense"] == {SALARY, MENU, OTHER}


def test_readers_as_they_were_written_stay(shared: Index) -> None:
    shared.withhold(["drive"])

    assert shared.readers_of(DocId("drive:salary")) == {FOR_ADA}
    assert shared.check() == []


def test_hits_of_a_withheld_source_do_not_crowd_out_others(shared: Index) -> None:
    shared.put([of("drive", f"more{n}", f"salary salary number {n}", FOR_ADA) for n in range(30)])
    shared.withhold(["drive"])

    assert [c.text for c in matching(shared, "salary", ADA, limit=1)] == [OTHER]


def test_forbidden_document_is_refused_before_its_text_is_read(
    shared: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Patched to see the order of two steps, which no result tells.
    def read(*_: object) -> None:
        raise AssertionError("the text was read")

    monkeypatch.setattr(shared._reader, "_document", read)

    assert shared.document(DocId("drive:salary"), visible_to=ANYBODY) is None
    assert shared.document(DocId("drive:none"), visible_to=ANYBODY) is None


def test_document_is_read_from_an_empty_index(index: Index) -> None:
    assert index.document(DocId("drive:none"), visible_to=ANYBODY) is None


def test_hidden_document_is_not_there_for_its_reader(shared: Index) -> None:
    shared.delete([DocId("drive:salary")])

    assert shared.document(DocId("drive:salary"), visible_to=ADA) is None
