"""Pages and databases of a Notion export ("Markdown & CSV"), from its folder or its .zip.

The format is known from other readers of it. Names end in the page's id, links between pages are
relative, an archive may hold `…-Part-1.zip` (https://github.com/codexu/note-gen/pull/1175). A
database is a .csv, an `_all.csv` with every row (https://openknowledge.ai/docs/migrate/notion) and
a folder of pages, one a row, that begin with its properties as `Key: value` lines
(https://github.com/obsidianmd/obsidian-importer/issues/373). It has no readers or heading ids.
"""

import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.settings import ConfigPath
from index.types import DocId, Document, Revision, Section
from ingest.errors import SourceRefused, Unreadable
from ingest.markup import parse
from ingest.settings import MIB, Reader
from ingest.source import Change, Checkpoint, Complete, Cursor, Skip, Unchanged, Upsert
from ingest.sources.decoding import decode

LAYOUT: Final = "1"  # raised when the same file makes another document: all are written anew
_PAGE: Final = re.compile(
    r"(?P<folder>(?:.*/)?)(?P<title>[^/]*?) ?(?P<id>[0-9a-f]{32})(?P<all>_all)?\.(?P<kind>md|csv)"
)
_PART: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}(?:-Part-\d+)?\.zip$")
_LINK: Final = re.compile(r"\]\((?!\w+:)(?:(?!\]\()[^\n])*?([0-9a-f]{32})(?:_all)?\.(?:md|csv)\)")
_STATUS: Final = re.compile(r"#[^\n]*\n\s*\n(?:[^\n]+\n)*?Status: *([^\n]+)")
# The last is what an encrypted archive raises.
_BROKEN: Final = (OSError, EOFError, zipfile.BadZipFile, zlib.error, csv.Error, RuntimeError)

_File = Path | zipfile.Path
_Page = re.Match[str]


class NotionExportSettings(BaseModel):
    """An export as Notion made it, or unpacked; it names no readers, so they have no default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["notion_export"]
    path: ConfigPath
    readers: tuple[Reader, ...] = Field(min_length=1)
    max_file_bytes: int = Field(2 * MIB, ge=1, le=64 * MIB)


class NotionExport:
    """The pages of one export as documents, compared by content."""

    def __init__(self, name: str, settings: NotionExportSettings) -> None:
        self.name = name
        self._settings = settings
        self.readers = frozenset(settings.readers)

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        """Every page there is: an export is whole, so what it lacks is gone."""
        del since
        with ExitStack() as opened:
            try:
                files = dict(_files(self._settings.path, "", opened))
            except _BROKEN as error:
                raise SourceRefused(f"cannot read the whole export: {error}") from error
            if not (pages := {page.string: page for page in _pages(files)}):
                raise SourceRefused(f"{self._settings.path} holds no page of a Notion export")
            for path in files:
                if path.endswith(".md") and path not in pages:
                    reason = "its name has no id of a page, or that of another file"
                    yield Skip(DocId(f"{self.name}:{path}"), reason, self.readers)
            for path, page in pages.items():
                yield self._change(page, files[path], known)
        yield Complete()
        yield Checkpoint(Cursor(""))

    def _change(self, page: _Page, file: _File, known: Mapping[DocId, Revision]) -> Change:
        doc_id = DocId(f"{self.name}:{page['id']}")
        try:
            with file.open("rb") as opened:
                content = opened.read(self._settings.max_file_bytes + 1)
            text = decode(content, max_bytes=self._settings.max_file_bytes)
            text = _table(page["title"], text) if page["kind"] == "csv" else text
        except (Unreadable, *_BROKEN) as error:
            return Skip(doc_id, f"{page.string}: {error}", self.readers)
        shape = "\0".join((LAYOUT, page["title"], *sorted(self.readers), text))
        revision = Revision(hashlib.sha256(shape.encode()).hexdigest()[:32])
        if known.get(doc_id) == revision:
            return Unchanged(doc_id)
        return Upsert(self._document(doc_id, page, text, revision))

    def _document(self, doc_id: DocId, page: _Page, text: str, revision: Revision) -> Document:
        url = f"https://www.notion.so/{page['id']}"
        text = _LINK.sub(r"](https://www.notion.so/\1)", text)
        parsed, status = parse(text, "markdown", name=page["title"]), _STATUS.match(text)
        return Document(
            doc_id=doc_id,
            source=self.name,
            title=parsed.title,
            url=url,
            text=text,
            markup="markdown",
            sections=tuple(Section(s.headings, s.span, url, "", s.blocks) for s in parsed.sections),
            readers=self.readers,
            revision=revision,
            status=status[1].strip().lower() if status else "",
        )


def _files(file: _File, at: str, opened: ExitStack) -> Iterator[tuple[str, _File]]:
    """What lies `at` a path of the export: the file, or all in the folder or archive."""
    if isinstance(file, Path) and file.is_dir():
        for inner in sorted(file.iterdir()):
            if not inner.is_symlink():  # it may lead out of the export
                yield from _files(inner, f"{at}/{inner.name}".lstrip("/"), opened)
    elif not at or _PART.search(at):
        archive = zipfile.ZipFile(opened.enter_context(file.open("rb")))
        for path in opened.enter_context(archive).namelist():
            yield from _files(zipfile.Path(archive, path), path, opened)
    else:
        yield at, file


def _pages(paths: Iterable[str]) -> Iterable[_Page]:
    """The pages, each once, and the databases whose rows are no pages."""
    named = [page for path in paths if (page := _PAGE.fullmatch(path))]
    folders = {page["folder"] for page in named if page["kind"] == "md"}
    found: dict[str, _Page] = {}
    for page in named:
        inside = page["folder"] + page["title"]
        has_pages = not folders.isdisjoint((f"{inside}/", f"{inside} {page['id']}/"))
        if page["kind"] == "md" or not has_pages:
            found[page["id"]] = page if page["all"] else found.get(page["id"], page)
    return found.values()


def _table(title: str, text: str) -> str:
    """A database as Markdown."""
    rows = [[" ".join(cell.split()) for cell in row] for row in csv.reader(io.StringIO(text))]
    rows[1:1] = [["---"] * len(row) for row in rows[:1]]
    lines = ("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows)
    return "\n".join((f"# {title}", "", *lines, ""))
