"""Sources whose readers are too old: nobody gets more of them than what is public."""

from dataclasses import replace

import pytest

from index.access import PUBLIC
from index.catalog import Item
from index.store import Index
from index.types import DocId
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import ADA, ANYBODY, FOR_ADA, by_paragraph, document, matching, nearest

SALARY = "The salary of Ada is a secret"
MENU = "The menu of today is soup"
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
    index_withheld, index._reader.withheld.sources = index._reader.withheld.sources, frozenset()
    chunks = index.chunks(ids, visible_to=ADA)
    index._reader.withheld.sources = index_withheld
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
