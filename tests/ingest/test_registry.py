import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from index.errors import ConfigError
from ingest.configured import Configured
from ingest.registry import find_kind, known
from ingest.settings import IngestSettings

PLUGIN = """
from pathlib import Path
from pydantic import BaseModel, ConfigDict
from index.settings import ConfigPath

class MailSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: str
    mailbox: ConfigPath

class Mail:
    def __init__(self, name):
        self.name = name
    def changes(self, since, known):
        return iter(())

class Kind:
    settings = MailSettings
    @staticmethod
    def open(name, settings, work_dir):
        return Mail(name)

class NoOpen:
    settings = MailSettings
"""


def configured(**source: Any) -> Configured:
    return IngestSettings.model_validate({"sources": {"it": source}}).sources["it"]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Installs a package that brings kinds, the way pip leaves it."""

    def installed(*points: str, name: str = "answerable_mail") -> None:
        (tmp_path / f"{name}.py").write_text(PLUGIN, encoding="utf-8")
        facts = tmp_path / f"{name}-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", encoding="utf-8")
        lines = "\n".join(["[answerable.sources]", *points])
        (facts / "entry_points.txt").write_text(lines, encoding="utf-8")

    monkeypatch.syspath_prepend(tmp_path)
    yield installed
    for name in ("answerable_mail", "answerable_post"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ({"kind": "docs_repo", "path": "docs"}, "DocsRepo"),
        ({"kind": "github_issues", "repositories": ["o/r"]}, "GithubIssues"),
        ({"kind": "google_docs"}, "GoogleDocs"),
        ({"kind": "notion_export", "path": "x.zip", "readers": ["public"]}, "NotionExport"),
    ],
)
def test_our_kinds_are_opened_with_their_settings(
    tmp_path: Path, source: dict[str, Any], kind: str
) -> None:
    one = configured(**source)
    opened = find_kind(one.kind).open("wiki", one.settings, tmp_path)

    assert (type(opened).__name__, opened.name) == (kind, "wiki")
    assert list(tmp_path.iterdir()) == []


def test_kind_of_a_package_is_validated_by_its_own_model(install: Any, tmp_path: Path) -> None:
    install("mail = answerable_mail:Kind")
    one = configured(kind="mail", mailbox="/srv/mail", every="1h")

    assert one.settings.mailbox == Path("/srv/mail")  # type: ignore[attr-defined]
    assert one.every == timedelta(hours=1)
    assert find_kind("mail").open("letters", one.settings, tmp_path).name == "letters"
    assert "mail" in known()
    with pytest.raises(ValidationError, match="boxes: unknown key"):
        configured(kind="mail", mailbox="x", boxes=1)


def test_package_cannot_replace_a_kind_of_ours(install: Any) -> None:
    install("docs_repo = answerable_mail:Kind")
    assert type(configured(kind="docs_repo", path="x").settings).__name__ == "DocsRepoSettings"


def test_kind_that_two_packages_bring_is_refused(install: Any) -> None:
    install("mail = answerable_mail:Kind")
    install("mail = answerable_post:Kind", name="answerable_post")

    with pytest.raises(ValidationError, match="answerable_mail:Kind, answerable_post:Kind"):
        configured(kind="mail", mailbox="x")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("answerable_mail:Nothing", "cannot be used"),
        ("answerable_gone:Kind", "cannot be used"),
        ("answerable_mail:MailSettings", "cannot be used"),
        ("answerable_mail:NoOpen", "cannot be used"),
    ],
)
def test_package_that_is_broken_is_named(install: Any, value: str, message: str) -> None:
    install(f"mail = {value}")
    with pytest.raises(ValidationError, match=f"{value} {message}"):
        configured(kind="mail", mailbox="x")


def test_unknown_kind_lists_those_there_are() -> None:
    expected = "'jira'; there are: docs_repo, github_issues, google_docs, notion_export"
    with pytest.raises(ValidationError, match=expected):
        configured(kind="jira")


@pytest.mark.parametrize("source", [None, [], {}, {"kind": 7}, "docs_repo"])
def test_source_without_a_kind_is_refused(source: Any) -> None:
    with pytest.raises(ValidationError, match="kind"):
        IngestSettings.model_validate({"sources": {"it": source}})


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("6 h", timedelta(hours=6)),
        ("1d", timedelta(days=1)),
        (None, None),
    ],
)
def test_interval_is_a_number_with_its_unit(text: str | None, every: timedelta | None) -> None:
    assert configured(kind="docs_repo", path="x", every=text).every == every


@pytest.mark.parametrize("text", ["15", 15, "m", "-5m", "1.5h", "", "PT15M", "1s", "31d", True])
def test_interval_that_is_none_is_refused_by_name(text: object) -> None:
    with pytest.raises(ValidationError, match="every: "):
        configured(kind="docs_repo", path="x", every=text)


def test_interval_can_be_set_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("ingest: {sources: {wiki: {kind: docs_repo, path: a}}}", encoding="utf-8")
    monkeypatch.setenv("ANSWERABLE_INGEST__SOURCES__WIKI__EVERY", "2h")

    assert IngestSettings.load(config).sources["wiki"].every == timedelta(hours=2)


def test_secret_in_a_value_is_not_repeated(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    source = "{kind: docs_repo, git: 'https://ada:hunter2@h/r', every: 1}"
    config.write_text(f"ingest: {{sources: {{wiki: {source}}}}}", encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        IngestSettings.load(config)
    assert "hunter2" not in str(refused.value)
