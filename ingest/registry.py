"""The kinds of sources: our own, and those that installed packages bring."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Final

from pydantic import BaseModel

from ingest.source import Source

GROUP: Final = "answerable.sources"
"""Entry points of this group bring a kind each: its name is what `kind:` says in config.yaml, its
value an object with `settings`, a pydantic model, and `open(name, settings, work_dir) -> Source`.
"""

_Open = Callable[[str, Any, Path], Source]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source.

    Attributes:
        settings: what may stand in config.yaml under a source of this kind, `kind` included.
        open: makes the source from its name, its settings, and the folder where it may keep
            files; their names begin with that of the source.
    """

    settings: type[BaseModel]
    open: _Open


@dataclass(frozen=True, slots=True)
class _Ours:
    # Named by strings: a connector is imported when a source of its kind is opened, and no other
    # is (Google's client alone takes a second). The settings are imported to be validated.
    settings: str
    source: str
    keeps_files: bool = True

    def kind(self) -> Kind:
        return Kind(resolve_name(self.settings), self._open)

    def _open(self, name: str, settings: BaseModel, work_dir: Path) -> Source:
        make = resolve_name(self.source)
        found: Source = make(name, settings, *([work_dir] if self.keeps_files else []))
        return found


_OURS: Final[Mapping[str, _Ours]] = {
    "docs_repo": _Ours("ingest.settings:DocsRepoSettings", "ingest.sources.docs_repo:DocsRepo"),
    "github_issues": _Ours(
        "ingest.settings:GithubIssuesSettings", "ingest.sources.github_issues:GithubIssues"
    ),
    "google_docs": _Ours(
        "ingest.google_settings:GoogleDocsSettings",
        "ingest.sources.google_docs:GoogleDocs",
        keeps_files=False,
    ),
    "notion_export": _Ours(
        "ingest.sources.notion_export:NotionExportSettings",
        "ingest.sources.notion_export:NotionExport",
        keeps_files=False,
    ),
}


def find_kind(name: str) -> Kind:
    """The kind of this name; ours win over those of packages.

    Raises:
        ValueError: there is none, two packages bring it, or the one that does is broken.
    """
    if ours := _OURS.get(name):
        return ours.kind()
    match tuple(entry_points(group=GROUP, name=name)):
        case (point,):
            return _brought(point)
        case ():
            raise ValueError(
                f"no kind of source is called {name!r}; there are: {', '.join(known())}"
            )
        case several:
            packages = ", ".join(sorted(point.value for point in several))
            raise ValueError(f"several packages bring the kind {name!r}: {packages}; keep one")


def known() -> list[str]:
    """Names of all kinds."""
    return sorted({*_OURS, *entry_points(group=GROUP).names})


def _brought(point: EntryPoint) -> Kind:
    try:
        brought = point.load()
        settings, opens = brought.settings, brought.open
    except (ImportError, AttributeError) as error:
        raise ValueError(f"kind {point.name!r}: {point.value} cannot be used: {error}") from error
    if not (isinstance(settings, type) and issubclass(settings, BaseModel) and callable(opens)):
        raise ValueError(
            f"kind {point.name!r}: {point.value} needs `settings`, a pydantic model, and `open`"
        )
    return Kind(settings, opens)
