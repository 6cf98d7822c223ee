"""YAML or TOML between fences at the top of a file -> metadata."""

import re
import tomllib
from dataclasses import dataclass

import yaml

from ingest.markup.lines import Lines
from ingest.markup.parsed import Metadata

_KEY = re.compile(r"\s*(?:#|[\"']?[A-Za-z_][\w -]*[\"']?\s*[:=]|\[)")
_MAX_CHARS = 20_000  # more than any author writes; keeps a crafted file from costing seconds


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The lines from the first fence (line 0) up to `end`, and what they say.

    `metadata` is empty when they are not valid YAML or TOML: the text is kept, the file goes on.
    """

    end: int
    metadata: Metadata


def front_matter(lines: Lines) -> FrontMatter | None:
    """The front matter of a file, None if it has none."""
    fence = lines.lines[0].removeprefix("\ufeff").rstrip()
    if fence not in ("---", "+++"):
        return None
    closing = {fence, "..."} if fence == "---" else {fence}
    for number in range(1, len(lines)):
        if lines.lines[number].rstrip() in closing:
            break
    else:
        return None
    inner = lines.lines[1:number]
    first = next((line for line in inner if line.strip()), "")
    if first and not _KEY.match(first):
        return None  # prose between two horizontal rules
    text = "\n".join(inner)
    return FrontMatter(number + 1, _read(text, fence) if len(text) <= _MAX_CHARS else {})


def _read(text: str, fence: str) -> Metadata:
    try:
        raw = _toml(text) if fence == "+++" else _yaml(text)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, RecursionError):
        return {}
    if not isinstance(raw, dict):
        return {}
    found = {key: _value(value) for key, value in raw.items() if isinstance(key, str)}
    return {key: value for key, value in found.items() if value is not None}


def _yaml(text: str) -> object:
    # BaseLoader builds nothing but strings, lists and dicts: dates stay as they are written.
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506


def _toml(text: str) -> object:
    return tomllib.loads(text)


def _value(raw: object) -> str | list[str] | None:
    if isinstance(raw, list):
        return [str(item) for item in raw if not isinstance(item, list | dict)]
    return None if isinstance(raw, dict) or raw is None else str(raw)
