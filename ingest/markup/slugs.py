"""Headings -> anchors, by the rules of each site generator.

The rules of python-markdown's toc extension, docutils and github-slugger were compared with what
these generators put into their pages.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from docutils import nodes

Generator = Literal["github", "mkdocs", "sphinx", "docusaurus"]

_GITHUB_DROPPED = re.compile(r"[^\w\- ]+")
_MKDOCS_DROPPED = re.compile(r"[^\w\s-]+")
_MKDOCS_GAPS = re.compile(r"[-\s]+")
_MKDOCS_NUMBERED = re.compile(r"^(.*)_(\d+)$")


def anchors(headings: Iterable[tuple[str, str]], generator: Generator) -> list[str]:
    """One anchor for each heading of a page, in reading order.

    Args:
        headings: text and explicit id (empty if none) of every heading on the page.
        generator: whose rules to use.
    """
    numbering = Numbering(generator)
    return [numbering.anchor(text, explicit_id) for text, explicit_id in headings]


class Numbering:
    """The anchors given out on one page: the second heading of a name gets a number."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._taken: set[str] = set()
        self._seen: dict[str, int] = {}

    def anchor(self, text: str, explicit_id: str = "") -> str:
        """The next heading's anchor, without `#`; empty if the heading has nothing to name it."""
        if explicit_id and self._generator != "github":
            self._taken.add(explicit_id)
            return explicit_id
        match self._generator:
            case "github" | "docusaurus":
                return self._github(github_slug(text))
            case "mkdocs":
                return self._mkdocs(mkdocs_slug(text))
            case "sphinx":
                return self._sphinx(nodes.make_id(text))

    def _github(self, slug: str) -> str:
        given = slug
        while given in self._taken:
            self._seen[slug] = self._seen.get(slug, 0) + 1
            given = f"{slug}-{self._seen[slug]}"
        self._taken.add(given)
        return given

    def _mkdocs(self, slug: str) -> str:
        given = slug
        while given in self._taken or not given:
            numbered = _MKDOCS_NUMBERED.match(given)
            given = f"{numbered[1]}_{int(numbered[2]) + 1}" if numbered else f"{given}_1"
        self._taken.add(given)
        return given

    def _sphinx(self, slug: str) -> str:
        given = slug
        while not given or given in self._taken:
            self._seen[""] = self._seen.get("", 0) + 1
            given = f"id{self._seen['']}"
        self._taken.add(given)
        return given


def github_slug(text: str) -> str:
    """Lower case; letters, digits, `-` and `_` of any script stay, blanks become `-`."""
    return _GITHUB_DROPPED.sub("", text.strip().lower()).replace(" ", "-")


def mkdocs_slug(text: str) -> str:
    """Python-markdown's default: compatibility decomposition, ASCII only, runs of blanks one."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return _MKDOCS_GAPS.sub("-", _MKDOCS_DROPPED.sub("", ascii_only).strip().lower())
