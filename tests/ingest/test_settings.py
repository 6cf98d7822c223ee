from pathlib import Path

import pytest

from index.errors import ConfigError
from ingest.settings import IngestSettings


def load(tmp_path: Path, source: str) -> IngestSettings:
    """Settings with one source called wiki, given as a YAML flow mapping."""
    config = tmp_path / "config.yaml"
    config.write_text(f"ingest:\n  sources:\n    wiki: {source}\n", encoding="utf-8")
    return IngestSettings.load(config)


def test_folder_counts_from_the_config_file(tmp_path: Path) -> None:
    wiki = load(tmp_path, "{kind: docs_repo, path: handbook}").sources["wiki"].settings

    assert wiki.path == tmp_path / "handbook"
    assert wiki.readers == ("public",)


def test_local_repository_counts_from_the_config_file(tmp_path: Path) -> None:
    wiki = load(tmp_path, "{kind: docs_repo, git: repos/docs.git}").sources["wiki"].settings

    assert wiki.git == str(tmp_path / "repos" / "docs.git")


@pytest.mark.parametrize(
    "address",
    ["https://github.com/o/r.git", "ssh://git@host/o/r", "git@host:o/r.git", "file:///srv/r"],
)
def test_addresses_of_repositories_are_kept(tmp_path: Path, address: str) -> None:
    assert (
        load(tmp_path, f"{{kind: docs_repo, git: '{address}'}}").sources["wiki"].settings.git
        == address
    )


def test_readers_are_compared_in_lower_case(tmp_path: Path) -> None:
    wiki = load(tmp_path, "{kind: docs_repo, path: a, readers: ['user:Ada@Example.com']}")

    assert wiki.sources["wiki"].settings.readers == ("user:ada@example.com",)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{kind: docs_repo}", "give either path .* or git"),
        ("{kind: docs_repo, path: a, git: 'https://h/r'}", "give either path .* or git"),
        ("{kind: docs_repo, path: a, branch: main}", "branch needs git"),
        ("{kind: wiki, path: a}", r"sources\.wiki: .*'wiki'; there are: docs_repo"),
        ("{kind: docs_repo, path: a, reader: x}", r"sources\.wiki: .*reader: unknown key"),
        ("{kind: docs_repo, path: a, readers: [everyone]}", "'everyone' is no reader"),
        ("{kind: docs_repo, path: a, readers: ['group:']}", "'group:' is no reader"),
        ("{kind: docs_repo, path: a, readers: []}", "at least 1 item"),
        ("{kind: docs_repo, path: a, folders: [../b]}", "must be a folder inside the source"),
        ("{kind: docs_repo, path: a, folders: [/b]}", "must be a folder inside the source"),
        ("{kind: docs_repo, git: '--upload-pack=x'}", "no address of a repository"),
        ("{kind: docs_repo, git: 'ext::sh -c x'}", "no address of a repository"),
        ("{kind: docs_repo, git: 'http://h/r'}", "http:// is not read; use https"),
        ("{kind: docs_repo, git: 'https://h/r', branch: -x}", "no name of a branch"),
        ("{kind: docs_repo, git: 'https://h/r', branch: 'a:b'}", "no name of a branch"),
        ("{kind: docs_repo, path: a, site: {kind: hugo, base_url: x}}", "mkdocs"),
        (
            "{kind: docs_repo, path: a, site: {kind: mkdocs, base_url: https://h, builder: html}}",
            "builder: unknown key",
        ),
        ("{kind: docs_repo, path: a, web_url: 'javascript:x'}", "must be a web address"),
    ],
)
def test_setting_that_cannot_work_is_refused(tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, source)


@pytest.mark.parametrize("address", ["https://ada:hunter2@h/r", "https://hunter2@h/r"])
def test_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match="credential helper") as refused:
        load(tmp_path, f"{{kind: docs_repo, git: '{address}'}}")

    assert "hunter2" not in str(refused.value)


def test_name_of_a_source_is_fit_for_document_ids(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("ingest: {sources: {'My Wiki': {kind: docs_repo, path: a}}}")

    with pytest.raises(ConfigError, match="My Wiki"):
        IngestSettings.load(config)
