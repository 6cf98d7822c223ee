"""Which Google Docs are read, with which links, and what stands in where reading fails."""

import pytest

from ingest.errors import SourceRefused
from tests.fakes.google import FakeGoogle, fault
from tests.fakes.google_world import permission
from tests.ingest.sources.google_reading import Reader, documents, kinds, skipped


def test_document_links_to_its_tab_and_heading(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1", "Intro.\n# Setup\nRun it.", name="Guide")
    (document,) = documents(reader.read()).values()

    page = "https://docs.google.com/document/d/doc1/edit"
    assert (document.title, document.url, document.authors) == ("Guide", page, ("Ada Moor",))
    assert [s.url for s in document.sections] == [
        f"{page}?tab=t.0",
        f"{page}?tab=t.0#heading=h.doc11",
    ]
    assert document.sections[1].anchor == "heading=h.doc11"
    assert document.updated_at is not None
    assert document.created_at is not None


def test_everything_the_account_sees_is_read(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_drive("0ADRIVE")
    google.world.add("doc1")
    google.world.add("doc2", drive="0ADRIVE")

    reader.read()

    assert reader.shown == ["doc1", "doc2"]


def test_what_is_no_document_or_in_the_trash_is_not_read(
    google: FakeGoogle, reader: Reader
) -> None:
    google.world.add("doc1")
    google.world.add("sheet")["mimeType"] = "application/vnd.google-apps.spreadsheet"
    google.world.add("old")
    google.world.trash("old")
    reader.read()

    assert reader.shown == ["doc1"]


def test_folders_are_read_with_all_below_them(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_folder("top1")
    google.world.add_folder("sub1", parents=["top1"])
    google.world.add("in_top", parents=["top1"])
    google.world.add("in_sub", parents=["sub1"])
    google.world.add("outside")
    reader.settings = {"folders": ["top1"]}
    reader.read()

    assert reader.shown == ["in_sub", "in_top"]


def test_folders_in_a_circle_are_read_once(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_folder("top1", parents=["sub1"])
    google.world.add_folder("sub1", parents=["top1"])
    google.world.add("doc1", parents=["sub1"])
    reader.settings = {"folders": ["top1"]}

    assert kinds(reader.read()) == ["upsert doc1", "complete", "checkpoint"]


def test_folder_in_a_shared_drive_is_read_and_followed(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_drive("0ADRIVE")
    google.world.add_folder("top1", drive="0ADRIVE")
    google.world.add("doc1", parents=["top1"], drive="0ADRIVE")
    google.world.add("other", drive="0ADRIVE")
    reader.settings = {"folders": ["top1"]}
    reader.read()
    google.world.edit("doc1", "New words.")
    google.world.edit("other", "Not ours.")

    assert kinds(reader.read()) == ["upsert doc1", "checkpoint"]


def test_only_the_named_drives_are_read(google: FakeGoogle, reader: Reader) -> None:
    for drive in ("0AONE", "0ATWO"):
        google.world.add_drive(drive)
        google.world.add(f"doc_{drive}", drive=drive)
    google.world.add("mine")
    reader.settings = {"drives": ["0AONE"]}
    reader.read()

    assert reader.shown == ["doc_0AONE"]


def test_target_of_shortcuts_is_read_once(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_folder("top1")
    google.world.add("target")
    google.world.add_shortcut("link1", "target", parents=["top1"])
    google.world.add_shortcut("link2", "target", parents=["top1"])
    google.world.add_shortcut("broken", "nowhere", parents=["top1"])
    reader.settings = {"folders": ["top1"]}

    assert kinds(reader.read()) == ["upsert target", "complete", "checkpoint"]
    google.world.edit("target", "New words.")
    assert kinds(reader.read()) == ["upsert target", "checkpoint"]


def test_folder_that_cannot_be_opened_is_named(reader: Reader) -> None:
    reader.settings = {"folders": ["missing1"]}

    with pytest.raises(SourceRefused, match="'missing1' cannot be opened: share it"):
        reader.read()


def test_drive_that_cannot_be_opened_is_named(reader: Reader) -> None:
    reader.settings = {"drives": ["0AMISSING"]}

    with pytest.raises(SourceRefused, match="'0AMISSING'"):
        reader.read()


def test_empty_document_is_named_and_an_older_version_taken_out(
    google: FakeGoogle, reader: Reader
) -> None:
    google.world.add("doc1")
    google.world.add("doc2")
    reader.read()
    google.world.edit("doc1", "  ")
    changes = reader.read()

    assert skipped(changes) == {"doc1": "empty"}
    assert reader.shown == ["doc2"]


def test_document_that_could_not_be_read_is_tried_again(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1")
    google.world.add("doc2")
    reader.settings = {"num_retries": 0}
    google.fail(fault(500, path="/v1/documents/doc1"), fault(500, path="/doc1/export"))
    changes = reader.read()
    assert kinds(changes) == ["skip doc1", "upsert doc2", "complete", "checkpoint"]
    assert "500" in skipped(changes)["doc1"]

    assert kinds(reader.read()) == ["upsert doc1", "checkpoint"]
    assert kinds(reader.read()) == ["checkpoint"]


def test_export_stands_in_for_what_the_docs_api_refuses(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1", "# Setup\nRun it.")
    reader.settings = {"num_retries": 0}
    google.fail(*[fault(500, path="/v1/documents/doc1")] * 2)
    (document,) = documents(reader.read()).values()

    assert document.text == "# Setup\n\nRun it."
    assert [s.url for s in document.sections] == [document.url]
    assert kinds(reader.read()) == ["unchanged doc1", "checkpoint"]
    assert documents(reader.read())["doc1"].sections[0].anchor == "heading=h.doc10"


def test_export_that_is_too_large_is_named_with_its_reason(
    google: FakeGoogle, reader: Reader
) -> None:
    google.world.add("doc1")
    google.fail(
        fault(403, "forbidden", path="/v1/documents/doc1"),
        fault(403, "exportSizeLimitExceeded", path="/doc1/export"),
    )

    assert "exportSizeLimitExceeded" in skipped(reader.read())["doc1"]


def test_a_change_of_readers_alone_keeps_the_text(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1")
    before = documents(reader.read())["doc1"]
    google.world.permissions["doc1"].append(permission("bo@example.com", "reader"))
    google.world.touch("doc1")
    after = documents(reader.read())["doc1"]

    assert (after.text, after.sections) == (before.text, before.sections)
    assert after.readers - before.readers == {"user:bo@example.com"}
    assert after.revision != before.revision
