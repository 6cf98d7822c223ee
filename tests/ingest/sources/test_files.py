from pathlib import Path

import pytest

from index.types import DocId
from ingest.settings import DocsRepoSettings
from ingest.source import Delete, Skip
from ingest.sources.docs_repo import DocsRepo
from tests.ingest.sources.reading import GUIDE, PUBLIC, documents, of_folder, revisions, skipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "guide.md").write_text(GUIDE, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x00\x01binary", "binary: a NUL at offset 0"),
        (b"caf\xe9 au lait", "not UTF-8: byte 3"),
        (b" \n\t\n", "empty"),
        (b"", "empty"),
        (b"x" * 101, "larger than 100 bytes"),
        (b"\xff\xfeA", "not UTF-16-LE: byte 2"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            "a Git LFS pointer",
        ),
    ],
)
def test_bad_file_is_skipped_by_name_and_the_rest_goes_on(
    folder: Path, content: bytes, reason: str
) -> None:
    (folder / "bad.md").write_bytes(content)

    changes = of_folder(folder, max_file_bytes=100)

    assert skipped(changes)["bad.md"].startswith(reason)
    assert list(documents(changes)) == ["guide.md"]
    assert next(c.readers for c in changes if isinstance(c, Skip)) == PUBLIC


def test_file_that_became_empty_is_deleted(folder: Path) -> None:
    settings = DocsRepoSettings(kind="docs_repo", path=folder)
    known = revisions(of_folder(folder))
    (folder / "guide.md").write_text("", encoding="utf-8")

    changes = list(DocsRepo("docs", settings, folder).changes(None, known))

    assert Delete(DocId("docs:guide.md")) in changes


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_mark_is_not_text(folder: Path, encoding: str) -> None:
    (folder / "guide.md").write_bytes("# Größe\n".encode(encoding))

    assert documents(of_folder(folder))["guide.md"].text == "# Größe\n"


@pytest.mark.parametrize(
    ("front", "status"),
    [
        ("status: Accepted", "accepted"),
        ("deprecated: true", "deprecated"),
        ("archived: false", ""),
        ("superseded_by: 0012", "superseded"),
        ("title: Plain", ""),
    ],
)
def test_status_is_what_the_front_matter_says(folder: Path, front: str, status: str) -> None:
    (folder / "guide.md").write_text(f"---\n{front}\n---\n\nText.\n", encoding="utf-8")

    assert documents(of_folder(folder))["guide.md"].status == status
