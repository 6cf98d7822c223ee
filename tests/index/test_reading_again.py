import gc
from dataclasses import replace
from pathlib import Path

from index.access import PUBLIC, Principal, user, visible_to
from index.settings import IndexSettings
from index.store import Index
from index.types import Chunk, Document
from ingest.cutting import chunker
from tests.fakes.embedder import HashEmbedder
from tests.service.answering.desk import make_document

ANYBODY = visible_to(None)
ANNA = visible_to(Principal("anna@docs.example"))


def test_what_was_read_before_is_checked_again_for_each_person_and_each_moment(
    tmp_path: Path,
) -> None:
    with Index(
        IndexSettings(data_dir=tmp_path / "data"), HashEmbedder(dimension=64), chunker="test"
    ) as index:
        cut = chunker(index.embedder)
        secret = make_document("# Pay\n\nAnna earns 90.", readers=user("anna@docs.example"))
        index.put([(secret, cut(secret))])
        found = index.matching("earns", visible_to=ANNA, limit=5)
        ids = [chunk_id for chunk_id, _ in found]
        for _ in range(2):
            assert index.document(secret.doc_id, visible_to=ANNA) == secret
            assert list(index.chunks(ids, visible_to=ANNA)) == ids
            assert index.document(secret.doc_id, visible_to=ANYBODY) is None
            assert index.chunks(ids, visible_to=ANYBODY) == {}
        index.withhold(["docs"])
        assert index.document(secret.doc_id, visible_to=ANNA) is None
        assert index.chunks(ids, visible_to=ANNA) == {}
        index.withhold([])
        shared = replace(secret, text=secret.text, readers=frozenset({PUBLIC}))
        index.put([(shared, cut(shared))])
        assert index.document(secret.doc_id, visible_to=ANYBODY) == shared
        assert index.chunks(ids, visible_to=ANNA) == {}, "those were chunks of the old version"
        index.delete([secret.doc_id])
        assert index.document(secret.doc_id, visible_to=ANNA) is None


def test_text_that_was_erased_is_in_no_memory(tmp_path: Path) -> None:
    with Index(
        IndexSettings(data_dir=tmp_path / "data"), HashEmbedder(dimension=64), chunker="test"
    ) as index:
        cut = chunker(index.embedder)
        secret = make_document("# Pay\n\nAnna earned 4711.", readers=user("anna@docs.example"))
        index.put([(secret, cut(secret))])
        ids = [chunk_id for chunk_id, _ in index.matching("earns", visible_to=ANNA, limit=5)]
        assert index.document(secret.doc_id, visible_to=ANNA)
        assert index.chunks(ids, visible_to=ANNA)

        index.forget("docs")

        # Not isinstance: it asks other objects for their class, and some warn that they are old.
        held = [h for h in gc.get_objects() if type(h) in (Document, Chunk)]
        assert not [h for h in held if h is not secret and "Anna earned 4711." in h.text]
