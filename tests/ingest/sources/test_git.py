import time
from pathlib import Path

import pytest

from ingest.errors import RetryLater, SourceRefused
from ingest.sources.git import Git, GitFailed, explain, last_line
from tests.fakes.repository import Repository

SSH_TAIL = """fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
"""


@pytest.mark.parametrize(
    "said",
    [
        "fatal: unable to access 'https://x/': Could not resolve host: x",
        "fatal: unable to access 'https://x/': The requested URL returned error: 503",
        "fatal: unable to access 'https://x/': The requested URL returned error: 429",
        "ssh: connect to host x port 22: Connection timed out\n" + SSH_TAIL,
        "fatal: remote error: upload-pack: not our ref 1234",
        "error: RPC failed; curl 18 transfer closed with outstanding read data remaining",
    ],
)
def test_failure_that_passes_is_tried_later(said: str) -> None:
    assert isinstance(explain("cannot read x", GitFailed(said)), RetryLater)


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("fatal: Authentication failed for 'https://x/'", "let git in"),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", "let git in"),
        ("git@x: Permission denied (publickey).\n" + SSH_TAIL, "let git in"),
        ("Host key verification failed.\n" + SSH_TAIL, "let git in"),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 403", "let git"),
        ("remote: Repository not found.\nfatal: repository 'https://x/' not found", "check `git`"),
        ("fatal: couldn't find remote ref refs/heads/nope", "check `branch`"),
        ("fatal: detected dubious ownership in repository at '/srv/x'", "safe.directory"),
    ],
)
def test_failure_that_needs_a_person_says_what_to_do(said: str, advice: str) -> None:
    error = explain("cannot read x", GitFailed(said))

    assert isinstance(error, SourceRefused)
    assert advice in str(error)


def test_message_is_the_line_that_says_most() -> None:
    said = "warning: slow\ngit@x: Permission denied (publickey).\n" + SSH_TAIL

    assert last_line(said) == "git@x: Permission denied (publickey)."


def test_credentials_stay_out_of_messages() -> None:
    assert last_line("fatal: no 'https://ada:secret@x/y.git'") == "no 'https://x/y.git'"


def test_git_does_not_work_on_the_repository_around_a_broken_one(tmp_path: Path) -> None:
    around = Repository(tmp_path / "project")
    around.commit({"a.md": "Text.\n"})
    (around.folder / "data").mkdir()

    with pytest.raises(GitFailed, match="not a git repository"):
        Git.bare(around.folder / "data").run("rev-parse", "HEAD")


def test_environment_of_a_hook_does_not_redirect_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Repository(tmp_path / "one"), Repository(tmp_path / "other")
    one.commit({"a.md": "One.\n"})
    other.commit({"a.md": "Other.\n"})
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))

    assert Git.around(one.folder).run("rev-parse", "HEAD").decode().strip() == one.head


def test_git_that_hangs_is_ended(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "origin")
    began = time.monotonic()

    with pytest.raises(RetryLater, match="git -c took longer"):
        Git.around(repository.folder).run("-c", "alias.wait=!sleep 60", "wait", seconds=0.2)

    assert time.monotonic() - began < 30


def test_other_transports_are_not_allowed(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "origin")

    with pytest.raises(GitFailed, match="transport 'ext' not allowed"):
        Git.around(repository.folder).run("ls-remote", "ext::sh -c true")


def test_content_over_the_limit_is_cut_and_the_next_one_is_whole(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "origin")
    repository.commit({"big.md": "x" * 3_000_000, "small.md": "small"})
    git = Git.around(repository.folder)
    big, small = (git.run("rev-parse", f"HEAD:{n}.md").decode().strip() for n in ("big", "small"))

    with git.blobs() as blobs:
        assert len(blobs.read(big, limit=10)) == 11
        assert blobs.read(small, limit=10) == b"small"


def test_missing_object_is_an_error_and_the_next_one_is_read(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "origin")
    repository.commit({"a.md": "Text.\n"})
    git = Git.around(repository.folder)
    sha = git.run("rev-parse", "HEAD:a.md").decode().strip()

    with git.blobs() as blobs:
        with pytest.raises(GitFailed, match="missing"):
            blobs.read("0" * 40, limit=10)
        assert blobs.read(sha, limit=10) == b"Text.\n"
