import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from index.types import DocId
from ingest.errors import SourceRefused
from ingest.settings import DocsRepoSettings
from ingest.source import Checkpoint, Complete, Cursor, Unchanged
from ingest.sources.docs_repo import DocsRepo
from tests.fakes.repository import Repository
from tests.ingest.sources.reading import (
    GUIDE,
    PUBLIC,
    documents,
    of_folder,
    revisions,
    skipped,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "guide.md").write_text(GUIDE, encoding="utf-8")
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "origin")
    repository.commit({"guide.md": GUIDE, "docs/team.md": "# Team\n\nAda and Bo.\n"})
    return repository


def test_folder_gives_its_text_files(folder: Path) -> None:
    (folder / "logo.png").write_bytes(b"\x89PNG")

    changes = of_folder(folder)

    guide = documents(changes)["guide.md"]
    assert (guide.doc_id, guide.title, guide.text) == ("docs:guide.md", "Guide", GUIDE)
    assert [s.headings for s in guide.sections] == [("Guide",), ("Guide", "Install")]
    assert guide.readers == PUBLIC
    assert changes[-2:] == [Complete(), Checkpoint(Cursor(""))]


def test_file_of_a_folder_links_to_itself(folder: Path) -> None:
    guide = documents(of_folder(folder))["guide.md"]

    assert guide.url == (folder / "guide.md").as_uri()
    assert guide.lines_url is None
    assert {s.url for s in guide.sections} == {guide.url}


def test_file_of_a_folder_is_as_old_as_the_file(folder: Path) -> None:
    os.utime(folder / "guide.md", (1_600_000_000, 1_600_000_000))

    guide = documents(of_folder(folder))["guide.md"]

    assert guide.updated_at == datetime.fromtimestamp(1_600_000_000, UTC)


def test_known_file_is_unchanged(folder: Path) -> None:
    settings = DocsRepoSettings(kind="docs_repo", path=folder)
    known = revisions(of_folder(folder))

    changes = list(DocsRepo("docs", settings, folder).changes(None, known))

    assert changes == [Unchanged(DocId("docs:guide.md")), Complete(), Checkpoint(Cursor(""))]


@pytest.mark.parametrize(
    "settings",
    [
        {"readers": ["group:staff"]},
        {"web_url": "https://github.com/o/r"},
        {"formats": {"guide.md": "text"}},
        {"site": {"kind": "mkdocs", "base_url": "https://docs.example.com"}},
    ],
)
def test_setting_that_shapes_documents_changes_revisions(
    folder: Path, settings: dict[str, Any]
) -> None:
    assert revisions(of_folder(folder)) != revisions(of_folder(folder, **settings))


def test_setting_that_only_chooses_files_keeps_revisions(folder: Path) -> None:
    assert revisions(of_folder(folder)) == revisions(of_folder(folder, exclude=["drafts/"]))


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match=r"nothing in .* is chosen"):
        of_folder(tmp_path)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match=r"there is no folder .*gone"):
        of_folder(tmp_path / "gone")


def test_missing_subfolder_is_refused(folder: Path) -> None:
    with pytest.raises(SourceRefused, match=r"there is no folder .*docs"):
        of_folder(folder, folders=["docs"])


def test_globs_choose_as_gitignore_does(folder: Path) -> None:
    names = ["README.MD", "docs/a.md", "docs/drafts/b.md", "vendor/c.md", "node_modules/x/d.md"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("Text.", encoding="utf-8")

    chosen = documents(of_folder(folder, exclude=["drafts/", "!vendor/"]))

    assert sorted(chosen) == ["README.MD", "docs/a.md", "guide.md", "vendor/c.md"]


def test_only_the_named_folders_are_read(folder: Path) -> None:
    for name in ["docs/a.md", "docs/deep/b.md", "docs2/c.md"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("Text.", encoding="utf-8")

    assert sorted(documents(of_folder(folder, folders=["docs"]))) == ["docs/a.md", "docs/deep/b.md"]


def test_format_is_taken_from_settings_where_the_name_does_not_tell(folder: Path) -> None:
    (folder / "NOTES").write_text("# Notes\n\nText.\n", encoding="utf-8")

    notes = documents(of_folder(folder, formats={"NOTES": "markdown"}))["NOTES"]

    assert (notes.markup, notes.title) == ("markdown", "Notes")


def test_link_inside_the_folder_is_read_once(folder: Path) -> None:
    (folder / "alias.md").symlink_to("guide.md")

    changes = of_folder(folder)

    assert list(documents(changes)) == ["guide.md"]
    assert skipped(changes) == {}


def test_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret", encoding="utf-8")
    (folder / "secret.md").symlink_to(tmp_path / "secret.md")
    (folder / "outside").symlink_to(tmp_path)

    changes = of_folder(folder)

    assert list(documents(changes)) == ["guide.md"]
    assert skipped(changes) == {
        "secret.md": "a symbolic link that leaves the folder",
        "outside": "a symbolic link that leaves the folder",
    }


def test_links_in_a_circle_end(folder: Path) -> None:
    (folder / "again").symlink_to(folder)
    (folder / "a.md").symlink_to("b.md")
    (folder / "b.md").symlink_to("a.md")

    changes = of_folder(folder)

    assert list(documents(changes)) == ["guide.md"]
    assert skipped(changes) == dict.fromkeys(["a.md", "b.md"], "a symbolic link that leads nowhere")


def test_pipe_with_the_name_of_a_document_is_not_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")

    assert skipped(of_folder(folder)) == {"pipe.md": "not a regular file"}


def test_name_that_is_not_unicode_is_skipped(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.md")).write_text("Text.", encoding="utf-8")

    assert skipped(of_folder(folder)) == {"caf\\udce9.md": "the name is not UTF-8"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter every folder")
def test_folder_that_cannot_be_entered_makes_the_listing_incomplete(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o000)

    changes = of_folder(folder)

    assert skipped(changes) == {"closed/": "cannot be entered: Permission denied"}
    assert Complete() not in changes


def test_folder_in_a_checkout_knows_commits(repository: Repository) -> None:
    repository.commit({"docs/other.md": "Text.\n"}, by="Bo")
    (repository.folder / "docs" / "other.md").write_text("Changed.\n", encoding="utf-8")

    found = documents(of_folder(repository.folder / "docs", web_url="https://github.com/o/r"))

    team, other = found["team.md"], found["other.md"]
    assert team.authors == ("Ada",)
    assert team.sections[0].url == (
        f"https://github.com/o/r/blob/{repository.head}/docs/team.md?plain=1#L1-L3"
    )
    assert other.authors == ()
    assert (other.url, other.lines_url) == ("https://github.com/o/r/blob/HEAD/docs/other.md", None)
