"""Documents from a local folder or a git repository of Markdown, reStructuredText and text."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from pathspec import GitIgnoreSpec

from index.types import DocId, Document, Markup, Revision
from ingest.errors import SourceRefused, Unreadable
from ingest.markup import Parsed, detect, parse
from ingest.settings import DocsRepoSettings
from ingest.source import (
    Change,
    Checkpoint,
    Complete,
    Cursor,
    Delete,
    Skip,
    Unchanged,
    Upsert,
)
from ingest.sources.clone import Clone
from ingest.sources.decoding import decode
from ingest.sources.folder import Folder
from ingest.sources.links import Linker
from ingest.sources.selection import Selection
from ingest.sources.tree import Entry, Listing, Read, Touched, Tree

LAYOUT: Final = "1"
"""Raised when the same file makes another document: its documents are then written anew."""

_MARKED: Final = ("deprecated", "archived", "superseded", "draft")
"""Front matter keys whose mere truth is a status."""


class DocsRepo:
    """The files of one folder or repository as documents."""

    def __init__(self, name: str, settings: DocsRepoSettings, work_dir: Path) -> None:
        """Read as configured; clones are kept below `work_dir`."""
        self._name = name
        self._settings = settings
        self._readers = frozenset(settings.readers)
        self._tree = _tree(name, settings, work_dir)
        self._linker = Linker(settings)
        self._formats = [
            (GitIgnoreSpec.from_lines([glob]), markup) for glob, markup in settings.formats.items()
        ]
        self._shape = _digest(LAYOUT, self._linker.base, settings.model_dump_json(include=_SHAPING))

    @property
    def name(self) -> str:
        """The source's name in config.yaml; first part of its doc ids."""
        return self._name

    @property
    def readers(self) -> frozenset[str]:
        """Who may read each of its documents."""
        return self._readers

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        """Every chosen file, compared by content: the cursor is not needed to find changes."""
        del since
        listing = self._listing()
        for refused in listing.refused:
            yield Skip(self._doc_id(refused.path), refused.reason, self._readers)
        fresh = []
        for entry in listing.entries:
            if not _is_unicode(entry.path):
                yield Skip(self._doc_id(entry.path), "the name is not UTF-8", self._readers)
            elif known.get(self._doc_id(entry.path)) == self._revision(entry):
                yield Unchanged(self._doc_id(entry.path))
            else:
                fresh.append(entry)
        yield from self._read(fresh, known)
        if listing.complete:
            yield Complete()
        yield Checkpoint(Cursor(listing.cursor))

    def _listing(self) -> Listing:
        listing = self._tree.listing()
        if not listing.entries and not listing.refused:
            place = self._settings.path or self._settings.git
            raise SourceRefused(
                f"nothing in {place} is chosen by folders, include and exclude; to take its "
                "documents out of the index, remove the source from config.yaml and run "
                f"`answerable forget {self._name} --yes`"
            )
        return listing

    def _read(self, entries: Sequence[Entry], known: Mapping[DocId, Revision]) -> Iterator[Change]:
        touched: Mapping[str, Touched] | None = None
        with self._tree.reading(entries) as read:
            for entry in entries:
                doc_id = self._doc_id(entry.path)
                try:
                    text, markup = self._text(entry, read)
                except Unreadable as error:
                    yield Skip(doc_id, str(error), self._readers)
                    continue
                if not text.strip():
                    yield Skip(doc_id, "empty", self._readers)
                    # It was read: what an older version said is said no more.
                    yield from [Delete(doc_id)] if doc_id in known else []
                    continue
                # History is read only when there is a document to date.
                touched = self._tree.touched(entries) if touched is None else touched
                yield Upsert(self._document(entry, text, markup, touched.get(entry.path)))

    def _text(self, entry: Entry, read: Read) -> tuple[str, Markup]:
        text = decode(read(entry), max_bytes=self._settings.max_file_bytes)
        chosen = (markup for spec, markup in self._formats if spec.match_file(entry.path))
        markup = next(chosen, None) or detect(entry.path, text)
        if markup is None:
            raise Unreadable("not a known text format; name its markup in `formats`")
        return text, markup

    def _document(
        self, entry: Entry, text: str, markup: Markup, touched: Touched | None
    ) -> Document:
        parsed = parse(text, markup, name=entry.path)
        place = self._tree.place(entry)
        links = self._linker.links(entry.path, place, text, parsed)
        return Document(
            doc_id=self._doc_id(entry.path),
            source=self._name,
            title=parsed.title,
            url=links.url,
            text=text,
            markup=markup,
            sections=links.sections,
            readers=self._readers,
            revision=self._revision(entry),
            lines_url=links.lines_url,
            updated_at=touched.at if touched else None,
            authors=(touched.by,) if touched and touched.by else (),
            status=_status(parsed),
        )

    def _doc_id(self, path: str) -> DocId:
        return DocId(f"{self._name}:{path.encode(errors='backslashreplace').decode()}")

    def _revision(self, entry: Entry) -> Revision:
        return Revision(_digest(entry.content, self._shape))


_SHAPING: Final = {"site", "readers", "formats"}
"""Settings that shape a document; another branch or glob only chooses among documents."""


def _tree(name: str, settings: DocsRepoSettings, work_dir: Path) -> Tree:
    include = (*settings.include, *settings.formats)
    selection = Selection(settings.folders, include, settings.exclude)
    if settings.path is not None:
        return Folder(settings.path, settings, selection)
    return Clone(work_dir / name, settings, selection)


def _is_unicode(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _status(parsed: Parsed) -> str:
    said = parsed.metadata.get("status")
    if isinstance(said, str) and said.strip():
        return said.strip().lower()
    for key in _MARKED:
        value = parsed.metadata.get(key) or parsed.metadata.get(f"{key}_by")
        if value and str(value).lower() not in ("false", "no", "0"):
            return key
    return ""


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
