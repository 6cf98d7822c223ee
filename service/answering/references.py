"""A line that points to other documents -> their ids: links, paths, numbers of issues."""

import posixpath
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from index.types import DocId, Document

_ENDINGS: Final = ("", ".md", ".mdx", ".rst", "/README.md", "/index.md")
_MOST: Final = 5  # targets of one line; each costs a look-up for each ending

_LINK = re.compile(r"\]\(<?([^()<>\s]+)>?(?:\s+\"[^\"]*\")?\)|(https?://[^\s<>()\]\"']+)")
_PATH = re.compile(r"(?<![\w/(])((?:\.{0,2}/)?[\w./-]*[\w-]\.(?:mdx?|rst|txt))(?!\w)")
_ISSUE = re.compile(r"(?<![\w/&])(?P<place>[\w.-]+/[\w.-]+)?#(?P<number>\d+)\b")
_NUMBER = re.compile(r"(?<![\w#/.-])(?:ADR[- ]?)?0*(?P<number>\d{1,4})(?![\w.-])", re.IGNORECASE)
_OWN_ISSUE = re.compile(r"(?P<place>[^/]+/[^/]+)/(?P<kind>issues|discussions|pull)/\d+")
_ISSUE_URL = re.compile(r"/(?P<place>[^/]+/[^/]+)/(?:issues|pull|discussions)/(?P<number>\d+)")
_GOOGLE = re.compile(r"/document/(?:u/\d+/)?d/(?P<id>[\w-]+)")


def targets(document: Document, line: str) -> Iterator[DocId]:
    """Ids that a line of the document may point to, in its own source; none need be there."""
    source, _, own = document.doc_id.partition(":")
    links = [a or b for a, b in _LINK.findall(line)]
    bare = _LINK.sub(" ", line)
    for link in [*links, *_PATH.findall(bare)][:_MOST]:
        yield from (DocId(f"{source}:{path}") for path in _of_link(own, link))
    for match in list(_ISSUE.finditer(bare))[:_MOST]:
        yield from (DocId(f"{source}:{path}") for path in _of_issue(own, match))
    if not links:
        for match in list(_NUMBER.finditer(bare))[:1]:
            yield from (
                DocId(f"{source}:{path}") for path in _of_number(document, own, match["number"])
            )


def _of_link(own: str, link: str) -> Iterator[str]:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        if found := _GOOGLE.search(parts.path):
            yield found["id"]
        if (found := _ISSUE_URL.match(parts.path)) and _OWN_ISSUE.fullmatch(own):
            yield f"{found['place']}/issues/{found['number']}"
            yield f"{found['place']}/discussions/{found['number']}"
        return
    if not parts.path or _OWN_ISSUE.fullmatch(own):
        return
    path = unquote(parts.path)
    folder = "" if path.startswith("/") else posixpath.dirname(own)
    path = posixpath.normpath(posixpath.join(folder, path.lstrip("/")))
    if not path.startswith("..") and path != ".":
        yield from (f"{path.removesuffix('.html')}{ending}" for ending in _ENDINGS)


def _of_issue(own: str, match: re.Match[str]) -> Iterator[str]:
    here = _OWN_ISSUE.fullmatch(own)
    if here:
        place = match["place"] or here["place"]
        yield f"{place}/issues/{match['number']}"
        yield f"{place}/discussions/{match['number']}"


def _of_number(document: Document, own: str, number: str) -> Iterator[str]:
    """A record that is named by its number alone: a link in the document to a file that has it."""
    for match in _LINK.finditer(document.text):
        name = posixpath.basename(urlsplit(match[1] or "").path)
        leading = re.match(r"(?:adr[-_]?)?0*(\d+)\b", name, re.IGNORECASE)
        if leading and leading[1] == number.lstrip("0"):
            yield from _of_link(own, match[1])
