"""What changed is told by the logs of Drive, and by a full listing where they do not tell it."""

import json

import pytest

from ingest.errors import SourceRefused
from ingest.source import Cursor
from tests.fakes.google import FakeGoogle
from tests.ingest.sources.google_reading import Reader, documents, kinds


def test_target_goes_with_its_last_shortcut(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_folder("top1")
    google.world.add("target")
    google.world.add_shortcut("link1", "target", parents=["top1"])
    google.world.add_shortcut("link2", "target", parents=["top1"])
    reader.settings = {"folders": ["top1"]}
    reader.read()

    google.world.trash("link1")
    assert kinds(reader.read()) == ["unchanged target", "checkpoint"]
    google.world.remove("link2")
    assert kinds(reader.read()) == ["delete target", "checkpoint"]


def test_small_pages_lose_nothing(google: FakeGoogle, reader: Reader) -> None:
    for n in range(7):
        google.world.add(f"doc{n}", readers=[f"p{i}@example.com" for i in range(5)])
    google.page_limit = 2
    found = documents(reader.read())
    assert len(found) == 7

    for n in range(7):
        google.world.edit(f"doc{n}", "New words.")
    assert len(documents(reader.read())) == 7


def test_second_run_asks_the_logs_only(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1")
    reader.read()
    before = len(google.asked())

    assert kinds(reader.read()) == ["checkpoint"]
    assert google.asked()[before:] == ["/drive/v3/drives", "/drive/v3/changes"]


def test_edit_during_the_first_listing_is_told_by_the_log(
    google: FakeGoogle, reader: Reader
) -> None:
    google.world.add("doc1")
    changes = reader.source().changes(None, {})
    first = next(changes)
    google.world.edit("doc1", "New words.")
    reader.keep([first, *changes])

    assert documents(reader.read())["doc1"].text == "New words.\n"


@pytest.mark.parametrize("way", ["trash", "remove", "hide"])
def test_document_that_is_gone_is_taken_out(google: FakeGoogle, reader: Reader, way: str) -> None:
    google.world.add("doc1")
    google.world.add("doc2")
    reader.read()
    getattr(google.world, way)("doc1")

    assert kinds(reader.read()) == ["delete doc1", "checkpoint"]
    assert reader.shown == ["doc2"]


def test_document_moved_out_of_the_folders_is_taken_out(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_folder("top1")
    google.world.add_folder("sub1", parents=["top1"])
    google.world.add_folder("elsewhere")
    google.world.add("doc1", parents=["top1"])
    google.world.add("doc2", parents=["top1"])
    reader.settings = {"folders": ["top1"]}
    reader.read()
    google.world.move("doc1", "elsewhere")
    google.world.move("doc2", "sub1")

    assert kinds(reader.read()) == ["delete doc1", "upsert doc2", "checkpoint"]


def test_document_moved_into_a_followed_drive_stays(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_drive("0ADRIVE")
    google.world.add("doc1")
    google.world.add("doc2")
    reader.read()
    google.world.move_to_drive("doc1", "0ADRIVE")

    assert kinds(reader.read()) == ["upsert doc1", "checkpoint"]


def test_moved_folder_is_reason_to_list_everything(google: FakeGoogle, reader: Reader) -> None:
    for folder, parent in (("top1", "root1"), ("sub1", "top1"), ("else1", "root1")):
        google.world.add_folder(folder, parents=[parent])
    google.world.add("doc1", parents=["sub1"])
    google.world.add("doc2", parents=["top1"])
    reader.settings = {"folders": ["top1"]}
    reader.read()
    google.world.move("sub1", "else1")
    reader.read()

    assert reader.shown == ["doc2"]


def test_full_listing_comes_when_its_time_has_come(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1")
    google.world.add("doc2")
    reader.settings = {"full_crawl_days": 2}
    reader.read()
    del google.world.files["doc2"]  # in no log

    reader.later(days=1, hours=23)
    assert kinds(reader.read()) == ["checkpoint"]
    reader.later(hours=1)
    assert kinds(reader.read()) == ["unchanged doc1", "complete", "checkpoint"]
    assert reader.shown == ["doc1"]


def test_other_settings_list_everything_again(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1")
    reader.read()
    reader.settings = {"link_shared": "readers"}

    assert kinds(reader.read())[-2:] == ["complete", "checkpoint"]


def test_new_shared_drive_is_reason_to_list_everything(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1")
    reader.read()
    google.world.add_drive("0ADRIVE")
    google.world.add("doc2", drive="0ADRIVE")
    reader.read()

    assert reader.shown == ["doc1", "doc2"]


@pytest.mark.parametrize("cursor", ["", "no JSON", "[]", json.dumps({"format": "0"})])
def test_cursor_of_another_version_lists_everything(
    google: FakeGoogle, reader: Reader, cursor: str
) -> None:
    google.world.add("doc1")
    reader.cursor = Cursor(cursor)

    assert kinds(reader.read()) == ["upsert doc1", "complete", "checkpoint"]


def test_listing_that_did_not_look_everywhere_deletes_nothing(
    google: FakeGoogle, reader: Reader
) -> None:
    google.world.add("doc1")
    google.world.add("doc2")
    reader.read()
    google.incomplete = True
    del google.world.files["doc2"]
    reader.later(days=1)
    assert kinds(reader.read()) == ["unchanged doc1", "checkpoint"]

    google.incomplete = False
    assert kinds(reader.read()) == ["unchanged doc1", "complete", "checkpoint"]
    assert reader.shown == ["doc1"]


def test_listing_without_documents_deletes_nothing(google: FakeGoogle, reader: Reader) -> None:
    google.world.add("doc1")
    reader.read()
    google.world.files.clear()
    reader.later(days=1)

    with pytest.raises(SourceRefused, match="sees no Google Docs"):
        reader.read()
