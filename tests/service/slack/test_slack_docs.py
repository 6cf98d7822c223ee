"""docs/slack.md and the manifest name what there is."""

import re
from pathlib import Path

import yaml

from service.slack.app import PATH
from service.slack.proxy_settings import SlackProxySettings
from service.slack.settings import SlackSettings

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs/slack.md").read_text(encoding="utf-8")
MANIFEST = yaml.safe_load((ROOT / "slack-manifest.yaml").read_text(encoding="utf-8"))


def test_every_setting_is_in_the_table_and_nothing_else() -> None:
    table = re.findall(r"^\| `([a-z_]+)` \|", DOCS, re.MULTILINE)

    assert sorted(table) == sorted(SlackSettings.model_fields)


def test_every_setting_of_the_proxy_is_named() -> None:
    assert all(f"`{name}`" in DOCS for name in SlackProxySettings.model_fields)


def test_examples_of_the_docs_are_settings() -> None:
    examples = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)]

    slack = [one["service"]["slack"] for one in examples if "slack" in one.get("service", {})]
    proxies = [one["slack_proxy"] for one in examples if "slack_proxy" in one]

    assert [SlackSettings.model_validate(one).team_ids for one in slack] == [("T0123ABCD",)] * 2
    assert [SlackProxySettings(**one).port for one in proxies] == [8001]


def test_manifest_leads_to_our_route_with_our_command_and_no_more_rights_than_needed() -> None:
    addresses = {
        MANIFEST["features"]["slash_commands"][0]["url"],
        MANIFEST["settings"]["event_subscriptions"]["request_url"],
        MANIFEST["settings"]["interactivity"]["request_url"],
    }
    assert addresses == {f"https://YOUR-HOST{PATH}"}
    assert MANIFEST["features"]["slash_commands"][0]["command"] == (
        SlackSettings(team_ids=("T0",)).command
    )
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == {
        *("commands", "chat:write", "users:read", "users:read.email"),
        *("app_mentions:read", "channels:read", "groups:read"),
    }
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == ["app_mention"]
