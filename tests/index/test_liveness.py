import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.access import PUBLIC, Principal, user, visible_to
from index.settings import IndexSettings
from index.store import Index
from index.types import ChunkId, DocId, Document
from ingest.cutting import chunker
from tests.fakes.embedder import HashEmbedder
from tests.service.answering.desk import make_document

ANYBODY = visible_to(None)
ANNA = visible_to(Principal("anna@docs.example"))
TEXT = "# Pay\n\nAnna earns 90.\n\n## Bonus\n\nShe gets a bonus of 9.\n"
EVERYBODYS = make_document(TEXT, name="pay.md", readers=PUBLIC)
SOME = [ChunkId(i) for i in range(1, 400)]
ANNAS = replace(EVERYBODYS, readers=frozenset({user("anna@docs.example")}))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    settings = IndexSettings(data_dir=tmp_path)
    with Index(settings, HashEmbedder(dimension=64), chunker="t") as opened:
        yield opened


def put(index: Index, document: Document = EVERYBODYS) -> None:
    index.put([(document, chunker(index.embedder)(document))])


def read(index: Index, ids: list[ChunkId]) -> None:
    (first, *_) = index.chunks(ids, visible_to=ANYBODY).values()
    assert index.neighbours(first, 1, visible_to=ANYBODY)
    assert index.document(EVERYBODYS.doc_id, visible_to=ANYBODY)
    assert index.document(DocId("docs:none.md"), visible_to=ANYBODY) is None


def ids_of(index: Index) -> list[ChunkId]:
    return [i for i, _ in index.matching("earns bonus", visible_to=ANYBODY, limit=9)]


def test_the_catalog_is_not_asked_again_until_something_is_committed(index: Index) -> None:
    put(index)
    ids = ids_of(index)
    read(index, ids)
    asked: list[str] = []
    index._database.connection().set_trace_callback(asked.append)

    read(index, ids)
    assert len(asked) == 1, "what is not there"

    put(index, make_document("# Other\n\nSomething else.", name="other.md"))
    asked.clear()
    read(index, ids)
    assert len(asked) == 3, "the chunks, the document, and the one that is not there"


def test_what_others_read_is_looked_up_for_each_person(index: Index) -> None:
    put(index, ANNAS)
    assert index.document(ANNAS.doc_id, visible_to=ANNA)
    asked: list[str] = []
    index._database.connection().set_trace_callback(asked.append)

    for _ in range(2):
        for doc_id in (ANNAS.doc_id, DocId("docs:none.md")):
            asked.clear()
            assert index.document(doc_id, visible_to=ANYBODY) is None
            assert len(asked) == 1


def test_nothing_is_kept_of_what_is_not_there(index: Index) -> None:
    put(index)
    for number in range(10):
        index.document(DocId(f"docs:{number}" * 1000), visible_to=ANYBODY)

    assert len(index._reader._liveness._documents) == 0


def test_who_may_read_counts_as_soon_as_it_is_written_however_many_read(index: Index) -> None:
    put(index)
    stop = threading.Event()

    def keep_reading() -> None:
        while not stop.is_set():
            index.document(EVERYBODYS.doc_id, visible_to=ANYBODY)
            index.chunks(SOME, visible_to=ANYBODY)

    threads = [threading.Thread(target=keep_reading) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(30):
            put(index, ANNAS)
            assert index.document(EVERYBODYS.doc_id, visible_to=ANYBODY) is None
            assert index.chunks(SOME, visible_to=ANYBODY) == {}
            assert index.document(EVERYBODYS.doc_id, visible_to=ANNA) == ANNAS
            put(index)
            assert index.document(EVERYBODYS.doc_id, visible_to=ANYBODY) == EVERYBODYS
            assert index.chunks(SOME, visible_to=ANYBODY)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
