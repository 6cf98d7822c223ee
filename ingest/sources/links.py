"""Where a citation leads: the published page and heading, or the lines of a file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from index.types import Section
from ingest.markup import Parsed, ParsedSection
from ingest.markup.slugs import anchors
from ingest.settings import DocsRepoSettings, Site
from ingest.sources.pages import page_url
from ingest.sources.tree import Place

_WEB_HOSTS: Final = ("github.com", "gitlab.com")
_LIKE_SCP: Final = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?P<path>.+)")


@dataclass(frozen=True, slots=True)
class Links:
    """A document's address, its lines' (`{start}`, `{end}`), and its sections with theirs."""

    url: str
    lines_url: str | None
    sections: tuple[Section, ...]


class Linker:
    """Knows how a source's files are seen in a browser."""

    def __init__(self, settings: DocsRepoSettings) -> None:
        self._settings = settings
        self._site = settings.site
        self._web = settings.web_url or web_address(settings.git or "")

    @property
    def base(self) -> str:
        """What the addresses of all files begin with; the same base gives the same addresses."""
        return self._web or self._settings.git or str(self._settings.path)

    def links(self, path: str, place: Place, text: str, parsed: Parsed) -> Links:
        """Of a file: to its published page where there is one, else to its lines."""
        lines_url = lines_template(self._web, place)
        page = page_url(self._site, path, parsed.metadata) if self._site else None
        if page and self._site:
            return Links(page, lines_url, _on_page(page, self._site, parsed.sections))
        url = self._file_url(path, place)
        return Links(url, lines_url, _by_lines(url, lines_url, text, parsed.sections))

    def _file_url(self, path: str, place: Place) -> str:
        if self._web:
            return _blob(self._web, place)
        if self._settings.path is not None:
            return (self._settings.path / path).as_uri()
        remote = self._settings.git or ""
        address = Path(remote).as_uri() if remote.startswith("/") else remote
        return f"{address}#{quote(path)}"


def web_address(remote: str) -> str | None:
    """The repository's address in a browser, for the hosts whose addresses are known."""
    parts = urlsplit(remote)
    host, path = parts.hostname or "", parts.path
    if not parts.scheme and (scp := _LIKE_SCP.fullmatch(remote)):
        host, path = scp["host"], scp["path"]
    if host.lower() not in _WEB_HOSTS:
        return None
    return f"https://{host.lower()}/{path.strip('/').removesuffix('.git')}"


def lines_template(web: str | None, place: Place) -> str | None:
    """Link to lines of the file, with `{start}` and `{end}`; None where lines cannot be shown."""
    if not web or not place.exact:
        return None
    end = "{end}" if _is_gitlab(web) else "L{end}"
    blob = _blob(web, place).replace("{", "%7B").replace("}", "%7D")
    return f"{blob}?plain=1#L{{start}}-{end}"  # plain: a rendered page has no lines to jump to


def _on_page(page: str, site: Site, sections: Sequence[ParsedSection]) -> tuple[Section, ...]:
    titled = [section for section in sections if section.headings]
    names = anchors([(s.headings[-1], s.explicit_id) for s in titled], site.kind)
    given = iter(names)
    placed = []
    for section in sections:
        anchor = next(given) if section.headings else ""
        url = f"{page}#{quote(anchor)}" if anchor else page
        placed.append(Section(section.headings, section.span, url, anchor, section.blocks))
    return tuple(placed)


def _by_lines(
    url: str, lines_url: str | None, text: str, sections: Sequence[ParsedSection]
) -> tuple[Section, ...]:
    placed = []
    line, done = 1, 0
    for section in sections:
        line, done = line + text.count("\n", done, section.span.start), section.span.start
        last = line + section.span.of(text).rstrip().count("\n")
        landing = lines_url.format(start=line, end=last) if lines_url else url
        anchor = landing.partition("#")[2] if lines_url else ""
        placed.append(Section(section.headings, section.span, landing, anchor, section.blocks))
    return tuple(placed)


def _blob(web: str, place: Place) -> str:
    view = "-/blob" if _is_gitlab(web) else "blob"
    return f"{web}/{view}/{place.ref}/{quote(place.path)}"


def _is_gitlab(web: str) -> bool:
    return "gitlab" in (urlsplit(web).hostname or "")
