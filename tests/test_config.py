import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from eval.settings import EvalSettings, JudgeSettings
from index.errors import ConfigError
from index.settings import IndexSettings, Section, config_dir
from ingest.google_settings import GoogleDocsSettings
from ingest.settings import DocsRepoSettings, GithubIssuesSettings, IngestSettings
from ingest.sources.notion_export import NotionExportSettings
from service.auditing.settings import AuditSettings
from service.identity.settings import (
    AuthSettings,
    DirectorySettings,
    OidcSettings,
    ProxySettings,
    SlackProxyAuth,
)
from service.identity.sign_in_settings import SignInSettings
from service.limits import LimitSettings
from service.models.settings import LlmSettings
from service.settings import (
    AnsweringSettings,
    ConversationSettings,
    GapSettings,
    RetrievalSettings,
    ServiceSettings,
)
from service.slack.proxy_settings import SlackProxySettings
from service.slack.settings import SlackSettings

CONFIG = Path(__file__).parent.parent / "config.yaml"
SECTIONS = (IndexSettings, IngestSettings, ServiceSettings, EvalSettings)
KINDS = (DocsRepoSettings, GithubIssuesSettings, GoogleDocsSettings, NotionExportSettings)
WAYS = {
    "oidc": OidcSettings,
    "sign_in": SignInSettings,
    "slack_proxy": SlackProxyAuth,
    "proxy": ProxySettings,
    "directory": DirectorySettings,
}
MODELS = (
    *(*SECTIONS, *KINDS, RetrievalSettings, AnsweringSettings, LlmSettings),
    *(ConversationSettings, GapSettings, SlackSettings, SlackProxyAuth, SlackProxySettings),
    *(AuthSettings, *WAYS.values(), AuditSettings, LimitSettings, JudgeSettings),
)
EXAMPLES = {"tracker", "drive", "notes"}  # sources that the file shows
KEYS = {"every", *EXAMPLES} | {key for model in MODELS for key in model.model_fields}
COMMENTED = re.compile(r"^(?P<indent> *)# (?P<key>[a-z_]+):(?P<value>( .*)?)$", re.MULTILINE)
EXCLUDE_EACH_OTHER = {"git", "branch"}  # with the path that the file gives


def uncommented(text: str, *, without: set[str]) -> str:
    def line(found: re.Match[str]) -> str:
        is_setting = found["key"] in KEYS - without
        return f"{found['indent']}{found['key']}:{found['value']}" if is_setting else ""

    return COMMENTED.sub(line, text)


@pytest.mark.parametrize("section", SECTIONS)
def test_config_file_is_accepted(section: type[Section]) -> None:
    section.load(CONFIG)


@pytest.mark.parametrize("section", SECTIONS)
def test_config_file_is_accepted_with_every_key_uncommented(
    section: type[Section], tmp_path: Path
) -> None:
    whole = tmp_path / "config.yaml"
    text = uncommented(CONFIG.read_text(encoding="utf-8"), without=EXCLUDE_EACH_OTHER)
    whole.write_text(text, encoding="utf-8")

    section.load(whole)


@pytest.mark.parametrize("model", MODELS)
def test_config_file_shows_every_key(model: type[BaseModel]) -> None:
    text = uncommented(CONFIG.read_text(encoding="utf-8"), without=set())
    shown = set(re.findall(r"^ *([a-z_]+):", text, re.MULTILINE))

    assert set(model.model_fields) <= shown


def test_commented_keys_show_their_defaults() -> None:
    text = uncommented(CONFIG.read_text(encoding="utf-8"), without=EXCLUDE_EACH_OTHER)
    shown = yaml.safe_load(text)

    assert IndexSettings(**shown["index"]) == IndexSettings()
    for example in (*WAYS, "people_file", "groups_file"):
        del shown["service"]["auth"][example]
    llm = shown["service"]["answering"].pop("llm")
    example = {name: llm.pop(name) for name in ("model", "api_base")}
    assert LlmSettings(**example) == LlmSettings(**example, **llm)
    slack = shown["service"].pop("slack")
    assert SlackSettings(**slack) == SlackSettings(team_ids=slack["team_ids"])
    assert ServiceSettings(**shown["service"]) == ServiceSettings()
    judge = shown["eval"].pop("judge")
    assert JudgeSettings(**judge).api_key_env is None
    with config_dir(Path.cwd()):
        assert EvalSettings(**shown["eval"]) == EvalSettings()
    del shown["ingest"]["sources"]
    assert IngestSettings(**shown["ingest"]) == IngestSettings()
    assert DocsRepoSettings.model_fields["max_file_bytes"].default == 2097152


def test_examples_of_sources_show_their_defaults(tmp_path: Path) -> None:
    whole = tmp_path / "config.yaml"
    text = uncommented(CONFIG.read_text(encoding="utf-8"), without=EXCLUDE_EACH_OTHER)
    whole.write_text(text, encoding="utf-8")
    shown = IngestSettings.load(whole).sources
    tracker, drive = shown["tracker"].settings, shown["drive"].settings

    said = {"repositories", "app", "skip_authors", "people_file"}
    assert tracker.model_dump(exclude=said) == GithubIssuesSettings(
        kind="github_issues", repositories=("o/r",)
    ).model_dump(exclude=said)
    assert drive.model_copy(update={"folders": (), "drives": ()}) == GoogleDocsSettings(
        kind="google_docs"
    )
    assert shown["notes"].kind == "notion_export"
    assert shown["tracker"].every == timedelta(hours=1)


@pytest.mark.parametrize("way", WAYS)
def test_examples_of_ways_to_sign_in_show_their_defaults(way: str) -> None:
    text = uncommented(CONFIG.read_text(encoding="utf-8"), without=EXCLUDE_EACH_OTHER)
    shown = yaml.safe_load(text)["service"]["auth"][way]
    said = {
        *("issuer", "audience", "addresses", "required_claims"),
        *("client_id", "redirect_url", "audience"),
    }
    needed = {key: value for key, value in shown.items() if key in said - {"required_claims"}}

    exclude = {"required_claims"}
    model = WAYS[way]
    assert model(**shown).model_dump(exclude=exclude) == model(**needed).model_dump(exclude=exclude)


def test_default_source_is_the_sample_company() -> None:
    (configured,) = IngestSettings.load(CONFIG).sources.values()
    source = configured.settings

    assert isinstance(source, DocsRepoSettings)
    assert configured.every == timedelta(minutes=15)
    assert source.path is not None
    assert (source.path / "money" / "expenses.md").is_file()


def test_example_repository_is_accepted() -> None:
    found = re.search(r"# git: (\S+)", CONFIG.read_text(encoding="utf-8"))
    assert found
    assert DocsRepoSettings(kind="docs_repo", git=found[1]).git == found[1]


def test_relative_data_dir_counts_from_the_file(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("index: {data_dir: here}\n", encoding="utf-8")

    assert IndexSettings.load(config).data_dir == tmp_path / "here"


def test_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWERABLE_SERVICE__RETRIEVAL__MODE", "lexical")
    assert ServiceSettings.load(CONFIG).retrieval.mode == "lexical"


def test_misspelt_key_is_refused_by_name(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("service: {retrieval: {moed: dense}}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"service\.retrieval\.moed: unknown key"):
        ServiceSettings.load(config)
