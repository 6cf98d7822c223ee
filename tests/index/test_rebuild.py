"""Another model or chunker: refused by name, rebuilt on demand, nothing embedded twice."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from index.errors import IndexMismatch
from index.store import Index
from index.types import ChunkDraft, Document, Span
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import by_paragraph, contents, item, nearest, open_index, texts

PAGES = [item(f"page{n}", f"first of {n}\n\nsecond of {n}") for n in range(70)]


def whole_text(document: Document) -> Sequence[ChunkDraft]:
    """Another chunker: one chunk a document."""
    return [ChunkDraft(0, Span(0, len(document.text)), document.text)]


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    with open_index(tmp_path) as index:
        index.put(PAGES)
    return tmp_path


def rebuilt(folder: Path, embedder: HashEmbedder) -> int:
    with open_index(folder, embedder, for_rebuild=True) as index:
        return index.rebuild(by_paragraph).embedded


class Stopped(Exception):
    """What the chunker raises in the middle of a rebuild."""


def stop_rebuild(folder: Path, embedder: HashEmbedder) -> None:
    seen: list[Document] = []

    def chunk(document: Document) -> Sequence[ChunkDraft]:
        seen.append(document)
        if len(seen) > len(PAGES) - 3:
            raise Stopped
        return by_paragraph(document)

    with open_index(folder, embedder, for_rebuild=True) as index, pytest.raises(Stopped):
        index.rebuild(chunk)


def test_other_model_is_refused_by_name(filled: Path) -> None:
    with pytest.raises(IndexMismatch) as caught:
        open_index(filled, HashEmbedder(name="other"))

    for fact in ("hash/64", "other", "answerable rebuild", str(filled)):
        assert fact in str(caught.value)


def test_other_chunker_is_refused_by_name(filled: Path) -> None:
    with pytest.raises(IndexMismatch, match=r"paragraphs.*whole.*answerable rebuild"):
        open_index(filled, chunker="whole")


def test_rebuild_for_the_same_model_embeds_nothing(filled: Path) -> None:
    assert rebuilt(filled, HashEmbedder()) == 0


def test_each_model_embeds_each_text_once(filled: Path) -> None:
    counts = [
        rebuilt(filled, HashEmbedder(32)),
        rebuilt(filled, HashEmbedder(64)),
        rebuilt(filled, HashEmbedder(32)),
    ]

    assert counts == [140, 0, 0]
    with open_index(filled, HashEmbedder(32)) as index:
        assert index.check() == []
        assert texts(nearest(index, "page7 second of 7", limit=1)) == ["second of 7"]


def test_rebuild_cuts_anew(filled: Path) -> None:
    with open_index(filled, chunker="whole", for_rebuild=True) as index:
        steps: list[tuple[int, int]] = []
        report = index.rebuild(whole_text, lambda done, total: steps.append((done, total)))
        assert (report.documents, report.chunks) == (70, 70)
        assert steps == [(64, 70), (70, 70)]
    with open_index(filled, chunker="whole") as index:
        assert index.check() == []
        assert texts(nearest(index, "page7 second of 7", limit=1)) == ["first of 7\n\nsecond of 7"]


def test_stopped_rebuild_is_refused_until_it_is_run_again(filled: Path) -> None:
    stop_rebuild(filled, HashEmbedder(32))
    for embedder in (HashEmbedder(32), HashEmbedder(64)):
        with pytest.raises(IndexMismatch, match=r"not finished.*answerable rebuild"):
            open_index(filled, embedder)

    assert rebuilt(filled, HashEmbedder(32)) == 2 * (70 - 64)
    with open_index(filled, HashEmbedder(32)) as index:
        assert len(contents(index)) == 70
        assert index.check() == []


def test_stopped_rebuild_can_be_taken_back(filled: Path) -> None:
    stop_rebuild(filled, HashEmbedder(32))

    assert rebuilt(filled, HashEmbedder(64)) == 0
    with open_index(filled) as index:
        assert index.check() == []


def test_rebuild_for_another_model_mends_an_unfinished_write(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise Stopped

    with open_index(filled) as index:
        # Nothing but a stop in the middle leaves a write unfinished.
        monkeypatch.setattr(index._terms, "put", stop)
        with pytest.raises(Stopped):
            index.put([item("late", "a later page")])
        monkeypatch.undo()

    assert rebuilt(filled, HashEmbedder(32)) == 140
    with open_index(filled, HashEmbedder(32)) as index:
        assert "late" not in contents(index)
        assert index.check() == []


def test_deleted_documents_are_not_rebuilt(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.put(PAGES[:3])
        index.delete([PAGES[0][0].doc_id])

    assert rebuilt(tmp_path, HashEmbedder(32)) == 4


def test_new_index_remembers_who_made_it(tmp_path: Path) -> None:
    index: Index = open_index(tmp_path)
    assert (index.stats()["model"], index.stats()["chunker"]) == ("hash/64", "paragraphs")
    index.close()
