import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.errors import RetryLater, SourceRefused
from ingest.source import Checkpoint, Complete, Cursor
from tests.fakes.repository import Repository
from tests.ingest.sources.reading import (
    GUIDE,
    documents,
    of_folder,
    of_git,
    revisions,
    skipped,
    unchanged,
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "origin")
    repository.commit({"guide.md": GUIDE, "docs/team.md": "# Team\n\nAda and Bo.\n"})
    return repository


@pytest.fixture
def work_dir(tmp_path: Path) -> Path:
    return tmp_path / "data" / "repositories"


def test_repository_gives_its_head(repository: Repository, work_dir: Path) -> None:
    changes = of_git(repository.url, work_dir, web_url="https://github.com/o/r")

    team = documents(changes)["docs/team.md"]
    lines = f"https://github.com/o/r/blob/{repository.head}/docs/team.md"
    assert (team.title, team.url) == ("Team", lines)
    assert team.lines_url == lines + "?plain=1#L{start}-L{end}"
    assert (team.sections[0].url, team.sections[0].anchor) == (lines + "?plain=1#L1-L3", "L1-L3")
    assert changes[-2:] == [Complete(), Checkpoint(Cursor(repository.head))]


def test_repository_dates_documents_by_their_last_commit(
    repository: Repository, work_dir: Path
) -> None:
    repository.commit({"guide.md": GUIDE + "More.\n"}, by="Bo")
    repository.commit({"unrelated.png": b""}, by="Cy")

    found = documents(of_git(repository.url, work_dir))

    assert (found["guide.md"].authors, found["docs/team.md"].authors) == (("Bo",), ("Ada",))
    assert found["guide.md"].updated_at == datetime.fromtimestamp(1_700_007_200, UTC)


def test_local_path_is_an_address_too(repository: Repository, work_dir: Path) -> None:
    assert len(documents(of_git(str(repository.folder), work_dir))) == 2


def test_second_run_names_only_what_changed(repository: Repository, work_dir: Path) -> None:
    known = revisions(of_git(repository.url, work_dir))
    repository.commit({"guide.md": "# Guide\n\nNew.\n"})

    changes = of_git(repository.url, work_dir, known)

    assert list(documents(changes)) == ["guide.md"]
    assert unchanged(changes) == ["docs/team.md"]


def test_renamed_file_is_a_new_name_only(repository: Repository, work_dir: Path) -> None:
    known = revisions(of_git(repository.url, work_dir))
    repository.git("mv", "guide.md", "manual.md")
    repository.commit({})

    changes = of_git(repository.url, work_dir, known)

    assert list(documents(changes)) == ["manual.md"]
    assert unchanged(changes) == ["docs/team.md"]


def test_force_push_is_read_like_any_push(repository: Repository, work_dir: Path) -> None:
    known = revisions(of_git(repository.url, work_dir))
    repository.git("checkout", "--quiet", "--orphan", "fresh")
    repository.commit({"guide.md": None, "docs/team.md": "# Team\n\nOnly Ada.\n"})
    repository.git("branch", "--force", "main", "fresh")
    repository.git("checkout", "--quiet", "main")

    changes = of_git(repository.url, work_dir, known)

    assert documents(changes)["docs/team.md"].text == "# Team\n\nOnly Ada.\n"
    assert unchanged(changes) == []


def test_shallow_remote_is_read_but_its_first_commit_dates_nothing(
    repository: Repository, work_dir: Path, tmp_path: Path
) -> None:
    repository.commit({"guide.md": "# Guide\n\nNew.\n"})
    repository.commit({"docs/team.md": "# Team\n\nNew.\n"})
    shallow = Repository(tmp_path / "elsewhere").folder / "shallow"
    repository.git("clone", "--quiet", "--depth=2", repository.url, str(shallow))

    found = documents(of_folder(shallow))

    assert found["docs/team.md"].authors == ("Ada",)
    assert found["guide.md"].updated_at is None
    assert len(documents(of_git(shallow.as_uri(), work_dir))) == 2


def test_names_in_other_scripts_are_right(repository: Repository, work_dir: Path) -> None:
    name = "docs/über uns/日本 #1?.md"
    repository.commit({name: "Text.\n"})

    document = documents(of_git(repository.url, work_dir, web_url="https://gitlab.com/g/p"))[name]

    assert document.authors == ("Ada",)
    assert document.url == (
        f"https://gitlab.com/g/p/-/blob/{repository.head}"
        "/docs/%C3%BCber%20uns/%E6%97%A5%E6%9C%AC%20%231%3F.md"
    )
    assert document.lines_url == document.url + "?plain=1#L{start}-{end}"


