"""What of a payload decides whether it is for us: its workspace, and where answers are to go."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from service.identity.addresses import is_loopback
from service.slack.settings import SlackSettings

# Visible ASCII without backslash and quotes: what clients and servers might read in two ways.
_PLAIN_URL: Final = re.compile(r"[!#-&(-;=?-\[\]_a-z~]{1,500}")
_ID_CHARS: Final = 200


class Refused(Exception):
    """Why a request is refused: for the log, never for who sent it."""


def delivery_key(payload: Mapping[str, Any], settings: SlackSettings) -> str | None:
    """What Slack's retries of the same delivery have in common; None: it has no such thing.

    Args:
        payload: fields of a form, of its `payload`, or of an event, as Slack signed them.
        settings: which workspaces and hosts are known.

    Raises:
        Refused: it comes from another workspace, or its answer would go elsewhere than to Slack.
    """
    if not _is_ours(payload, settings):
        raise Refused("it comes from another workspace")
    for url in _response_urls(payload):
        if not is_response_url(url, settings):
            raise Refused("its response_url does not lead to Slack")
    for field in ("event_id", "trigger_id"):
        value = payload.get(field)
        if isinstance(value, str) and 0 < len(value) <= _ID_CHARS:
            return f"{field} {value}"
    return None


def is_response_url(url: object, settings: SlackSettings) -> bool:
    """Whether an answer may be sent to this address: a known host, by HTTPS, and nothing tricky."""
    if not isinstance(url, str) or not _PLAIN_URL.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port  # asking for it finds out whether it is one
    except ValueError:
        return False
    is_encrypted = parts.scheme == "https"
    is_test = parts.scheme == "http" and is_loopback(parts.hostname or "")
    # The whole of it: neither a user name nor another port may stand beside a known host.
    return (is_encrypted or is_test) and parts.netloc in settings.response_hosts


def _is_ours(payload: Mapping[str, Any], settings: SlackSettings) -> bool:
    teams = [_id(payload, "team_id"), _id(payload, "team", "id"), _id(payload, "user", "team_id")]
    companies = {_id(payload, "enterprise_id"), _id(payload, "enterprise", "id")}
    known = set(settings.team_ids)
    # A company of many workspaces can be named as a whole.
    if companies & known:
        return True
    named = [team for team in teams if team is not None]
    return bool(named) and known.issuperset(named)


def _id(payload: Mapping[str, Any], *path: str) -> str | None:
    found: Any = payload
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) and found else None


def _response_urls(payload: Mapping[str, Any]) -> Iterator[object]:
    if payload.get("response_url") not in (None, ""):
        yield payload["response_url"]
    listed = payload.get("response_urls") or []
    for one in listed if isinstance(listed, list) else [listed]:
        yield one.get("response_url") if isinstance(one, Mapping) else one
