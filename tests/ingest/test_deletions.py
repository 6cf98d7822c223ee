import pytest

from index.access import Principal, visible_to
from index.store import Index
from index.types import DocId
from ingest.errors import RetryLater
from ingest.report import SyncReport
from ingest.source import (
    Checkpoint,
    Complete,
    Cursor,
    Delete,
    Skip,
    Unchanged,
)
from ingest.sync import Mode, sync
from tests.ingest.scripted import (
    END,
    PUBLIC,
    STAFF,
    USUAL,
    Scripted,
    ids,
    page,
    run,
    shown,
    ten,
    whole,
)


def test_too_many_deletions_are_held_back_with_the_cursor(index: Index) -> None:
    names = ten(index)

    report = run(index, *map(Unchanged, ids(*names[3:])), Complete(), Checkpoint(Cursor("new")))

    assert shown(index) == names
    assert (report.deleted, report.complete, index.sources.cursor("wiki")) == (0, False, "end")
    assert report.error is not None
    assert report.error.startswith("3 of 10 documents are gone")
    assert "wiki:p0, wiki:p1, wiki:p2" in report.error
    assert "--allow-mass-delete" in report.error


def test_new_documents_are_written_although_deletions_are_held_back(index: Index) -> None:
    ten(index)

    report = run(index, page("new"), *END)

    assert "new" in shown(index)
    assert report.error is not None
    assert "and 0 more" not in report.error


def test_allowed_mass_deletion_is_done(index: Index) -> None:
    ten(index)

    report = run(index, page("only"), *END, mode=Mode(allow_mass_delete=True))

    assert shown(index) == ["only"]
    assert (report.deleted, report.error) == (10, None)


def test_share_counts_over_all_checkpoints_of_a_run(index: Index) -> None:
    ten(index)
    changes = [c for i in ids("p0", "p1", "p2") for c in (Delete(i), Checkpoint(Cursor(i)))]

    report = run(index, *changes)

    assert report.deleted == 2
    assert index.sources.cursor("wiki") == "wiki:p1"


def test_few_documents_need_no_guard(index: Index) -> None:
    run(index, page("a"), page("b"), *END)

    assert run(index, Unchanged(DocId("wiki:a")), *END).deleted == 1


def test_skipped_document_keeps_its_old_version(index: Index) -> None:
    run(index, page("a"), *END)

    report = run(index, Skip(DocId("wiki:a"), "binary", PUBLIC), *END)

    assert shown(index) == ["a"]
    assert (report.skipped, report.deleted) == ({"wiki:a": "binary"}, 0)


@pytest.mark.parametrize("readers", [STAFF, None])
def test_skipped_document_with_other_or_unknown_readers_is_deleted(
    index: Index, readers: frozenset[str] | None
) -> None:
    run(index, page("a"), *END)

    assert run(index, Skip(DocId("wiki:a"), "binary", readers), *END).deleted == 1
    assert index.document(DocId("wiki:a"), visible_to=visible_to(None)) is None


def test_narrowed_readers_are_no_matter_of_how_many(index: Index) -> None:
    names = ten(index)

    run(index, *(Skip(i, "binary", STAFF) for i in ids(*names)), *END)

    assert shown(index) == []


def test_document_that_cannot_be_cut_is_named_and_the_rest_goes_on(index: Index) -> None:
    report = run(index, page("bad", "unreadable"), page("good"), *END)

    assert shown(index) == ["good"]
    assert report.skipped == {"wiki:bad": "cannot be cut"}


def test_document_that_lost_its_text_is_named_and_deleted(index: Index) -> None:
    run(index, page("a"), *END)

    report = run(index, page("a", "  \n"), *END)

    assert shown(index) == []
    assert report.skipped == {"wiki:a": "no text"}


def read(index: Index, source: Scripted) -> SyncReport:
    return sync(source, index, chunker=whole, settings=USUAL)


class Narrowed(Scripted):
    """A source whose settings now say that only the staff may read it."""

    readers = STAFF


def test_narrowed_readers_hold_even_when_the_source_cannot_be_read(index: Index) -> None:
    run(index, page("a", "open to all"), *END)

    read(index, Narrowed(RetryLater("down")))

    assert index.document(DocId("wiki:a"), visible_to=visible_to(None)) is None


def test_narrowed_documents_that_are_read_come_back_for_those_who_may(index: Index) -> None:
    run(index, page("a", "open to all"), *END)

    read(index, Narrowed(page("a", "open to all", readers=STAFF), *END))

    staff = visible_to(Principal("s@tallow.example", frozenset({"staff"})))
    assert index.document(DocId("wiki:a"), visible_to=visible_to(None)) is None
    assert index.document(DocId("wiki:a"), visible_to=staff) is not None


def test_document_that_cannot_be_read_is_kept_when_more_people_may_read_it(index: Index) -> None:
    run(index, page("a", "for the staff", readers=STAFF), *END)

    report = run(index, Skip(DocId("wiki:a"), "not UTF-8", PUBLIC), *END)

    assert report.deleted == 0
    assert index.readers_of(DocId("wiki:a")) == STAFF
