import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
from pydantic import ValidationError

from index.types import DocId, Document, Revision
from ingest.errors import SourceRefused
from ingest.source import Change, Checkpoint, Complete, Cursor, Skip, Unchanged, Upsert
from ingest.sources.notion_export import NotionExportSettings
from tests.ingest.sources.notion import EXPORT, FOUR, pack, source

VISITS = "1d2e8c0f5a7b4e63b1c9d0e2f4a6b8c1"
SOLSVIK = "4c7a9e1b3d5f4a6c8e0b2d4f6a8c0e1b"
EQUIPMENT = "5b9d7e1f3a2c4d6e8f0a1b2c3d4e5f60"
SUPPLIERS = "2f4c8b43e5658142a060f4e3c920e7f4"
SUPPLIER = "6e1f3a5c7b9d4e2f8a0c1b3d5e7f9a2c"
LAUNDRY = "7a2b4c6d8e0f4a1b3c5d7e9f1a3b5c7d"
BATCH = "64ef2ee3-2527-486a-b68b-7086802f73d6"


def read(
    path: Path, known: dict[DocId, Revision] | None = None, **settings: object
) -> list[Change]:
    return list(source(path, **settings).changes(None, known or {}))


def documents(changes: list[Change]) -> dict[str, Document]:
    found = [c.document for c in changes if isinstance(c, Upsert)]
    return {document.doc_id.removeprefix("notion:"): document for document in found}


def reasons(changes: list[Change]) -> dict[str, str]:
    return {c.doc_id.removeprefix("notion:"): c.reason for c in changes if isinstance(c, Skip)}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return shutil.copytree(EXPORT, tmp_path / "export")


def test_pages_are_documents_that_lead_to_notion() -> None:
    page = documents(read(EXPORT))[SOLSVIK]

    assert (page.doc_id, page.title) == (f"notion:{SOLSVIK}", "Solsvik, May 2026")
    assert page.url == f"https://www.notion.so/{SOLSVIK}"
    assert [s.headings[1:] for s in page.sections] == [(), ("What we saw",), ("What we promised",)]
    assert {s.url for s in page.sections} == {page.url}
    assert page.readers == {"group:staff"}


def test_property_called_status_is_the_status() -> None:
    found = documents(read(EXPORT))

    assert [found[p].status for p in (SOLSVIK, SUPPLIER, VISITS)] == ["written up", "archived", ""]
    assert "Owner: Henrike Voss" in found[SUPPLIER].text


def test_links_between_pages_lead_to_notion() -> None:
    found = documents(read(EXPORT))

    assert f"[Solsvik, May 2026](https://www.notion.so/{SOLSVIK})" in found[VISITS].text
    assert f"[Spare equipment](https://www.notion.so/{EQUIPMENT})" in found[VISITS].text
    assert f"[Harbour visits](https://www.notion.so/{VISITS})" in found[SOLSVIK].text


def test_other_links_stay_as_they_are() -> None:
    text = documents(read(EXPORT))[SOLSVIK].text

    assert "(Solsvik,%20May%202026/crane.png)" in text
    assert "https://example.com/tides." in text


def test_link_before_a_page_on_the_same_line_stays(tmp_path: Path) -> None:
    line = f"[a](a.png), [b](https://x.example/b), [c (d)](C%20(d)%20{FOUR[1]}.md)"
    (tmp_path / f"P {FOUR[0]}.md").write_text(f"# P\n\n{line}\n")

    (page,) = documents(read(tmp_path)).values()

    end = f"[c (d)](https://www.notion.so/{FOUR[1]})\n"
    assert page.text.endswith("[a](a.png), [b](https://x.example/b), " + end)


def test_database_with_pages_is_told_by_them() -> None:
    found = documents(read(EXPORT))

    assert SUPPLIERS not in found
    assert {SUPPLIER, LAUNDRY} <= found.keys()


def test_database_with_pages_in_a_folder_without_id_is_told_by_them(export: Path) -> None:
    (export / f"Suppliers {SUPPLIERS}").rename(export / "Suppliers")

    assert SUPPLIERS not in documents(read(export))


def test_database_without_pages_is_a_table_of_all_its_rows() -> None:
    table = documents(read(EXPORT))[EQUIPMENT]

    assert (table.title, table.url) == ("Spare equipment", f"https://www.notion.so/{EQUIPMENT}")
    assert table.text.splitlines()[2:] == [
        "| Thing | Kept by | Remark |",
        "| --- | --- | --- |",
        "| Loan phone | Amara Okonjo | Dockhand \\| test account, in a dry bag |",
        "| Hand lead | Tomasz Wierzbicki | 12 fathoms |",
    ]
    assert [block.kind for block in table.sections[0].blocks] == ["heading", "table"]


def test_attached_files_are_no_pages() -> None:
    changes = read(EXPORT)

    assert len(documents(changes)) == 5
    assert list(reasons(changes)) == ["minutes.md"]


