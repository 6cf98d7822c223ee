"""Addresses of the pages that a site generator makes of files."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final, assert_never
from urllib.parse import quote

from ingest.settings import DocusaurusSite, MkDocsSite, Site, SphinxSite

_MARKDOWN: Final = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")
_MDX: Final = (".md", ".mdx")
_SPHINX_MARKUP: Final = (".rst", ".md", ".txt")
# `01-intro` loses its number, `2024-05-01-release` and `1.2-notes` keep theirs.
_NUMBERED: Final = re.compile(r"\d+\s*[-_.]+\s*(?P<name>[^-_.\s].*)")
_DATE_OR_VERSION: Final = re.compile(r"\d+[-_.]\d+")


def page_url(site: Site, path: str, metadata: Mapping[str, str | list[str]]) -> str | None:
    """The published page of a file; None when the site does not publish it."""
    inside = f"{site.docs_dir}/" if site.docs_dir else ""
    if not path.startswith(inside):
        return None
    page = PurePosixPath(path.removeprefix(inside))
    match site:
        case MkDocsSite():
            address = _mkdocs(page, site.use_directory_urls)
        case SphinxSite():
            address = _sphinx(page, site.builder == "dirhtml")
        case DocusaurusSite():
            address = _docusaurus(page, metadata)
        case _:
            assert_never(site)
    return None if address is None else f"{site.base_url}/{quote(address)}"


def _mkdocs(page: PurePosixPath, directory_urls: bool) -> str | None:
    if page.suffix.lower() not in _MARKDOWN:
        return None
    index = page.stem in ("index", "README")
    if directory_urls:
        return _folder(page.parent if index else page.with_suffix(""))
    return str(page.with_name("index.html") if index else page.with_suffix(".html"))


def _sphinx(page: PurePosixPath, directory_urls: bool) -> str | None:
    if page.suffix.lower() not in _SPHINX_MARKUP:
        return None
    if not directory_urls:
        return str(page.with_suffix(".html"))
    return _folder(page.parent if page.stem == "index" else page.with_suffix(""))


def _docusaurus(page: PurePosixPath, metadata: Mapping[str, str | list[str]]) -> str | None:
    # Files and folders that begin with an underscore are partials, not pages.
    if page.suffix.lower() not in _MDX or any(part.startswith("_") for part in page.parts):
        return None
    folder = PurePosixPath(*map(_unnumbered, page.parent.parts))
    stem = _unnumbered(page.stem)
    slug = metadata.get("slug")
    if isinstance(slug, str) and slug:
        return slug.strip("/") if slug.startswith("/") else _joined(folder, slug)
    if stem.lower() in ("index", "readme") or (stem.lower() == folder.name.lower()):
        return _folder(folder)
    name = metadata.get("id")
    return _joined(folder, name if isinstance(name, str) and name else stem)


def _unnumbered(part: str) -> str:
    numbered = None if _DATE_OR_VERSION.match(part) else _NUMBERED.fullmatch(part)
    return numbered["name"] if numbered else part


def _joined(folder: PurePosixPath, name: str) -> str:
    return str(folder / name.removeprefix("./").strip("/"))


def _folder(path: PurePosixPath) -> str:
    return "" if str(path) == "." else f"{path}/"
