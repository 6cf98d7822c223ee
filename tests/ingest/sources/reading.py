"""Reading folders and repositories in tests, and sorting what comes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from index.types import DocId, Document, Revision
from ingest.settings import DocsRepoSettings
from ingest.source import Change, Skip, Unchanged, Upsert
from ingest.sources.docs_repo import DocsRepo

GUIDE = "# Guide\n\nRead me.\n\n## Install\n\nRun it.\n"
PUBLIC = frozenset({"public"})


def of_folder(folder: Path, **settings: Any) -> list[Change]:
    configured = DocsRepoSettings(kind="docs_repo", path=folder, **settings)
    return list(DocsRepo("docs", configured, folder / "unused").changes(None, {}))


def of_git(
    url: str, work_dir: Path, known: dict[DocId, Revision] | None = None, **settings: Any
) -> list[Change]:
    configured = DocsRepoSettings(kind="docs_repo", git=url, **settings)
    return list(DocsRepo("docs", configured, work_dir).changes(None, known or {}))


def documents(changes: Iterable[Change]) -> dict[str, Document]:
    upserts = [c.document for c in changes if isinstance(c, Upsert)]
    return {d.doc_id.removeprefix("docs:"): d for d in upserts}


def revisions(changes: Iterable[Change]) -> dict[DocId, Revision]:
    return {d.doc_id: d.revision for d in documents(changes).values()}


def skipped(changes: Iterable[Change]) -> dict[str, str]:
    return {c.doc_id.removeprefix("docs:"): c.reason for c in changes if isinstance(c, Skip)}


def unchanged(changes: Iterable[Change]) -> list[str]:
    return [c.doc_id.removeprefix("docs:") for c in changes if isinstance(c, Unchanged)]
