from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from index.access import visible_to
from index.errors import StorageError
from index.store import Index
from index.types import ChunkDraft, DocId, Document
from ingest.cutting import chunker
from ingest.errors import RetryLater, SourceRefused
from ingest.report import Progress
from ingest.settings import DocsRepoSettings, IngestSettings
from ingest.source import (
    Change,
    Checkpoint,
    Cursor,
    Delete,
    Source,
    Unchanged,
)
from ingest.sources.docs_repo import DocsRepo
from ingest.sync import sync, sync_all
from tests.fakes.embedder import HashEmbedder
from tests.fakes.repository import Repository
from tests.ingest.scripted import (
    END,
    ONE_BY_ONE,
    STAFF,
    USUAL,
    FullDisk,
    Gated,
    Scripted,
    ids,
    page,
    run,
    shown,
    ten,
    whole,
)


def test_new_documents_are_written_and_counted(index: Index) -> None:
    report = run(index, page("a"), page("b", "Other words."), *END)

    assert shown(index) == ["a", "b"]
    assert (report.listed, report.indexed, report.chunks, report.embedded) == (2, 2, 2, 2)
    assert (report.complete, report.error, report.skipped) == (True, None, {})
    assert index.sources.cursor("wiki") == "end"


def test_source_is_told_the_cursor_and_what_is_known(index: Index) -> None:
    run(index, page("a", revision="r1"), *END)
    source = Scripted(Unchanged(DocId("wiki:a")), *END)

    report = sync(source, index, chunker=whole, settings=USUAL)

    assert source.asked == [("end", {"wiki:a": "r1"})]
    assert (report.listed, report.unchanged, report.indexed) == (1, 1, 0)


def test_changed_readers_embed_nothing(index: Index, embedder: HashEmbedder) -> None:
    run(index, page("a"), *END)
    embedder.embedded.clear()

    report = run(index, page("a", readers=STAFF), *END)

    assert index.readers_of(DocId("wiki:a")) == STAFF
    assert (report.indexed, report.embedded, embedder.embedded) == (1, 0, [])


def test_what_a_complete_listing_leaves_out_is_deleted(index: Index) -> None:
    names = ten(index)

    report = run(index, *map(Unchanged, ids(*names[1:])), *END)

    assert shown(index) == names[1:]
    assert report.deleted == 1


def test_what_an_incomplete_listing_leaves_out_stays(index: Index) -> None:
    names = ten(index)

    report = run(index, Unchanged(DocId("wiki:p0")), Checkpoint(Cursor("later")))

    assert shown(index) == names
    assert not report.complete


def test_document_that_the_source_says_is_gone_is_deleted(index: Index) -> None:
    names = ten(index)

    assert run(index, Delete(DocId("wiki:p3")), Checkpoint(Cursor("next"))).deleted == 1
    assert shown(index) == [name for name in names if name != "p3"]


def test_deleting_what_was_never_known_is_nothing(index: Index) -> None:
    assert run(index, Delete(DocId("wiki:nobody")), *END).deleted == 0


def test_last_word_on_a_document_counts(index: Index) -> None:
    ten(index)
    gone = (Delete(DocId("wiki:p0")), Checkpoint(Cursor("next")))

    run(index, *gone, page("p0", "Back."), *gone)
    run(index, Delete(DocId("wiki:p1")), page("p1", "Back."), Checkpoint(Cursor("last")))
    run(index, page("p2", "Changed."), Delete(DocId("wiki:p2")), Checkpoint(Cursor("last")))

    assert shown(index) == ["p1", *(f"p{i}" for i in range(3, 10))]


def test_documents_wait_for_a_full_batch(index: Index) -> None:
    seen: list[Progress] = []
    source = Scripted(*(page(name) for name in "abcde"), *END)

    sync(
        source,
        index,
        chunker=whole,
        settings=IngestSettings(batch_chunks=2),
        progress=seen.append,
    )

    indexed = [(p.listed, p.indexed) for p in seen]
    assert indexed == [(1, 0), (2, 0), (3, 0), (4, 2), (5, 2), (5, 2), (5, 5)]


def test_next_documents_are_read_while_a_batch_is_written(index: Index) -> None:
    target = Gated(index)

    def cut(document: Document) -> Sequence[ChunkDraft]:
        if document.title == "b":
            target.gate.set()  # "a", which was handed over before, cannot be written until now
        return whole(document)

    report = sync(Scripted(page("a"), page("b"), *END), target, chunker=cut, settings=ONE_BY_ONE)

    assert report.indexed == 2


def test_documents_of_other_sources_are_left_alone(index: Index) -> None:
    ten(index)

    sync(Scripted(*END, name="other"), index, chunker=whole, settings=USUAL)

    assert len(shown(index)) == 10


def test_refused_source_keeps_everything_and_says_why(index: Index) -> None:
    names = ten(index)

    report = run(index, SourceRefused("bad credentials"))

    assert shown(index) == names
    assert (report.error, report.complete) == ("bad credentials", False)


def test_interrupted_source_keeps_what_it_gave_but_not_the_cursor(index: Index) -> None:
    ten(index)
    limit = RetryLater("rate limit", timedelta(minutes=2))

    report = run(index, page("new"), limit)

    assert "new" in shown(index)
    assert (report.error, report.retry_after_seconds) == ("rate limit", 120)
    assert index.sources.cursor("wiki") == "end"


def test_one_source_that_fails_does_not_stop_the_others(index: Index) -> None:
    broken = Scripted(SourceRefused("no"), name="broken")

    reports = sync_all([broken, Scripted(page("a"), *END)], index, chunker=whole, settings=USUAL)

    assert [report.error for report in reports] == ["no", None]
    assert shown(index) == ["a"]


@pytest.mark.parametrize("writes", range(4))
def test_run_that_dies_anywhere_is_repeated_without_loss(index: Index, writes: int) -> None:
    ten(index)
    names = [f"p{i}" for i in range(2, 10)]
    changes: tuple[Change, ...] = (
        page("x"),
        page("p2", "Changed."),
        page("y"),
        *map(Unchanged, ids(*names[1:])),
        *END,
    )

    with pytest.raises(StorageError):
        run(FullDisk(index, writes), *changes, settings=ONE_BY_ONE)
    run(index, *changes)

    assert shown(index) == sorted(["x", "y", *names])
    assert index.check() == []


def test_repository_follows_its_branch_into_the_index(
    index: Index, embedder: HashEmbedder, tmp_path: Path
) -> None:
    repository = Repository(tmp_path / "origin")
    repository.commit({"a.md": "# A\n\nFirst.\n\n## Part\n\nSecond.\n", "b.md": "# B\n\nText.\n"})
    settings = DocsRepoSettings(kind="docs_repo", git=repository.url)
    source: Source = DocsRepo("docs", settings, tmp_path / "clones")
    cut = chunker(embedder, max_tokens=16)

    first = sync(source, index, chunker=cut, settings=USUAL)
    repository.commit({"a.md": "# A\n\nFirst.\n\n## Part\n\nChanged.\n", "b.md": None})
    second = sync(source, index, chunker=cut, settings=USUAL)
    third = sync(source, index, chunker=cut, settings=USUAL)

    assert (first.indexed, second.indexed, second.deleted) == (2, 1, 1)
    assert second.embedded < second.chunks
    assert (third.indexed, third.unchanged, third.embedded) == (0, 1, 0)
    assert index.sources.cursor("docs") == repository.head
    found = index.document(DocId("docs:a.md"), visible_to=visible_to(None))
    assert found is not None
    assert "Changed." in found.text