def test_submodules_and_links_are_named_and_left(
    repository: Repository, work_dir: Path, tmp_path: Path
) -> None:
    part = Repository(tmp_path / "part")
    part.commit({"a.md": "Text.\n"})
    repository.git("submodule", "--quiet", "add", part.url, "part")
    (repository.folder / "link.md").symlink_to("guide.md")
    repository.commit({})

    changes = of_git(repository.url, work_dir)

    assert skipped(changes) == {
        "part": "a submodule; make its repository a source",
        "link.md": "a symbolic link; its target counts on its own",
    }


def test_branch_and_folders_choose(repository: Repository, work_dir: Path) -> None:
    repository.git("checkout", "--quiet", "-b", "next")
    repository.commit({"docs/new.md": "New.\n"})
    repository.git("checkout", "--quiet", "main")

    changes = of_git(repository.url, work_dir, branch="next", folders=["docs"])

    assert sorted(documents(changes)) == ["docs/new.md", "docs/team.md"]


def test_only_chosen_contents_are_fetched_and_in_one_request(
    repository: Repository, work_dir: Path
) -> None:
    repository.commit({f"docs/{i}.md": f"Text {i}.\n" for i in range(40)} | {"big.bin": b"x" * 99})

    of_git(repository.url, work_dir)

    clone = work_dir / "docs"
    assert not (clone / "hooks").exists()
    assert len(list(clone.glob("objects/pack/*.pack"))) <= 2  # one of trees, one of contents
    listed = subprocess.run(
        ["git", f"--git-dir={clone}", "rev-list", "--objects", "--missing=print", "--all"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    assert sum(line.startswith("?") for line in listed) == 1  # big.bin


def test_server_without_filters_is_read_whole(repository: Repository, work_dir: Path) -> None:
    repository.git("config", "uploadpack.allowFilter", "false")

    assert len(documents(of_git(repository.url, work_dir))) == 2


def test_clone_of_another_address_is_made_anew(
    repository: Repository, work_dir: Path, tmp_path: Path
) -> None:
    of_git(repository.url, work_dir)
    other = Repository(tmp_path / "other")
    other.commit({"other.md": "Text.\n"})

    assert list(documents(of_git(other.url, work_dir))) == ["other.md"]


def test_broken_clone_is_made_anew(repository: Repository, work_dir: Path) -> None:
    of_git(repository.url, work_dir)
    (work_dir / "docs" / "HEAD").unlink()

    assert len(documents(of_git(repository.url, work_dir))) == 2


def test_lock_of_a_killed_git_is_no_obstacle(repository: Repository, work_dir: Path) -> None:
    of_git(repository.url, work_dir)
    repository.commit({"guide.md": "New.\n"})
    (work_dir / "docs" / "refs" / "answerable" / "head.lock").touch()

    assert documents(of_git(repository.url, work_dir))["guide.md"].text == "New.\n"


def test_wrong_branch_is_refused_with_gits_words(repository: Repository, work_dir: Path) -> None:
    with pytest.raises(SourceRefused, match="couldn't find remote ref refs/heads/nope; check"):
        of_git(repository.url, work_dir, branch="nope")


def test_missing_repository_is_refused(tmp_path: Path, work_dir: Path) -> None:
    with pytest.raises(SourceRefused, match=r"check `git` in config.yaml"):
        of_git((tmp_path / "nope").as_uri(), work_dir)


def test_missing_folder_of_a_repository_is_refused(repository: Repository, work_dir: Path) -> None:
    with pytest.raises(SourceRefused, match="no folder 'handbook'"):
        of_git(repository.url, work_dir, folders=["handbook"])


def test_repository_without_documents_is_refused(repository: Repository, work_dir: Path) -> None:
    with pytest.raises(SourceRefused, match=r"nothing in .* is chosen"):
        of_git(repository.url, work_dir, include=["*.adoc"])


def test_server_that_does_not_answer_is_tried_later(work_dir: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        port = nobody.getsockname()[1]
        with pytest.raises(RetryLater, match="Failed to connect"):
            of_git(f"https://127.0.0.1:{port}/docs.git", work_dir)


def test_published_page_is_the_document_and_lines_still_lead_to_the_file(
    repository: Repository, work_dir: Path
) -> None:
    site = {"kind": "mkdocs", "base_url": "https://docs.example.com"}

    found = documents(of_git(repository.url, work_dir, site=site, web_url="https://github.com/o/r"))

    team, guide = found["docs/team.md"], found["guide.md"]
    assert team.url == "https://docs.example.com/team/"
    assert team.sections[0].url == "https://docs.example.com/team/#team"
    assert team.lines_url is not None
    assert guide.url.startswith("https://github.com/o/r/blob/")
