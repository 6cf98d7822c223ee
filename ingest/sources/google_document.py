"""A file of Drive and its content -> a document with links to its tabs and headings."""

import hashlib
import re
from typing import Final

from index.types import DocId, Document, Revision, Section
from ingest.errors import Unreadable
from ingest.markup import parse
from ingest.markup.docs_json import DocsSection, parse_docs
from ingest.shapes import Json
from ingest.sources.google_drive import DriveFile

LAYOUT: Final = "1"
"""Raised when the same Google Doc makes another document: all are then written anew."""

_DATA_IMAGE: Final = re.compile(
    r"^\[[^\]\n]+\]:[ \t]*<?data:[^\n]*$\n?|!\[[^\]\n]*\]\(data:[^)\n]*\)", re.MULTILINE
)


def doc_id_of(source: str, file_id: str) -> DocId:
    """The document of a file."""
    return DocId(f"{source}:{file_id}")


def revision_of(file: DriveFile, readers: frozenset[str], *, exported: bool = False) -> Revision:
    """Changes with the file's content, name and readers, and with how documents are made.

    Drive's `version` counts every change; the readers are in it because permissions also end by
    themselves, and those of a folder need not count as a change of the file.
    """
    modified = file.modified_at.isoformat() if file.modified_at else ""
    parts = (LAYOUT, file.version, modified, file.name, *sorted(readers))
    revision = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    return Revision(f"{revision}-exported" if exported else revision)


def walked(source: str, file: DriveFile, readers: frozenset[str], content: Json) -> Document:
    """The document of what the Docs API gave.

    Raises:
        Unreadable: there is nothing in it that we know how to read.
    """
    if not ("tabs" in content or "body" in content):
        raise Unreadable("the Docs API gave no content")
    try:
        parsed = parse_docs(content)
    except (RecursionError, ValueError) as error:
        raise Unreadable(f"its content could not be followed: {type(error).__name__}") from error
    sections = tuple(_placed(file, section) for section in parsed.sections)
    return _document(source, file, readers, parsed.text, sections, exported=False)


def exported(source: str, file: DriveFile, readers: frozenset[str], markdown: str) -> Document:
    """The document of an export as Markdown: without tabs, without links to its headings."""
    text = _DATA_IMAGE.sub("", markdown)
    page = _page(file)
    sections = tuple(
        Section(section.headings, section.span, page, "", section.blocks)
        for section in parse(text, "markdown", name=file.name).sections
    )
    return _document(source, file, readers, text, sections, exported=True)


def _document(
    source: str,
    file: DriveFile,
    readers: frozenset[str],
    text: str,
    sections: tuple[Section, ...],
    *,
    exported: bool,
) -> Document:
    return Document(
        doc_id=doc_id_of(source, file.file_id),
        source=source,
        title=file.name,
        url=_page(file),
        text=text,
        markup="markdown",
        sections=sections,
        readers=readers,
        revision=revision_of(file, readers, exported=exported),
        created_at=file.created_at,
        updated_at=file.modified_at,
        authors=file.authors,
    )


def _placed(file: DriveFile, found: DocsSection) -> Section:
    section = found.section
    # Not every heading has an id (Google gives them out late): then the tab is the nearest place.
    anchor = f"heading={section.explicit_id}" if section.explicit_id else ""
    url = f"{_page(file)}?tab={found.tab_id}" if found.tab_id else _page(file)
    url = f"{url}#{anchor}" if anchor else url
    return Section(section.headings, section.span, url, anchor, section.blocks)


def _page(file: DriveFile) -> str:
    return f"https://docs.google.com/document/d/{file.file_id}/edit"
