from pathlib import Path

import pytest
from pydantic import TypeAdapter

from ingest.markup import parse
from ingest.settings import DocsRepoSettings, Site
from ingest.sources.links import Linker, Links, lines_template, web_address
from ingest.sources.pages import page_url
from ingest.sources.tree import Place

SITE: TypeAdapter[Site] = TypeAdapter(Site)
BASE = "https://docs.example.com"
TEXT = "Before.\n\n# Über Größe\n\nText.\n\n\n# Über Größe\n\nMore.\n"


def page(path: str, metadata: dict[str, str | list[str]] | None = None, **site: object) -> str:
    """The page's address without the base."""
    url = page_url(SITE.validate_python({"base_url": BASE} | site), path, metadata or {})
    return "not published" if url is None else url.removeprefix(f"{BASE}/")


def links(text: str, place: Place, **settings: object) -> Links:
    configured = DocsRepoSettings(
        **{"kind": "docs_repo", "git": "https://github.com/o/r.git"} | settings
    )
    return Linker(configured).links(place.path, place, text, parse(text, "markdown", name="a.md"))


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/o/r.git", "https://github.com/o/r"),
        ("https://github.com/o/r/", "https://github.com/o/r"),
        ("git@github.com:o/r.git", "https://github.com/o/r"),
        ("ssh://git@gitlab.com:22/group/sub/r.git", "https://gitlab.com/group/sub/r"),
        ("https://git.example.com/o/r.git", None),
        ("/srv/github.com/o/r", None),
        ("file:///srv/r.git", None),
    ],
)
def test_web_address_is_derived_for_known_hosts(remote: str, address: str | None) -> None:
    assert web_address(remote) == address


@pytest.mark.parametrize(
    ("web", "template"),
    [
        ("https://github.com/o/r", "/blob/abc/a%7Bb%7D.md?plain=1#L{start}-L{end}"),
        ("https://gitlab.com/o/r", "/-/blob/abc/a%7Bb%7D.md?plain=1#L{start}-{end}"),
        ("https://gitlab.example.com/o/r", "/-/blob/abc/a%7Bb%7D.md?plain=1#L{start}-{end}"),
    ],
)
def test_lines_are_written_as_the_host_writes_them(web: str, template: str) -> None:
    assert lines_template(web, Place("abc", "a{b}.md", exact=True)) == web + template


def test_file_that_differs_from_the_commit_has_no_lines() -> None:
    assert lines_template("https://github.com/o/r", Place("HEAD", "a.md", exact=False)) is None


def test_sections_of_a_file_land_on_their_lines() -> None:
    found = links(TEXT, Place("abc", "a.md", exact=True))

    assert [section.anchor for section in found.sections] == ["L1-L1", "L3-L5", "L8-L10"]
    assert found.sections[1].url == "https://github.com/o/r/blob/abc/a.md?plain=1#L3-L5"


def test_lines_are_counted_alike_with_windows_line_ends() -> None:
    found = links(TEXT.replace("\n", "\r\n"), Place("abc", "a.md", exact=True))

    assert [section.anchor for section in found.sections] == ["L1-L1", "L3-L5", "L8-L10"]


@pytest.mark.parametrize(
    ("kind", "anchors"),
    [
        ("mkdocs", ["", "uber-groe", "uber-groe_1"]),
        ("sphinx", ["", "uber-grosze", "id1"]),
        ("docusaurus", ["", "über-größe", "über-größe-1"]),
    ],
)
def test_sections_of_a_page_land_on_the_generators_anchors(kind: str, anchors: list[str]) -> None:
    site = {"kind": kind, "base_url": BASE}

    found = links(TEXT, Place("abc", "docs/a.md", exact=True), site=site)

    assert [section.anchor for section in found.sections] == anchors
    assert found.sections[0].url == found.url


def test_anchor_of_another_script_is_escaped_in_the_address() -> None:
    site = {"kind": "docusaurus", "base_url": BASE}

    found = links("# Größe\n\nText.\n", Place("abc", "docs/a.md", exact=True), site=site)

    assert found.sections[0].url == f"{BASE}/a#gr%C3%B6%C3%9Fe"


def test_repository_of_an_unknown_host_is_named_itself() -> None:
    found = links(TEXT, Place("abc", "a b.md", exact=True), git="https://git.example.com/r.git")

    assert (found.url, found.lines_url) == ("https://git.example.com/r.git#a%20b.md", None)
    assert {section.anchor for section in found.sections} == {""}


def test_local_folder_is_named_by_file(tmp_path: Path) -> None:
    found = links(TEXT, Place("HEAD", "a b.md", exact=False), git=None, path=tmp_path)

    assert found.url == f"{tmp_path.as_uri()}/a%20b.md"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("docs/guide/install.md", "guide/install/"),
        ("docs/index.md", ""),
        ("docs/guide/README.md", "guide/"),
        ("docs/über uns.md", "%C3%BCber%20uns/"),
        ("docs/v1.2.md", "v1.2/"),
        ("docs/data.txt", "not published"),
        ("notes/a.md", "not published"),
    ],
)
def test_mkdocs_pages_are_folders(path: str, address: str) -> None:
    assert page(path, kind="mkdocs") == address


@pytest.mark.parametrize(
    ("path", "address"),
    [("docs/guide/install.md", "guide/install.html"), ("docs/guide/README.md", "guide/index.html")],
)
def test_mkdocs_pages_may_be_files(path: str, address: str) -> None:
    assert page(path, kind="mkdocs", use_directory_urls=False) == address


@pytest.mark.parametrize(
    ("path", "builder", "address"),
    [
        ("docs/faq/admin.txt", "html", "faq/admin.html"),
        ("docs/index.rst", "html", "index.html"),
        ("docs/guide/install.rst", "dirhtml", "guide/install/"),
        ("docs/guide/index.rst", "dirhtml", "guide/"),
        ("docs/logo.svg", "html", "not published"),
    ],
)
def test_sphinx_pages_follow_the_builder(path: str, builder: str, address: str) -> None:
    assert page(path, kind="sphinx", builder=builder) == address


@pytest.mark.parametrize(
    ("path", "metadata", "address"),
    [
        ("docs/guide/install.mdx", {}, "guide/install"),
        ("docs/02-guide/01-install.md", {}, "guide/install"),
        ("docs/2024-05-01-release.md", {}, "2024-05-01-release"),
        ("docs/guide/index.md", {}, "guide/"),
        ("docs/guide/guide.md", {}, "guide/"),
        ("docs/guide/install.md", {"id": "setup"}, "guide/setup"),
        ("docs/guide/install.md", {"slug": "setup"}, "guide/setup"),
        ("docs/guide/install.md", {"slug": "/start"}, "start"),
        ("docs/guide/intro.md", {"slug": "/"}, ""),
        ("docs/_partials/note.mdx", {}, "not published"),
    ],
)
def test_docusaurus_pages_follow_names_and_front_matter(
    path: str, metadata: dict[str, str | list[str]], address: str
) -> None:
    assert page(path, metadata, kind="docusaurus") == address


def test_site_may_be_made_of_the_whole_repository() -> None:
    assert page("guide/a.md", kind="mkdocs", docs_dir="") == "guide/a/"