def test_run_ends_with_a_complete_listing() -> None:
    assert read(EXPORT)[-2:] == [Complete(), Checkpoint(Cursor(""))]


def test_archive_reads_like_the_folder(tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "export"), "zip", EXPORT))

    assert documents(read(archive)) == documents(read(EXPORT))


def test_parts_in_an_archive_are_read(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {
        f"ExportBlock-{BATCH}-Part-{n}.zip": pack(
            tmp_path / f"{n}.zip", {f"Page {FOUR[n]}.md": f"# Page {n}\n", "photos.zip": b"no"}
        ).read_bytes()
        for n in (1, 2)
    }
    whole = pack(tmp_path / "whole.zip", parts)
    unpacked = tmp_path / "unpacked"
    ZipFile(whole).extractall(unpacked)

    for path in (whole, unpacked):
        assert documents(read(path)).keys() == {FOUR[1], FOUR[2]}


def test_renamed_and_moved_page_stays_the_same_document(export: Path) -> None:
    before = documents(read(export))[SUPPLIER]
    page = next(export.rglob(f"*{SUPPLIER}.md"))
    page.write_text(page.read_text().replace("# Oystergate", "# Oystergate Ltd"))
    page.rename(export / f"Oystergate Ltd {SUPPLIER}.md")

    after = documents(read(export))[SUPPLIER]

    assert (before.title, after.title) == ("Oystergate", "Oystergate Ltd")
    assert (after.doc_id, after.url) == (before.doc_id, before.url)
    assert after.revision != before.revision


def test_page_that_was_only_moved_is_unchanged(export: Path) -> None:
    known = {d.doc_id: d.revision for d in documents(read(export)).values()}
    next(export.rglob(f"*{LAUNDRY}.md")).rename(export / f"Laundry at the pier {LAUNDRY}.md")

    assert Unchanged(DocId(f"notion:{LAUNDRY}")) in read(export, known)


def test_page_without_a_heading_is_named_by_its_file(tmp_path: Path) -> None:
    page = tmp_path / f"Tide tables {FOUR[0]}.md"
    page.write_text("Only words.\n")
    before = documents(read(tmp_path))[FOUR[0]]
    page.rename(tmp_path / f"Tables of tides {FOUR[0]}.md")

    known = {before.doc_id: before.revision}

    assert before.title == "Tide tables"
    assert documents(read(tmp_path, known))[FOUR[0]].title == "Tables of tides"


def test_page_that_is_there_twice_is_read_once(export: Path) -> None:
    (export / f"Z {LAUNDRY}.md").write_text("# Another export's\n")

    changes = read(export)

    assert documents(changes)[LAUNDRY].title == "Laundry at the pier"
    assert set(reasons(changes)) == {"minutes.md", f"Z {LAUNDRY}.md"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\0", "binary"),
        (b"# caf\xe9", "not UTF-8"),
        (b"# " + b"x" * 5000, "larger than 4,000 bytes"),
    ],
)
def test_page_that_cannot_be_read_is_named(export: Path, content: bytes, reason: str) -> None:
    next(export.rglob(f"*{LAUNDRY}.md")).write_bytes(content)

    changes = read(export, max_file_bytes=4000)

    assert reason in reasons(changes)[LAUNDRY]
    assert "Laundry at the pier" in reasons(changes)[LAUNDRY]
    assert len(documents(changes)) == 4


def test_damaged_page_in_an_archive_is_named(tmp_path: Path) -> None:
    pages: dict[str, str | bytes] = {f"Page {i}.md": f"# Words of {i}\n" for i in FOUR}
    archive = pack(tmp_path / "export.zip", pages)
    archive.write_bytes(archive.read_bytes().replace(b"Words of 1", b"Wards of 1"))

    changes = read(archive)

    assert "CRC" in reasons(changes)[FOUR[0]]
    assert documents(changes).keys() == set(FOUR[1:])


def test_link_out_of_the_export_is_not_followed(export: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# Secret\n")
    (export / f"Secret {FOUR[0]}.md").symlink_to(secret)
    (export / "elsewhere").symlink_to(tmp_path)

    assert documents(read(export)) == documents(read(EXPORT))


@pytest.mark.parametrize("name", ["absent", "empty", "cut.zip", "no-zip.zip"])
def test_export_that_is_not_whole_is_refused(tmp_path: Path, name: str) -> None:
    archive = pack(tmp_path / "cut.zip", {f"Page {FOUR[0]}.md": "# Page\n"})
    archive.write_bytes(archive.read_bytes()[:-30])
    (tmp_path / "no-zip.zip").write_text("not found")
    (tmp_path / "empty").mkdir()

    with pytest.raises(SourceRefused):
        read(tmp_path / name)


def test_settings_without_readers_are_refused() -> None:
    for readers in ({}, {"readers": ()}):
        with pytest.raises(ValidationError, match="readers"):
            NotionExportSettings.model_validate({"kind": "notion_export", "path": EXPORT} | readers)
